/**
 * Two transports in memory, each other's ends. What one writes the other reads, in microtasks; a test
 * says how much of it at a time, and when an end takes nothing.
 */
import type { Transport } from "../../src/types.ts";

/** One end. */
export class End implements Transport {
  /** The other one. */
  peer!: End;
  /** While true, writes to this end's peer do not complete. */
  stalled = false;
  /** At most so many bytes are read at once. */
  readMax: number = Infinity;
  /** All bytes written, for those who look. */
  readonly written: Uint8Array[] = [];
  /** Whether {@link written} is kept. */
  recording = false;
  writes = 0;
  closed = false;
  #incoming: Uint8Array[] = [];
  #ended = false;
  #reading: {
    into: Uint8Array;
    resolve: (count: number | null) => void;
    reject: (error: Error) => void;
  } | null = null;
  #stalledWrites: { bytes: Uint8Array; resolve: (count: number) => void }[] = [];

  read(into: Uint8Array): Promise<number | null> {
    if (this.#reading !== null) throw new Error("Two reads are armed at once");
    if (this.closed) return Promise.reject(new Error("The connection is closed"));
    return new Promise((resolve, reject) => {
      this.#reading = { into, resolve, reject };
      this.#serve();
    });
  }

  write(bytes: Uint8Array): Promise<number> {
    if (this.closed) return Promise.reject(new Error("The connection is closed"));
    if (this.peer.closed) return Promise.reject(new Error("Broken pipe"));
    this.writes++;
    return new Promise((resolve) => {
      if (this.stalled) this.#stalledWrites.push({ bytes, resolve });
      else this.#deliver(bytes, resolve);
    });
  }

  /** Takes writes again. */
  resume(): void {
    this.stalled = false;
    for (const { bytes, resolve } of this.#stalledWrites.splice(0)) this.#deliver(bytes, resolve);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#reading?.reject(new Error("Interrupted"));
    this.#reading = null;
    this.peer.#end();
  }

  /** Bytes that were pushed and not read. */
  get unread(): number {
    return this.#incoming.reduce((sum, { length }) => sum + length, 0);
  }

  /** Bytes come to this end from nowhere. */
  push(bytes: Uint8Array): void {
    this.#incoming.push(bytes);
    this.#serve();
  }

  #deliver(bytes: Uint8Array, resolve: (count: number) => void): void {
    const copy = bytes.slice();
    if (this.recording) this.written.push(copy);
    this.peer.push(copy);
    resolve(bytes.length);
  }

  #end(): void {
    this.#ended = true;
    this.#serve();
  }

  #serve(): void {
    const reading = this.#reading;
    if (reading === null) return;
    const first = this.#incoming[0];
    if (first === undefined) {
      if (!this.#ended) return;
      this.#reading = null;
      return reading.resolve(null);
    }
    const count = Math.min(first.length, reading.into.length, this.readMax);
    reading.into.set(first.subarray(0, count));
    if (count === first.length) this.#incoming.shift();
    else this.#incoming[0] = first.subarray(count);
    this.#reading = null;
    reading.resolve(count);
  }
}

/** Both ends. */
export function pipe(): [End, End] {
  const ends: [End, End] = [new End(), new End()];
  ends[0].peer = ends[1];
  ends[1].peer = ends[0];
  return ends;
}
