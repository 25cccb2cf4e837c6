/**
 * SessionTracker: the sessions, and when each expires. A session's end is rounded up to the server's
 * tick, as there, so it lives up to a tick longer than its timeout.
 */
import type { Platform } from "../../types.ts";

/** One session. */
export class Session {
  /** The connection that owns it, or null. */
  connection: { close(): void } | null = null;
  /** When it expires unless it is heard of, ms on the server's clock. */
  expiresAt = 0;
  /** Another server owns it now: the next request over the old connection closes that. */
  moved = false;
  /** At its next reconnect it is silently given a new id. */
  changesId = false;

  constructor(
    readonly id: bigint,
    readonly password: Uint8Array,
    /** ms */
    public timeout: number,
    /** Of a server without quorum: it means nothing to one with it. */
    readonly local: boolean,
  ) {}
}

/** The sessions of one server. */
export class SessionTracker {
  readonly #sessions = new Map<bigint, Session>();
  readonly #platform: Platform;
  readonly #tickTime: number;
  readonly #expired: (session: Session) => void;
  #timer: Disposable | null = null;
  #timerAt = Infinity;
  #lastId: bigint;
  /** Whether sessions expire: a server without quorum lets none go. */
  paused = false;

  constructor(platform: Platform, tickTime: number, expired: (session: Session) => void) {
    this.#platform = platform;
    this.#tickTime = tickTime;
    this.#expired = expired;
    // As the server's own ids: its number in the high byte, and what tells its runs apart below.
    this.#lastId = 1n << 56n | BigInt(Math.trunc(platform.random() * 2 ** 30)) << 16n;
  }

  get size(): number {
    return this.#sessions.size;
  }

  get(id: bigint): Session | undefined {
    return this.#sessions.get(id);
  }

  values(): Iterable<Session> {
    return this.#sessions.values();
  }

  /** Begins a session. */
  create(timeout: number, local: boolean): Session {
    const session = new Session(++this.#lastId, this.#newPassword(), timeout, local);
    this.add(session);
    return session;
  }

  /** Takes a session up as it is: its time begins now. */
  add(session: Session): void {
    if (session.id > this.#lastId) this.#lastId = session.id;
    this.#sessions.set(session.id, session);
    this.touch(session);
  }

  /** It has been heard of. */
  touch(session: Session): void {
    const ticks = Math.trunc((this.#platform.clock.now() + session.timeout) / this.#tickTime) + 1;
    session.expiresAt = ticks * this.#tickTime;
    if (session.expiresAt < this.#timerAt) this.#arm(session.expiresAt);
  }

  /** Ends it, without telling anybody. */
  remove(session: Session): void {
    this.#sessions.delete(session.id);
    if (this.#sessions.size === 0) this.#disarm();
  }

  /** Forgets all. */
  clear(): void {
    this.#sessions.clear();
    this.#disarm();
  }

  /** All begin their time anew, as after a restart of the server. */
  touchAll(): void {
    for (const session of this.#sessions.values()) this.touch(session);
  }

  #newPassword(): Uint8Array {
    const password = new Uint8Array(16);
    return password.map(() => Math.trunc(this.#platform.random() * 256));
  }

  /** Ends are looked for when the earliest one known comes; most have moved away by then. */
  #arm(at: number): void {
    this.#disarm();
    this.#timerAt = at;
    const timer = this.#platform.clock.timer(at, () => {
      this.#timer = null;
      this.#timerAt = Infinity;
      this.#sweep();
    });
    timer.unref?.();
    this.#timer = timer;
  }

  #disarm(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = null;
    this.#timerAt = Infinity;
  }

  #sweep(): void {
    const now = this.#platform.clock.now();
    if (this.paused) this.touchAll();
    const due = [...this.#sessions.values()].filter(({ expiresAt }) => expiresAt <= now);
    for (const session of due) this.#expired(session);
    let earliest = Infinity;
    for (const { expiresAt } of this.#sessions.values()) earliest = Math.min(earliest, expiresAt);
    if (earliest < this.#timerAt) this.#arm(earliest);
  }
}
