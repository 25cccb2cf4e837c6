/**
 * Timers in the order in which they fall due, those of one time in the order they were made: a
 * binary heap in which each timer knows its place, so that thousands can be called off cheaply.
 */

/** A timer that may stand among {@link Timers}. */
export interface Timed {
  /** When it falls due, ms. */
  readonly at: number;
  /** The order of making. */
  readonly number: number;
  /** Where it stands; -1 when it does not. */
  place: number;
}

export class Timers<T extends Timed> {
  readonly #heap: T[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** The one that falls due first. */
  get first(): T | undefined {
    return this.#heap[0];
  }

  forEach(call: (timer: T) => void): void {
    this.#heap.forEach(call);
  }

  add(timer: T): void {
    this.#up(timer, this.#heap.length);
  }

  /** Takes a timer out, if it stands here. */
  delete(timer: T): void {
    const { place } = timer;
    if (place < 0) return;
    timer.place = -1;
    const last = this.#heap.pop()!;
    if (last === timer) return;
    if (place > 0 && isBefore(last, this.#heap[parentOf(place)]!)) this.#up(last, place);
    else this.#down(last, place);
  }

  #up(timer: T, place: number): void {
    while (place > 0) {
      const parent = this.#heap[parentOf(place)]!;
      if (!isBefore(timer, parent)) break;
      this.#put(parent, place);
      place = parentOf(place);
    }
    this.#put(timer, place);
  }

  #down(timer: T, place: number): void {
    const heap = this.#heap;
    for (;;) {
      let child = 2 * place + 1;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (child >= heap.length || !isBefore(heap[child]!, timer)) break;
      this.#put(heap[child]!, place);
      place = child;
    }
    this.#put(timer, place);
  }

  #put(timer: T, place: number): void {
    this.#heap[place] = timer;
    timer.place = place;
  }
}

function isBefore(a: Timed, b: Timed): boolean {
  return a.at < b.at || a.at === b.at && a.number < b.number;
}

function parentOf(place: number): number {
  return (place - 1) >> 1;
}
