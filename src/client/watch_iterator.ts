/**
 * events() and watch(): what watchers are told, for a `for await`. A watch() is established when its
 * loop begins, again and again until the server has confirmed it; after that the session itself arms
 * it on each new connection, also on that of a new session.
 */
import { ZooKeeperError } from "../errors.ts";
import type { AddWatchMode } from "../proto/modes.ts";
import { Rc } from "../proto/constants.ts";
import { hasEnded, isOver } from "../session/handle.ts";
import { addChroot } from "../session/paths.ts";
import type { Pending } from "../session/pending.ts";
import { forget } from "../session/requests.ts";
import { aaddWatch } from "../session/watching.ts";
import { withdraw } from "../session/withdrawing.ts";
import type { WatchedEvent, Watcher } from "../types.ts";
import { type At, codeOfEnd, inScope } from "./calls.ts";
import { endOnAbort, EventQueue } from "./event_queue.ts";

/** Session events that are held for a loop that is slow. */
const eventsHeld = 1000;

/** What has not established a watch, but may do so when it is tried again. */
const passing: ReadonlySet<number> = new Set<number>([
  Rc.CONNECTIONLOSS,
  Rc.OPERATIONTIMEOUT,
  Rc.RUNTIMEINCONSISTENCY,
  Rc.SESSIONEXPIRED,
  Rc.SESSIONMOVED,
]);

/** The session's events from now on, until its end. */
export function sessionEvents(at: At, signal: AbortSignal | undefined): EventQueue {
  const { zh, scope } = at;
  const queue: EventQueue = new EventQueue(eventsHeld, null, () => {
    zh.globalWatchers.delete(tell);
    zh.whenOver.delete(end);
    scope.offClose(end);
    letGo();
  });
  const tell: Watcher = (event) => queue.push(event);
  const end = () => queue.end();
  let letGo = () => {};
  zh.globalWatchers.add(tell);
  zh.whenOver.add(end);
  scope.onClose(end);
  if (signal !== undefined) letGo = endOnAbort(queue, signal);
  if (isOver(zh) || scope.closed) end();
  return queue;
}

/** Events of one path, or of the tree below it. */
export class WatchIterator {
  readonly queue: EventQueue;
  readonly #at: At;
  readonly #path: string;
  readonly #mode: AddWatchMode;
  readonly #lost: WatchedEvent;
  #letGo: () => void = () => {};
  /** The request on its way that is to establish the watch. */
  #pending: Pending | null = null;
  #established = false;

  constructor(at: At, path: string, mode: AddWatchMode, buffer: number, signal?: AbortSignal) {
    const { zh, scope } = at;
    this.#at = at;
    this.#path = path;
    this.#mode = mode;
    this.#lost = { type: "Resync", state: "CONNECTED", path, zxid: null };
    this.queue = new EventQueue(buffer, this.#lost, () => this.#stop());
    zh.whenOver.add(this.#over);
    scope.onClose(this.#closed);
    if (signal !== undefined) this.#letGo = endOnAbort(this.queue, signal);
    if (!this.queue.ended) this.#establish(false);
  }

  #establish(again: boolean): void {
    const { zh } = this.#at;
    const done = (rc: number) => {
      this.#pending = null;
      this.#established = rc === Rc.OK;
      if (this.queue.ended) return;
      if (rc === Rc.OK && again) this.queue.push(this.#lost);
      else if (passing.has(rc) && !hasEnded(zh)) this.#establish(true);
      else if (rc !== Rc.OK) this.#end(rc);
    };
    const add = (done: (rc: number) => void) =>
      aaddWatch(zh, this.#path, this.#mode, this.#watcher, done);
    const refused = inScope(this.#at, add, done);
    if (refused === 0) this.#pending = zh.submitted;
    else this.#end(refused === Rc.INVALIDSTATE ? codeOfEnd(zh) : refused);
  }

  readonly #watcher: Watcher = (event) => {
    if (event.type === "Session") return;
    if (event.type === "PersistentWatchRemoved") this.queue.end();
    else this.queue.push(event);
  };

  readonly #over = () => this.#end(codeOfEnd(this.#at.zh));
  readonly #closed = () => this.queue.end();

  /** For a session closed by its owner that is the end; else it is an error. */
  #end(rc: number): void {
    const path = this.#path;
    const reason = new ZooKeeperError(rc, { operation: "watch", path });
    this.queue.end(rc === Rc.CLOSING ? null : { reason });
  }

  /** Nobody listens any more. */
  #stop(): void {
    const { zh, scope } = this.#at;
    zh.whenOver.delete(this.#over);
    scope.offClose(this.#closed);
    this.#letGo();
    if (this.#pending !== null) forget(zh, this.#pending);
    if (!this.#established || scope.closed) return;
    const own = scope.own(this.#watcher);
    withdraw(zh, addChroot(scope.chroot, this.#path), (watcher) => watcher === own);
  }
}
