/**
 * The default platform: Deno's sockets, name lookup, clock and randomness. The one file of the core
 * that names any of them.
 */
import { clearImmediate, setImmediate } from "node:timers";
import type { Clock, Endpoint, Platform, ResolveSrv, Transport } from "./types.ts";

/** Deno's own. */
export const denoPlatform: Platform = {
  connect,
  resolve,
  resolveSrv: srvResolver(),
  clock: { now: () => performance.now(), timer, turn } satisfies Clock,
  random: Math.random,
};

/** What user callbacks throw, unless the application says otherwise. */
export function reportCallbackError(error: unknown): void {
  reportError(error);
}

/** A hash. Few sessions need one, so what makes it is loaded with the first, 4 MB of it. */
export function hash(algorithm: "md5" | "sha1", bytes: Uint8Array): Uint8Array {
  // deno-lint-ignore no-process-global -- importing node:process would load as much
  const { createHash } = process.getBuiltinModule("node:crypto");
  return createHash(algorithm).update(bytes).digest();
}

/** Bytes that nobody can guess. */
export function randomBytes(count: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(count));
}

async function connect(endpoint: Endpoint, signal: AbortSignal): Promise<Transport> {
  const conn = await dial(endpoint, signal);
  try {
    conn.setNoDelay(true);
  } catch (error) {
    // Some systems say so when the peer has gone already.
    conn.close();
    throw error;
  }
  return new TcpTransport(conn);
}

/** By address; by name where the permission is for the name alone. */
async function dial({ host, address, port }: Endpoint, signal: AbortSignal): Promise<Deno.TcpConn> {
  try {
    return await Deno.connect({ hostname: address, port, signal });
  } catch (error) {
    if (host === address || !(error instanceof Deno.errors.NotCapable)) throw error;
    return await Deno.connect({ hostname: host, port, signal });
  }
}

/** All addresses of a name; without the permission to ask, the name itself, which connect takes. */
async function resolve(host: string): Promise<string[]> {
  // Loaded when there is a name to resolve: it takes longer than the rest of this package.
  const { lookup } = await import("node:dns/promises");
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch (error) {
    if ((error as { code?: string }).code === "EPERM") return [host];
    throw error;
  }
}

/** Asks the machine's name servers, or the one given, for SRV records. */
export function srvResolver(options?: Deno.ResolveDnsOptions): ResolveSrv {
  return async (name, signal) => {
    try {
      return await Deno.resolveDns(name, "SRV", { ...options, signal });
    } catch (error) {
      // It says so as well when the name server refuses to tell, and in words of its own.
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  };
}

function timer(at: number, wake: () => void): Disposable & { unref(): void } {
  const id = setTimeout(wake, Math.max(0, Math.min(at - performance.now(), timerMax)));
  return {
    unref: () => Deno.unrefTimer(id),
    [Symbol.dispose]: () => clearTimeout(id),
  };
}

/** setTimeout takes 31 bits; one that wakes too early does no harm, the session looks again. */
const timerMax = 0x7fffffff;

function turn(wake: () => void): Disposable {
  const immediate = setImmediate(wake);
  return { [Symbol.dispose]: () => clearImmediate(immediate) };
}

/** A socket of Deno's. */
export class TcpTransport implements Transport {
  readonly #conn: Deno.TcpConn;
  #closed = false;

  constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  read(p: Uint8Array): Promise<number | null> {
    return this.#conn.read(p);
  }

  write(p: Uint8Array): Promise<number> {
    return this.#conn.write(p);
  }

  /** Says that nothing more comes; reading goes on. */
  closeWrite(): Promise<void> {
    return this.#conn.closeWrite();
  }

  /** Deno rejects a pending read and throws on a second close. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#conn.close();
  }

  ref(): void {
    this.#conn.ref();
  }

  unref(): void {
    this.#conn.unref();
  }
}
