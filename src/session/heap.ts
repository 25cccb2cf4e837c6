/** A binary heap: the item with the least key first. */
export class Heap<T> {
  readonly #keys: number[] = [];
  readonly #items: T[] = [];

  /** The least key, or Infinity when it is empty. */
  get least(): number {
    return this.#keys[0] ?? Infinity;
  }

  push(key: number, item: T): void {
    let at = this.#keys.length;
    for (let parent; at > 0 && this.#keys[parent = (at - 1) >> 1]! > key; at = parent) {
      this.#move(parent, at);
    }
    this.#keys[at] = key;
    this.#items[at] = item;
  }

  /** Takes the item with the least key, or undefined when it is empty. */
  pop(): T | undefined {
    const first = this.#items[0];
    const key = this.#keys.pop();
    const item = this.#items.pop();
    const size = this.#keys.length;
    if (key === undefined || item === undefined || size === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child + 1 < size && this.#keys[child + 1]! < this.#keys[child]!) child++;
      if (child >= size || this.#keys[child]! >= key) break;
      this.#move(child, at);
      at = child;
    }
    this.#keys[at] = key;
    this.#items[at] = item;
    return first;
  }

  #move(from: number, to: number): void {
    this.#keys[to] = this.#keys[from]!;
    this.#items[to] = this.#items[from]!;
  }
}
