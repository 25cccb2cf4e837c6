/**
 * What balancers pick from, and what they are told. A source has an immutable snapshot, and another
 * object for each change; so whatever a balancer works out of a snapshot (a ring, a table of sums)
 * holds as long as the snapshot is the same object. A pick compares two references, and allocates
 * nothing.
 *
 * Sources stand upon sources: a filter upon a cache, outlier detection upon the filter. What became
 * of a call is told to the balancer alone, which hands it down.
 */
import type { ServiceInstance } from "../instance.ts";

/** Some instances; never changed, only replaced. */
export interface Instances {
  /** They, in the source's order. */
  readonly instances: readonly ServiceInstance[];
}

/** Told of calls, by whoever makes them; for balancers and sources that learn. */
export interface Feedback {
  /** A call to the instance starts. */
  started(instance: ServiceInstance): void;
  /**
   * A call that was told to start has ended.
   *
   * @param latency How long it took, ms.
   * @param ok Whether the instance did what it is there for; an error of the caller's is no failure.
   */
  ended(instance: ServiceInstance, latency: number, ok: boolean): void;
}

/** What a balancer picks from: a `ServiceCache`, a wrapper such as `filter()`, or what you make. */
export interface Source extends Partial<Feedback> {
  /** The instances as they are now. The same object until something changes. */
  readonly snapshot: Instances;
  /** Whether somebody has chosen by status already. Of other sources only "UP" instances are taken. */
  readonly filtered?: boolean;
}

/** Options of a pick. */
export interface PickOptions {
  /** Ids of instances that must not be picked: those that a call has been tried at already. */
  exclude?: ReadonlySet<string> | undefined;
  /** What balancers that hash go by: the same key, the same instance. */
  key?: string | Uint8Array | undefined;
}

/** Chooses an instance for a call. */
export interface Balancer extends Feedback {
  /** An instance, or null when there is none that may be picked. */
  pick(options?: PickOptions): ServiceInstance | null;
}

/** What a balancer does unless it does otherwise: hand on what it is told. */
export abstract class Handing implements Feedback {
  /** What it picks from. */
  protected readonly source: Source;

  constructor(source: Source) {
    this.source = source;
  }

  /** Told that a call starts. */
  started(instance: ServiceInstance): void {
    this.source.started?.(instance);
  }

  /** Told how a call went. */
  ended(instance: ServiceInstance, latency: number, ok: boolean): void {
    this.source.ended?.(instance, latency, ok);
  }
}

/**
 * A source made of another one's snapshots, each of which is gone through once.
 *
 * @internal
 */
export class Derived extends Handing implements Source {
  readonly filtered = true;
  readonly #derive: (instances: readonly ServiceInstance[]) => readonly ServiceInstance[];
  #from: Instances | null = null;
  #snapshot: Instances = nothing;

  constructor(
    source: Source,
    derive: (instances: readonly ServiceInstance[]) => readonly ServiceInstance[],
  ) {
    super(source);
    this.#derive = derive;
  }

  get snapshot(): Instances {
    const from = this.source.snapshot;
    if (from !== this.#from) {
      const instances = this.#derive(from.instances);
      // The same ones again are no change to whoever stands upon this.
      if (!isSame(instances, this.#snapshot.instances)) {
        this.#snapshot = Object.freeze({ instances });
      }
      this.#from = from;
    }
    return this.#snapshot;
  }
}

const nothing: Instances = Object.freeze({ instances: Object.freeze([]) });

function isSame(a: readonly ServiceInstance[], b: readonly ServiceInstance[]): boolean {
  return a.length === b.length && a.every((instance, i) => instance === b[i]);
}
