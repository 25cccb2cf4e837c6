/**
 * Each instance in turn, as often as its weight says, and smoothly: of weights 5, 1, 1 the order is
 * a a b a c a a, and not a a a a a b c. It is nginx's way: at each pick every instance gains its weight,
 * the one with most is picked and pays what all gained together. So a pick looks at every instance.
 */
import type { ServiceInstance } from "../instance.ts";
import type { Random } from "./dice.ts";
import { usable } from "./filter.ts";
import type { RandomOptions } from "./round_robin.ts";
import { type Balancer, Handing, type Instances, type PickOptions, type Source } from "./source.ts";
import { weightOf } from "./weight.ts";

/**
 * Each instance in turn, as often as its weight says. One of weight 0 is never picked.
 *
 * @throws {TypeError} for what is no source.
 */
export function weightedRoundRobin(source: Source, options: RandomOptions = {}): Balancer {
  return new WeightedRoundRobin(usable(source), options.random ?? Math.random);
}

class WeightedRoundRobin extends Handing implements Balancer {
  readonly #random: Random;
  #from: Instances | null = null;
  #weights = new Float64Array(0);
  /** What each has gained and not paid. */
  #gained = new Float64Array(0);

  constructor(source: Source, random: Random) {
    super(source);
    this.#random = random;
  }

  pick(options?: PickOptions): ServiceInstance | null {
    const { snapshot } = this.source;
    if (snapshot !== this.#from) this.#adopt(snapshot);
    const best = this.#best(snapshot.instances, options?.exclude);
    return best < 0 ? null : snapshot.instances[best]!;
  }

  #best(instances: readonly ServiceInstance[], exclude: ReadonlySet<string> | undefined): number {
    const weights = this.#weights;
    const gained = this.#gained;
    let total = 0;
    let best = -1;
    let most = -Infinity;
    for (let i = 0; i < weights.length; i++) {
      const weight = weights[i]!;
      if (weight === 0 || exclude !== undefined && exclude.has(instances[i]!.id)) continue;
      total += weight;
      const gain = gained[i]! + weight;
      gained[i] = gain;
      if (gain <= most) continue;
      best = i;
      most = gain;
    }
    if (best >= 0) gained[best] = most - total;
    return best;
  }

  /** Those that stay keep what they gained; new ones start somewhere in their turn. */
  #adopt(snapshot: Instances): void {
    const { instances } = snapshot;
    const before = new Map<string, number>();
    this.#from?.instances.forEach(({ id }, i) => before.set(id, this.#gained[i]!));
    this.#from = snapshot;
    this.#weights = Float64Array.from(instances, weightOf);
    const total = this.#weights.reduce((sum, weight) => sum + weight, 0);
    this.#gained = Float64Array.from(instances, ({ id }, i) => {
      const kept = before.get(id);
      if (kept === undefined) return -this.#random() * Math.min(total, this.#weights[i]!);
      // What was gained among others may be out of all proportion now.
      return Math.max(-total, Math.min(total, kept));
    });
  }
}
