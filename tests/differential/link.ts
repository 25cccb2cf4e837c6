/*
 * A bare connection to a server: bytes out, frames in, and the end. It knows nothing of ZooKeeper
 * but how long a frame is.
 */

/** What a connection is made of; a TCP connection of Deno's is one. */
export interface Line {
  read(p: Uint8Array): Promise<number | null>;
  write(p: Uint8Array): Promise<number>;
  close(): void;
}

/** How long an answer may take, ms. */
const patience = 10_000;

/** A connection, and all that came over it. */
export class Link {
  readonly #line: Line;
  readonly #pump: Promise<void>;
  #bytes = new Uint8Array(0);
  #wake = (): void => {};
  /** The frames that came and were not taken, without their lengths. */
  frames: Uint8Array[] = [];
  /** Whether the other end has closed it. */
  ended = false;

  constructor(line: Line) {
    this.#line = line;
    this.#pump = this.#read();
  }

  /** Sends bytes; who sends to a connection that has ended finds out by its end. */
  async send(bytes: Uint8Array): Promise<void> {
    try {
      for (let sent = 0; sent < bytes.length;) {
        sent += await this.#line.write(bytes.subarray(sent));
      }
    } catch {
      await this.until(() => this.ended, "the end of a connection that takes nothing");
    }
  }

  /** Waits until this is so, which only what arrives can change. */
  async until(isSo: () => boolean, what: string, time: number = patience): Promise<void> {
    if (isSo()) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`Waited for ${what} for ${time} ms`)), time);
    });
    late.catch(() => {});
    try {
      while (!isSo()) {
        const more = new Promise<void>((resolve) => this.#wake = resolve);
        await Promise.race([more, late]);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** The frames that came since the last time. */
  take(): Uint8Array[] {
    const { frames } = this;
    this.frames = [];
    return frames;
  }

  /** Closes it from this end. */
  async close(): Promise<void> {
    this.#line.close();
    await this.#pump;
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(1 << 16);
    try {
      for (let n; (n = await this.#line.read(buffer)) !== null;) this.#received(buffer, n);
    } catch {
      // Reset by the server, or closed by us.
    }
    this.ended = true;
    this.#wake();
  }

  #received(buffer: Uint8Array, n: number): void {
    const bytes = new Uint8Array(this.#bytes.length + n);
    bytes.set(this.#bytes);
    bytes.set(buffer.subarray(0, n), this.#bytes.length);
    const view = new DataView(bytes.buffer);
    let at = 0;
    while (bytes.length - at >= 4) {
      const length = view.getInt32(at);
      if (length < 0 || bytes.length - at - 4 < length) break;
      this.frames.push(bytes.slice(at + 4, at + 4 + length));
      at += 4 + length;
    }
    this.#bytes = bytes.slice(at);
    this.#wake();
  }
}
