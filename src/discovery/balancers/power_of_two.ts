/**
 * Of two instances taken at random the better one: nearly as good as the best of all, at the price of
 * looking at two, and without the herd that runs for the one best instance. By how many calls are
 * under way ({@link leastLoaded}), or by that and how long they take ({@link peakEwma}).
 */
import type { ServiceInstance } from "../instance.ts";
import type { Clock } from "../../values.ts";
import { Dice, type Random } from "./dice.ts";
import { usable } from "./filter.ts";
import { Loads } from "./loads.ts";
import type { RandomOptions } from "./round_robin.ts";
import { type Balancer, Handing, type PickOptions, type Source } from "./source.ts";

/**
 * Of two instances the one with fewer calls under way for its weight. It must be told of calls:
 * `started()` and `ended()`.
 *
 * @throws {TypeError} for what is no source.
 */
export function leastLoaded(source: Source, options: RandomOptions = {}): Balancer {
  return new LeastLoaded(usable(source), options.random ?? Math.random);
}

/** Options of {@link peakEwma}. */
export interface PeakEwmaOptions extends RandomOptions {
  /** The time: `zk.platform.clock`. */
  clock: Pick<Clock, "now">;
  /** How fast what was measured is forgotten, ms: to a third in so much time. 10,000 unless given. */
  tau?: number;
  /** A call that failed counts as one that took at least so long, ms; 1,000 unless given. */
  failureCost?: number;
}

/**
 * Of two instances the one where a call should be over first: what calls to it take, times those
 * under way and one more, by its weight. A call that takes longer than known so far counts at once,
 * one that takes less bit by bit; with time all is forgotten. An instance that nothing is known of
 * gets one call, and further ones when that has ended. It must be told of calls: `started()` and
 * `ended()`.
 *
 * @example
 * ```ts
 * import { ZooKeeper } from "@zkst/zookeeper";
 * import { peakEwma, ServiceDiscovery } from "@zkst/zookeeper/discovery";
 *
 * await using zk = await ZooKeeper.connect("127.0.0.1:2181");
 * await using discovery = new ServiceDiscovery(zk, { basePath: "/services" });
 * await using cache = await discovery.cache("user");
 * const balancer = peakEwma(cache, { clock: zk.platform.clock });
 *
 * async function call(path: string): Promise<Response> {
 *   const instance = balancer.pick();
 *   if (!instance) throw new Error("There is no user service");
 *   const start = performance.now();
 *   let ok = false;
 *   balancer.started(instance);
 *   try {
 *     const response = await fetch(`http://${instance.address}:${instance.port}${path}`);
 *     ok = response.status < 500;
 *     return response;
 *   } finally {
 *     balancer.ended(instance, performance.now() - start, ok);
 *   }
 * }
 * ```
 *
 * @throws {TypeError} for what is no source, and for want of a clock.
 * @throws {RangeError} for a number that makes no sense.
 */
export function peakEwma(source: Source, options: PeakEwmaOptions): Balancer {
  return new PeakEwma(usable(source), options);
}

abstract class PowerOfTwo extends Handing implements Balancer {
  protected readonly loads: Loads = new Loads();
  readonly #dice: Dice;

  constructor(source: Source, random: Random) {
    super(source);
    this.#dice = new Dice(random);
  }

  pick(options?: PickOptions): ServiceInstance | null {
    const { snapshot } = this.source;
    const { instances } = snapshot;
    const { length } = instances;
    this.loads.adopt(snapshot);
    if (length === 0) return null;
    const exclude = options?.exclude;
    const first = this.#dice.below(length);
    if (length === 1) return this.#fits(instances, first, exclude) ? instances[first]! : null;
    let second = this.#dice.below(length - 1);
    if (second >= first) second++;
    const better = this.compare(first, second) ? first : second;
    if (this.#fits(instances, better, exclude)) return instances[better]!;
    const other = better === first ? second : first;
    if (this.#fits(instances, other, exclude)) return instances[other]!;
    return this.#best(instances, exclude);
  }

  override started(instance: ServiceInstance): void {
    this.loads.started(instance);
    super.started(instance);
  }

  override ended(instance: ServiceInstance, latency: number, ok: boolean): void {
    const place = this.loads.ended(instance);
    if (place >= 0) this.learn(place, latency, ok);
    super.ended(instance, latency, ok);
  }

  /** Whether the instance at `a` is to be picked rather than that at `b`. */
  protected abstract compare(a: number, b: number): boolean;

  /** Takes in how a call went. */
  protected learn(_place: number, _latency: number, _ok: boolean): void {}

  #fits(
    instances: readonly ServiceInstance[],
    at: number,
    exclude: ReadonlySet<string> | undefined,
  ): boolean {
    if (this.loads.weights[at] === 0) return false;
    return exclude === undefined || !exclude.has(instances[at]!.id);
  }

  /** The best of all, from a random one on. */
  #best(
    instances: readonly ServiceInstance[],
    exclude: ReadonlySet<string> | undefined,
  ): ServiceInstance | null {
    const { length } = instances;
    const start = this.#dice.below(length);
    let best = -1;
    for (let i = 0; i < length; i++) {
      const at = (start + i) % length;
      if (!this.#fits(instances, at, exclude)) continue;
      if (best < 0 || !this.compare(best, at)) best = at;
    }
    return best < 0 ? null : instances[best]!;
  }
}

class LeastLoaded extends PowerOfTwo {
  protected override compare(a: number, b: number): boolean {
    const { inFlight, weights } = this.loads;
    // Crosswise, so that of two one has to be of weight 0 to be never preferred.
    return (inFlight[a]! + 1) * weights[b]! <= (inFlight[b]! + 1) * weights[a]!;
  }
}

class PeakEwma extends PowerOfTwo {
  readonly #clock: Pick<Clock, "now">;
  readonly #tau: number;
  readonly #failureCost: number;
  #now = 0.5;
  #picksLeft = 0;

  constructor(source: Source, options: PeakEwmaOptions) {
    super(source, options.random ?? Math.random);
    const { clock, tau = 10_000, failureCost = 1_000 } = options;
    if (typeof clock?.now !== "function") {
      throw new TypeError("peakEwma() takes a clock: zk.platform.clock");
    }
    if (!(tau > 0)) throw new RangeError(`tau must be over 0 ms, got ${tau}`);
    if (!(failureCost >= 0)) {
      throw new RangeError(`failureCost must be 0 ms or more, got ${failureCost}`);
    }
    this.#clock = clock;
    this.#tau = tau;
    this.#failureCost = failureCost;
  }

  protected override compare(a: number, b: number): boolean {
    const { weights } = this.loads;
    if (--this.#picksLeft <= 0) this.#look();
    return this.#expected(a) * weights[b]! <= this.#expected(b) * weights[a]!;
  }

  /** How long one more call would take. */
  #expected(place: number): number {
    const { costs, inFlight } = this.loads;
    const cost = costs[place] === 0 ? 0 : costs[place]! * this.#kept(place);
    // Nothing is known of it, and the call that is to tell is under way.
    if (cost < costMin && inFlight[place]! > 0) return unknownCost * inFlight[place]!;
    return cost * (inFlight[place]! + 1);
  }

  protected override learn(place: number, latency: number, ok: boolean): void {
    const { costs, since } = this.loads;
    const measured = latency >= 0 && latency < Infinity ? Math.max(latency, costMin) : costMin;
    const taken = ok ? measured : Math.max(measured, this.#failureCost);
    this.#look();
    const kept = this.#kept(place);
    const cost = costs[place]!;
    costs[place] = taken > cost ? taken : cost * kept + taken * (1 - kept);
    since[place] = this.#now;
  }

  /** How much of what was measured counts. */
  #kept(place: number): number {
    return Math.exp((this.loads.since[place]! - this.#now) / this.#tau);
  }

  /** To ask for the time takes as long as all the rest of a pick, so not every pick does. */
  #look(): void {
    this.#now = this.#clock.now();
    this.#picksLeft = picksPerLook;
  }
}

const picksPerLook = 16;
/** What is below is forgotten, ms. */
const costMin = 1e-3;
/** More than any call takes, ms. */
const unknownCost = 1e9;
