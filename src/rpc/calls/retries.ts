/**
 * Which calls are sent once more, and when. What no handler can have seen is sent again at once; what
 * was refused before a handler ran, after a pause; what may have run, only if it may run twice. All but
 * the first of these come out of a budget, so that those who wait do not bring down who is slow.
 */
import { checkKeys } from "../../discovery/complete.ts";
import { StatusCode } from "../status.ts";
import type { Outcome } from "../wires/wire.ts";
import { Budget, type BudgetOptions } from "./budget.ts";

/** Options of retries. */
export interface RetryOptions {
  /** How often a call is sent at most, the first time included. 3. */
  attempts?: number;
  /** The first pause, ms, give or take a fifth; each further one is twice as long. 50. */
  backoff?: number;
  /** The longest pause, ms. 1,000. */
  backoffMax?: number;
  /** After which codes an idempotent call is sent once more. "UNAVAILABLE". */
  codes?: readonly StatusCode[];
  /**
   * How many there may be: 500 at once, and one for ten calls that succeed. When all calls fail there
   * are none after the first 500.
   */
  budget?: BudgetOptions;
}

/** How a call stands that might be sent once more. */
export interface Standing {
  /** How often it was sent, but for what no handler can have seen. */
  readonly attempts: number;
  /** How often it was sent and no handler can have seen it. */
  readonly unseen: number;
  /** Whether it may run twice. */
  readonly idempotent: boolean;
}

/** Not once more. */
export const NEVER = -1;

/** Decides. */
export class Retries {
  readonly budget: Budget;
  readonly #attempts: number;
  readonly #backoff: number;
  readonly #backoffMax: number;
  readonly #statuses: ReadonlySet<number>;
  readonly #random: () => number;

  /**
   * By these options; false sends only what no handler can have seen once more.
   *
   * @throws {TypeError} for a code that is none.
   * @throws {RangeError} for a number that makes no sense.
   */
  constructor(options: RetryOptions | false, random: () => number) {
    checkKeys(options || {}, ["attempts", "backoff", "backoffMax", "codes", "budget"]);
    const { attempts = 3, backoff = 50, backoffMax = 1_000, codes = ["UNAVAILABLE"], budget = {} } =
      options || { attempts: 1 };
    if (!(Number.isInteger(attempts) && attempts >= 1)) {
      throw new RangeError(`retry.attempts must be a whole number over 0, not ${attempts}`);
    }
    for (const [name, value] of Object.entries({ backoff, backoffMax })) {
      if (value >= 0 && value < Infinity) continue;
      throw new RangeError(`retry.${name} must be a number of ms, 0 or more, not ${value}`);
    }
    for (const code of codes) {
      if (Object.hasOwn(StatusCode, code) && code !== "OK") continue;
      throw new TypeError(`retry.codes has ${JSON.stringify(code)}, which is no code of a failure`);
    }
    this.#attempts = attempts;
    this.#backoff = backoff;
    this.#backoffMax = backoffMax;
    this.#statuses = new Set(codes.map((code) => StatusCode[code]));
    this.#random = random;
    this.budget = new Budget(budget);
  }

  /** Whether a call that ended so may be sent once more, by what it is and how it ended alone. */
  permits({ status, sent, pushback }: Outcome, idempotent: boolean): boolean {
    if (pushback !== null && pushback < 0) return false;
    if (!sent) return status === StatusCode.UNAVAILABLE || status === StatusCode.RESOURCE_EXHAUSTED;
    return idempotent && this.#statuses.has(status);
  }

  /** How long to pause before a call that ended so is sent once more, ms; or {@link NEVER}. */
  pause(outcome: Outcome, { attempts, unseen, idempotent }: Standing): number {
    if (!this.permits(outcome, idempotent)) return NEVER;
    const { status, sent, pushback } = outcome;
    if (!sent && status === StatusCode.UNAVAILABLE && pushback === null && unseen <= unseenMax) {
      return 0;
    }
    if (attempts + unseen >= this.#attempts || !this.budget.take()) return NEVER;
    if (pushback !== null) return pushback;
    const longest = Math.min(this.#backoff * 2 ** (attempts + unseen - 1), this.#backoffMax);
    return longest * (0.8 + 0.4 * this.#random());
  }
}

/** Connections that go away one after the other end a call at last. */
const unseenMax = 5;
