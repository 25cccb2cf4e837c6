/**
 * Connections in memory. Bytes arrive on the next turn of the event loop, all that was written in one
 * turn together, so that a loop which asks again and again leaves the event loop alive. As between
 * sockets, there is only so much room between client and service: then a write waits, or takes only
 * a part of its bytes along.
 */
import { Writer } from "../../proto/archive.ts";
import type { Clock, Transport } from "../../types.ts";
import type { Carrier } from "./carrier.ts";
import type { Line } from "./line.ts";

/** Bytes that the service has not taken, beyond which a client's write waits. */
const roomMax = 64 * 1024;

interface Read {
  into: Uint8Array;
  resolve: (count: number | null) => void;
  reject: (error: Error) => void;
}

interface Write {
  bytes: Uint8Array;
  resolve: (count: number) => void;
  reject: (error: Error) => void;
}

/** The client's end of a connection, and what carries its bytes. */
export class MemoryConnection implements Transport, Carrier {
  readonly #clock: Clock;
  #line: Line | null = null;
  /** What the client has written and the service has not taken, from `#taken` on. */
  readonly #written = new Writer();
  #taken = 0;
  /** Writes that wait for room. */
  #writes: Write[] = [];
  #feeding = false;
  /** What the service has sent and the client has not read. */
  #unread: Uint8Array | null = null;
  #sent: (() => void) | null = null;
  #read: Read | null = null;
  /** The service's side ends it: it takes nothing more, and the client learns it on the next turn. */
  #ending = false;
  #ended = false;
  /** The client has closed it. */
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The line that it carries. */
  carry(line: Line): void {
    this.#line = line;
  }

  // ---- for the client

  read(into: Uint8Array): Promise<number | null> {
    if (this.#closed) return Promise.reject(closed());
    if (this.#read !== null) {
      return Promise.reject(new Deno.errors.Busy("Another read is not over"));
    }
    return new Promise((resolve, reject) => {
      this.#read = { into, resolve, reject };
      this.#answerRead();
    });
  }

  write(bytes: Uint8Array): Promise<number> {
    if (this.#closed) return Promise.reject(closed());
    if (this.#ended) return Promise.reject(reset());
    return new Promise((resolve, reject) => {
      this.#writes.push({ bytes, resolve, reject });
      this.#takeWrites();
      this.resume();
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#read?.reject(new Deno.errors.Interrupted("The connection was closed"));
    this.#read = null;
    this.#refuseWrites(new Deno.errors.Interrupted("The connection was closed"));
    this.#readAll();
    this.resume();
  }

  // ---- for the service's side

  send(bytes: Uint8Array, sent: () => void): void {
    if (this.#closed) return this.soon(sent);
    this.#unread = bytes;
    this.#sent = sent;
    this.#answerRead();
  }

  end(ended: () => void): void {
    this.cut();
    ended();
  }

  cut(): void {
    if (this.#ending) return;
    this.#ending = true;
    this.soon(() => {
      this.#ended = true;
      this.#written.clear();
      this.#taken = 0;
      this.#refuseWrites(reset());
      this.#answerRead();
    });
  }

  resume(): void {
    if (this.#feeding || this.#waiting === 0 && !this.#closed) return;
    this.#feeding = true;
    this.#clock.turn(() => {
      this.#feeding = false;
      this.#feed();
    });
  }

  soon(wake: () => void): void {
    this.#clock.turn(wake);
  }

  /** The service gets what the client has written, and then learns whether the client has gone. */
  #feed(): void {
    const line = this.#line;
    if (line === null || this.#ending) return;
    while (this.#waiting > 0 && line.readable) {
      const space = line.space();
      const count = Math.min(space.length, this.#waiting);
      space.set(this.#written.bytes.subarray(this.#taken, this.#taken + count));
      this.#taken += count;
      line.received(count);
    }
    this.#forgetTaken();
    if (this.#waiting > 0) return;
    this.#takeWrites();
    if (this.#waiting > 0) this.resume();
    else if (this.#closed && line.readable) line.lost();
  }

  get #waiting(): number {
    return this.#written.length - this.#taken;
  }

  #forgetTaken(): void {
    const rest = this.#written.bytes.slice(this.#taken, this.#written.length);
    this.#taken = 0;
    this.#written.clear();
    this.#written.append(rest);
  }

  #takeWrites(): void {
    while (this.#writes.length > 0 && this.#waiting < roomMax) {
      const { bytes, resolve } = this.#writes.shift()!;
      const taken = bytes.subarray(0, roomMax - this.#waiting);
      this.#written.append(taken);
      resolve(taken.length);
    }
  }

  #refuseWrites(error: Error): void {
    for (const { reject } of this.#writes.splice(0)) reject(error);
  }

  #answerRead(): void {
    const read = this.#read;
    if (read === null) return;
    if (this.#unread !== null) {
      const count = Math.min(read.into.length, this.#unread.length);
      read.into.set(this.#unread.subarray(0, count));
      this.#unread = this.#unread.subarray(count);
      this.#read = null;
      read.resolve(count);
      if (this.#unread.length === 0) this.#readAll();
    } else if (this.#ended) {
      this.#read = null;
      read.resolve(null);
    }
  }

  #readAll(): void {
    const sent = this.#sent;
    this.#unread = this.#sent = null;
    sent?.();
  }
}

/** As Deno says it of a closed resource. */
function closed(): Error {
  return new Deno.errors.BadResource("The connection is closed");
}

function reset(): Error {
  return new Deno.errors.ConnectionReset("Connection reset by peer");
}
