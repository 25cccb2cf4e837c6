/**
 * A bucket of tokens that bounds what is sent beyond the calls themselves: each repetition takes one,
 * and what goes well puts a part of one in. So when all fails the repetitions end, and never are they
 * more than that part of the calls for long.
 */

/** How much may be sent beyond the calls themselves. */
export interface BudgetOptions {
  /** How many at once: so many are there at the start, and never more. */
  tokens?: number;
  /** How many for each call: 0.1 is one for ten. */
  ratio?: number;
}

/** Tokens. */
export class Budget {
  readonly #tokensMax: number;
  readonly #ratio: number;
  #tokens: number;

  /**
   * Full.
   *
   * @throws {RangeError} for a number that makes no sense.
   */
  constructor({ tokens = 500, ratio = 0.1 }: BudgetOptions) {
    if (!(tokens >= 0 && tokens < Infinity)) {
      throw new RangeError(`A budget's tokens must be a number of 0 or more, not ${tokens}`);
    }
    if (!(ratio >= 0 && ratio <= 1)) {
      throw new RangeError(`A budget's ratio must be from 0 to 1, not ${ratio}`);
    }
    this.#tokens = this.#tokensMax = tokens;
    this.#ratio = ratio;
  }

  /** What is left of it. */
  get tokens(): number {
    return this.#tokens;
  }

  /** Something went well. */
  earn(): void {
    const tokens = this.#tokens + this.#ratio;
    this.#tokens = tokens < this.#tokensMax ? tokens : this.#tokensMax;
  }

  /** Takes a token; false where none is left. */
  take(): boolean {
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
