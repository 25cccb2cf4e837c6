/** By chance: each instance alike, or by its weight. */
import type { ServiceInstance } from "../instance.ts";
import { Dice, fine, type Random } from "./dice.ts";
import { usable } from "./filter.ts";
import type { RandomOptions } from "./round_robin.ts";
import { type Balancer, Handing, type Instances, type PickOptions, type Source } from "./source.ts";
import { weightOf } from "./weight.ts";

/**
 * Any instance, each as likely as the others.
 *
 * @throws {TypeError} for what is no source.
 */
export function random(source: Source, options: RandomOptions = {}): Balancer {
  return new RandomPick(usable(source), options.random ?? Math.random);
}

class RandomPick extends Handing implements Balancer {
  readonly #dice: Dice;

  constructor(source: Source, random: Random) {
    super(source);
    this.#dice = new Dice(random);
  }

  pick(options?: PickOptions): ServiceInstance | null {
    const { instances } = this.source.snapshot;
    if (instances.length === 0) return null;
    const exclude = options?.exclude;
    const instance = instances[this.#dice.below(instances.length)]!;
    if (exclude === undefined || !exclude.has(instance.id)) return instance;
    let left = 0;
    for (let i = 0; i < instances.length; i++) if (!exclude.has(instances[i]!.id)) left++;
    let skip = this.#dice.below(left);
    for (let i = 0; i < instances.length; i++) {
      if (!exclude.has(instances[i]!.id) && skip-- === 0) return instances[i]!;
    }
    return null;
  }
}

/**
 * Any instance, the more likely the greater its weight. One of weight 0 is never picked.
 *
 * @throws {TypeError} for what is no source.
 */
export function weightedRandom(source: Source, options: RandomOptions = {}): Balancer {
  return new WeightedRandom(usable(source), options.random ?? Math.random);
}

class WeightedRandom extends Handing implements Balancer {
  readonly #dice: Dice;
  #from: Instances | null = null;
  /** Of each instance its weight and those of all before it. */
  #sums = new Float64Array(0);

  constructor(source: Source, random: Random) {
    super(source);
    this.#dice = new Dice(random);
  }

  pick(options?: PickOptions): ServiceInstance | null {
    const { snapshot } = this.source;
    if (snapshot !== this.#from) this.#sum(snapshot);
    const { instances } = snapshot;
    const total = instances.length === 0 ? 0 : this.#sums[instances.length - 1]!;
    if (total === 0) return null;
    const instance = instances[this.#throw(total)]!;
    const exclude = options?.exclude;
    return exclude?.has(instance.id) ? this.#among(instances, exclude) : instance;
  }

  #sum(snapshot: Instances): void {
    this.#from = snapshot;
    this.#sums = new Float64Array(snapshot.instances.length);
    let sum = 0;
    for (let i = 0; i < this.#sums.length; i++) {
      this.#sums[i] = sum += weightOf(snapshot.instances[i]!);
    }
  }

  /** The first instance whose sum is above a random part of the total. */
  #throw(total: number): number {
    const point = this.#dice.below(fine) / fine * total;
    let low = 0;
    let high = this.#sums.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sums[middle]! > point) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #among(instances: readonly ServiceInstance[], exclude: ReadonlySet<string>) {
    let total = 0;
    for (let i = 0; i < instances.length; i++) {
      if (!exclude.has(instances[i]!.id)) total += weightOf(instances[i]!);
    }
    let point = this.#dice.below(fine) / fine * total;
    let last: ServiceInstance | null = null;
    for (let i = 0; i < instances.length; i++) {
      const instance = instances[i]!;
      if (exclude.has(instance.id) || weightOf(instance) === 0) continue;
      last = instance;
      point -= weightOf(instance);
      if (point < 0) break;
    }
    return last;
  }
}
