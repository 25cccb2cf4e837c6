/** What happens, told to callbacks and to `for await` loops. Nobody's mistake stops the teller. */

/** Values that a slow loop has not taken yet; beyond them the oldest are lost. */
const heldMax = 1000;

/** Tells values to whoever listens. */
export class Feed<T> {
  readonly #listeners = new Set<(value: T) => void>();
  readonly #loops = new Set<Loop<T>>();
  #ended = false;

  /** Tells it to all. What a listener throws is reported, and the others are told. */
  emit(value: T): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(value);
      } catch (error) {
        reportError(error);
      }
    }
    for (const loop of this.#loops) loop.push(value);
  }

  /** Has a function called with each value, until what is returned is disposed of. */
  subscribe(listener: (value: T) => void): Disposable {
    if (typeof listener !== "function") {
      throw new TypeError(`A listener must be a function, not ${typeof listener}`);
    }
    // The same function twice is two listeners.
    const own = (value: T) => listener(value);
    if (!this.#ended) this.#listeners.add(own);
    return { [Symbol.dispose]: () => void this.#listeners.delete(own) };
  }

  /** The values from now on, `first` before them. */
  iterate(
    { signal }: { signal?: AbortSignal | undefined } = {},
    ...first: T[]
  ): AsyncIterableIterator<T, undefined> {
    const loop = new Loop<T>(signal, () => void this.#loops.delete(loop));
    for (const value of first) loop.push(value);
    this.#loops.add(loop);
    if (this.#ended) loop.end();
    else if (signal?.aborted) void loop.return();
    return loop;
  }

  /** Nothing more comes. */
  end(): void {
    this.#ended = true;
    this.#listeners.clear();
    for (const loop of [...this.#loops]) loop.end();
  }
}

class Loop<T> implements AsyncIterableIterator<T, undefined> {
  #held: T[] = [];
  #asking: ((result: IteratorResult<T, undefined>) => void)[] = [];
  #ended = false;
  readonly #abort = () => void this.return();

  constructor(readonly signal: AbortSignal | undefined, readonly finish: () => void) {
    signal?.addEventListener("abort", this.#abort, { once: true });
  }

  push(value: T): void {
    if (this.#ended) return;
    const asking = this.#asking.shift();
    if (asking !== undefined) asking({ done: false, value });
    else if (this.#held.push(value) > heldMax) this.#held.shift();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.signal?.removeEventListener("abort", this.#abort);
    this.finish();
    for (const asking of this.#asking.splice(0)) asking({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#held.length > 0) return Promise.resolve({ done: false, value: this.#held.shift()! });
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#asking.push(resolve));
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#held = [];
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
