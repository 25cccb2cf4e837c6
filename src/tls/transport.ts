/**
 * What is above TLS, as a Transport: a socket of node:tls hands out what comes when it comes, a
 * transport is asked. What comes of one read of the wire and is more than was asked for waits here;
 * the next is not read before somebody asks again.
 */
import type { TLSSocket } from "node:tls";
import type { Transport } from "../types.ts";
import type { Wire } from "./wire.ts";

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
  /** The peer's certificate, which is one that is trusted; null when a client has none. */
  readonly peer: TlsPeer | null;
}

/** One read that waits for bytes. */
interface Waiting {
  readonly into: Uint8Array;
  resolve(count: number | null): void;
  reject(error: Error): void;
}

/** A socket whose handshake is over. */
export class SocketTransport implements TlsTransport {
  readonly #socket: TLSSocket;
  readonly #wire: Wire;
  readonly #explain: (error: Error) => Error;
  readonly #chunks: Uint8Array[] = [];
  #waiting: Waiting | null = null;
  /** Nothing more will come: null at the end, or why; undefined before. */
  #ended: Error | null | undefined = undefined;
  #received = false;
  #writing = 0;
  #closed = false;

  constructor(
    socket: TLSSocket,
    wire: Wire,
    readonly peer: TlsPeer | null,
    /** What an error of the socket means. */
    explain: (error: Error) => Error,
  ) {
    this.#socket = socket;
    this.#wire = wire;
    this.#explain = explain;
    wire.demanded = false;
    // Anyone on the way can end TCP; only the peer can end TLS.
    socket.on("end", () => this.#end(wire.ended ? cutOff(this.#received) : null));
    socket.on("error", (error: Error) => this.#end(error));
    socket.on("close", () => this.#end(null));
    socket.on("data", (chunk: Uint8Array) => this.#arrived(chunk));
  }

  read(p: Uint8Array): Promise<number | null> {
    if (this.#closed) return Promise.reject(closedError());
    if (this.#waiting !== null) return Promise.reject(new TypeError("A read is under way already"));
    if (this.#chunks.length > 0 || p.length === 0) return Promise.resolve(this.#take(p));
    if (this.#ended === null) return Promise.resolve(null);
    if (this.#ended !== undefined) return Promise.reject(this.#explain(this.#ended));
    return new Promise((resolve, reject) => {
      this.#waiting = { into: p, resolve, reject };
      this.#wire.demanded = true;
    });
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

  /** Says goodbye, unless something is still being written that the peer may never take. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#chunks.length = 0;
    this.#settle()?.reject(closedError());
    if (this.#writing > 0 || this.#ended !== undefined) this.#wire.abort();
    else this.#socket.end(() => this.#wire.close());
  }

  ref(): void {
    this.#wire.ref();
  }

  unref(): void {
    this.#wire.unref();
  }

  #arrived(chunk: Uint8Array): void {
    if (this.#closed) return;
    this.#received = true;
    this.#chunks.push(chunk);
    const waiting = this.#settle();
    waiting?.resolve(this.#take(waiting.into));
  }

  /** Moves as much of what has come as fits. */
  #take(into: Uint8Array): number {
    let count = 0;
    while (this.#chunks.length > 0 && count < into.length) {
      const chunk = this.#chunks[0]!;
      const part = chunk.subarray(0, into.length - count);
      into.set(part, count);
      count += part.length;
      if (part.length === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(part.length);
    }
    return count;
  }

  #end(error: Error | null): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    const waiting = this.#settle();
    if (error === null) waiting?.resolve(null);
    else waiting?.reject(this.#explain(error));
  }

  /** The read that waits, which from now on does not. */
  #settle(): Waiting | null {
    const waiting = this.#waiting;
    this.#waiting = null;
    this.#wire.demanded = false;
    return waiting;
  }
}

/** Who the peer is; null when it has shown no certificate. */
export function peerOf(socket: TLSSocket): TlsPeer | null {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return null;
  const { subject, subjectAltName = "", fingerprint256 } = certificate;
  return { subject, subjectAltName, fingerprint256 };
}

function cutOff(received: boolean): Error {
  const error = new Error(
    received
      ? "The peer cut the connection off without ending TLS"
      : "The peer cut the connection off after the TLS handshake: it may refuse our certificate",
  );
  error.name = "UnexpectedEof";
  return error;
}

function closedError(): Error {
  const error = new Error("The connection has been closed");
  error.name = "Interrupted";
  return error;
}
