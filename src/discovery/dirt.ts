/** What a cache has to read again: single znodes, the list of them, or all. */

/** It gathers while it waits to be read. */
export class Dirt {
  /** Whether the list of names has to be read. */
  list = false;
  /** Whether each znode has to be read. */
  all = false;
  /** Which znodes have to be read, by name. */
  leaves: Set<string> = new Set();

  get none(): boolean {
    return !this.list && !this.all && this.leaves.size === 0;
  }

  /** Gives out what there is, and is clean. */
  take(): Dirt {
    const taken = new Dirt();
    taken.add(this);
    this.list = this.all = false;
    this.leaves = new Set();
    return taken;
  }

  /** Adds what could not be read. */
  add({ list, all, leaves }: Dirt): void {
    this.list ||= list;
    this.all ||= all;
    for (const leaf of leaves) this.leaves.add(leaf);
  }
}
