/**
 * What keeps a service that comes back from being brought down again. When all of its instances were
 * gone and the first one is back, all callers would fall upon that one. brpc's way: while fewer
 * instances work than are needed, only so many calls are let through as those can bear.
 */
import type { ServiceInstance } from "../instance.ts";
import type { Clock } from "../../values.ts";
import { Dice, fine } from "./dice.ts";
import { usable } from "./filter.ts";
import type { RandomOptions } from "./round_robin.ts";
import { type Balancer, Handing, type Instances, type PickOptions, type Source } from "./source.ts";

/** Options of {@link recoveryThrottle}. */
export interface RecoveryOptions extends RandomOptions {
  /** The time: `zk.platform.clock`. */
  clock: Pick<Clock, "now">;
  /** How many instances it takes to bear all calls. */
  workingMin: number;
  /** It is over when the number of instances has not changed for so long, ms; 1,000 unless given. */
  hold?: number;
}

/**
 * A balancer over a source that returns null for some of the picks while the service recovers. That
 * begins when the source has no instance left, and it ends when `workingMin` are there, or when their
 * number has stayed the same for `hold` ms. Meanwhile a pick succeeds with the probability of
 * instances / workingMin.
 *
 * @example
 * ```ts
 * import { ZooKeeper } from "@zkst/zookeeper";
 * import { recoveryThrottle, roundRobin, ServiceDiscovery } from "@zkst/zookeeper/discovery";
 *
 * await using zk = await ZooKeeper.connect("127.0.0.1:2181");
 * await using discovery = new ServiceDiscovery(zk, { basePath: "/services" });
 * await using cache = await discovery.cache("user");
 * const { clock } = zk.platform;
 * const balancer = recoveryThrottle(cache, roundRobin, { clock, workingMin: 3 });
 * console.log(balancer.pick());
 * ```
 *
 * @throws {TypeError} for what is no source, and for want of a clock.
 * @throws {RangeError} for a number that makes no sense.
 */
export function recoveryThrottle(
  source: Source,
  choose: (source: Source) => Balancer,
  options: RecoveryOptions,
): Balancer {
  const from = usable(source);
  return new RecoveryThrottle(from, choose(from), options);
}

class RecoveryThrottle extends Handing implements Balancer {
  readonly #balancer: Balancer;
  readonly #options: Required<Omit<RecoveryOptions, "random">>;
  readonly #dice: Dice;
  #from: Instances | null = null;
  #recovering = false;
  #working = 0;
  #changedAt = 0;

  constructor(source: Source, balancer: Balancer, options: RecoveryOptions) {
    super(source);
    const { clock, workingMin, hold = 1_000, random = Math.random } = options;
    if (typeof clock?.now !== "function") {
      throw new TypeError("recoveryThrottle() takes a clock: zk.platform.clock");
    }
    if (!(workingMin >= 1)) {
      throw new RangeError(`workingMin must be at least 1, got ${workingMin}`);
    }
    if (!(hold >= 0)) throw new RangeError(`hold must be 0 ms or more, got ${hold}`);
    this.#balancer = balancer;
    this.#options = { clock, workingMin, hold };
    this.#dice = new Dice(random);
  }

  pick(options?: PickOptions): ServiceInstance | null {
    const { snapshot } = this.source;
    if (snapshot !== this.#from) this.#look(snapshot);
    if (this.#recovering && this.#refuses()) return null;
    return this.#balancer.pick(options);
  }

  override started(instance: ServiceInstance): void {
    this.#balancer.started(instance);
  }

  override ended(instance: ServiceInstance, latency: number, ok: boolean): void {
    this.#balancer.ended(instance, latency, ok);
  }

  #look(snapshot: Instances): void {
    const { length } = snapshot.instances;
    this.#from = snapshot;
    if (length === 0) this.#recovering = true;
    if (length !== this.#working) this.#changedAt = this.#options.clock.now();
    this.#working = length;
  }

  #refuses(): boolean {
    const { clock, workingMin, hold } = this.#options;
    if (this.#working === 0) return true;
    const isOver = this.#working >= workingMin || clock.now() - this.#changedAt >= hold;
    if (isOver) this.#recovering = false;
    return !isOver && this.#dice.below(fine) / fine * workingMin >= this.#working;
  }
}
