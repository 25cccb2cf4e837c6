/**
 * Chance for balancers: small whole numbers from a state of 32 bits (mulberry32). A function that
 * gives a fraction, as `Math.random`, allocates each time it is called through a field.
 *
 * @module
 */

/** In [0, 1), as `Math.random`. */
export type Random = () => number;

/** Throws numbers. */
export class Dice {
  readonly #state: Int32Array = new Int32Array(1);

  /** `random` is asked once: which numbers come depends on that. */
  constructor(random: Random) {
    this.#state[0] = Math.floor(random() * 2 ** 32);
  }

  /** A whole number below `count`, which is 2 ** 30 at most. */
  below(count: number): number {
    const state = this.#state[0]! + 0x6d2b79f5 | 0;
    this.#state[0] = state;
    let mixed = Math.imul(state ^ state >>> 15, 1 | state);
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed;
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32 * count | 0;
  }
}

/** For a fraction: `below(fine) / fine`. */
export const fine: number = 2 ** 30;
