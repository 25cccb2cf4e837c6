/** The options of a server, checked and completed. */
import { denoPlatform } from "../../deno.ts";
import { checkKeys } from "../../discovery/complete.ts";
import type { Layout } from "../../discovery/layout.ts";
import { curator } from "../../discovery/layouts/curator.ts";
import type { RegistrationOptions } from "../../discovery/registration_options.ts";
import { SafeLogger } from "../../session/safe_logger.ts";
import type { Logger, Platform } from "../../values.ts";
import type { ZooKeeper } from "../../zookeeper.ts";
import { checkInterceptors } from "../calls/interceptors.ts";
import type { LegacyError } from "../wires/tiny_rpc/server.ts";
import type { ServerContext, ServerInterceptor } from "./context.ts";
import { defaultBasePath, type InstanceFields } from "./registering.ts";
import { nativeWireKeys, type NativeWireOptions, serverWires, type WireName } from "./wires.ts";

/** Options of an `RpcServer`. */
export interface RpcServerOptions {
  /** The session to register in, which somebody else drives and closes; without one nobody is told. */
  zk?: ZooKeeper;
  /** How services stand in ZooKeeper: Curator's layout unless given. */
  layout?: Layout;
  /** The znode they stand below; the layout's own unless given: "/services", "/" for `tinyRpc()`. */
  basePath?: string;
  /** What is registered beside the address: weight, zone, tags, payload. */
  instance?: InstanceFields;
  /** How it is registered: ACL, a health check. */
  registration?: RegistrationOptions;
  /** Which wires are served; all of them unless given. */
  wires?: readonly WireName[];
  /** What stands around every handler, the outermost first. */
  interceptors?: readonly ServerInterceptor[];
  /** How long a handler has where the caller does not say, as on tiny_rpc's wire, ms. 60,000. */
  timeout?: number;
  /** The longest request, bytes. 4 MiB. */
  maxRequest?: number;
  /** The longest response, bytes. 4 MiB. */
  maxResponse?: number;
  /** Calls that run at once; more wait, or are RESOURCE_EXHAUSTED. No limit unless given. */
  maxConcurrentCalls?: number;
  /** Calls at once of one connection; more are RESOURCE_EXHAUSTED. 10,000. */
  maxConcurrentCallsPerConnection?: number;
  /** Calls that wait for one of `maxConcurrentCalls` to end. 0. */
  maxQueuedCalls?: number;
  /** Connections at once; further ones are closed. 10,000. */
  maxConnections?: number;
  /** How long a caller that found no room is asked to wait before it tries here again, ms. 100. */
  pushback?: number;
  /** How long a connection may say nothing at first, ms. 10,000. */
  helloTimeout?: number;
  /** On tiny_rpc's wire, how long a request may take to come, and a response to go, ms. 10,000. */
  transferTimeout?: number;
  /**
   * What a call that failed gets on tiny_rpc's wire, which has no status: a byte that no client can
   * parse, or nothing but the end, which clients take for a message without fields. "invalid-bytes".
   */
  legacyError?: LegacyError;
  /** Options of the native wire alone: keepalive, connections' age; ms. */
  native?: NativeWireOptions;
  /** How long callers have, when the server ends, to learn that it has left ZooKeeper, ms. 200. */
  linger?: number;
  /** Where log lines go; no message's bytes are in them. */
  logger?: Logger;
  /** Told what handlers throw that is no `RpcError`; the log has it in any case. */
  onError?: (error: unknown, context: ServerContext) => void;
  /** Time and randomness; those of `zk`, else Deno's. */
  platform?: Partial<Platform>;
}

/** All of them, decided. */
export type Options =
  & Required<Omit<RpcServerOptions, "zk" | "platform">>
  & { readonly zk: ZooKeeper | null; readonly platform: Platform };

const MiB = 1 << 20;
const wireNames = Object.keys(serverWires) as WireName[];

const numbers = {
  timeout: 60_000,
  maxRequest: 4 * MiB,
  maxResponse: 4 * MiB,
  maxConcurrentCalls: Infinity,
  maxConcurrentCallsPerConnection: 10_000,
  maxQueuedCalls: 0,
  maxConnections: 10_000,
  pushback: 100,
  helloTimeout: 10_000,
  transferTimeout: 10_000,
  linger: 200,
} as const;

const keys: readonly string[] = [
  ...["zk", "layout", "basePath", "instance", "registration", "wires", "interceptors"],
  ...Object.keys(numbers),
  ...["legacyError", "native", "logger", "onError", "platform"],
];

/**
 * Options and defaults.
 *
 * @throws {TypeError} for an option that there is not, or of the wrong kind.
 * @throws {RangeError} for a number that is out of range.
 */
export function complete(options: RpcServerOptions): Options {
  checkKeys(options, keys);
  const { zk = null, layout = curator(), wires = wireNames, legacyError = "invalid-bytes" } =
    options;
  if (!Array.isArray(wires) || wires.length === 0) {
    throw new TypeError('The option "wires" must be a list of wires, one at least');
  }
  if (zk !== null && typeof zk.events !== "function") {
    throw new TypeError(`The option "zk" must be a session, a ZooKeeper, not ${typeof zk}`);
  }
  for (const wire of wires) oneOf("wires", wire, wireNames);
  checkInterceptors(options.interceptors ?? []);
  oneOf("legacyError", legacyError, ["invalid-bytes", "close"]);
  checkNative(options.native);
  const onError = options.onError ?? (() => {});
  if (typeof onError !== "function") throw new TypeError('The option "onError" must be a function');
  return {
    zk,
    layout,
    basePath: options.basePath ?? defaultBasePath(layout),
    instance: options.instance ?? {},
    registration: options.registration ?? {},
    wires,
    interceptors: options.interceptors ?? [],
    ...withNumbers(options),
    legacyError,
    native: options.native ?? {},
    logger: new SafeLogger(options.logger ?? {}, reportError),
    onError: (error, context) => {
      try {
        onError(error, context);
      } catch (error) {
        reportError(error);
      }
    },
    platform: { ...zk?.platform ?? denoPlatform, ...options.platform },
  };
}

function withNumbers(options: RpcServerOptions): Record<keyof typeof numbers, number> {
  const all: Record<keyof typeof numbers, number> = { ...numbers };
  for (const name of Object.keys(numbers) as (keyof typeof numbers)[]) {
    const value = options[name];
    if (value === undefined) continue;
    const least = name === "maxQueuedCalls" || name === "linger" || name === "pushback" ? 0 : 1;
    if (typeof value !== "number" || !(value >= least)) {
      throw new RangeError(`The option "${name}" must be ${least} or more, not ${String(value)}`);
    }
    all[name] = value;
  }
  return all;
}

function checkNative(options: NativeWireOptions = {}): void {
  checkKeys(options, nativeWireKeys);
  for (const [name, value] of Object.entries(options)) {
    if (typeof value === "number" && value > 0) continue;
    throw new RangeError(`The option "native.${name}" must be more than 0 ms, not ${value}`);
  }
}

function oneOf(name: string, value: string, known: readonly string[]): void {
  if (known.includes(value)) return;
  throw new TypeError(
    `The option "${name}" takes ${known.join(", ")}, not ${JSON.stringify(value)}`,
  );
}
