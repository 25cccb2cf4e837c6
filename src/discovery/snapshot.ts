/** What a cache knows of a service at one time, and how one time differs from the next. */
import { hostPort, type ServiceInstance } from "./instance.ts";

/** A service's instances at one time. Immutable: with each change there is another one. */
export interface Snapshot<P = unknown> {
  /** In the order of their znodes' paths. Those that are not "UP" are among them. */
  readonly instances: readonly ServiceInstance<P>[];
  /** The newest change that it is known to have in it. */
  readonly zxid: bigint;
  /** Whether it may be out of date: disconnected, or not yet read again after that. */
  readonly stale: boolean;
  /** Since when it may be, ms on the platform's clock; null while it is not. */
  readonly staleSince: number | null;
  /** Counts the snapshots of one cache. */
  readonly version: number;
}

/** What happens to a service. */
export type ServiceEvent<P = unknown> =
  | { readonly type: "added"; readonly instance: ServiceInstance<P> }
  | {
    readonly type: "updated";
    readonly instance: ServiceInstance<P>;
    readonly previous: ServiceInstance<P>;
  }
  | { readonly type: "removed"; readonly instance: ServiceInstance<P> }
  /** It is up to date again; what had changed meanwhile was told before. */
  | { readonly type: "resynced" }
  /** It may be out of date: `error` says why, unless the connection is lost. */
  | { readonly type: "stale"; readonly error: Error | null }
  /**
   * A znode that should be an instance and is none, which is looked at again when it changes; or one
   * that must not be read, which is tried again when instances come or go.
   */
  | { readonly type: "invalid"; readonly path: string; readonly error: Error };

/** The instances of a snapshot; of several at one address the newest alone, if it is to be so. */
export function visible<P>(
  all: Iterable<ServiceInstance<P>>,
  uniqueAddress: boolean,
): readonly ServiceInstance<P>[] {
  const sorted = [...all].sort((a, b) => a.path < b.path ? -1 : 1);
  if (!uniqueAddress) return Object.freeze(sorted);
  const newest = new Map<string, ServiceInstance<P>>();
  for (const instance of sorted) {
    const place = hostPort(instance);
    const other = newest.get(place);
    if (other === undefined || other.czxid < instance.czxid) newest.set(place, instance);
  }
  return Object.freeze(sorted.filter((instance) => newest.get(hostPort(instance)) === instance));
}

/** How one list follows from another, by path. */
export function* differences<P>(
  before: readonly ServiceInstance<P>[],
  after: readonly ServiceInstance<P>[],
): Generator<ServiceEvent<P>> {
  const previous = new Map(before.map((instance) => [instance.path, instance]));
  for (const instance of after) {
    const was = previous.get(instance.path);
    previous.delete(instance.path);
    if (was === undefined) yield { type: "added", instance };
    else if (was !== instance) yield { type: "updated", instance, previous: was };
  }
  for (const instance of previous.values()) yield { type: "removed", instance };
}
