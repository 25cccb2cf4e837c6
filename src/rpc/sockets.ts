/**
 * Sockets that servers listen on: the one place of RPC that names Deno's. A client dials over its
 * platform, so that in tests no socket is needed.
 */
import { TcpTransport } from "../deno.ts";
import { attempt, messageOf } from "../session/dial.ts";
import type { Clock, Logger, Transport } from "../values.ts";
import type { Peer } from "./wires/wire.ts";

/** Where a server listens. */
export interface ListenOptions {
  /** An address of this machine, or a name that stands for one. */
  readonly hostname: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** The time. */
  readonly clock: Clock;
  /** Where log lines go; must not throw. */
  readonly logger?: Logger;
}

/** Called with each connection that is accepted; must not throw. */
export type OnAccepted = (transport: Transport, peer: Peer) => void;

const pauseMin = 10;
const pauseMax = 1_000;

/**
 * A socket that is listened on. When the system has no room for a connection more, with too many
 * files open say, it pauses and goes on.
 */
export class Listener {
  /** Where it listens. */
  readonly address: Peer;
  readonly #listener: Deno.TcpListener;
  readonly #options: ListenOptions;
  readonly #accepted: OnAccepted;
  #closed = false;
  #pause = pauseMin;
  #timer: Disposable | null = null;

  /**
   * Listens from now on.
   *
   * @throws {Deno.errors.AddrInUse} and others of Deno's when that cannot be.
   */
  constructor(options: ListenOptions, accepted: OnAccepted) {
    this.#options = options;
    this.#accepted = accepted;
    this.#listener = Deno.listen({ hostname: options.hostname, port: options.port });
    const { hostname, port } = this.#listener.addr;
    this.address = { hostname, port };
    this.#accept();
  }

  /** Accepts no more; connections that were accepted go on. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer?.[Symbol.dispose]();
    this.#listener.close();
  }

  /** {@link close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  readonly #accept = (): void => {
    this.#timer = null;
    attempt(() => this.#listener.accept(), this.#onAccepted, this.#onFailure);
  };

  readonly #onAccepted = (conn: Deno.TcpConn): void => {
    if (this.#closed) return conn.close();
    this.#pause = pauseMin;
    this.#hand(conn);
    this.#accept();
  };

  #hand(conn: Deno.TcpConn): void {
    try {
      conn.setNoDelay(true);
    } catch {
      // Some systems say so when the peer has gone already.
      return conn.close();
    }
    const { hostname, port } = conn.remoteAddr;
    this.#accepted(new TcpTransport(conn), { hostname, port });
  }

  readonly #onFailure = (error: unknown): void => {
    if (this.#closed) return;
    const { clock, logger } = this.#options;
    const { hostname, port } = this.address;
    logger?.warn?.(
      `Cannot accept a connection on ${hostname}:${port}, trying again in ${this.#pause} ms: ` +
        messageOf(error),
    );
    this.#timer = clock.timer(clock.now() + this.#pause, this.#accept);
    this.#pause = Math.min(2 * this.#pause, pauseMax);
  };
}
