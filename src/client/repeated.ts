/**
 * A call that is repeated while it may be. It is repeated in the very step that tells it that it
 * has failed: so those that are repeated keep their order, and nobody's answer to that news comes
 * before them. What is repeated waits for the next connection like everything else; only a server
 * that is busy is left alone for a while.
 */
import { ZooKeeperError } from "../errors.ts";
import { Rc } from "../proto/constants.ts";
import { frameOf, keepDeadline, submitAgain } from "../session/again.ts";
import { countRetry } from "../session/measuring.ts";
import type { Completion, Pending } from "../session/pending.ts";
import type { CallOptions } from "../types.ts";
import {
  abortWith,
  type At,
  call as callOnce,
  checkKeys,
  codeOfEnd,
  type Done,
  failure,
  inScope,
  refuse,
} from "./calls.ts";
import { failingOf, isHarmless, isLost, pauseBefore, readRetry, type Retry } from "./retry.ts";

/**
 * Calls an operation of the callback API, as {@link callOnce} does, and repeats it if the call's
 * options or the session's say so. `mayTwice` tells whether it does no harm twice, where that is not
 * a matter of its name.
 */
export function call<V, S, T>(
  at: At,
  operation: string,
  path: string | null,
  options: CallOptions | undefined,
  submit: (done: Done<V, S>) => number,
  take: (value: V, stat: S) => T,
  mayTwice?: () => boolean,
): Promise<T> {
  const retry = retryOf(at, options);
  if (retry === null) return callOnce(at, operation, path, options, submit, take);
  return new Repeated(at, operation, path, options, submit, take, mayTwice, retry).start();
}

/** How often a call may be sent. */
export function retryOf(at: At, options: CallOptions | undefined): Retry {
  const given = options?.retry;
  return given === undefined ? at.retry : readRetry(given);
}

/** Repeats all of an operation that is made of several requests and does no harm twice. */
export async function repeatAll<T>(
  at: At,
  options: CallOptions,
  work: () => Promise<T>,
): Promise<T> {
  const attempts = retryOf(at, options)?.attempts ?? 1;
  for (let attempt = 1;; attempt++) {
    try {
      return await work();
    } catch (error) {
      const isOver = at.zh.sessionId === 0n;
      if (isOver || attempt >= attempts || !isLost(error)) throw error;
    }
  }
}

class Repeated<V, S, T> {
  /** How often it was sent. */
  #sends = 0;
  /** Whether it may have been carried out without an answer. */
  #lost = false;
  #throttled = 0;
  /** Null for one that is made anew. */
  #frame: Uint8Array | null = null;
  /** What the operation makes of {@link #done}. */
  #completion: Completion = () => {};
  #deadline = Infinity;
  #mayTwice = false;
  #resolve: (value: T) => void = () => {};
  #reject: (reason: unknown) => void = () => {};

  constructor(
    readonly at: At,
    readonly operation: string,
    readonly path: string | null,
    readonly options: CallOptions | undefined,
    readonly submit: (done: Done<V, S>) => number,
    readonly take: (value: V, stat: S) => T,
    readonly mayTwice: (() => boolean) | undefined,
    readonly retry: NonNullable<Retry>,
  ) {}

  start(): Promise<T> {
    const { at, operation, path, options } = this;
    const { zh } = at;
    if (options !== undefined) checkKeys(options);
    if (options?.signal?.aborted) return Promise.reject(options.signal.reason);
    const promise = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const start = zh.toSend.size;
    const refused = inScope(at, this.submit, this.#done);
    if (refused !== 0) return refuse(zh, operation, path, refused);
    const pending = zh.submitted!;
    this.#deadline = pending.deadline;
    this.#mayTwice = this.mayTwice?.() ?? isHarmless(operation);
    // One that the servers do not know was not written.
    if (pending.watch === null && pending.xid > 0) this.#frame = frameOf(zh, start);
    this.#completion = pending.completion!;
    this.#abortable();
    return promise;
  }

  readonly #done: Done<V, S> = (rc, value, stat) => {
    const { zh } = this.at;
    if (rc === Rc.OK) return this.#resolve(this.take(value!, stat!));
    const pending = zh.completing!;
    const failing = failingOf(pending, rc);
    if (pending.sent) this.#sends++;
    const mayBeSent = this.#sends < this.retry.attempts;
    if (failing === "lost") this.#lost = true;
    if (failing === "throttled" && mayBeSent && this.#pause(pending)) return;
    const isRepeated = failing === "unsent" ||
      mayBeSent && (failing === "moved" || failing === "lost" && this.#mayTwice);
    if (isRepeated) return this.#again(pending, rc);
    const error = failure(zh, this.operation, this.path, rc, value, pending.sent || this.#lost);
    this.#reject(error);
  };

  #again(failed: Pending, rc: number): void {
    const { at, submit } = this;
    const frame = this.#frame;
    const again = frame === null
      ? submit
      : () => submitAgain(at.zh, frame, failed, this.#completion);
    if (inScope(at, again, this.#done) !== 0) return this.#fail(codeOfEnd(at.zh));
    countRetry(at.zh, failed, rc);
    keepDeadline(at.zh, this.#deadline);
    this.#abortable();
  }

  /** Leaves a busy server alone for a while; false if there is no time for that. */
  #pause(failed: Pending): boolean {
    const { zh, scope } = this.at;
    const { clock } = zh.platform;
    const { sessionId } = zh;
    const signal = this.options?.signal;
    const end = clock.now() + pauseBefore(++this.#throttled, zh.platform.random());
    if (end >= this.#deadline) return false;
    const settle = () => {
      timer[Symbol.dispose]();
      signal?.removeEventListener("abort", abort);
      zh.whenOver.delete(over);
      scope.offClose(over);
    };
    const timer = clock.timer(end, () => {
      settle();
      if (zh.sessionId === sessionId) this.#again(failed, Rc.THROTTLEDOP);
      else this.#fail(Rc.SESSIONEXPIRED);
    });
    const abort = () => {
      settle();
      this.#reject(signal!.reason);
    };
    const over = () => {
      settle();
      this.#fail(codeOfEnd(zh));
    };
    signal?.addEventListener("abort", abort, { once: true });
    zh.whenOver.add(over);
    scope.onClose(over);
    return true;
  }

  #fail(rc: number): void {
    const { operation, path } = this;
    this.#reject(new ZooKeeperError(rc, { operation, path, sent: this.#lost }));
  }

  #abortable(): void {
    const { signal } = this.options ?? {};
    if (signal !== undefined) abortWith(this.at.zh, signal, this.#reject);
  }
}
