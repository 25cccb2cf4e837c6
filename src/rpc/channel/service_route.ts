/**
 * Where the calls of one service go: its instances, the endpoint of each, and the balancer, which
 * sees those alone that are connected. Calls that find none wait here.
 */
import {
  type Balancer,
  type Feedback,
  type Instances,
  outliers,
  type PickOptions,
  type ServiceInstance,
  type Source,
} from "../../discovery/mod.ts";
import type { OutlierOptions } from "../../discovery/mod.ts";
import { usable } from "../../discovery/balancers/filter.ts";
import type { Logger } from "../../values.ts";
import { closed } from "../calls/failures.ts";
import type { Route, Seeker } from "../calls/route.ts";
import { RpcError } from "../status.ts";
import type { ClientConnection } from "../wires/wire.ts";
import type { Balancing } from "./balancing.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Upstream } from "./instances.ts";
import type { EndpointPool, EndpointUser } from "./pool.ts";
import { Guarded, ReadySource } from "./ready.ts";

/** What the routes of a channel live on. */
export interface RouteSetting {
  readonly logger: Logger;
  readonly pool: EndpointPool;
  readonly balancing: Balancing;
  /** What a user chooses of the instances. */
  readonly select: (source: Source) => Source;
  /** Outlier detection; null for none. */
  readonly outliers: OutlierOptions | null;
  /** Whether instances are called by TLS. */
  readonly tls: boolean;
  /** Calls that may wait at once. */
  readonly waitingMax: number;
}

/** The way to one service's instances. */
export class ServiceRoute implements Route, EndpointUser {
  readonly feedback: Feedback | null;
  closed = false;
  readonly #service: string;
  readonly #setting: RouteSetting;
  readonly #upstream: Upstream;
  /** Which of the instances; of tiny_rpc's the one of a method. */
  readonly #choose: (source: Source) => Source;
  #source: Source | null = null;
  #from: Instances | null = null;
  /** What has gone wrong with that. */
  #problem: Error | null = null;
  #endpoints = new Map<ServiceInstance, Endpoint>();
  readonly #ready: ReadySource = new ReadySource();
  readonly #balancer: Balancer;
  /** Endpoints that no call has asked for yet. */
  #idle = 0;
  readonly #waiting = new Set<Seeker>();
  readonly #parked = new Set<Seeker>();
  #serving = false;

  constructor(
    service: string,
    setting: RouteSetting,
    upstream: Upstream,
    choose: (source: Source) => Source,
  ) {
    const { balancing } = setting;
    this.#service = service;
    this.#setting = setting;
    this.#upstream = upstream;
    this.#choose = choose;
    const source = setting.outliers === null
      ? this.#ready
      : outliers(this.#ready, setting.outliers);
    this.#balancer = balancing.make(source);
    const told = balancing.learns || setting.outliers !== null;
    this.feedback = told ? new Guarded(this.#balancer) : null;
    upstream.listeners.add(this.#adopt);
    this.#adopt();
  }

  /** Calls that wait for an instance. */
  get waiting(): number {
    return this.#waiting.size;
  }

  pick(options: PickOptions | undefined): ServiceInstance | null {
    if (this.#idle > 0) this.#wake();
    const instance = this.#balancer.pick(options);
    if (instance === null || this.#hasRoom(instance)) return instance;
    return this.#pickWithRoom(instance, options);
  }

  connection(instance: ServiceInstance): ClientConnection {
    return this.#endpoints.get(instance)!.connection!;
  }

  wait(seeker: Seeker): RpcError | null {
    const error = seeker.waitsForReady && !this.closed ? null : this.#verdict();
    if (error !== null) return error;
    const { waitingMax } = this.#setting;
    if (this.#waiting.size >= waitingMax) {
      const text =
        `${waitingMax} calls wait for an instance of ${this.#service}, which is the limit`;
      return new RpcError("RESOURCE_EXHAUSTED", text);
    }
    this.#waiting.add(seeker);
    return null;
  }

  park(seeker: Seeker): void {
    this.#parked.add(seeker);
  }

  leave(seeker: Seeker): void {
    this.#waiting.delete(seeker);
    this.#parked.delete(seeker);
  }

  why(): string {
    const verdict = this.#verdict();
    if (verdict !== null) return verdict.message;
    if (this.#from === null) return `ZooKeeper has not said yet where ${this.#service} is`;
    const ready = this.#ready.snapshot.instances.length;
    return ready === 0
      ? `No instance of ${this.#service} is connected yet`
      : `The connections to ${this.#service} have no room for another call`;
  }

  changed(endpoint: Endpoint): void {
    if (this.closed) return;
    // A connection that is merely full, or was: the list is the same.
    const known = this.#ready.has(endpoint);
    if (known !== (endpoint.connection !== null) || endpoint.connection === null) this.#refresh();
    this.#serve();
  }

  /** Calls that wait end so; those under way end with their connections. */
  close(): void {
    this.closed = true;
    this.#upstream.listeners.delete(this.#adopt);
    for (const seeker of [...this.#waiting, ...this.#parked]) seeker.failed(closed);
  }

  /** Takes over what is known of the instances now. */
  readonly #adopt = (): void => {
    if (this.closed) return;
    const { source } = this.#upstream;
    if (source !== null) {
      const snapshot = this.#selected(source);
      if (snapshot !== null && snapshot !== this.#from) this.#replace(snapshot);
    }
    this.#serve();
  };

  /** What the user has chosen of the instances; if that throws, those of before stay. */
  #selected(source: Source): Instances | null {
    try {
      this.#source ??= usable(this.#setting.select(this.#choose(source)));
      return this.#source.snapshot;
    } catch (error) {
      this.#problem = error as Error;
      this.#setting.logger.error?.(`The option "select" has thrown: ${this.#problem?.message}`);
      return null;
    }
  }

  #replace(snapshot: Instances): void {
    const { pool, logger, tls } = this.#setting;
    const before = this.#endpoints;
    const unused = new Set(before.values());
    this.#from = snapshot;
    this.#endpoints = new Map();
    for (const instance of snapshot.instances) {
      const { address } = instance;
      const port = tls ? instance.sslPort ?? instance.port : instance.port;
      if (port === null) {
        logger.warn?.(`The instance ${instance.id} of ${this.#service} has no port`);
        continue;
      }
      const endpoint = pool.take({ address, port }, this);
      this.#endpoints.set(instance, endpoint);
      unused.delete(endpoint);
      if (!before.has(instance)) endpoint.reset();
    }
    for (const endpoint of unused) pool.giveBack(endpoint, this);
    this.#refresh();
  }

  #refresh(): void {
    this.#idle = 0;
    for (const endpoint of this.#endpoints.values()) {
      if (endpoint.state === "IDLE") this.#idle++;
    }
    this.#ready.show(this.#endpoints);
  }

  /** A call is there, so all of them are wanted. */
  #wake(): void {
    this.#idle = 0;
    for (const endpoint of this.#endpoints.values()) endpoint.connect();
  }

  #hasRoom(instance: ServiceInstance): boolean {
    return this.#endpoints.get(instance)?.connection?.usable ?? false;
  }

  /** The one that was picked takes no call at the moment. */
  #pickWithRoom(
    full: ServiceInstance,
    options: PickOptions | undefined,
  ): ServiceInstance | null {
    const exclude = new Set(options?.exclude);
    let instance: ServiceInstance | null = full;
    while (instance !== null && !exclude.has(instance.id)) {
      exclude.add(instance.id);
      instance = this.#balancer.pick({ key: options?.key, exclude });
      if (instance !== null && this.#hasRoom(instance)) return instance;
    }
    return null;
  }

  /** Has those who wait look again, in their order. */
  #serve(): void {
    if (this.#serving || this.#waiting.size === 0) return;
    this.#serving = true;
    try {
      const verdict = this.#verdict();
      for (const seeker of [...this.#waiting]) {
        if (verdict !== null && !seeker.waitsForReady) seeker.failed(verdict);
        else if (seeker.again()) this.#waiting.delete(seeker);
        else if (!this.#anyRoom()) break;
      }
    } finally {
      this.#serving = false;
    }
  }

  #anyRoom(): boolean {
    for (const { connection } of this.#endpoints.values()) if (connection?.usable) return true;
    return false;
  }

  /** Why a call need not wait; null where it may be worth it. */
  #verdict(): RpcError | null {
    const of = this.#service;
    if (this.closed) return closed;
    if (this.#from === null) {
      const cause = this.#upstream.error ?? this.#problem;
      if (cause === null) return null;
      const text = `The instances of ${of} cannot be read: ${cause.message}`;
      return new RpcError("UNAVAILABLE", text, { cause });
    }
    const endpoints = [...new Set(this.#endpoints.values())];
    if (endpoints.length === 0) return new RpcError("UNAVAILABLE", `There is no instance of ${of}`);
    if (!endpoints.every(({ failing }) => failing)) return null;
    const reasons = endpoints.slice(0, shownMax).map(({ name, error }) =>
      `${name}: ${error?.message ?? "no connection"}`
    );
    if (endpoints.length > shownMax) reasons.push(`${endpoints.length - shownMax} more`);
    const cause = endpoints.at(-1)!.error;
    const text = `No instance of ${of} can be reached (${reasons.join("; ")})`;
    return new RpcError("UNAVAILABLE", text, { cause });
  }
}

/** Endpoints that a message names. */
const shownMax = 5;
