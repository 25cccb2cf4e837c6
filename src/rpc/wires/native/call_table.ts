/**
 * Calls in flight by their ids. Ids rise, so nearly always the place of one is free again when it comes
 * round; where it is not, because of a call that takes long, that one moves to a map.
 */

const capacityFirst = 64;
const capacityMax = 4_096;

/** Calls by their ids, which are odd. */
export class CallTable<T extends { readonly id: number }> {
  /** How many there are. */
  size = 0;
  #slots: (T | undefined)[] = new Array(capacityFirst).fill(undefined);
  #mask = capacityFirst - 1;
  readonly #slow = new Map<number, T>();

  /** The call with this id. */
  get(id: number): T | undefined {
    const call = this.#slots[id >>> 1 & this.#mask];
    if (call !== undefined && call.id === id) return call;
    return this.#slow.size === 0 ? undefined : this.#slow.get(id);
  }

  /** Takes in a call whose id is not in it. */
  add(call: T): void {
    if (++this.size > this.#mask && this.#mask < capacityMax - 1) this.#grow();
    this.#put(call);
  }

  /** Takes out the call that has this id. */
  delete(id: number): void {
    const slot = id >>> 1 & this.#mask;
    if (this.#slots[slot]?.id === id) this.#slots[slot] = undefined;
    else if (!this.#slow.delete(id)) return;
    this.size--;
  }

  /** Each of them, in no order. */
  each(run: (call: T) => void): void {
    for (const call of this.#slots) if (call !== undefined) run(call);
    for (const call of this.#slow.values()) run(call);
  }

  /** All of them, by id. */
  all(): T[] {
    const all = this.#slots.filter((call) => call !== undefined);
    return [...all, ...this.#slow.values()].sort((a, b) => a.id - b.id);
  }

  #put(call: T): void {
    const slot = call.id >>> 1 & this.#mask;
    const old = this.#slots[slot];
    if (old !== undefined) this.#slow.set(old.id, old);
    this.#slots[slot] = call;
  }

  #grow(): void {
    const all = this.all();
    this.#slow.clear();
    this.#mask = 4 * this.#mask + 3;
    this.#slots = new Array(this.#mask + 1).fill(undefined);
    for (const call of all) this.#put(call);
  }
}
