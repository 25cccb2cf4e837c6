/**
 * A server's snapshot, kept in a file across runs. It is written to a file beside it and then
 * renamed, so that whoever reads finds all of one or all of another, whatever befalls the writer. A
 * disk that is full or gone is complained of, once for each kind of trouble, and tried again.
 */
import type { TestServer } from "../server.ts";

/** How often it is written while there is something new, ms. */
const interval = 1_000;
/** One that takes long to write is written less often: this many times as long lies between. */
const pauseFactor = 10;

export class SnapshotFile {
  readonly #server: TestServer;
  readonly #path: string;
  readonly #complain: (message: string) => void;
  /** The zxid of the last change that is in the file. */
  #kept: bigint | null = null;
  #trouble = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ended = false;
  #saving: Promise<boolean> = Promise.resolve(true);

  constructor(server: TestServer, path: string, complain: (message: string) => void) {
    this.#server = server;
    this.#path = path;
    this.#complain = complain;
  }

  /** What a file holds, or null when there is none yet. */
  static async load(path: string): Promise<Uint8Array | null> {
    try {
      return await Deno.readFile(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return null;
      throw error;
    }
  }

  /** Saves now, and from time to time until {@link end}. */
  async keep(): Promise<void> {
    const start = performance.now();
    this.#saving = this.save();
    await this.#saving;
    const took = performance.now() - start;
    if (this.#ended) return;
    this.#timer = setTimeout(() => this.keep(), Math.max(interval, pauseFactor * took));
  }

  /** Saves once more; returns whether the file has everything. */
  async end(): Promise<boolean> {
    this.#ended = true;
    clearTimeout(this.#timer);
    await this.#saving;
    return await this.save();
  }

  /** Saves if there is something new; returns whether the file has everything there was. */
  async save(): Promise<boolean> {
    const { zxid } = this.#server;
    if (zxid === this.#kept) return true;
    try {
      await this.#replace(this.#server.snapshot());
    } catch (error) {
      const { message } = error as Error;
      if (message !== this.#trouble) this.#complain(`Cannot write ${this.#path}: ${message}`);
      this.#trouble = message;
      return false;
    }
    this.#kept = zxid;
    this.#trouble = "";
    return true;
  }

  async #replace(snapshot: Uint8Array): Promise<void> {
    const draft = `${this.#path}.tmp`;
    const file = await Deno.open(draft, { write: true, create: true, truncate: true });
    try {
      for (let at = 0; at < snapshot.length;) at += await file.write(snapshot.subarray(at));
      await file.sync();
    } finally {
      file.close();
    }
    await Deno.rename(draft, this.#path);
  }
}
