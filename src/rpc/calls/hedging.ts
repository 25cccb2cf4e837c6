/**
 * A second request while the first one is not answered, for calls that may run twice: the first answer
 * counts, and the others are cancelled. It cuts off the longest latencies, for a bounded part of the
 * calls; where all are slow, it stops.
 */
import { checkKeys } from "../../discovery/complete.ts";
import { Budget } from "./budget.ts";

/** Options of hedging. */
export interface HedgingOptions {
  /** How long to wait for an answer before another request is sent, ms. */
  delay: number;
  /** How many further requests a call may have. 1. */
  max?: number;
  /** Which part of the calls may have one, over time: 0.1 is one in ten. */
  ratio?: number;
}

/** Decides which calls are hedged. */
export class Hedging {
  readonly delay: number;
  readonly max: number;
  /** What it may cost. */
  readonly budget: Budget;

  /**
   * By these options.
   *
   * @throws {TypeError} for an option that there is not.
   * @throws {RangeError} for a number that makes no sense.
   */
  constructor(options: HedgingOptions) {
    checkKeys(options, ["delay", "max", "ratio"]);
    const { delay, max = 1, ratio = 0.1 } = options;
    if (!(delay >= 0 && delay < Infinity)) {
      throw new RangeError(`hedging.delay must be a number of ms, 0 or more, not ${delay}`);
    }
    if (!(Number.isInteger(max) && max >= 1)) {
      throw new RangeError(`hedging.max must be a whole number over 0, not ${max}`);
    }
    this.delay = delay;
    this.max = max;
    this.budget = new Budget({ tokens: 10, ratio });
  }
}
