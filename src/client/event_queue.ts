/**
 * Events on their way from a watcher to a `for await`: kept in order, up to a bound, until they are
 * asked for.
 */
import { Fifo } from "../session/fifo.ts";
import type { WatchedEvent } from "../types.ts";

type Result = IteratorResult<WatchedEvent, undefined>;

interface Asking {
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/** An iterator over events that are pushed. */
export class EventQueue implements AsyncIterableIterator<WatchedEvent, undefined> {
  readonly #held = new Fifo<WatchedEvent>();
  /** Those who asked before there was an event. */
  readonly #asking = new Fifo<Asking>();
  #ended = false;
  #error: { reason: unknown } | null = null;

  constructor(
    /** How many events are held at most. */
    readonly bound: number,
    /** What stands in the place of events lost; null: the oldest are lost, and nothing is said. */
    readonly lost: WatchedEvent | null,
    /** Called once, when there is nobody any more who would listen. */
    readonly finish: () => void,
  ) {}

  get ended(): boolean {
    return this.#ended;
  }

  /** Adds an event, or drops what does not fit. */
  push(event: WatchedEvent): void {
    if (this.#ended) return;
    const asking = this.#asking.shift();
    if (asking !== undefined) asking.resolve({ done: false, value: event });
    else if (this.#held.length < this.bound) this.#held.push(event);
    else this.#overflow(event);
  }

  /** No more comes: what is held is still given out, then the end, or the error. */
  end(error: { reason: unknown } | null = null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.finish();
    for (const asking of this.#asking.drain()) this.#settle(asking);
  }

  next(): Promise<Result> {
    const event = this.#held.shift();
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    return new Promise((resolve, reject) => {
      const asking = { resolve, reject };
      if (this.#ended) this.#settle(asking);
      else this.#asking.push(asking);
    });
  }

  /** Called by a loop that is left. */
  return(): Promise<Result> {
    this.#held.drain();
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #overflow(event: WatchedEvent): void {
    const { lost } = this;
    if (lost === null) {
      this.#held.shift();
      this.#held.push(event);
    } else if (this.#held.at(-1) !== lost) {
      this.#held.push(lost);
    }
  }

  /** The error is told once. */
  #settle(asking: Asking): void {
    const error = this.#error;
    this.#error = null;
    if (error !== null) asking.reject(error.reason);
    else asking.resolve({ done: true, value: undefined });
  }
}

/** Ends the queue when the signal is aborted. */
export function endOnAbort(queue: EventQueue, signal: AbortSignal): () => void {
  const abort = () => void queue.return();
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  return () => signal.removeEventListener("abort", abort);
}
