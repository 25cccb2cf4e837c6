/** A service that answers with what it gets, and a client that reads and writes bytes of text. */
import { Writer } from "../../../src/proto/archive.ts";
import { Network, type NetworkOptions } from "../../../src/testing/network/network.ts";
import type { Served, Wire } from "../../../src/testing/network/wire.ts";
import type { Transport } from "../../../src/types.ts";

/** One connection as the service has it. */
export class Echo implements Served {
  readonly out: Writer = new Writer();
  readonly #space = new Uint8Array(64 * 1024);
  /** What each call of received() brought. */
  readonly got: string[] = [];
  /** While true, nothing is answered. */
  silent = false;
  sessionId = 0n;
  closes = 0;

  constructor(readonly wire: Wire) {}

  space(): Uint8Array {
    return this.#space;
  }

  received(count: number): void {
    const bytes = this.#space.subarray(0, count);
    this.got.push(decode(bytes));
    if (this.silent) return;
    this.out.append(bytes);
    this.wire.flush();
  }

  proceed(): void {}

  closed(): void {
    this.closes++;
  }

  /** Writes what nobody has asked for. */
  say(text: string | Uint8Array): void {
    this.out.append(typeof text === "string" ? encode(text) : text);
    this.wire.flush();
  }
}

/** A network with an echo behind each connection; session n belongs to the n-th connection. */
export class EchoNetwork extends Network {
  readonly echoes: Echo[];

  constructor(options: NetworkOptions = {}) {
    const echoes: Echo[] = [];
    super((wire) => {
      const echo = new Echo(wire);
      echoes.push(echo);
      echo.sessionId = BigInt(echoes.length);
      return echo;
    }, options);
    this.echoes = echoes;
  }

  /** A client in memory. */
  async client(host = "a", port = 2181): Promise<Client> {
    const endpoint = { host, address: "127.0.0.1", port };
    return new Client(await this.connect(endpoint, new AbortController().signal));
  }
}

export class Client {
  readonly #into = new Uint8Array(1 << 20);
  constructor(readonly transport: Pick<Transport, "read" | "write" | "close">) {}

  async write(text: string | Uint8Array): Promise<void> {
    let rest = typeof text === "string" ? encode(text) : text;
    while (rest.length > 0) rest = rest.subarray(await this.transport.write(rest));
  }

  /** What one read brings. */
  async read(): Promise<string | null> {
    const count = await this.transport.read(this.#into);
    return count === null ? null : decode(this.#into.subarray(0, count));
  }

  /** Reads so many bytes, or what there is up to the end. */
  async readAll(length: number): Promise<string> {
    let text = "";
    while (text.length < length) {
      const more = await this.read();
      if (more === null) break;
      text += more;
    }
    return text;
  }
}

/** Notes what becomes of a promise. */
export function outcome<T>(promise: Promise<T>): { value?: T; error?: Error } {
  const seen: { value?: T; error?: Error } = {};
  promise.then((value) => seen.value = value, (error) => seen.error = error);
  return seen;
}

export function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
