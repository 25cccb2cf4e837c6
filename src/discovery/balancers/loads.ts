/**
 * What a balancer knows of each instance from the calls to it: numbers in typed arrays, by place in
 * the snapshot, so that neither reading nor writing one allocates. They are kept by id from snapshot
 * to snapshot; the number of calls under way also while an instance is gone, for it may come back.
 */
import type { ServiceInstance } from "../instance.ts";
import type { Instances } from "./source.ts";
import { weightOf } from "./weight.ts";

/** All instances' numbers. */
export class Loads {
  /** Calls under way, to instances of the snapshot and others. */
  total = 0;
  /** Of each instance: calls under way. */
  inFlight: Int32Array = new Int32Array(0);
  /** 0 for one that is not to be picked. */
  weights: Float64Array = new Float64Array(0);
  /** What a call takes, ms; 0 while nothing is known. */
  costs: Float64Array = new Float64Array(0);
  /** When that was known, ms on the clock. */
  since: Float64Array = new Float64Array(0);
  #from: Instances | null = null;
  #places = new Map<string, number>();
  /** Calls under way to instances that are gone. */
  readonly #gone = new Map<string, number>();

  /** To be called first in each pick. */
  adopt(snapshot: Instances): void {
    if (snapshot !== this.#from) this.#adopt(snapshot);
  }

  /** A call starts. */
  started({ id }: ServiceInstance): void {
    const place = this.#places.get(id);
    if (place === undefined) return;
    this.inFlight[place]!++;
    this.total++;
  }

  /** A call has ended; returns the instance's place, or -1 for one that is not there. */
  ended({ id }: ServiceInstance): number {
    const place = this.#places.get(id);
    if (place === undefined) {
      this.#endedElsewhere(id);
      return -1;
    }
    if (this.inFlight[place]! > 0) {
      this.inFlight[place]!--;
      this.total--;
    }
    return place;
  }

  #endedElsewhere(id: string): void {
    const calls = this.#gone.get(id);
    if (calls === undefined) return;
    this.total--;
    if (calls === 1) this.#gone.delete(id);
    else this.#gone.set(id, calls - 1);
  }

  #adopt(snapshot: Instances): void {
    const { inFlight, costs, since } = this;
    const from = this.#from?.instances ?? [];
    const before = this.#places;
    const { instances } = snapshot;
    this.#from = snapshot;
    this.#places = new Map(instances.map(({ id }, place) => [id, place]));
    this.weights = Float64Array.from(instances, weightOf);
    this.inFlight = new Int32Array(instances.length);
    this.costs = new Float64Array(instances.length);
    this.since = new Float64Array(instances.length);
    for (const [id, place] of this.#places) {
      const was = before.get(id);
      this.inFlight[place] = (was === undefined ? this.#gone.get(id) : inFlight[was]) ?? 0;
      this.#gone.delete(id);
      // One that was registered anew has started anew: what its calls took says nothing now.
      if (was === undefined || from[was]!.czxid !== instances[place]!.czxid) continue;
      this.costs[place] = costs[was]!;
      this.since[place] = since[was]!;
    }
    for (const [id, was] of before) {
      if (inFlight[was]! > 0 && !this.#places.has(id)) this.#gone.set(id, inFlight[was]!);
    }
  }
}
