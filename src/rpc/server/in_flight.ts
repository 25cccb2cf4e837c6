/**
 * Calls that are not over. A Set would do, but V8's makes itself anew every so many additions, and the
 * old one goes on holding what was in it then: with thousands of calls a second nearly all of them
 * outlived the young generation (a third of a server's time).
 */

/** Something with a place among others. */
export interface Placed {
  /** For {@link InFlight} alone. */
  place: number;
}

/** An array without gaps: whatever leaves it is replaced by the last. */
export class InFlight<T extends Placed> {
  readonly #all: T[] = [];

  /** How many there are. */
  get size(): number {
    return this.#all.length;
  }

  /** Adds one that is not in it. */
  add(one: T): void {
    one.place = this.#all.length;
    this.#all.push(one);
  }

  /** Takes out one that is in it. */
  delete(one: T): void {
    const last = this.#all.pop()!;
    if (last === one) return;
    this.#all[one.place] = last;
    last.place = one.place;
  }

  /** They, as they are now. */
  all(): T[] {
    return [...this.#all];
  }
}
