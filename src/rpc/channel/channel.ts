/** class RpcChannel: what clients call through. It finds instances, connects and balances. */
import { denoPlatform } from "../../deno.ts";
import {
  curator,
  filter,
  type Layout,
  outliers,
  ServiceDiscovery,
  type Source,
  tinyRpc,
} from "../../discovery/mod.ts";
import { connectTls } from "../../tls/connect.ts";
import type { Logger, Platform } from "../../values.ts";
import type { CallChannel, ChannelOfCalls } from "../calls/client.ts";
import { Deadlines } from "../time/deadlines.ts";
import { Hedging } from "../calls/hedging.ts";
import { Retries } from "../calls/retries.ts";
import { closed } from "../calls/failures.ts";
import type { Route } from "../calls/route.ts";
import { TurnClock } from "../time/turn_clock.ts";
import { CallCounts, type CallSetting } from "../calls/setting.ts";
import { shortName } from "../service.ts";
import { type Balancing, balancingOf } from "./balancing.ts";
import type { ConnectivityState } from "./endpoint.ts";
import { FollowedInstances, GivenInstances, type Upstream } from "./instances.ts";
import { type Decided, readChannelOptions, type RpcChannelOptions } from "./options.ts";
import { EndpointPool } from "./pool.ts";
import { type RouteSetting, ServiceRoute } from "./service_route.ts";
import { type ChannelStats, statsOf } from "./stats.ts";
import { parseTarget, type Target } from "./target.ts";
import { safeLogger, wireOf } from "./wires.ts";

/**
 * A channel to services: to those below a znode, or at addresses that are given. It makes one
 * connection to each instance, when the first call is made, and again whenever one is lost; calls go
 * to those that are connected. While ZooKeeper is away it goes on with what is known.
 *
 * Targets: "zk:/services", "static:10.0.0.5:8000,[::1]:8000", and for tiny_rpc's wire "tinyrpc-zk:/"
 * and "tinyrpc:10.0.0.5:8000". Each may end in "?lb=" and the name of a balancer.
 *
 * @example
 * ```ts
 * import { ZooKeeper } from "@zkst/zookeeper";
 * import { RpcChannel } from "@zkst/zookeeper/rpc";
 *
 * await using zk = await ZooKeeper.connect("127.0.0.1:2181");
 * await using channel = new RpcChannel("zk:/services?lb=p2c", { zk });
 * console.log(channel.state, channel.stats().endpoints);
 * ```
 */
export class RpcChannel implements CallChannel, AsyncDisposable {
  /**
   * What a client needs of it.
   *
   * @internal
   */
  readonly calls: ChannelOfCalls;
  readonly #target: Target;
  readonly #options: RpcChannelOptions;
  readonly #platform: Platform;
  readonly #turn: TurnClock;
  readonly #logger: Logger;
  readonly #setting: CallSetting;
  readonly #pool: EndpointPool;
  readonly #routing: RouteSetting;
  readonly #routes = new Map<string, ServiceRoute>();
  readonly #upstreams = new Map<string, Upstream>();
  readonly #layout: Layout;
  #discovery: ServiceDiscovery | null = null;
  #closing: Promise<void> | null = null;

  /**
   * A channel that has done nothing yet.
   *
   * @throws {TypeError} for a target or an option that is not valid.
   * @throws {RangeError} for a number that is out of range.
   */
  constructor(target: string, options: RpcChannelOptions = {}) {
    const decided = readChannelOptions(options);
    this.#target = parseTarget(target);
    this.#options = options;
    const { zk } = options;
    if (this.#target.basePath !== null && typeof zk?.events !== "function") {
      const what = 'takes the option "zk", a session, a ZooKeeper';
      throw new TypeError(`The target ${JSON.stringify(target)} ${what}`);
    }
    this.#platform = platformOf(options);
    this.#turn = new TurnClock(this.#platform.clock);
    this.#logger = safeLogger(options.logger);
    this.#layout = options.layout ?? (this.#target.wire === "tiny_rpc" ? tinyRpc() : curator());
    const balancing = this.#balancing();
    this.#setting = this.#callSetting(decided, balancing);
    this.#pool = new EndpointPool({
      platform: this.#platform,
      wire: options.wire ?? wireOf(this.#target.wire, {
        platform: this.#platform,
        logger: this.#logger,
        deadlines: this.#setting.deadlines,
        options: decided,
      }),
      logger: this.#logger,
      connectTimeout: decided.connectTimeout,
    });
    this.#routing = this.#routeSetting(decided, balancing);
    this.calls = {
      setting: this.#setting,
      timeout: decided.timeout,
      interceptors: options.interceptors ?? [],
      route: (service, method) => this.#route(service, method),
    };
  }

  /** READY if one endpoint is, else what is nearest to it. */
  get state(): ConnectivityState {
    return this.stats().state;
  }

  /** What there is to count at the moment. */
  stats(): ChannelStats {
    let waiting = 0;
    for (const route of this.#routes.values()) waiting += route.waiting;
    return statsOf(this.#pool.endpoints, this.#setting.counts, waiting, this.#closing !== null);
  }

  /**
   * Ends all calls with CANCELLED and closes all connections. Resolves when that is done. The session
   * stays open.
   */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** Closes it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    for (const route of this.#routes.values()) route.close();
    for (const upstream of this.#upstreams.values()) upstream.close();
    await this.#pool.close(closed.message);
    this.#setting.deadlines.stop();
    await this.#discovery?.close();
  }

  #balancing(): Balancing {
    const { lb, balancer } = this.#options;
    const given = [this.#target.lb, lb, balancer].filter((one) =>
      one !== undefined && one !== null
    );
    if (given.length > 1) {
      throw new TypeError('Of "?lb=" in the target and the options "lb" and "balancer" give one');
    }
    if (balancer !== undefined) return { make: balancer, learns: true, keyed: null };
    return balancingOf(this.#target.lb ?? lb ?? "round_robin", {
      clock: this.#turn,
      random: this.#platform.random,
    });
  }

  #callSetting(decided: Decided, { keyed }: Balancing): CallSetting {
    const { retry = {}, hedging } = this.#options;
    const { clock, random } = this.#platform;
    return {
      clock,
      turn: this.#turn,
      logger: this.#logger,
      deadlines: new Deadlines(clock),
      retries: new Retries(retry, random),
      hedging: hedging === undefined ? null : new Hedging(hedging),
      requestMax: decided.maxRequest,
      responseMax: decided.maxResponse,
      counts: new CallCounts(),
      keyed,
    };
  }

  #routeSetting(decided: Decided, balancing: Balancing): RouteSetting {
    const { select = (source: Source) => source, outliers: given = false } = this.#options;
    const { clock } = this.#platform;
    const logger = this.#logger;
    // Made for each service later; one for none finds what is wrong with them now.
    const outlierOptions = given === false
      ? null
      : { ...(given === true ? {} : given), clock, logger };
    if (outlierOptions !== null) outliers({ snapshot: { instances: [] } }, outlierOptions);
    return {
      logger,
      pool: this.#pool,
      balancing,
      select,
      outliers: outlierOptions,
      tls: (this.#options.tls ?? false) !== false,
      waitingMax: decided.maxWaiting,
    };
  }

  /** Where the calls of a method go: of tiny_rpc's layouts each method's own way. */
  #route(service: string, method: string): Route {
    const { basePath } = this.#target;
    const perMethod = basePath !== null && this.#layout.name.startsWith("tinyRpc");
    const key = basePath === null ? "" : perMethod ? `${service}/${method}` : service;
    let route = this.#routes.get(key);
    if (route !== undefined) return route;
    const choose = perMethod && this.#layout.name === "tinyRpc"
      ? (source: Source) => filter(source, ({ id }) => id === method)
      : (source: Source) => source;
    const upstream = this.#upstream(service, method);
    const shown = basePath === null ? this.#target.text : key;
    route = new ServiceRoute(shown, this.#routing, upstream, choose);
    if (this.#closing !== null) route.close();
    this.#routes.set(key, route);
    return route;
  }

  #upstream(service: string, method: string): Upstream {
    const { basePath, addresses } = this.#target;
    const name = basePath === null ? "" : this.#nameOf(service, method);
    let upstream = this.#upstreams.get(name);
    if (upstream !== undefined) return upstream;
    if (basePath === null || this.#closing !== null) {
      upstream = new GivenInstances(addresses);
    } else {
      const layout = this.#layout;
      this.#discovery ??= new ServiceDiscovery(this.#options.zk!, { basePath, layout });
      upstream = new FollowedInstances({
        discovery: this.#discovery,
        clock: this.#platform.clock,
        logger: this.#logger,
        // Of one that was killed and has come back the znode of before says nothing.
        uniqueAddress: layout.name !== "tinyRpc",
      }, name);
    }
    this.#upstreams.set(name, upstream);
    return upstream;
  }

  /** What the service is called in ZooKeeper. */
  #nameOf(service: string, method: string): string {
    switch (this.#layout.name) {
      case "tinyRpc":
        return shortName(service);
      case "tinyRpcInstances":
        return `${shortName(service)}/${method}`;
      default:
        return service;
    }
  }
}

/** Time, names and chance are the session's; its sockets are ZooKeeper's alone. */
function platformOf({ zk, platform, tls = false }: RpcChannelOptions): Platform {
  const { connect } = denoPlatform;
  const plain = { ...denoPlatform, ...zk?.platform, connect, ...platform };
  if (tls === false) return plain;
  return {
    ...plain,
    connect: (endpoint, signal) =>
      connectTls(endpoint, tls, signal, (to, signal) => plain.connect(to, signal)),
  };
}
