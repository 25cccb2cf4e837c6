/** A client that sends any bytes and shows what comes back, frame by frame. */
import { Reader, Writer } from "../../src/proto/archive.ts";
import { OpCode } from "../../src/proto/constants.ts";
import { writeHeader } from "../../src/proto/requests.ts";
import type { TestServer } from "../../src/testing/server.ts";
import type { Transport } from "../../src/types.ts";

/** A reply or an event: its header, and the rest. */
export interface Frame {
  readonly xid: number;
  readonly zxid: bigint;
  readonly rc: number;
  readonly body: Reader;
}

/** What a handshake may ask for. */
export interface Handshake {
  timeout?: number;
  sessionId?: bigint;
  password?: Uint8Array | null;
  lastZxidSeen?: bigint;
  readOnly?: boolean;
}

/** What a server grants. */
export interface Granted {
  readonly timeout: number;
  readonly sessionId: bigint;
  readonly password: Uint8Array;
}

export class Raw {
  #left = new Uint8Array(0);
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** A connection in memory, without a handshake. */
  static async open(server: TestServer, host = "raw", port = 2181): Promise<Raw> {
    const endpoint = { host, address: "10.0.0.1", port };
    const { signal } = new AbortController();
    return new Raw(await server.platform.connect(endpoint, signal));
  }

  /** A connection with a session. */
  static async connect(server: TestServer, handshake: Handshake = {}): Promise<Raw> {
    const raw = await Raw.open(server);
    await raw.shake(handshake);
    return raw;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#transport.write(bytes.subarray(at));
  }

  /** A whole frame. */
  send(body: (to: Writer) => void): Promise<void> {
    return this.write(frame(body));
  }

  /** Asks for a session; null when the connection is closed without an answer. */
  async shake(handshake: Handshake = {}): Promise<Granted | null> {
    await this.send((to) => writeHandshake(to, handshake));
    const answer = await this.readFrame();
    if (answer === null) return null;
    answer.int();
    return { timeout: answer.int(), sessionId: answer.long(), password: answer.buffer()! };
  }

  /** Sends a request and reads what comes next. */
  async ask(type: number, body: (to: Writer) => void = () => {}, xid = 1): Promise<Frame | null> {
    await this.send((to) => {
      writeHeader(to, xid, type);
      body(to);
    });
    return await this.next();
  }

  /** Sends a request for "/"'s Stat and reads what comes next. */
  exists(path = "/"): Promise<Frame | null> {
    return this.ask(OpCode.exists, (to) => {
      to.string(path);
      to.bool(false);
    });
  }

  /** The next reply or event; null when the connection is closed. */
  async next(): Promise<Frame | null> {
    const body = await this.readFrame();
    if (body === null) return null;
    return { xid: body.int(), zxid: body.long(), rc: body.int(), body };
  }

  /** The next frame as it is; null when the connection is closed, be it in the middle of one. */
  async readFrame(): Promise<Reader | null> {
    for (;;) {
      const length = this.#left.length < 4 ? Infinity : Reader.of(this.#left).int();
      if (this.#left.length >= 4 + length) {
        const body = this.#left.slice(4, 4 + length);
        this.#left = this.#left.slice(4 + length);
        return Reader.of(body);
      }
      const more = await this.read();
      if (more === null) return null;
      this.#left = concat(this.#left, more);
    }
  }

  /** Everything up to the end. */
  async readAll(): Promise<Uint8Array> {
    let all = this.#left;
    for (let more = await this.read(); more !== null; more = await this.read()) {
      all = concat(all, more);
    }
    return all;
  }

  /** What one read brings; null at the end. */
  async read(): Promise<Uint8Array | null> {
    const into = new Uint8Array(64 * 1024);
    const count = await this.#transport.read(into);
    return count === null ? null : into.subarray(0, count);
  }

  close(): void {
    this.#transport.close();
  }
}

/** A four-letter word, asked on a connection of its own. */
export async function ask(server: TestServer, word: string): Promise<string> {
  const raw = await Raw.open(server);
  await raw.write(new TextEncoder().encode(word));
  return new TextDecoder().decode(await raw.readAll());
}

/** A frame around a body. */
export function frame(body: (to: Writer) => void): Uint8Array<ArrayBuffer> {
  const to = new Writer();
  const start = to.startFrame();
  body(to);
  to.endFrame(start);
  return to.frames.slice();
}

export function writeHandshake(to: Writer, handshake: Handshake): void {
  to.int(0);
  to.long(handshake.lastZxidSeen ?? 0n);
  to.int(handshake.timeout ?? 10_000);
  to.long(handshake.sessionId ?? 0n);
  to.buffer(handshake.password === undefined ? new Uint8Array(16) : handshake.password);
  to.bool(handshake.readOnly ?? false);
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
