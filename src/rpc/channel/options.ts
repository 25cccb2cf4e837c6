/** What a channel may be told, checked. */
import type { ZooKeeper } from "../../zookeeper.ts";
import type { Balancer, Layout, OutlierOptions, Source } from "../../discovery/mod.ts";
import { checkKeys } from "../../discovery/complete.ts";
import { checkTls, type TlsSource } from "../../tls/options.ts";
import type { Logger, Platform } from "../../values.ts";
import type { HedgingOptions } from "../calls/hedging.ts";
import { checkInterceptors, type ClientInterceptor } from "../calls/interceptors.ts";
import { checkTimeout } from "../calls/options.ts";
import type { RetryOptions } from "../calls/retries.ts";
import type { EmptyAs } from "../wires/tiny_rpc/client.ts";
import type { BalancerName } from "./balancing.ts";
import type { ClientWire } from "./client_wire.ts";

/** Options of an {@link RpcChannel}. */
export interface RpcChannelOptions {
  /** The session that services are found on; for "zk:" and "tinyrpc-zk:" targets. It stays open. */
  zk?: ZooKeeper;
  /** Sockets, names, time and chance; the session's or Deno's own unless given. */
  platform?: Partial<Platform>;
  /**
   * Connects by TLS: true, options, or a function of them that is asked for each connection. An
   * instance's `sslPort` is taken, where it has one. The certificate must be for its address.
   */
  tls?: TlsSource;
  /** How services stand in ZooKeeper: `curator()`, or `tinyRpc()` for "tinyrpc-zk:", unless given. */
  layout?: Layout;
  /** The balancer's name, if the target does not say it: "round_robin" unless given. */
  lb?: BalancerName;
  /** Makes the balancer of each service, instead of one with a name. */
  balancer?: (source: Source) => Balancer;
  /** Which of a service's instances are called: `(source) => subset(source, { client: "web-7" })`. */
  select?: (source: Source) => Source;
  /** Leaves instances out that fail, see `outliers()`: true, or options of it. false. */
  outliers?: boolean | Omit<OutlierOptions, "clock" | "logger">;
  /** The timeout of calls that say none, ms; 5,000. 0 and Infinity: none. */
  timeout?: number;
  /** How long connecting may take, ms. 3,000. */
  connectTimeout?: number;
  /** Which calls are sent once more; false: those alone that no handler can have seen. */
  retry?: RetryOptions | false;
  /** A second request while the first is not answered, for idempotent methods. None unless given. */
  hedging?: HedgingOptions;
  /** What stands between all clients and their calls. */
  interceptors?: readonly ClientInterceptor[];
  /** Bytes of a request at most. 4 MiB. */
  maxRequest?: number;
  /** Bytes of a response at most. 4 MiB. */
  maxResponse?: number;
  /** Calls of a service that may wait for a connection at once. 10,000. */
  maxWaiting?: number;
  /** After so long a silence with calls under way a server is asked whether it is there, ms. 20,000. */
  keepalive?: number;
  /** How long it has to answer that, ms. 10,000. */
  keepaliveTimeout?: number;
  /** A connection without calls is closed after so long, ms; Infinity: never. 300,000. */
  idleTimeout?: number;
  /**
   * What a reply of no bytes is on tiny_rpc's wire: a message without fields, or a provider that has
   * gone, for they look the same. "message".
   */
  emptyAs?: EmptyAs;
  /** Told of connections; no message's bytes are in what it is told. */
  logger?: Logger;
  /** What carries the calls, where it is neither of ours. */
  wire?: ClientWire;
}

const optionNames: readonly (keyof RpcChannelOptions)[] = [
  "zk",
  "platform",
  "tls",
  "layout",
  "lb",
  "balancer",
  "select",
  "outliers",
  "timeout",
  "connectTimeout",
  "retry",
  "hedging",
  "interceptors",
  "maxRequest",
  "maxResponse",
  "maxWaiting",
  "keepalive",
  "keepaliveTimeout",
  "idleTimeout",
  "emptyAs",
  "logger",
  "wire",
];

/** All that holds when it is not given. */
export interface Decided {
  readonly timeout: number;
  readonly connectTimeout: number;
  readonly maxRequest: number;
  readonly maxResponse: number;
  readonly maxWaiting: number;
  readonly keepalive: number;
  readonly keepaliveTimeout: number;
  readonly idleTimeout: number;
  readonly emptyAs: EmptyAs;
}

const numbers: Omit<Decided, "emptyAs"> = {
  timeout: 5_000,
  connectTimeout: 3_000,
  maxRequest: 4 << 20,
  maxResponse: 4 << 20,
  maxWaiting: 10_000,
  keepalive: 20_000,
  keepaliveTimeout: 10_000,
  idleTimeout: 300_000,
};

/**
 * Checks a channel's options, and completes some.
 *
 * @throws {TypeError} for one that there is not, or that is not what it should be.
 * @throws {RangeError} for a number that is out of range.
 */
export function readChannelOptions(options: RpcChannelOptions): Decided {
  checkKeys(options, optionNames);
  const { balancer, select, interceptors = [] } = options;
  checkInterceptors(interceptors);
  checkTls(options.tls ?? false);
  for (const [name, value] of Object.entries({ balancer, select })) {
    if (value === undefined || typeof value === "function") continue;
    throw new TypeError(`The option "${name}" must be a function of a source`);
  }
  if (options.wire !== undefined && typeof options.wire.attach !== "function") {
    throw new TypeError('The option "wire" has no attach()');
  }
  const { emptyAs = "message" } = options;
  if (emptyAs !== "message" && emptyAs !== "UNAVAILABLE") {
    throw new TypeError(`The option "emptyAs" must be "message" or "UNAVAILABLE", not ${emptyAs}`);
  }
  return { ...withNumbers(options), emptyAs };
}

function withNumbers(options: RpcChannelOptions): Omit<Decided, "emptyAs"> {
  const all = { ...numbers };
  for (const name of Object.keys(numbers) as (keyof typeof numbers)[]) {
    const value = options[name];
    if (value === undefined) continue;
    if (name === "timeout") checkTimeout(value);
    else if (!(typeof value === "number" && value > 0)) {
      throw new RangeError(`The option "${name}" must be a number over 0, not ${value}`);
    }
    all[name] = value;
  }
  return all;
}
