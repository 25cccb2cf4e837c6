/** A queue in a ring: adding the last and taking the first cost the same however long it is. */
export class Fifo<T> {
  /** A power of two of places. */
  #ring: (T | undefined)[] = new Array(16).fill(undefined);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(item: T): void {
    if (this.#length === this.#ring.length) this.#resize(2 * this.#length);
    this.#ring[this.#place(this.#length++)] = item;
  }

  /** Takes the first, or undefined when it is empty. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = this.#place(1);
    this.#length--;
    // A ring that once was long is given back.
    if (this.#length === 0 && this.#ring.length > sizeKept) this.#resize(16);
    return item;
  }

  /** The item `index` places behind the first; a negative index counts from the end. */
  at(index: number): T | undefined {
    const place = index < 0 ? this.#length + index : index;
    return place < 0 || place >= this.#length ? undefined : this.#ring[this.#place(place)];
  }

  /** Brings the item `index` places behind the first before all others. */
  toHead(index: number): void {
    const item = this.#ring[this.#place(index)];
    for (let i = index; i > 0; i--) this.#ring[this.#place(i)] = this.#ring[this.#place(i - 1)];
    this.#ring[this.#head] = item;
  }

  /** Takes the last `count` out and returns them in order. */
  cut(count: number): T[] {
    const from = this.#length - count;
    const items = [...this].slice(from);
    for (let i = from; i < this.#length; i++) this.#ring[this.#place(i)] = undefined;
    this.#length = from;
    return items;
  }

  /** Takes all out and returns them in order. */
  drain(): T[] {
    return this.cut(this.#length);
  }

  *[Symbol.iterator](): Generator<T, void> {
    for (let i = 0; i < this.#length; i++) yield this.#ring[this.#place(i)]!;
  }

  #place(index: number): number {
    return (this.#head + index) & (this.#ring.length - 1);
  }

  #resize(size: number): void {
    const items = [...this];
    this.#ring = new Array(size).fill(undefined);
    for (const [i, item] of items.entries()) this.#ring[i] = item;
    this.#head = 0;
  }
}

/** Places that an empty queue may keep. */
const sizeKept = 4096;
