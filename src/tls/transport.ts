/**
 * A socket of node:tls as a Transport. A stream hands out what comes when it comes; a transport is
 * asked. So what comes unasked is kept, and beyond a limit the stream is paused: the peer is held by
 * TCP's own window, and nothing grows.
 */
import type { TLSSocket } from "node:tls";
import type { Transport } from "../types.ts";

/** Who is at the other end, by its certificate. */
export interface TlsPeer {
  /** The subject, one part a line: "CN=alice". */
  readonly subject: string;
  /** The names it is for: "DNS:alice.example.org, IP Address:10.0.0.1", or "". */
  readonly subjectAltName: string;
  /** SHA-256 of the certificate, in hexadecimal with colons. */
  readonly fingerprint256: string;
}

/** A connection under TLS. */
export interface TlsTransport extends Transport {
  /** The peer's certificate; null when a client has none. */
  readonly peer: TlsPeer | null;
}

/** Bytes that may wait for a read before the stream is paused. */
const waitingMax = 256 * 1024;

/** One read that waits for bytes. */
interface Waiting {
  readonly into: Uint8Array;
  resolve(count: number | null): void;
  reject(error: Error): void;
}

/** A socket whose handshake is over. */
export class SocketTransport implements TlsTransport {
  readonly #socket: TLSSocket;
  readonly #explain: (error: Error) => Error;
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #waiting: Waiting | null = null;
  /** Nothing more will come: null at the end, or why. */
  #ended: Error | null | undefined = undefined;
  #writing = 0;
  #closed = false;

  constructor(
    socket: TLSSocket,
    readonly peer: TlsPeer | null,
    /** What an error of the socket means. */
    explain: (error: Error) => Error,
  ) {
    this.#socket = socket;
    this.#explain = explain;
    socket.on("end", () => this.#end(null));
    socket.on("error", (error: Error) => this.#end(error));
    socket.on("close", () => this.#end(null));
    socket.on("data", (chunk: Uint8Array) => this.#arrived(chunk));
  }

  read(p: Uint8Array): Promise<number | null> {
    if (this.#closed) return Promise.reject(closedError());
    if (this.#waiting !== null) return Promise.reject(new TypeError("A read is under way already"));
    if (this.#size > 0 || p.length === 0) return Promise.resolve(this.#take(p));
    if (this.#ended === null) return Promise.resolve(null);
    if (this.#ended !== undefined) return Promise.reject(this.#explain(this.#ended));
    return new Promise((resolve, reject) => this.#waiting = { into: p, resolve, reject });
  }

  write(p: Uint8Array): Promise<number> {
    if (this.#closed) return Promise.reject(closedError());
    this.#writing++;
    return new Promise((resolve, reject) => {
      this.#socket.write(p, (error) => {
        this.#writing--;
        if (error) reject(this.#closed ? closedError() : this.#explain(this.#ended ?? error));
        else resolve(p.length);
      });
    });
  }

  /** Says goodbye unless something is still being written: then the peer may not take it at all. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#chunks.length = this.#size = 0;
    this.#waiting?.reject(closedError());
    this.#waiting = null;
    const socket = this.#socket;
    if (this.#writing > 0 || socket.destroyed) socket.destroy();
    else socket.end(() => socket.destroy());
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  #arrived(chunk: Uint8Array): void {
    if (this.#closed) return;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.resolve(this.#take(waiting.into));
    if (this.#size >= waitingMax) this.#socket.pause();
  }

  /** Moves as much of what has come as fits. */
  #take(into: Uint8Array): number {
    let count = 0;
    let used = 0;
    for (; used < this.#chunks.length && count < into.length; used++) {
      const chunk = this.#chunks[used]!;
      const part = chunk.subarray(0, into.length - count);
      into.set(part, count);
      count += part.length;
      if (part.length === chunk.length) continue;
      this.#chunks[used] = chunk.subarray(part.length);
      break;
    }
    this.#chunks.splice(0, used);
    this.#size -= count;
    if (this.#size < waitingMax && this.#socket.isPaused()) this.#socket.resume();
    return count;
  }

  #end(error: Error | null): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    const waiting = this.#waiting;
    this.#waiting = null;
    if (error === null) waiting?.resolve(null);
    else waiting?.reject(this.#explain(error));
  }
}

/** Who the peer is; null when it has shown no certificate. */
export function peerOf(socket: TLSSocket): TlsPeer | null {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return null;
  const { subject, subjectAltName = "", fingerprint256 } = certificate;
  return { subject, subjectAltName, fingerprint256 };
}

function closedError(): Error {
  const error = new Error("The connection has been closed");
  error.name = "Interrupted";
  return error;
}
