/**
 * A platform whose servers do what a test says, byte by byte: connections without sockets, names
 * without DNS, time without waiting.
 */
import { Reader, Writer } from "../src/proto/archive.ts";
import { OpCode } from "../src/proto/constants.ts";
import { type Stat, writeStat } from "../src/proto/stat.ts";
import type { Endpoint, Platform, SrvRecord, Transport } from "../src/types.ts";
import { VirtualClock } from "./virtual_clock.ts";

/** A request as it came over the wire. */
export interface Request {
  xid: number;
  type: number;
  body: Reader;
}

/** One connection, seen from the server. */
export class Wire implements Transport {
  /** All that the client wrote. */
  written: Uint8Array = new Uint8Array(0);
  /** Calls of write(). */
  writes = 0;
  /** At most so many bytes are taken by one write. */
  writeMax: number = Infinity;
  /** While true, writes do not complete. */
  stalled = false;
  closed = false;
  unrefs = 0;
  #incoming: Uint8Array = new Uint8Array(0);
  #ended = false;
  #read:
    | { into: Uint8Array; resolve: (n: number | null) => void; reject: (e: Error) => void }
    | null = null;
  #stalledWrites: (() => void)[] = [];
  #seen = 0;

  constructor(readonly endpoint: Endpoint) {}

  read(into: Uint8Array): Promise<number | null> {
    if (this.#read !== null) throw new Error("Two reads are armed at once");
    return new Promise((resolve, reject) => {
      this.#read = { into, resolve, reject };
      this.#serve();
    });
  }

  write(bytes: Uint8Array): Promise<number> {
    if (this.closed) return Promise.reject(new Error("The connection is closed"));
    this.writes++;
    const taken = bytes.subarray(0, Math.min(bytes.length, this.writeMax));
    return new Promise((resolve) => {
      const finish = () => {
        this.written = concat(this.written, taken);
        resolve(taken.length);
      };
      if (this.stalled) this.#stalledWrites.push(finish);
      else finish();
    });
  }

  close(): void {
    if (this.closed) throw new Error("The connection was closed twice");
    this.closed = true;
    this.#read?.reject(new Error("Interrupted"));
    this.#read = null;
  }

  ref(): void {
    this.unrefs--;
  }

  unref(): void {
    this.unrefs++;
  }

  /** The server sends bytes. */
  push(...chunks: Uint8Array[]): void {
    this.#incoming = concat(this.#incoming, ...chunks);
    this.#serve();
  }

  /** The server closes. */
  end(): void {
    this.#ended = true;
    this.#serve();
  }

  /** The connection is reset. */
  reset(): void {
    this.#read?.reject(new Error("Connection reset by peer"));
    this.#read = null;
  }

  /** Lets stalled writes complete. */
  release(): void {
    this.stalled = false;
    for (const finish of this.#stalledWrites.splice(0)) finish();
  }

  /** Whether a read is armed. */
  get reading(): boolean {
    return this.#read !== null;
  }

  /** The whole frames written since the last call, without the connect request. */
  take(): Request[] {
    const requests: Request[] = [];
    for (const frame of this.takeFrames()) {
      const body = Reader.of(frame);
      requests.push({ xid: body.int(), type: body.int(), body });
    }
    return requests;
  }

  /** The whole frames written since the last call. */
  takeFrames(): Uint8Array[] {
    const frames: Uint8Array[] = [];
    for (;;) {
      const rest = this.written.subarray(this.#seen);
      if (rest.length < 4) return frames;
      const length = new DataView(rest.buffer, rest.byteOffset).getInt32(0);
      if (rest.length < 4 + length) return frames;
      frames.push(rest.subarray(4, 4 + length));
      this.#seen += 4 + length;
    }
  }

  #serve(): void {
    const read = this.#read;
    if (read === null) return;
    if (this.#incoming.length > 0) {
      const count = Math.min(read.into.length, this.#incoming.length);
      read.into.set(this.#incoming.subarray(0, count));
      this.#incoming = this.#incoming.slice(count);
      this.#read = null;
      read.resolve(count);
    } else if (this.#ended) {
      this.#read = null;
      read.resolve(null);
    }
  }
}

/** What becomes of a dial. */
export type Answer = "accept" | "refuse" | "hang";

/** A platform under a test's control. */
export class Scripted implements Platform {
  readonly clock: VirtualClock = new VirtualClock();
  /** Connections in the order they were made. */
  readonly wires: Wire[] = [];
  /** Dials in the order they were made. */
  readonly dials: string[] = [];
  /** Lookups in the order they were made. */
  readonly lookups: string[] = [];
  /** Names and their addresses; others do not resolve. */
  names: Record<string, string[] | "hang"> = {};
  /** Services and their servers; others do not resolve. */
  services: Record<string, SrvRecord[] | "hang"> = {};
  /** Random numbers to give out, then 0.5 for ever. */
  randoms: number[] = [];
  answer: (endpoint: Endpoint) => Answer = () => "accept";

  connect = (endpoint: Endpoint, signal: AbortSignal): Promise<Transport> => {
    this.dials.push(`${endpoint.address}:${endpoint.port}`);
    const answer = this.answer(endpoint);
    if (answer === "refuse") return Promise.reject(new Error("Connection refused"));
    if (answer === "hang") {
      return new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason))
      );
    }
    const wire = new Wire(endpoint);
    this.wires.push(wire);
    return Promise.resolve(wire);
  };

  resolve = (host: string, signal: AbortSignal): Promise<string[]> => {
    this.lookups.push(host);
    const addresses = this.names[host];
    if (addresses === "hang") {
      return new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason))
      );
    }
    if (addresses === undefined) return Promise.reject(new Error(`Unknown host ${host}`));
    return Promise.resolve(addresses);
  };

  resolveSrv = (name: string, signal: AbortSignal): Promise<SrvRecord[]> => {
    this.lookups.push(`srv:${name}`);
    const records = this.services[name];
    if (records === "hang") {
      return new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason))
      );
    }
    if (records === undefined) return Promise.reject(new Error(`Unknown service ${name}`));
    return Promise.resolve(records);
  };

  random = (): number => this.randoms.shift() ?? 0.5;

  /** The newest connection. */
  get wire(): Wire {
    return this.wires.at(-1)!;
  }
}

/** What a test's server says in its connect response. */
export interface Grant {
  timeout?: number;
  sessionId?: bigint;
  /** Null leaves the flag out, as servers up to 3.3 do. */
  readOnly?: boolean | null;
}

/** A connect response, framed. */
export function connectResponse(
  { timeout = 9000, sessionId = 7n, readOnly = false }: Grant = {},
): Uint8Array {
  return frame((to) => {
    to.int(0);
    to.int(timeout);
    to.long(sessionId);
    to.buffer(new Uint8Array(16).fill(timeout > 0 ? 1 : 0));
    if (readOnly !== null) to.bool(readOnly);
  });
}

/** A reply, framed; the body is written for a code of 0 only. */
export function reply(xid: number, body?: (to: Writer) => void, rc = 0, zxid = 1n): Uint8Array {
  return frame((to) => {
    to.int(xid);
    to.long(zxid);
    to.int(rc);
    if (rc === 0) body?.(to);
  });
}

/** A reply to getData, framed. */
export function dataReply(xid: number, data: string, zxid = 1n): Uint8Array {
  return reply(
    xid,
    (to) => {
      to.buffer(data);
      writeStat(to, someStat);
    },
    0,
    zxid,
  );
}

/** An event, framed. */
export function event(type: number, path: string, zxid = -1n): Uint8Array {
  return frame((to) => {
    to.int(-1);
    to.long(zxid);
    to.int(0);
    to.int(type);
    to.int(3);
    to.string(path);
  });
}

/** An answer to a ping, framed. */
export function pong(): Uint8Array {
  return reply(-2);
}

export const someStat: Stat = {
  czxid: 2n,
  mzxid: 3n,
  ctime: 1_700_000_000_001,
  mtime: 1_700_000_000_002,
  version: 4,
  cversion: 5,
  aversion: 6,
  ephemeralOwner: 0n,
  dataLength: 8,
  numChildren: 9,
  pzxid: 10n,
};

/** Bytes of what a server answers to any of the requests given, all with success. */
export function answerAll(requests: Request[]): Uint8Array[] {
  return requests.map(({ xid, type, body }) => {
    switch (type) {
      case OpCode.getData:
        return dataReply(xid, body.string());
      case OpCode.exists:
      case OpCode.setData:
        return reply(xid, (to) => writeStat(to, someStat));
      case OpCode.create:
        return reply(xid, (to) => to.string(body.string()));
      default:
        return reply(xid);
    }
  });
}

/** A frame around what `write` writes. */
export function frame(write: (to: Writer) => void): Uint8Array {
  const to = new Writer();
  const start = to.startFrame();
  write(to);
  to.endFrame(start);
  return to.frames.slice();
}

/** All of these bytes in one array. */
export function concat(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
