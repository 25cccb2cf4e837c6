/**
 * A call that is repeated while it may be. It is repeated in the very step that tells it that it
 * has failed: so those that are repeated keep their order, and nobody's answer to that news comes
 * before them. What is repeated waits for the next connection like everything else; only a server
 * that is busy is left alone for a while.
 */
import { ZooKeeperError } from "../errors.ts";
import { Rc } from "../proto/constants.ts";
import { submitAgain, takePlace } from "../session/again.ts";
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
  if (options !== undefined) checkKeys(operation, options);
  const { zh } = at;
  const signal = options?.signal;
  if (signal?.aborted) return Promise.reject(signal.reason);
  let refused = 0;
  let harmless = false;
  let frame: Uint8Array | null = null;
  let completion: Completion = () => {};
  // Most are answered: what a repetition needs is made when one is to be.
  let repeated: Repeated | null = null;
  const promise = new Promise<T>((resolve, reject) => {
    const done: Done<V, S> = (rc, value, stat) => {
      if (rc === Rc.OK) return resolve(take(value!, stat!));
      const again = (failed: Pending) =>
        frame === null ? submit(done) : submitAgain(zh, frame, failed, completion);
      repeated ??= new Repeated(at, operation, path, signal, retry, harmless, again, reject);
      repeated.failed(rc, value);
    };
    refused = inScope(at, submit, done);
    if (refused !== 0) return;
    const pending = zh.submitted!;
    harmless = mayTwice?.() ?? isHarmless(operation);
    // What a read is made of cannot change, but for lists; and an authentication stays by itself.
    if (pending.xid > 0 && (pending.ops > 0 || !harmless)) frame = at.frames.keep(zh);
    completion = pending.completion!;
    if (signal !== undefined) abortWith(zh, signal, reject);
  });
  return refused === 0 ? promise : refuse(zh, operation, path, refused);
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

/** A call that has failed at least once. */
class Repeated {
  /** How often it was sent. */
  #sends = 0;
  /** Whether it may have been carried out without an answer. */
  #lost = false;
  #throttled = 0;
  readonly #at: At;
  readonly #operation: string;
  readonly #path: string | null;
  readonly #signal: AbortSignal | undefined;
  readonly #attempts: number;
  readonly #harmless: boolean;
  readonly #submit: (failed: Pending) => number;
  readonly #reject: (reason: unknown) => void;

  constructor(
    at: At,
    operation: string,
    path: string | null,
    signal: AbortSignal | undefined,
    { attempts }: NonNullable<Retry>,
    harmless: boolean,
    submit: (failed: Pending) => number,
    reject: (reason: unknown) => void,
  ) {
    this.#at = at;
    this.#operation = operation;
    this.#path = path;
    this.#signal = signal;
    this.#attempts = attempts;
    this.#harmless = harmless;
    this.#submit = submit;
    this.#reject = reject;
  }

  /** The request has failed: it is repeated, or that is told. */
  failed(rc: number, value: unknown): void {
    const { zh } = this.#at;
    const pending = zh.completing!;
    const failing = failingOf(pending, rc);
    if (pending.sent) this.#sends++;
    const mayBeSent = this.#sends < this.#attempts;
    if (failing === "lost") this.#lost = true;
    if (failing === "throttled" && mayBeSent && this.#pause(pending)) return;
    const isRepeated = failing === "unsent" ||
      mayBeSent && (failing === "moved" || failing === "lost" && this.#harmless);
    if (isRepeated) return this.#again(pending, rc);
    const sent = pending.sent || this.#lost;
    this.#reject(failure(zh, this.#operation, this.#path, rc, value, sent));
  }

  #again(failed: Pending, rc: number): void {
    const { zh } = this.#at;
    if (inScope(this.#at, this.#submit, failed) !== 0) return this.#fail(codeOfEnd(zh));
    countRetry(zh, failed, rc);
    takePlace(zh, failed);
    if (this.#signal !== undefined) abortWith(zh, this.#signal, this.#reject);
  }

  /** Leaves a busy server alone for a while; false if there is no time for that. */
  #pause(failed: Pending): boolean {
    const { zh, scope } = this.#at;
    const { clock } = zh.platform;
    const { sessionId } = zh;
    const signal = this.#signal;
    const end = clock.now() + pauseBefore(++this.#throttled, zh.platform.random());
    if (end >= failed.deadline) return false;
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
    const operation = this.#operation;
    const path = this.#path;
    this.#reject(new ZooKeeperError(rc, { operation, path, sent: this.#lost }));
  }
}
