/** Which instances there are to pick from. */
import type { ServiceInstance, ServiceStatus } from "../instance.ts";
import { Derived, type Source } from "./source.ts";

/** What an instance must be like; what is left out does not matter, but for the status. */
export interface FilterOptions {
  /** One of these; "UP" unless given. */
  status?: ServiceStatus | readonly ServiceStatus[];
  /** It has all of these. */
  tags?: readonly string[];
  /** It runs in one of these. */
  zone?: string | readonly string[];
}

/**
 * The instances of a source that are as asked for. Unless told otherwise these are the ones that are
 * "UP", and balancers put this filter before a source that has none: `roundRobin(cache)` passes over
 * an instance that is starting, draining or down. A function is asked about all of them instead:
 * `filter(cache, () => true)` is everything. It is asked once for each instance of each snapshot.
 *
 * @example
 * ```ts
 * import { ZooKeeper } from "@zkst/zookeeper";
 * import { filter, roundRobin, ServiceDiscovery } from "@zkst/zookeeper/discovery";
 *
 * await using zk = await ZooKeeper.connect("127.0.0.1:2181");
 * await using discovery = new ServiceDiscovery(zk, { basePath: "/services" });
 * await using cache = await discovery.cache("user");
 * const canaries = roundRobin(filter(cache, { tags: ["canary"], zone: ["a", "b"] }));
 * console.log(canaries.pick()); // null: there is none
 * ```
 *
 * @throws {TypeError} for what is no source, and a status that there is not.
 */
export function filter(
  source: Source,
  choice: FilterOptions | ((instance: ServiceInstance) => boolean) = {},
): Source {
  checkSource(source);
  const isChosen = typeof choice === "function" ? choice : chooser(choice);
  return new Derived(source, (instances) => instances.filter((instance) => isChosen(instance)));
}

/**
 * The source, with those that are not "UP" left out unless somebody has chosen already.
 *
 * @internal
 */
export function usable(source: Source): Source {
  checkSource(source);
  return source.filtered ? source : filter(source);
}

function checkSource(source: Source): void {
  if (Array.isArray(source?.snapshot?.instances)) return;
  throw new TypeError(
    "A balancer's source must have a snapshot, as a ServiceCache has; a list of instances that stay " +
      "is { snapshot: { instances } }",
  );
}

function chooser(choice: FilterOptions): (instance: ServiceInstance) => boolean {
  const { status = "UP", tags = [], zone } = choice;
  const statuses = new Set<string>(typeof status === "string" ? [status] : status);
  for (const word of statuses) {
    if (known.includes(word)) continue;
    throw new TypeError(`The status ${JSON.stringify(word)} is none of ${known.join(", ")}`);
  }
  if (typeof tags === "string") throw new TypeError("The tags must be a list of strings");
  const zones = zone === undefined ? null : new Set(typeof zone === "string" ? [zone] : zone);
  return (instance) =>
    statuses.has(instance.status) &&
    tags.every((tag) => instance.tags.includes(tag)) &&
    (zones === null || instance.zone !== null && zones.has(instance.zone));
}

const known: readonly string[] = ["UP", "STARTING", "DRAINING", "DOWN"] satisfies ServiceStatus[];
