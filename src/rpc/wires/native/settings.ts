/** What a connection of the native wire can be told, and its defaults. */
import type { Clock, Logger } from "../../../values.ts";

/** Options of either side. */
export interface NativeOptions {
  /** The time. */
  readonly clock: Clock;
  /** Where log lines go; must not throw. */
  readonly logger?: Logger;
  /** The most bytes of a message that is received. 4 MiB. */
  readonly receiveMax?: number;
  /** The most bytes of a message that is sent. 4 MiB. */
  readonly sendMax?: number;
  /** With calls in flight, after so long a silence the peer is asked whether it is there, ms. 20 s. */
  readonly keepalive?: number;
  /** How long it has to answer, ms. 10 s. */
  readonly keepaliveTimeout?: number;
  /** A peer that has taken no byte for so long while there are some for it is given up, ms. 30 s. */
  readonly stallTimeout?: number;
  /** A connection without calls is closed after so long, ms; Infinity for never. 5 minutes. */
  readonly idleTimeout?: number;
  /**
   * So many bytes may wait to be sent before a client takes no more calls, and a server reads no
   * more. Sixteen times as many cost the connection. 16 MiB.
   */
  readonly unsentMax?: number;
}

/** Options of the client's side. */
export interface NativeClientOptions extends NativeOptions {
  /** What messages and log lines call the server. "the server". */
  readonly name?: string;
  /** The first call's id, an odd number; for tests of what happens when there are no more. 1. */
  readonly firstId?: number;
}

/** Options of the server's side. */
export interface NativeServerOptions extends NativeOptions {
  /** So many calls may be in flight on one connection; more are refused. 10,000. */
  readonly maxConcurrent?: number;
  /** So many bytes may the requests in flight have on one connection; more are refused. 64 MiB. */
  readonly requestsMax?: number;
  /** After so long a connection goes away, ms. Never. */
  readonly maxAge?: number;
  /** How long the calls in flight then have, ms. 30 s. */
  readonly maxAgeGrace?: number;
}

/** All of them, decided. */
export type Settings = Required<NativeClientOptions & NativeServerOptions>;

const MiB = 1 << 20;

/** Options and defaults. */
export function settingsOf(options: NativeClientOptions & NativeServerOptions): Settings {
  return {
    logger: {},
    receiveMax: 4 * MiB,
    sendMax: 4 * MiB,
    keepalive: 20_000,
    keepaliveTimeout: 10_000,
    stallTimeout: 30_000,
    idleTimeout: 300_000,
    unsentMax: 16 * MiB,
    name: "the server",
    firstId: 1,
    maxConcurrent: 10_000,
    requestsMax: 64 * MiB,
    maxAge: Infinity,
    maxAgeGrace: 30_000,
    ...options,
  };
}
