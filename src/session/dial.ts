/**
 * The two things under way before there is a connection: a lookup of names and a dial of one
 * address. Both end by themselves or are called off; what comes after that is thrown away.
 */
import type { Endpoint, Platform, Transport } from "../types.ts";
import { type Host, isAddress } from "./hosts.ts";

/** A connection attempt to one server. */
export class Dial {
  readonly #controller = new AbortController();
  #off = false;
  transport: Transport | null = null;
  error: string | null = null;

  constructor(
    platform: Platform,
    readonly endpoint: Endpoint,
    /** When it has taken too long, together with the handshake after it. */
    readonly deadline: number,
    completed: () => void,
  ) {
    attempt(
      () => platform.connect(endpoint, this.#controller.signal),
      (transport) => {
        if (this.#off) return transport.close();
        this.transport = transport;
        completed();
      },
      (error) => {
        this.error = messageOf(error);
        if (!this.#off) completed();
      },
    );
  }

  get done(): boolean {
    return this.transport !== null || this.error !== null;
  }

  /** Calls it off; a transport that comes all the same is closed. */
  cancel(): void {
    this.#off = true;
    this.#controller.abort();
    this.transport?.close();
  }
}

/** The lookup of all hosts for one round. */
export class Lookup {
  readonly #controller = new AbortController();
  /** The addresses of each host: those found before, until there are new ones. */
  readonly found: (readonly Endpoint[])[];
  /** Why a host has no new address. */
  readonly failures: Map<Host, string> = new Map();
  #open = 0;
  #off = false;

  constructor(
    platform: Platform,
    hosts: readonly Host[],
    before: readonly (readonly Endpoint[])[],
    /** When the round begins with what has been found. */
    readonly deadline: number,
    completed: () => void,
  ) {
    this.found = hosts.map((host, i) =>
      isAddress(host.host) ? [{ ...host, address: host.host }] : before[i] ?? []
    );
    for (const [i, host] of hosts.entries()) {
      if (isAddress(host.host)) continue;
      this.#open++;
      this.failures.set(host, "no answer in time");
      const settled = () => {
        if (--this.#open === 0 && !this.#off) completed();
      };
      attempt(
        () => platform.resolve(host.host, this.#controller.signal),
        (addresses) => {
          if (addresses.length > 0) {
            this.found[i] = addresses.map((address) => ({ ...host, address }));
            this.failures.delete(host);
          } else {
            this.failures.set(host, "it has no address");
          }
          settled();
        },
        (error) => {
          this.failures.set(host, messageOf(error));
          settled();
        },
      );
    }
  }

  get done(): boolean {
    return this.#open === 0;
  }

  cancel(): void {
    this.#off = true;
    this.#controller.abort();
  }
}

/** A platform may throw at the call as well as reject. */
export function attempt<T>(
  call: () => Promise<T>,
  done: (value: T) => void,
  failed: (error: unknown) => void,
): void {
  try {
    call().then(done, failed);
  } catch (error) {
    failed(error);
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
