/**
 * Rendezvous hashing: every instance draws a number for the key, and the highest one wins. An instance
 * that comes takes its share from all others alike, one that goes gives its own to all alike, weights
 * are exact, and there is no table; but a pick looks at every instance.
 */
import { hostPort, type ServiceInstance } from "../instance.ts";
import { usable } from "./filter.ts";
import { KeyBytes, mixed, murmur3 } from "./key_hash.ts";
import { type Balancer, Handing, type Instances, type PickOptions, type Source } from "./source.ts";
import { weightOf } from "./weight.ts";

/**
 * The same instance for the same key, in proportion to the weights. An instance counts by its address
 * and port, so a restart moves nothing.
 *
 * @throws {TypeError} for what is no source; and in `pick()` for want of a key.
 */
export function rendezvous(source: Source): Balancer {
  return new Rendezvous(usable(source));
}

class Rendezvous extends Handing implements Balancer {
  readonly #key = new KeyBytes();
  #from: Instances | null = null;
  #seeds = new Int32Array(0);
  #weights = new Float64Array(0);

  pick(options?: PickOptions): ServiceInstance | null {
    this.#key.set(options?.key);
    const { snapshot } = this.source;
    if (snapshot !== this.#from) this.#adopt(snapshot);
    const { instances } = snapshot;
    const exclude = options?.exclude;
    const hash = murmur3(this.#key.bytes, this.#key.length, 0);
    let best = -1;
    let least = Infinity;
    for (let i = 0; i < instances.length; i++) {
      // The time until something that happens at a rate of the weight: the least wins by weight.
      const drawn = (mixed(hash ^ this.#seeds[i]!) + 0.5) / 2 ** 32;
      const time = -Math.log(drawn) / this.#weights[i]!;
      if (time >= least || exclude !== undefined && exclude.has(instances[i]!.id)) continue;
      best = i;
      least = time;
    }
    return best < 0 ? null : instances[best]!;
  }

  #adopt(snapshot: Instances): void {
    const bytes = new KeyBytes();
    this.#seeds = Int32Array.from(snapshot.instances, (instance) => {
      bytes.set(identity(instance));
      return murmur3(bytes.bytes, bytes.length, 0x5bd1e995);
    });
    this.#weights = Float64Array.from(snapshot.instances, weightOf);
    this.#from = snapshot;
  }
}

/**
 * What an instance is known by over restarts.
 *
 * @internal
 */
export function identity(instance: ServiceInstance): string {
  return instance.port === null ? instance.id : hostPort(instance);
}
