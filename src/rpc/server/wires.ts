/** The wires that a server speaks on one port: the first four bytes of a connection tell which. */
import type { Clock } from "../../values.ts";
import type { Deadlines } from "../time/deadlines.ts";
import { isNative } from "../wires/native/frames.ts";
import { NativeServerConnection } from "../wires/native/server.ts";
import { isTinyRpc } from "../wires/tiny_rpc/header.ts";
import { type LegacyError, TinyRpcServerConnection } from "../wires/tiny_rpc/server.ts";
import type { Accepted, ServerConnection, ServerConnectionEvents } from "../wires/wire.ts";
import type { BoundedLog } from "./bounded_log.ts";

/** A wire's name: ours, or tiny_rpc's. */
export type WireName = "native" | "tiny_rpc";

/** What wires are told of a server. */
export interface WireSetting {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly log: BoundedLog;
  readonly maxRequest: number;
  readonly maxResponse: number;
  readonly maxPerConnection: number;
  readonly transferTimeout: number;
  readonly legacyError: LegacyError;
  /** In [0, 1). */
  random(): number;
  /** What the native wire has beyond that. */
  readonly native: NativeWireOptions;
}

/** Options of the native wire alone. */
export interface NativeWireOptions {
  /** With calls in flight, after so long a silence a peer is asked whether it is there, ms. 20,000. */
  readonly keepalive?: number;
  /** How long it has to answer, ms. 10,000. */
  readonly keepaliveTimeout?: number;
  /** A connection without calls is closed after so long, ms; Infinity for never. 300,000. */
  readonly idleTimeout?: number;
  /** A peer that has taken no byte for so long while there are some for it is given up, ms. 30,000. */
  readonly stallTimeout?: number;
  /**
   * After so long a connection goes away, so that callers spread anew, ms; give or take a tenth, so
   * that those who came together do not leave together. Never.
   */
  readonly maxAge?: number;
  /** How long calls in flight then have, ms. 30,000. */
  readonly maxAgeGrace?: number;
}

/** Their names. */
export const nativeWireKeys: readonly (keyof NativeWireOptions)[] = [
  "keepalive",
  "keepaliveTimeout",
  "idleTimeout",
  "stallTimeout",
  "maxAge",
  "maxAgeGrace",
];

/** A wire, as a server has it. */
export interface ServerWire {
  /** Whether a connection that begins with these four bytes speaks it. */
  is(first: Uint8Array): boolean;
  /** Takes a connection over. */
  open(
    accepted: Accepted,
    events: ServerConnectionEvents,
    setting: WireSetting,
  ): ServerConnection;
}

/** All that there are. */
export const serverWires: Readonly<Record<WireName, ServerWire>> = {
  native: {
    is: isNative,
    open: (accepted, events, setting) =>
      new NativeServerConnection(accepted, events, {
        ...setting.native,
        maxAge: (setting.native.maxAge ?? Infinity) * (0.9 + 0.2 * setting.random()),
        clock: setting.clock,
        logger: setting.log.about("connections of the native wire"),
        receiveMax: setting.maxRequest,
        sendMax: setting.maxResponse,
        maxConcurrent: setting.maxPerConnection,
      }),
  },
  tiny_rpc: {
    is: isTinyRpc,
    open: (accepted, events, setting) =>
      new TinyRpcServerConnection(accepted, events, {
        ...setting,
        logger: setting.log.about("connections of tiny_rpc's wire"),
      }),
  },
};

/** How many bytes tell. */
export const tellingBytes = 4;
