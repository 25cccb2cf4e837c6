/**
 * How many calls run at once, and who waits for one of them to end. Whoever finds no room at all is
 * refused at once: an answer that comes too late helps nobody.
 */

/** A call that may have to wait. */
export interface Waiting {
  /** There is room now. */
  begin(): void;
}

/** Room for calls. */
export class Limits {
  readonly #max: number;
  readonly #maxQueued: number;
  readonly #queue = new Set<Waiting>();
  #running = 0;
  #beginning = false;

  /** So many at once, and so many that wait. */
  constructor(max: number, maxQueued: number) {
    this.#max = max;
    this.#maxQueued = maxQueued;
  }

  /** Calls that run. */
  get running(): number {
    return this.#running;
  }

  /** Calls that wait. */
  get queued(): number {
    return this.#queue.size;
  }

  /** Whether there is room, now or later; with room now the call begins in here. */
  admit(call: Waiting): boolean {
    if (this.#running < this.#max) {
      this.#running++;
      call.begin();
      return true;
    }
    if (this.#queue.size >= this.#maxQueued) return false;
    this.#queue.add(call);
    return true;
  }

  /** One that ran has ended. */
  leave(): void {
    this.#running--;
    // One that ends as it begins comes back here.
    if (this.#beginning) return;
    this.#beginning = true;
    for (const next of this.#queue) {
      if (this.#running >= this.#max) break;
      this.#queue.delete(next);
      this.#running++;
      next.begin();
    }
    this.#beginning = false;
  }

  /** One that waits does so no more. */
  withdraw(call: Waiting): void {
    this.#queue.delete(call);
  }
}
