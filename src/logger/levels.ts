/**
 * Levels, for all categories or by the start of their names, which may change at any time.
 *
 * @module
 */

/** The level of a record. */
export type Level = "error" | "warn" | "info" | "debug";
/** From which level on records are taken; "off" for none. */
export type Threshold = Level | "off";

const ranks: Readonly<Record<Threshold, number>> = { off: 0, error: 1, warn: 2, info: 3, debug: 4 };

/** What is on, for each category. */
export class Levels {
  /** Grows with each change, so that what was derived from the levels knows when to look again. */
  version = 0;
  readonly #byPrefix = new Map<string, number>();

  /** The prefix "" stands for all. */
  constructor(level: Threshold, byPrefix: Readonly<Record<string, Threshold>>) {
    this.set(level, "");
    for (const [prefix, threshold] of Object.entries(byPrefix)) this.set(threshold, prefix);
  }

  /** Changes one. */
  set(level: Threshold, prefix: string): void {
    const rank = Object.hasOwn(ranks, level) ? ranks[level] : undefined;
    if (rank === undefined) {
      throw new TypeError(`Cannot set the level: "${level}" is none of ${Object.keys(ranks)}`);
    }
    this.#byPrefix.set(prefix, rank);
    this.version++;
  }

  /** The level that holds for a category, as a rank: that of the longest prefix. */
  rankOf(category: string): number {
    for (let prefix = category; prefix !== ""; prefix = parent(prefix)) {
      const rank = this.#byPrefix.get(prefix);
      if (rank !== undefined) return rank;
    }
    return this.#byPrefix.get("")!;
  }
}

/** "zk.session" stands under "zk", "zkother" does not. */
function parent(category: string): string {
  return category.slice(0, Math.max(0, category.lastIndexOf(".")));
}

/** Whether records of a level are taken at a rank. */
export function isOn(level: Level, rank: number): boolean {
  return ranks[level] <= rank;
}
