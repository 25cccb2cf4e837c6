/**
 * From a name and a port to a connection: the name's addresses are tried one after the other, each a
 * moment after the one before or when that has failed, and the first that answers is taken (RFC 8305).
 */
import { isAddress } from "../../session/hosts.ts";
import type { Endpoint, Platform, Transport } from "../../values.ts";

/** What is dialled. */
export interface Place {
  /** A name or an address. */
  readonly address: string;
  readonly port: number;
}

/** A socket and whose it is. */
export interface Dialled {
  readonly transport: Transport;
  readonly endpoint: Endpoint;
}

/** Ms between the first tries of two addresses of a name. */
const stagger = 250;

/**
 * Connects. Rejects with the last address's error, or once `timeout` ms are over, or with the signal's
 * reason; a socket that comes later than that is closed.
 */
export async function dial(
  platform: Platform,
  { address: host, port }: Place,
  timeout: number,
  signal: AbortSignal,
): Promise<Dialled> {
  signal.throwIfAborted();
  const end = new AbortController();
  const { clock } = platform;
  const { promise, resolve, reject } = Promise.withResolvers<Dialled>();
  const late = () => reject(new Error(`No connection within ${timeout} ms`));
  const abort = () => reject(signal.reason);
  using _timer = clock.timer(clock.now() + timeout, late);
  signal.addEventListener("abort", abort, { once: true });
  try {
    addressesOf(platform, host, end.signal).then(
      (addresses) => {
        if (end.signal.aborted) return;
        const endpoints = addresses.map((address) => ({ host, address, port }));
        new Race(platform, endpoints, end.signal, resolve, reject).next();
      },
    ).catch(reject);
    return await promise;
  } finally {
    signal.removeEventListener("abort", abort);
    end.abort();
  }
}

async function addressesOf(
  { resolve }: Platform,
  host: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (isAddress(host)) return [host];
  const addresses = await resolve(host, signal);
  if (addresses.length > 0) return addresses;
  throw new Error(`The name ${host} has no address`);
}

class Race {
  readonly #platform: Platform;
  readonly #endpoints: Endpoint[];
  readonly #signal: AbortSignal;
  readonly #won: (dialled: Dialled) => void;
  readonly #lost: (error: unknown) => void;
  #running = 0;
  #timer: Disposable | null = null;

  constructor(
    platform: Platform,
    endpoints: Endpoint[],
    signal: AbortSignal,
    won: (dialled: Dialled) => void,
    lost: (error: unknown) => void,
  ) {
    this.#platform = platform;
    this.#endpoints = endpoints;
    this.#signal = signal;
    this.#won = won;
    this.#lost = lost;
    signal.addEventListener("abort", () => this.#timer?.[Symbol.dispose](), { once: true });
  }

  /** Tries the next address; the first one that answers ends it. */
  next(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = null;
    const endpoint = this.#endpoints.shift();
    if (endpoint === undefined || this.#signal.aborted) return;
    this.#running++;
    this.#try(endpoint);
    const { clock } = this.#platform;
    if (this.#endpoints.length === 0) return;
    this.#timer = clock.timer(clock.now() + stagger, () => this.next());
  }

  async #try(endpoint: Endpoint): Promise<void> {
    try {
      const transport = await this.#platform.connect(endpoint, this.#signal);
      if (this.#signal.aborted) transport.close();
      else this.#won({ transport, endpoint });
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.#running--;
    if (this.#endpoints.length > 0) this.next();
    else if (this.#running === 0) this.#lost(error);
  }
}
