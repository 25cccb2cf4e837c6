/** The wires that a target may name, as a channel has them. */
import { reportCallbackError } from "../../deno.ts";
import { SafeLogger } from "../../session/safe_logger.ts";
import type { Logger, Platform } from "../../values.ts";
import type { Deadlines } from "../time/deadlines.ts";
import { NativeClientConnection } from "../wires/native/client.ts";
import { TinyRpcClientConnection } from "../wires/tiny_rpc/client.ts";
import type { ClientWire } from "./client_wire.ts";
import type { Decided } from "./options.ts";
import type { WireName } from "./target.ts";

/** What wires live on. */
export interface WireSetting {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly deadlines: Deadlines;
  readonly options: Decided;
}

/** A wire by its name. */
export function wireOf(name: WireName, setting: WireSetting): ClientWire {
  return wires[name](setting);
}

const wires: Readonly<Record<WireName, (setting: WireSetting) => ClientWire>> = {
  native: ({ platform: { clock }, logger, options }) => ({
    name: "native",
    attach: (transport, { address, port }, events) =>
      new NativeClientConnection(transport, events, {
        clock,
        logger,
        name: address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`,
        sendMax: options.maxRequest,
        receiveMax: options.maxResponse,
        keepalive: options.keepalive,
        keepaliveTimeout: options.keepaliveTimeout,
        idleTimeout: options.idleTimeout,
      }),
  }),
  tiny_rpc: ({ platform, deadlines, options }) => ({
    name: "tiny_rpc",
    attach(transport, endpoint, events) {
      // It has shown that somebody is there; each call has a connection of its own.
      transport.close();
      return new TinyRpcClientConnection(
        (signal) => platform.connect(endpoint, signal),
        events,
        {
          deadlines,
          clock: platform.clock,
          connectTimeout: options.connectTimeout,
          maxResponse: options.maxResponse,
          maxConnections: connectionsMax,
          emptyAs: options.emptyAs,
        },
      );
    },
  }),
};

/** Connections, and so calls, to an instance at once. */
const connectionsMax = 1_000;

/** A logger that does not throw, whatever the user's does. */
export function safeLogger(logger: Logger | undefined): Logger {
  return logger === undefined ? {} : new SafeLogger(logger, reportCallbackError);
}
