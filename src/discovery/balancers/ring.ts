/**
 * Consistent hashing: a key goes to the node whose point follows its hash on a ring, and when an
 * instance comes or goes only the keys between its points and the ones before them move.
 */
import type { ServiceInstance } from "../instance.ts";
import { usable } from "./filter.ts";
import { emptyRing, Ketama, nodesOf, type Ring, type RingNode } from "./ketama.ts";
import { KeyBytes, type KeyHash, keyHash, type KeyHashName } from "./key_hash.ts";
import { Loads } from "./loads.ts";
import { type Balancer, Handing, type Instances, type PickOptions, type Source } from "./source.ts";

/** Options of {@link ring}. */
export interface RingOptions {
  /** The hash of keys; "fnv1a_64", kimserver's, unless given. */
  hash?: KeyHashName | KeyHash;
  /** How many worker processes an instance has, each 200 points; its weight unless given. */
  workers?: (instance: ServiceInstance) => number;
  /**
   * With 1.25, say, no instance gets more than 1.25 times its share of the calls under way: a key
   * whose instance has that goes on to the next. It must be told of calls then. No limit unless given.
   */
  boundedLoad?: number;
}

/** A {@link Balancer} that also says which worker of an instance a key belongs to. */
export interface RingBalancer extends Balancer {
  /** The node that the instance which `pick()` would return was found by, or null. */
  locate(options: PickOptions): RingNode | null;
}

/**
 * The same instance for the same key, by a ketama ring that is kimserver's bit for bit: a node there
 * and this client choose the same worker for a key. An instance stands in the ring by its address and
 * port, so a restart moves nothing.
 *
 * @example
 * ```ts
 * import { ZooKeeper } from "@zkst/zookeeper";
 * import { ring, ServiceDiscovery } from "@zkst/zookeeper/discovery";
 *
 * await using zk = await ZooKeeper.connect("127.0.0.1:2181");
 * await using discovery = new ServiceDiscovery(zk, { basePath: "/services" });
 * await using cache = await discovery.cache("session");
 * const sessions = ring(cache);
 * console.log(sessions.pick({ key: "user-4711" })?.address);
 * ```
 *
 * @throws {TypeError} for what is no source, and a hash that there is not; and in `pick()` for want of
 *   a key.
 * @throws {RangeError} for a `boundedLoad` that is not over 1.
 */
export function ring(source: Source, options: RingOptions = {}): RingBalancer {
  return new RingOfSource(usable(source), options);
}

class RingOfSource extends Handing implements RingBalancer {
  readonly #hash: KeyHash;
  readonly #workersOf: (instance: ServiceInstance) => number;
  readonly #bound: number | null;
  readonly #key = new KeyBytes();
  readonly #ketama = new Ketama();
  readonly #loads = new Loads();
  #from: Instances | null = null;
  #ring: Ring = emptyRing;
  /** Of each node its instance's place in the snapshot. */
  #places = new Uint32Array(0);
  /** Of each instance in the snapshot its share of all nodes. */
  #shares = new Float64Array(0);

  constructor(source: Source, options: RingOptions) {
    super(source);
    const { hash = "fnv1a_64", workers = ({ weight }) => weight, boundedLoad = null } = options;
    if (boundedLoad !== null && !(boundedLoad > 1)) {
      throw new RangeError(`boundedLoad must be over 1, got ${boundedLoad}`);
    }
    this.#hash = keyHash(hash);
    this.#workersOf = workers;
    this.#bound = boundedLoad;
  }

  pick(options?: PickOptions): ServiceInstance | null {
    return this.#find(options)?.instance ?? null;
  }

  locate(options: PickOptions): RingNode | null {
    return this.#find(options);
  }

  override started(instance: ServiceInstance): void {
    this.#loads.started(instance);
    super.started(instance);
  }

  override ended(instance: ServiceInstance, latency: number, ok: boolean): void {
    this.#loads.ended(instance);
    super.ended(instance, latency, ok);
  }

  #find(options: PickOptions | undefined): RingNode | null {
    this.#key.set(options?.key);
    const { snapshot } = this.source;
    if (snapshot !== this.#from) this.#adopt(snapshot);
    const { points, owners, nodes } = this.#ring;
    if (points.length === 0) return null;
    const start = this.#after(this.#hash(this.#key.bytes, this.#key.length) >>> 0);
    const exclude = options?.exclude;
    if (exclude === undefined && this.#bound === null) return nodes[owners[start]!]!;
    return this.#walk(start, exclude);
  }

  /** The first node on the way that is not excluded and has room; if none has room, the first one. */
  #walk(start: number, exclude: ReadonlySet<string> | undefined): RingNode | null {
    const { points, owners, nodes } = this.#ring;
    let first: RingNode | null = null;
    for (let i = 0; i < points.length; i++) {
      const owner = owners[(start + i) % points.length]!;
      const node = nodes[owner]!;
      if (exclude !== undefined && exclude.has(node.instance.id)) continue;
      if (this.#bound === null || this.#hasRoom(this.#places[owner]!)) return node;
      first ??= node;
    }
    return first;
  }

  #hasRoom(place: number): boolean {
    const { inFlight, total } = this.#loads;
    return inFlight[place]! < Math.ceil(this.#bound! * (total + 1) * this.#shares[place]!);
  }

  /** The first point from `hash` on, and after the last one the first of all. */
  #after(hash: number): number {
    const { points, starts, shift } = this.#ring;
    let at = starts[hash >>> shift]!;
    while (at < points.length && points[at]! < hash) at++;
    return at === points.length ? 0 : at;
  }

  #adopt(snapshot: Instances): void {
    const { instances } = snapshot;
    const nodes = nodesOf(instances, this.#workersOf);
    const placeOf = new Map(instances.map((instance, place) => [instance, place]));
    this.#ring = this.#ketama.ring(nodes);
    this.#places = Uint32Array.from(nodes, ({ instance }) => placeOf.get(instance)!);
    this.#shares = new Float64Array(instances.length);
    for (const place of this.#places) this.#shares[place]! += 1 / nodes.length;
    this.#loads.adopt(snapshot);
    this.#from = snapshot;
  }
}
