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

  /** Its size once the write under way is done, and until when to wait for that; null if none is. */
  #underWay: { size: number; patience: number } | null = null;
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
    const size = this.isFile ? this.#sync.statSync().size + bytes.length : 0;
    this.#underWay = { size, patience: patienceMs };
    try {
      const written = await this.#async.write(bytes);
      this.#note(bytes, written);
      return written;
    } finally {
      this.#underWay = null;
    }
  }

  /** Writes after what is under way. */
  appendSync(bytes: Uint8Array): number {
    this.#awaitSync();
    if (bytes.length === 0) return 0;
    const written = this.#sync.writeSync(bytes);
    this.#note(bytes, written);
    return written;
  }

  /** Whether a write is under way. */
  get writing(): boolean {
    return this.#underWay !== null;
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

  /**
   * The write under way goes on in another thread while this one looks on, so it gets done; its end
   * shows in the size alone. One that fails never gets there, so it is waited for once.
   */
  #awaitSync(): void {
    const write = this.#underWay;
    if (write === null || !this.isFile) return;
    const end = performance.now() + write.patience;
    while (this.#sync.statSync().size < write.size && performance.now() < end);
    write.patience = 0;
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
