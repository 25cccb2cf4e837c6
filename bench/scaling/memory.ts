/** Bytes in use, on the heap and outside it. Needs --expose-gc. */

declare const gc: () => void;

/** Bytes, when nothing is under way any more and all garbage is collected. */
export async function bytesInUse(): Promise<number> {
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    gc();
  }
  return bytesNow();
}

/** Bytes at this moment, after a collection. */
export function bytesNow(): number {
  gc();
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

/** What has been allocated since it was begun, as long as nothing is collected. */
export class Allocation {
  #heap = 0;
  #buffers = 0;
  /** The most seen up to now; it never falls unless garbage is collected. */
  #last = 0;

  /** Begins, on a clean heap: buffers are given back some time after a collection. */
  async begin(): Promise<void> {
    await bytesInUse();
    const { heapUsed, external } = Deno.memoryUsage();
    [this.#heap, this.#buffers, this.#last] = [heapUsed, external, heapUsed];
  }

  /**
   * Bytes since.
   *
   * @throws when garbage was collected since the last look.
   */
  look(): { heap: number; buffers: number } {
    const { heapUsed, external } = Deno.memoryUsage();
    if (heapUsed < this.#last) throw new Error("Garbage was collected while bytes were counted");
    this.#last = heapUsed;
    return { heap: heapUsed - this.#heap, buffers: external - this.#buffers };
  }
}
