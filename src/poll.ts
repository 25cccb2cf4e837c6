/**
 * Poll: several sessions in one loop, as poll(2) takes several descriptors.
 *
 * Each session knows its Poll and puts itself on the list when something has completed, so a wake
 * costs the same however many sessions there are. Deadlines stand in a heap, with one timer for
 * all; a session's entry is looked at again only when its time comes, and by then the deadline has
 * usually moved away.
 *
 * @module
 */
import { type Handle, handleOf, isOver, type Waiter } from "./session/handle.ts";
import { Heap } from "./session/heap.ts";
import { deadline, hasUndispatched, judgementDeadline } from "./session/time.ts";
import type { Events } from "./types.ts";
import { arm, readyNow } from "./wait.ts";

/** What a {@link Poll} takes: a ZooKeeper, or a Handle of ./st. */
export type Pollable = Handle | {
  interest(): { readonly deadline: number };
  process(events: Events): number;
};

/**
 * Waits for several sessions at once.
 *
 * @example Two sessions in one loop
 * ```ts
 * import { Poll, ZooKeeper } from "@zkst/zookeeper";
 *
 * const poll = new Poll<ZooKeeper>();
 * const sessions = [new ZooKeeper("127.0.0.1:2181"), new ZooKeeper("127.0.0.1:2181")];
 * for (const zk of sessions) {
 *   poll.add(zk);
 *   zk.exists("/").then(console.log).finally(() => zk.close());
 * }
 * while (sessions.some((zk) => !zk.closed)) {
 *   for (const [zk, events] of await poll.wait()) zk.process(events);
 * }
 * ```
 */
export class Poll<S extends Pollable = Pollable> {
  readonly #members = new Map<Handle, Member<S>>();
  readonly #deadlines = new Heap<Member<S>>();
  /** Members that the next wait() has to look at: new ones, and those it handed out last. */
  #unwatched: Member<S>[] = [];
  #ready: Member<S>[] = [];
  #resolve: (() => void) | null = null;
  #timer: (Disposable & { unref?(): void }) | null = null;
  #timerAt = Infinity;

  /** Adds a session; once it is closed it goes by itself. Adding it twice is no harm. */
  add(zh: S): void {
    const handle = recordOf(zh);
    if (this.#members.has(handle)) return;
    const member = new Member<S>(zh, handle, {
      woken: this.#wake,
      armed: this.#armed,
      forget: this.#forget,
      refChanged: this.#refChanged,
    });
    this.#members.set(handle, member);
    handle.whenOver.add(member.over);
    if (this.#resolve === null) this.#unwatched.push(member);
    else if (this.#watchNew(member)) this.#resolve();
    else this.#armTimer();
  }

  /** Takes a session out. */
  delete(zh: S): void {
    const handle = recordOf(zh);
    const member = this.#members.get(handle);
    if (member === undefined) return;
    if (handle.waiter === member) handle.waiter = null;
    this.#ready = this.#ready.filter((other) => other !== member);
    this.#forget(member);
  }

  /**
   * Waits until a session has something to do; resolves with all that have, each with its events (0
   * for a deadline, and once more when it is closed). Call process() for each. Without a session it
   * waits for one to be added. An aborted signal rejects with its reason.
   *
   * @throws {TypeError} when this Poll, or a session in it, is being waited for already.
   */
  wait(options?: { signal?: AbortSignal }): Promise<Iterable<[S, Events]>> {
    if (this.#resolve !== null) {
      throw new TypeError("Cannot wait for a Poll twice at once: another wait() is not over");
    }
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason);
    // One that cannot be watched throws, and stays for the next wait() as those before it do.
    for (; this.#unwatched.length > 0; this.#unwatched.pop()) this.#watch(this.#unwatched.at(-1)!);
    if (this.#ready.length > 0) return Promise.resolve(this.#take());
    return new Promise((resolve, reject) => {
      const settle = () => {
        this.#resolve = null;
        signal?.removeEventListener("abort", abort);
      };
      const abort = () => {
        settle();
        reject(signal!.reason);
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.#resolve = () => {
        settle();
        // A microtask later, so that all that is woken in this turn comes along.
        resolve(Promise.resolve().then(() => this.#take()));
      };
      this.#armTimer();
    });
  }

  /** As #watch; a member that cannot be watched does not stay. */
  #watchNew(member: Member<S>): boolean {
    try {
      return this.#watch(member);
    } catch (error) {
      this.#forget(member);
      throw error;
    }
  }

  readonly #forget = (member: Member<S>): void => {
    member.handle.whenOver.delete(member.over);
    this.#members.delete(member.handle);
    if (this.#members.size === 0) this.#disarm();
  };

  /** A member keeps the process alive, or not any more. */
  readonly #refChanged = (): void => {
    this.#disarm();
    if (this.#resolve !== null) this.#armTimer();
  };

  /** Has the member tell when it is woken; returns whether it is ready at once. */
  #watch(member: Member<S>): boolean {
    const { handle } = member;
    if (this.#members.get(handle) !== member || handle.waiter === member) return false;
    if (handle.waiter !== null || handle.driven) {
      throw new TypeError("Cannot wait for a session of this Poll: another wait() is not over");
    }
    if (isOver(handle)) {
      this.#forget(member);
      return false;
    }
    const events = readyNow(handle);
    if (events !== 0) {
      member.events = events;
      this.#ready.push(member);
      return true;
    }
    handle.waiter = member;
    this.#armed(member);
    return false;
  }

  #take(): [S, Events][] {
    const ready = this.#ready.splice(0);
    this.#unwatched.push(...ready);
    return ready.map((member) => [member.session, member.events]);
  }

  /** A member was woken. */
  readonly #wake = (member: Member<S>): void => {
    this.#ready.push(member);
    this.#resolve?.();
  };

  /** A member waits, and must be woken by its deadline. */
  readonly #armed = (member: Member<S>): void => {
    if (hasUndispatched(member.handle)) return arm(member.handle);
    const at = deadline(member.handle);
    if (at >= member.armedAt) return;
    member.armedAt = at;
    this.#deadlines.push(at, member);
    if (this.#resolve !== null) this.#armTimer();
  };

  #armTimer(): void {
    const at = this.#deadlines.least;
    const [first] = this.#members.keys();
    if (this.#timer !== null && this.#timerAt <= at || at === Infinity || !first) return;
    this.#disarm();
    const { clock } = first.platform;
    this.#timerAt = at;
    this.#timer = clock.timer(at, () => {
      this.#timer = null;
      this.#due(clock.now());
    });
    if (!this.#members.keys().some((handle) => handle.refed)) this.#timer.unref?.();
  }

  /** Wakes the members whose deadlines have come, and enters the others again. */
  #due(now: number): void {
    // A member may stand here more than once: its deadline has come nearer at times.
    const due = new Set<Member<S>>();
    while (this.#deadlines.least <= now) due.add(this.#deadlines.pop()!);
    for (const member of due) this.#dueMember(member, now);
    if (this.#resolve !== null) this.#armTimer();
  }

  #dueMember(member: Member<S>, now: number): void {
    const { handle, turnGiven } = member;
    member.armedAt = Infinity;
    member.turnGiven = false;
    if (handle.waiter !== member) return;
    if (hasUndispatched(handle) || deadline(handle) > now) {
      this.#armed(member);
    } else if (!turnGiven && judgementDeadline(handle) <= now) {
      // As wait() does: a read whose bytes came while the application was busy must win.
      member.turnGiven = true;
      member.armedAt = now;
      this.#deadlines.push(now, member);
    } else {
      handle.waiter = null;
      member.woken(0);
    }
  }

  #disarm(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = null;
  }
}

function recordOf(zh: Pollable): Handle {
  const handle = handleOf(zh);
  if (handle === undefined) throw new TypeError("A Poll takes a ZooKeeper or a Handle of ./st");
  return handle;
}

/** What a member tells its Poll. */
interface PollSide<S> {
  woken(member: Member<S>): void;
  armed(member: Member<S>): void;
  forget(member: Member<S>): void;
  refChanged(): void;
}

/** One session of a Poll, as the session sees it: who waits for it. */
class Member<S> implements Waiter {
  events: Events = 0;
  /** Its earliest entry among the deadlines. */
  armedAt = Infinity;
  /** Whether Deno had its turn since the deadline came. */
  turnGiven = false;
  /** Called when its session is over. */
  readonly over: () => void;

  constructor(
    readonly session: S,
    readonly handle: Handle,
    readonly poll: PollSide<S>,
  ) {
    this.over = () => poll.forget(this);
  }

  woken(events: Events): void {
    this.events = events;
    this.poll.woken(this);
  }

  deadlineMoved(): void {
    this.poll.armed(this);
  }

  refChanged(): void {
    this.poll.refChanged();
  }
}
