/**
 * A queue of lines, bounded by their number and by their bytes. A ring, so that the oldest can go
 * while new ones come.
 *
 * @module
 */

/** Lines that wait. */
export class Lines {
  readonly #bytesMax: number;
  readonly #lines: string[];
  readonly #sizes: Float64Array;
  #first = 0;
  #count = 0;
  #bytes = 0;

  constructor(capacity: number, bytesMax: number) {
    this.#bytesMax = bytesMax;
    this.#lines = new Array(capacity).fill("");
    this.#sizes = new Float64Array(capacity);
  }

  get count(): number {
    return this.#count;
  }

  /** Whether there is room for a line. An empty queue takes any, or a long one would never pass. */
  fits(size: number): boolean {
    if (this.#count === 0) return true;
    return this.#count < this.#lines.length && this.#bytes + size <= this.#bytesMax;
  }

  push(line: string, size: number): void {
    const at = (this.#first + this.#count) % this.#lines.length;
    this.#lines[at] = line;
    this.#sizes[at] = size;
    this.#count++;
    this.#bytes += size;
  }

  /** Lets the oldest go. */
  shift(): void {
    this.#lines[this.#first] = "";
    this.#bytes -= this.#sizes[this.#first]!;
    this.#first = (this.#first + 1) % this.#lines.length;
    this.#count--;
  }

  /** All of them; the queue is empty then. */
  takeAll(): string {
    const end = this.#first + this.#count;
    const taken = this.#lines.slice(this.#first, end).join("") +
      this.#lines.slice(0, Math.max(0, end - this.#lines.length)).join("");
    // What was taken is not kept alive by the ring.
    this.#lines.fill("", this.#first, end);
    this.#lines.fill("", 0, Math.max(0, end - this.#lines.length));
    this.#first = this.#count = this.#bytes = 0;
    return taken;
  }
}
