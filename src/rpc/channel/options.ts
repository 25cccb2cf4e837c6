/** What a channel may be told, checked. */
import type { ZooKeeper } from "../../zookeeper.ts";
import type { Balancer, Layout, OutlierOptions, Source } from "../../discovery/mod.ts";
import { checkKeys } from "../../discovery/complete.ts";
import type { Logger, Platform } from "../../values.ts";
import type { HedgingOptions } from "../calls/hedging.ts";
import { checkInterceptors, type ClientInterceptor } from "../calls/interceptors.ts";
import { checkTimeout } from "../calls/options.ts";
import type { RetryOptions } from "../calls/retries.ts";
import type { BalancerName } from "./balancing.ts";
import type { ClientWire } from "./client_wire.ts";

/** Options of an {@link RpcChannel}. */
export interface RpcChannelOptions {
  /** The session that services are found on; for "zk:" and "tinyrpc-zk:" targets. It stays open. */
  zk?: ZooKeeper;
  /** Sockets, names, time and chance; the session's or Deno's own unless given. */
  platform?: Partial<Platform>;
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
  /** Told of connections. */
  logger?: Logger;
  /** What carries the calls, where it is neither of ours. */
  wire?: ClientWire;
}

const optionNames: readonly (keyof RpcChannelOptions)[] = [
  "zk",
  "platform",
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
  "logger",
  "wire",
];

/** All that has a number when it is not given. */
export interface Numbers {
  readonly timeout: number;
  readonly connectTimeout: number;
  readonly maxRequest: number;
  readonly maxResponse: number;
  readonly maxWaiting: number;
}

const defaults: Numbers = {
  timeout: 5_000,
  connectTimeout: 3_000,
  maxRequest: 4 << 20,
  maxResponse: 4 << 20,
  maxWaiting: 10_000,
};

/**
 * Checks a channel's options, and completes the numbers among them.
 *
 * @throws {TypeError} for one that there is not, or that is not what it should be.
 * @throws {RangeError} for a number that is out of range.
 */
export function readChannelOptions(options: RpcChannelOptions): Numbers {
  checkKeys(options, optionNames);
  const { balancer, select, interceptors = [] } = options;
  checkInterceptors(interceptors);
  for (const [name, value] of Object.entries({ balancer, select })) {
    if (value === undefined || typeof value === "function") continue;
    throw new TypeError(`The option "${name}" must be a function of a source`);
  }
  if (options.wire !== undefined && typeof options.wire.attach !== "function") {
    throw new TypeError('The option "wire" has no attach()');
  }
  const numbers = { ...defaults };
  for (const name of Object.keys(defaults) as (keyof Numbers)[]) {
    const value = options[name];
    if (value === undefined) continue;
    if (name === "timeout") checkTimeout(value);
    else if (!(typeof value === "number" && value > 0)) {
      throw new RangeError(`The option "${name}" must be a number over 0, not ${value}`);
    }
    numbers[name] = value;
  }
  return numbers;
}
