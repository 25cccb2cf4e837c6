/** The same instance for everything, as long as it is there. */
import type { ServiceInstance } from "../instance.ts";
import { usable } from "./filter.ts";
import { random } from "./random.ts";
import { type Balancer, Handing, type Instances, type PickOptions, type Source } from "./source.ts";

/**
 * The instance that was picked first, until it is gone, not "UP" any more, or registered anew; then
 * another one. A pick that excludes it gets another one, once: the next pick has it again. `choose`
 * makes the balancer that chooses it, `random` unless given. To stick by key, take `ring` or
 * `rendezvous`.
 *
 * @throws {TypeError} for what is no source.
 */
export function sticky(source: Source, choose: (source: Source) => Balancer = random): Balancer {
  const from = usable(source);
  return new Sticky(from, choose(from));
}

class Sticky extends Handing implements Balancer {
  readonly #others: Balancer;
  #from: Instances | null = null;
  #stuck: ServiceInstance | null = null;

  constructor(source: Source, others: Balancer) {
    super(source);
    this.#others = others;
  }

  pick(options?: PickOptions): ServiceInstance | null {
    const { snapshot } = this.source;
    if (snapshot !== this.#from) this.#look(snapshot);
    if (this.#stuck === null) return this.#stuck = this.#others.pick(options);
    if (!options?.exclude?.has(this.#stuck.id)) return this.#stuck;
    return this.#others.pick(options);
  }

  override started(instance: ServiceInstance): void {
    this.#others.started(instance);
  }

  override ended(instance: ServiceInstance, latency: number, ok: boolean): void {
    this.#others.ended(instance, latency, ok);
  }

  /** Another payload makes another object of it, and the same instance. */
  #look(snapshot: Instances): void {
    const was = this.#stuck;
    this.#from = snapshot;
    if (was === null) return;
    this.#stuck =
      snapshot.instances.find(({ id, czxid }) => id === was.id && czxid === was.czxid) ??
        null;
  }
}
