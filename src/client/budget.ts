/** What an operation made of several requests has in common with one: a timeout, a signal, misuse. */
import { ZooKeeperError } from "../errors.ts";
import { Rc } from "../proto/constants.ts";
import type { Refusal } from "../session/handle.ts";
import type { CallOptions, Clock } from "../types.ts";

/** The time that is left for all requests of one operation, and the signal that ends it. */
export class Budget {
  readonly #clock: Clock;
  readonly #deadline: number;
  readonly #signal: AbortSignal | undefined;
  readonly #retry: CallOptions["retry"];

  constructor(clock: Clock, { signal, timeout, retry }: CallOptions, readonly operation: string) {
    this.#clock = clock;
    this.#signal = signal;
    this.#retry = retry;
    this.#deadline = timeout === undefined ? Infinity : clock.now() + timeout;
  }

  /**
   * Options of the next request, or of those made at one go: thrown between two of them, nobody would
   * hear what becomes of the first. Throws when the time is over or the signal is aborted.
   */
  next(): CallOptions {
    this.#signal?.throwIfAborted();
    const options: CallOptions = this.#signal === undefined ? {} : { signal: this.#signal };
    if (this.#retry !== undefined) options.retry = this.#retry;
    if (this.#deadline === Infinity) return options;
    const timeout = this.#deadline - this.#clock.now();
    if (timeout > 0) return { ...options, timeout };
    throw new ZooKeeperError(Rc.REQUESTTIMEOUT, { operation: this.operation });
  }
}

/** Throws for what is wrong, if anything is. */
export function checkCall(problem: Refusal | null, options: object, names: string[]): void {
  if (problem !== null) throw new (problem.range ? RangeError : TypeError)(problem.message);
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`The options must be an object, not ${options && typeof options}`);
  }
  const stray = Object.keys(options).find((key) => !names.includes(key));
  if (stray !== undefined) {
    throw new TypeError(`There is no option "${stray}"; there are ${names.join(", ")}`);
  }
  const { timeout } = options as CallOptions;
  if (timeout !== undefined && typeof timeout !== "number") {
    throw new TypeError(`A timeout must be a number of ms, not ${typeof timeout}`);
  }
  if (timeout !== undefined && !(timeout > 0)) {
    throw new RangeError(`A timeout must be over 0 ms, not ${timeout}`);
  }
}

/** The code of an error that an operation has rejected with. */
export function codeOf(error: unknown): string {
  return error instanceof ZooKeeperError ? error.code : "";
}
