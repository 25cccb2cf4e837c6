/**
 * Calls stay in the client's own zone as far as that can bear them. It is taken that each zone's
 * clients make the same share of all calls, and that what an instance can bear is its weight. A zone
 * with less than its share of the weight keeps what it can bear, and the rest of its calls spill over
 * to zones which have more than theirs, in proportion to what they have left.
 */
import type { ServiceInstance } from "../instance.ts";
import { Dice, fine } from "./dice.ts";
import { usable } from "./filter.ts";
import { type RandomOptions, roundRobin } from "./round_robin.ts";
import {
  type Balancer,
  type Feedback,
  Handing,
  type Instances,
  type PickOptions,
  type Source,
} from "./source.ts";
import { weightOf } from "./weight.ts";

/** Options of {@link zoneAware}. */
export interface ZoneAwareOptions extends RandomOptions {
  /** The client's own zone. */
  zone: string;
  /** Makes the balancer of each zone; `roundRobin` unless given. */
  choose?: (source: Source) => Balancer;
  /** With fewer instances in all than this, zones do not matter; 0 unless given. */
  instancesMin?: number;
}

/**
 * Instances of the client's own zone first, others as far as it has too few. While its own zone has no
 * instance, or each of them is excluded, any zone will do. Instances that do not say where they run
 * make a zone of their own.
 *
 * @example
 * ```ts
 * import { ZooKeeper } from "@zkst/zookeeper";
 * import { leastLoaded, ServiceDiscovery, zoneAware } from "@zkst/zookeeper/discovery";
 *
 * await using zk = await ZooKeeper.connect("127.0.0.1:2181");
 * await using discovery = new ServiceDiscovery(zk, { basePath: "/services" });
 * await using cache = await discovery.cache("user");
 * const balancer = zoneAware(cache, { zone: "a", choose: leastLoaded });
 * console.log(balancer.pick()?.zone);
 * ```
 *
 * @throws {TypeError} for what is no source, and for want of a zone.
 */
export function zoneAware(source: Source, options: ZoneAwareOptions): Balancer {
  return new ZoneAware(usable(source), options);
}

/** A zone's instances and who chooses among them. */
class Zone extends Handing implements Source {
  readonly filtered = true;
  readonly balancer: Balancer;
  snapshot: Instances = { instances: [] };
  /** The share of calls that go to this zone or one before it. */
  sum = 0;

  constructor(source: Source, choose: (source: Source) => Balancer) {
    super(source);
    this.balancer = choose(this);
  }
}

class ZoneAware extends Handing implements Balancer {
  readonly #zone: string;
  readonly #choose: (source: Source) => Balancer;
  readonly #instancesMin: number;
  readonly #dice: Dice;
  #from: Instances | null = null;
  /** Whether zones do not matter: all instances are in one without a name. */
  #anyZone = false;
  /** By name; null for those that do not say. */
  #byName = new Map<string | null, Zone>();
  /** The own zone first. */
  #zones: readonly Zone[] = [];

  constructor(source: Source, options: ZoneAwareOptions) {
    super(source);
    const { zone, choose = roundRobin, instancesMin = 0, random = Math.random } = options;
    if (typeof zone !== "string") throw new TypeError("zoneAware() takes the client's own zone");
    this.#zone = zone;
    this.#choose = choose;
    this.#instancesMin = instancesMin;
    this.#dice = new Dice(random);
  }

  pick(options?: PickOptions): ServiceInstance | null {
    const { snapshot } = this.source;
    if (snapshot !== this.#from) this.#adopt(snapshot);
    const zones = this.#zones;
    if (zones.length === 0) return null;
    const point = this.#dice.below(fine) / fine;
    let at = 0;
    while (at < zones.length - 1 && point >= zones[at]!.sum) at++;
    const picked = zones[at]!.balancer.pick(options);
    if (picked !== null) return picked;
    for (let i = 0; i < zones.length; i++) {
      const other = i === at ? null : zones[i]!.balancer.pick(options);
      if (other !== null) return other;
    }
    return null;
  }

  override started(instance: ServiceInstance): void {
    this.#of(instance).started?.(instance);
  }

  override ended(instance: ServiceInstance, latency: number, ok: boolean): void {
    this.#of(instance).ended?.(instance, latency, ok);
  }

  /** Who is told of an instance's calls; of one whose zone is gone, what stands below. */
  #of({ zone }: ServiceInstance): Partial<Feedback> {
    return this.#byName.get(this.#anyZone ? null : zone)?.balancer ?? this.source;
  }

  #adopt(snapshot: Instances): void {
    this.#from = snapshot;
    this.#anyZone = snapshot.instances.length < this.#instancesMin;
    const groups = Map.groupBy(
      snapshot.instances,
      ({ zone }) => this.#anyZone ? null : zone,
    );
    const before = this.#byName;
    this.#byName = new Map();
    for (const [name, instances] of groups) {
      const zone = before.get(name) ?? new Zone(this.source, this.#choose);
      zone.snapshot = { instances };
      this.#byName.set(name, zone);
    }
    const own = this.#byName.get(this.#zone);
    this.#zones = [...this.#byName.values()].sort((a, b) => Number(b === own) - Number(a === own));
    share(this.#zones, own !== undefined);
  }
}

/** Says how many of the calls go where; the own zone is the first, where there is one. */
function share(zones: readonly Zone[], hasOwn: boolean): void {
  const weights = zones.map(({ snapshot }) =>
    snapshot.instances.reduce((sum, instance) => sum + weightOf(instance), 0)
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0) || 1;
  const fair = 1 / zones.length;
  const shares = weights.map((weight) => weight / total);
  if (!hasOwn) return cumulate(zones, shares);
  const kept = Math.min(1, shares[0]! / fair);
  const spare = shares.map((part, i) => i === 0 ? 0 : Math.max(0, part - fair));
  const allSpare = spare.reduce((sum, part) => sum + part, 0) || 1;
  cumulate(zones, spare.map((part, i) => i === 0 ? kept : (1 - kept) * part / allSpare));
}

function cumulate(zones: readonly Zone[], shares: readonly number[]): void {
  let sum = 0;
  zones.forEach((zone, i) => zone.sum = sum += shares[i]!);
}
