/** A queue: an array with a moving head, so that taking the first costs nothing. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** Takes the first, or undefined when it is empty. */
  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#items[this.#head++] = undefined;
    if (this.#head === this.#items.length) {
      this.#items.length = this.#head = 0;
    } else if (this.#head > 1024 && 2 * this.#head > this.#items.length) {
      this.#items.copyWithin(0, this.#head);
      this.#items.length -= this.#head;
      this.#head = 0;
    }
    return item;
  }

  /** The item `index` places behind the first; a negative index counts from the end. */
  at(index: number): T | undefined {
    return this.#items[index < 0 ? this.#items.length + index : this.#head + index];
  }

  /** Takes the last `count` out and returns them in order. */
  cut(count: number): T[] {
    return this.#items.splice(this.#items.length - count, count) as T[];
  }

  /** Takes all out and returns them in order. */
  drain(): T[] {
    const items = this.#items.slice(this.#head) as T[];
    this.#items = [];
    this.#head = 0;
    return items;
  }

  *[Symbol.iterator](): Generator<T, void> {
    for (let i = this.#head; i < this.#items.length; i++) yield this.#items[i]!;
  }
}
