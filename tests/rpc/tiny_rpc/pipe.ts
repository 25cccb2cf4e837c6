/* Two ends of a connection in memory: bytes, ends and resets, as pieces as small as a test likes. */
import type { Transport } from "@zkst/zookeeper";

/** One end. */
export class End implements Transport {
  /** All that the other end has written. */
  received: number[] = [];
  /** At most so many bytes come with one read. */
  piece: number = Infinity;
  /** While true, writes do not complete. */
  stalled = false;
  closed = false;
  other!: End;
  #incoming: number[] = [];
  #ended = false;
  #read:
    | { into: Uint8Array; resolve: (n: number | null) => void; reject: (e: Error) => void }
    | null = null;
  #failed: Error | null = null;
  readonly #ends: (() => void)[] = [];

  read(into: Uint8Array): Promise<number | null> {
    if (this.#read !== null) throw new Error("Two reads are armed at once");
    return new Promise((resolve, reject) => {
      this.#read = { into, resolve, reject };
      this.#serve();
    });
  }

  write(bytes: Uint8Array): Promise<number> {
    if (this.closed || this.other.closed) return Promise.reject(new Error("Broken pipe"));
    if (this.stalled) return new Promise(() => {});
    this.other.#take([...bytes]);
    return Promise.resolve(bytes.length);
  }

  closeWrite(): Promise<void> {
    this.other.#end();
    return Promise.resolve();
  }

  /** With bytes unread it resets the connection, and what is on the way is lost: as TCP does. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#read?.reject(new Error("Interrupted"));
    this.#read = null;
    if (this.#incoming.length > 0) this.other.reset();
    else this.other.#end();
  }

  /** Closes it with all read. */
  finish(): void {
    this.#incoming = [];
    this.close();
  }

  /** Its peer has reset it. */
  reset(): void {
    this.#failed = new Error("Connection reset by peer");
    this.#incoming = [];
    this.#serve();
    this.#told();
  }

  /** Resolves when the other end has closed or reset. */
  async ended(): Promise<"end" | "reset"> {
    if (!this.#ended && this.#failed === null) {
      await new Promise<void>((resolve) => this.#ends.push(resolve));
    }
    return this.#failed === null ? "end" : "reset";
  }

  #take(bytes: number[]): void {
    this.received.push(...bytes);
    this.#incoming.push(...bytes);
    this.#serve();
  }

  #end(): void {
    this.#ended = true;
    this.#serve();
    this.#told();
  }

  #told(): void {
    for (const tell of this.#ends.splice(0)) tell();
  }

  #serve(): void {
    const read = this.#read;
    if (read === null) return;
    if (this.#incoming.length > 0) {
      const count = Math.min(read.into.length, this.#incoming.length, this.piece);
      read.into.set(this.#incoming.splice(0, count));
      this.#read = null;
      read.resolve(count);
    } else if (this.#failed !== null || this.#ended) {
      this.#read = null;
      if (this.#failed !== null) read.reject(this.#failed);
      else read.resolve(null);
    }
  }
}

/** Both ends: the client's and the server's. */
export function pipe(): [client: End, server: End] {
  const [client, server] = [new End(), new End()];
  client.other = server;
  server.other = client;
  return [client, server];
}
