/** One after the other, and the first one that will do. */
import type { ServiceInstance } from "../instance.ts";
import { usable } from "./filter.ts";
import type { Random } from "./dice.ts";
import { type Balancer, Handing, type PickOptions, type Source } from "./source.ts";

/** Options of balancers that leave something to chance. */
export interface RandomOptions {
  /** In [0, 1), asked once: all else follows from it. `Math.random` unless given. */
  random?: Random;
}

/**
 * Each instance in turn, from a random one on, so that many clients that start at once do not all
 * start at the same one.
 *
 * @example
 * ```ts
 * import { ZooKeeper } from "@zkst/zookeeper";
 * import { roundRobin, ServiceDiscovery } from "@zkst/zookeeper/discovery";
 *
 * await using zk = await ZooKeeper.connect("127.0.0.1:2181");
 * await using discovery = new ServiceDiscovery(zk, { basePath: "/services" });
 * await using registration = await discovery.register({ name: "user", address: "10.0.0.5" });
 * await using cache = await discovery.cache("user");
 * const balancer = roundRobin(cache);
 * const tried = new Set<string>();
 * for (let next = balancer.pick(); next; next = balancer.pick({ exclude: tried })) {
 *   console.log(next.address);
 *   tried.add(next.id); // it did not answer, say
 * }
 * ```
 *
 * @throws {TypeError} for what is no source.
 */
export function roundRobin(source: Source, options: RandomOptions = {}): Balancer {
  return new RoundRobin(usable(source), options.random ?? Math.random);
}

class RoundRobin extends Handing implements Balancer {
  #next: number;

  constructor(source: Source, random: Random) {
    super(source);
    // Far above any number of instances, and never above what is exact.
    this.#next = Math.floor(random() * 0x4000_0000);
  }

  pick(options?: PickOptions): ServiceInstance | null {
    const { instances } = this.source.snapshot;
    const { length } = instances;
    const exclude = options?.exclude;
    for (let tried = 0; tried < length; tried++) {
      if (this.#next >= length) this.#next %= length;
      const instance = instances[this.#next++]!;
      if (exclude === undefined || !exclude.has(instance.id)) return instance;
    }
    return null;
  }
}

/**
 * The source's first instance that is not excluded: one that works, the others in reserve.
 *
 * @throws {TypeError} for what is no source.
 */
export function pickFirst(source: Source): Balancer {
  return new PickFirst(usable(source));
}

class PickFirst extends Handing implements Balancer {
  pick(options?: PickOptions): ServiceInstance | null {
    const { instances } = this.source.snapshot;
    const exclude = options?.exclude;
    for (let i = 0; i < instances.length; i++) {
      const instance = instances[i]!;
      if (exclude === undefined || !exclude.has(instance.id)) return instance;
    }
    return null;
  }
}
