/**
 * A snapshot kept in a file across runs. It is written to a file beside it and then renamed, so that
 * whoever reads finds all of one or all of another, whatever befalls the writer.
 */

/** How often it is written while there is something new, ms. */
const interval = 1000;

/** The file. */
export class SnapshotFile {
  #written: Uint8Array | null = null;

  constructor(readonly path: string) {}

  /** What it holds, or null when there is none yet. */
  async load(): Promise<Uint8Array | null> {
    try {
      return this.#written = await Deno.readFile(this.path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return null;
      throw error;
    }
  }

  /** Writes what `take` gives, all of it or nothing; not again if it is the same as before. */
  async save(take: () => Uint8Array): Promise<void> {
    const snapshot = take();
    if (this.#written !== null && sameBytes(this.#written, snapshot)) return;
    const draft = `${this.path}.${Deno.pid}.tmp`;
    const file = await Deno.open(draft, { write: true, create: true, truncate: true });
    try {
      for (let at = 0; at < snapshot.length;) at += await file.write(snapshot.subarray(at));
      await file.sync();
    } finally {
      file.close();
    }
    await Deno.rename(draft, this.path);
    this.#written = snapshot;
  }

  /** Saves from now on, from time to time; `end()` saves once more. */
  keep(take: () => Uint8Array): { end(): Promise<void> } {
    let saving: Promise<void> = Promise.resolve();
    const timer = setInterval(() => saving = saving.then(() => this.save(take)), interval);
    return {
      end: async () => {
        clearInterval(timer);
        await saving;
        await this.save(take);
      },
    };
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
