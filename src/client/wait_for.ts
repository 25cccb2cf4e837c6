/**
 * Waiting until a znode is there, or is gone: one look, then a one-shot watch for as long as it
 * takes. A lost connection does not end it: the watch is armed again, or the question asked again.
 */
import { ZooKeeperError } from "../errors.ts";
import { Rc } from "../proto/constants.ts";
import { type Handle, hasEnded } from "../session/handle.ts";
import type { Pending } from "../session/pending.ts";
import { addChroot } from "../session/paths.ts";
import type { Scope } from "../session/scope.ts";
import { withdraw } from "../session/withdrawing.ts";
import type { CallOptions, WatchedEvent } from "../types.ts";
import { codeOf } from "./budget.ts";
import { type At, codeOfEnd } from "./calls.ts";
import type { Operations } from "./operations.ts";

/** Options of waitFor. */
export interface WaitForOptions extends Omit<CallOptions, "retry"> {
  /** Whether to wait until the znode is gone, instead of until it is there. */
  gone?: boolean;
}

/** Resolves when the znode is as it is waited for. */
export function waitFor(
  operations: Operations,
  at: At,
  path: string,
  options: WaitForOptions,
): Promise<void> {
  const { signal } = options;
  if (signal?.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const waiting = new Waiting(operations, at, path, options, (failure) => {
      signal?.removeEventListener("abort", abort);
      if (failure === null) resolve();
      else reject(failure.reason);
    });
    const abort = () => waiting.settle({ reason: signal!.reason });
    signal?.addEventListener("abort", abort, { once: true });
    waiting.ask(false);
  });
}

/** Why it ends without the znode being so; null if it is. */
type Failure = { reason: unknown } | null;

class Waiting {
  readonly zh: Handle;
  readonly scope: Scope;
  readonly #takeBack = new AbortController();
  readonly #timer: Disposable | null;
  readonly #wanted: string;
  #asked: Pending | null = null;
  #settled = false;

  constructor(
    readonly operations: Operations,
    at: At,
    readonly path: string,
    readonly options: WaitForOptions,
    readonly settled: (failure: Failure) => void,
  ) {
    const { gone, timeout } = options;
    const { zh, scope } = at;
    const { clock } = zh.platform;
    this.zh = zh;
    this.scope = scope;
    this.#wanted = gone ? "NodeDeleted" : "NodeCreated";
    this.#timer = timeout === undefined
      ? null
      : clock.timer(clock.now() + timeout, () => this.settle(this.#failure(Rc.REQUESTTIMEOUT)));
    zh.whenOver.add(this.#over);
    scope.onClose(this.#over);
  }

  /** Looks whether it is so, and has itself told of the next change if it is not. */
  ask(watched: boolean): void {
    const signal = this.#takeBack.signal;
    const watch = this.#watcher;
    // It asks again by itself, and has to know of each request.
    const options = { signal, retry: false };
    const asking = this.operations.exists(this.path, watched ? { ...options, watch } : options);
    this.#asked = this.zh.submitted;
    asking.then((stat) => {
      this.#asked = null;
      const isSo = (stat === null) === (this.options.gone ?? false);
      if (this.#settled || isSo) {
        if (watched) this.#unwatch();
        this.settle(null);
      } else if (!watched) {
        this.ask(true);
      }
    }, (error) => {
      this.#asked = null;
      const { zh } = this;
      const mayGoOn = lossCodes.includes(codeOf(error)) && !hasEnded(zh) && !zh.closing;
      if (this.#settled) return;
      if (mayGoOn) this.ask(watched);
      else this.settle({ reason: error });
    });
  }

  settle(failure: Failure): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#timer?.[Symbol.dispose]();
    this.zh.whenOver.delete(this.#over);
    this.scope.offClose(this.#over);
    // What is under way leaves its watch first; the reply then has it removed.
    if (this.#asked === null && failure !== null) this.#unwatch();
    else if (this.#asked !== null && !this.#asked.sent) this.#takeBack.abort();
    this.settled(failure);
  }

  /** Its watcher goes for certain, and so does the server's watch if nobody else needs that. */
  #unwatch(): void {
    const own = this.scope.own(this.#watcher);
    withdraw(this.zh, addChroot(this.scope.chroot, this.path), (other) => other === own);
  }

  readonly #watcher = (event: WatchedEvent): void => {
    if (this.#settled) return;
    if (event.type === this.#wanted) return this.settle(null);
    // A lost connection keeps the watch, the end of a session does not.
    const isKept = event.type === "Session" && event.state !== "EXPIRED_SESSION";
    if (!isKept && this.#asked === null) this.ask(true);
  };

  readonly #over = (): void => this.settle(this.#failure(codeOfEnd(this.zh)));

  #failure(rc: number): Failure {
    const what = this.options.gone ? "wait until it is gone" : "wait for";
    return { reason: new ZooKeeperError(rc, { operation: what, path: this.path }) };
  }
}

/** What a request fails with when its connection, or its session, is lost. */
const lossCodes = [
  "CONNECTIONLOSS",
  "OPERATIONTIMEOUT",
  "RUNTIMEINCONSISTENCY",
  "SESSIONEXPIRED",
  "SESSIONMOVED",
];
