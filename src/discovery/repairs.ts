/**
 * How soon a znode is made right again that somebody has changed or deleted. Two who each think that
 * it is theirs must not write for ever as fast as they can, so repairs come later and later.
 */

/** Repairs within this time of each other are done later each time, ms. */
const window = 10_000;

/** The repairs of one znode. */
export class Repairs {
  #count = 0;
  #last = -Infinity;

  /** One has been made, or is to be. */
  note(now: number): void {
    this.#count = now - this.#last < window ? Math.min(this.#count + 1, 20) : 1;
    this.#last = now;
  }

  /** How long to wait before the next one, ms. */
  pause(now: number): number {
    return this.#count > 3 && now - this.#last < window ? this.#count * 500 : 0;
  }
}
