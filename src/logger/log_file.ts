/**
 * A file that is open for appending, twice: while an asynchronous write is under way on one handle,
 * Deno refuses a synchronous one on it.
 *
 * @module
 */

/** One open file. */
export class LogFile {
  /** Where it was opened. */
  readonly path: string;
  /** Whether there is a size to go by; a device has none. */
  readonly isFile: boolean;
  /** When what it held at opening was written, ms since the epoch; null if it was empty. */
  readonly modified: number | null;
  readonly #async: Deno.FsFile;
  readonly #sync: Deno.FsFile;
  readonly #dev: number;
  readonly #ino: number | null;

  /** Its size once the write under way is done; null if none is. */
  #sizeToBe: number | null = null;
  /** How long to wait for that, ms; while the disk fails it would be in vain. */
  #patience = patienceMs;
  /** Whether the last line in it lacks its end, so that the rest must follow in the same file. */
  midLine = false;

  constructor(path: string) {
    this.path = path;
    [this.#async, this.#sync] = openTwice(path);
    const { isFile, dev, ino, size, mtime } = this.#sync.statSync();
    this.isFile = isFile;
    this.#dev = dev;
    this.#ino = ino;
    this.modified = size > 0 ? mtime?.getTime() ?? null : null;
    if (isFile && size > 0) this.#mend(size);
  }

  /** Its size if it still is where it was opened, else null: deleted, or renamed. */
  sizeInPlace(): number | null {
    try {
      const { dev, ino, size } = Deno.statSync(this.path);
      return dev === this.#dev && ino === this.#ino ? size : null;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return null;
      throw error;
    }
  }

  /** Writes beside the caller. */
  async append(bytes: Uint8Array): Promise<number> {
    this.#sizeToBe = this.isFile ? this.#sync.statSync().size + bytes.length : Infinity;
    try {
      const written = await this.#async.write(bytes);
      this.#patience = patienceMs;
      this.#note(bytes, written);
      return written;
    } catch (error) {
      this.#patience = 0;
      throw error;
    } finally {
      this.#sizeToBe = null;
    }
  }

  /** Writes now; what is under way is to be waited for before. */
  appendSync(bytes: Uint8Array): number {
    const written = this.#sync.writeSync(bytes);
    this.#note(bytes, written);
    return written;
  }

  /** Whether a write is under way. */
  get writing(): boolean {
    return this.#sizeToBe !== null;
  }

  /**
   * Waits for the write under way; whether it is done. It goes on in another thread while this one
   * looks on, and its end shows in the size alone. One that fails never gets there, so there is an
   * end to the patience.
   */
  awaitSync(): boolean {
    if (this.#sizeToBe === null) return true;
    if (!this.isFile) return false;
    const end = performance.now() + this.#patience;
    let done;
    while (!(done = this.#sync.statSync().size >= this.#sizeToBe) && performance.now() < end);
    if (!done) this.#patience = 0;
    return done;
  }

  /** Whether it was possible to have it for oneself, among all processes that have it open. */
  lock(): boolean {
    return this.#sync.tryLockSync(true);
  }

  /** Closing ends the lock as well. */
  close(): void {
    this.#async.close();
    this.#sync.close();
  }

  #note(bytes: Uint8Array, written: number): void {
    if (written > 0) this.midLine = bytes[written - 1] !== newline;
  }

  /** Ends the last line of one who could not. */
  #mend(size: number): void {
    const last = new Uint8Array(1);
    this.#sync.seekSync(size - 1, Deno.SeekMode.Start);
    if (this.#sync.readSync(last) !== 1 || last[0] === newline) return;
    // Another process may be writing it just now.
    if (this.#sync.statSync().size === size) this.#sync.writeSync(Uint8Array.of(newline));
  }
}

/** Two handles of one file, though another process may rename it between. */
function openTwice(path: string): [Deno.FsFile, Deno.FsFile] {
  for (;;) {
    using stack = new DisposableStack();
    const open = () => Deno.openSync(path, { read: true, append: true, create: true });
    const [one, two] = [stack.use(open()), stack.use(open())];
    if (one.statSync().ino !== two.statSync().ino) continue;
    stack.move();
    return [one, two];
  }
}

const newline = 10;
const patienceMs = 1000;
