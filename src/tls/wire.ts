/**
 * A transport as the stream that node:tls runs over: what is under cipher. It is read when somebody
 * asks for what is in it, and not otherwise, so that a peer is held by TCP's own window; a socket
 * that node:tls opens itself goes on reading when it is paused.
 */
import type { Duplex } from "node:stream";
import type { Transport } from "../types.ts";
import { unreadable } from "./failures.ts";

/** Bytes that are read at once: a record of TLS at first, for there may be thousands; then four. */
const readSizeFirst = 17 * 1024;
const readSizeBusy = 64 * 1024;

/** How long last words may take, ms; there is room for them unless the peer has long stopped reading. */
const lastWordsTime = 1000;

/** Between a transport and the socket above it. */
export class Wire {
  readonly stream: Duplex;
  /** Whether the transport has come to its end: not with TLS's own goodbye, if that has not come before. */
  ended = false;
  readonly #transport: Transport;
  #buffer = new Uint8Array(readSizeFirst);
  /** Whether the stream wants more, and whether anybody wants that of it. */
  #wanted = false;
  #demanded = true;
  #reading = false;
  #writing = 0;
  #closing: (() => void) | null = null;
  readonly #closed = Promise.withResolvers<void>();

  constructor(stream: typeof Duplex, transport: Transport) {
    this.#transport = transport;
    this.stream = new stream({
      read: () => {
        this.#wanted = true;
        this.#read();
      },
      write: (chunk: Uint8Array, _encoding, done) => {
        this.#write(chunk).then(() => done(), done);
      },
      destroy: (error, done) => {
        this.#close();
        done(error);
      },
    });
    this.#hearLastWords();
  }

  /** Whether to read: at first, for the handshake; then while somebody waits for bytes. */
  set demanded(demanded: boolean) {
    this.#demanded = demanded;
    this.#read();
  }

  ref(): void {
    this.#transport.ref?.();
  }

  unref(): void {
    this.#transport.unref?.();
  }

  /** Closes the transport at once. */
  abort(): void {
    this.#transport.close();
    this.stream.destroy();
  }

  /** Closes the transport when what TLS has to say to that has left, or has had the time for it. */
  close(): Promise<void> {
    this.stream.destroy();
    return this.#closed.promise;
  }

  #close(): void {
    const timer = setTimeout(() => this.#closing?.(), lastWordsTime);
    this.#closing = () => {
      this.#closing = null;
      clearTimeout(timer);
      this.#transport.close();
      this.#closed.resolve();
    };
    // What node:tls has to say comes on the next turn.
    setImmediate(() => this.#idle());
  }

  #idle(): void {
    if (this.#writing === 0) this.#closing?.();
  }

  /** An alert that says what was wrong comes when node:tls has destroyed the stream already. */
  #hearLastWords(): void {
    const { stream } = this;
    const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
    const hear = (chunk: Uint8Array, ...more: unknown[]) => {
      if (!stream.destroyed) return write(chunk, ...more);
      this.#write(chunk).catch(() => {});
      return true;
    };
    stream.write = hear as Duplex["write"];
  }

  #read(): void {
    if (!this.#wanted || !this.#demanded || this.#reading) return;
    this.#reading = true;
    this.#wanted = false;
    this.#transport.read(this.#buffer).then((count) => {
      this.#reading = false;
      this.ended = count === null;
      const bytes = count === null ? null : this.#buffer.slice(0, count);
      if (count === readSizeFirst) this.#buffer = new Uint8Array(readSizeBusy);
      try {
        this.stream.push(bytes);
      } catch (error) {
        // node:tls throws over a certificate that it cannot take apart.
        this.stream.destroy(unreadable(error));
      }
    }, (error) => void this.stream.destroy(error));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#writing++;
    try {
      for (let at = 0; at < bytes.length;) at += await this.#transport.write(bytes.subarray(at));
    } finally {
      this.#writing--;
      if (this.#closing !== null) setImmediate(() => this.#idle());
    }
  }
}
