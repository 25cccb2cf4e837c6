/**
 * A dial of one address. It ends by itself or is called off; what comes after that is thrown away.
 */
import type { Endpoint, Platform, Transport } from "../types.ts";

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
  try {
    return String(error instanceof Error ? error.message : error);
  } catch {
    // An object without a prototype has no text.
    return typeof error;
  }
}
