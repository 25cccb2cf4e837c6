/**
 * Gradual warm-up: an instance that is new gets few calls at first, and more and more until it has
 * its whole share: caches fill, code is compiled. Its weight grows with the time since it was first
 * seen; so it is for balancers that go by weight: weighted ones, `leastLoaded`, `peakEwma`,
 * `rendezvous`. A ring would move its keys with each step.
 */
import type { ServiceInstance } from "../instance.ts";
import type { Clock } from "../../values.ts";
import { usable } from "./filter.ts";
import { Handing, type Instances, type Source } from "./source.ts";

/** Options of {@link warmUp}. */
export interface WarmUpOptions {
  /** The time: `zk.platform.clock`. */
  clock: Pick<Clock, "now">;
  /** How long it takes, ms; 30,000 unless given. */
  time?: number;
  /** The share of its weight that a new instance starts with; 0.1 unless given. */
  from?: number;
}

/**
 * A source whose new instances have less weight for a while. Those of the first snapshot are not new,
 * unless it is empty; one that was registered anew under its id is. While one is warming up, there are
 * twenty snapshots until its weight is whole.
 *
 * @throws {TypeError} for what is no source, and for want of a clock.
 * @throws {RangeError} for a number that makes no sense.
 */
export function warmUp(source: Source, options: WarmUpOptions): Source {
  return new WarmUp(usable(source), options);
}

const steps = 20;

class WarmUp extends Handing implements Source {
  readonly filtered = true;
  readonly #now: () => number;
  readonly #time: number;
  readonly #start: number;
  #from: Instances | null = null;
  #snapshot: Instances = { instances: [] };
  /** When each instance was first seen, by its id and czxid. */
  #seen = new Map<string, number>();
  #nextStep = Infinity;

  constructor(source: Source, options: WarmUpOptions) {
    super(source);
    const { clock, time = 30_000, from = 0.1 } = options;
    if (typeof clock?.now !== "function") {
      throw new TypeError("warmUp() takes a clock: zk.platform.clock");
    }
    if (!(time > 0 && time < Infinity)) throw new RangeError(`time must be over 0 ms, got ${time}`);
    if (!(from > 0 && from <= 1)) {
      throw new RangeError(`from must be over 0 and up to 1, got ${from}`);
    }
    this.#now = () => clock.now();
    this.#time = time;
    this.#start = from;
  }

  get snapshot(): Instances {
    const { snapshot } = this.source;
    if (snapshot !== this.#from) {
      this.#adopt(snapshot);
      this.#step();
    } else if (this.#nextStep < Infinity && this.#now() >= this.#nextStep) {
      this.#step();
    }
    return this.#snapshot;
  }

  #adopt(snapshot: Instances): void {
    const before = this.#seen;
    const first = this.#from === null;
    const now = this.#now();
    this.#seen = new Map(snapshot.instances.map((instance) => {
      const name = nameOf(instance);
      return [name, before.get(name) ?? (first ? now - this.#time : now)];
    }));
    this.#from = snapshot;
  }

  #step(): void {
    const now = this.#now();
    let warming = false;
    const instances = this.#from!.instances.map((instance) => {
      const part = (now - this.#seen.get(nameOf(instance))!) / this.#time;
      if (part >= 1) return instance;
      warming = true;
      return Object.freeze({ ...instance, weight: instance.weight * Math.max(this.#start, part) });
    });
    this.#snapshot = warming ? { instances } : this.#from!;
    this.#nextStep = warming ? now + this.#time / steps : Infinity;
  }
}

function nameOf({ id, czxid }: ServiceInstance): string {
  return `${czxid} ${id}`;
}
