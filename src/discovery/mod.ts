/**
 * Services that register themselves and find each other through ZooKeeper, in the layout of Java's
 * Curator or another one.
 *
 * A registration stays as it should be: it comes back when its session has expired, when its znode
 * is deleted or changed, with the latest data; and a reconnect alone changes nothing. A cache has the
 * instances of a service as immutable snapshots; while ZooKeeper is away it keeps the last one.
 *
 * @example
 * ```ts
 * import { ZooKeeper } from "@zkst/zookeeper";
 * import { ServiceDiscovery } from "@zkst/zookeeper/discovery";
 *
 * await using zk = await ZooKeeper.connect("127.0.0.1:2181");
 * await using discovery = new ServiceDiscovery(zk, { basePath: "/services" });
 * await using registration = await discovery.register({
 *   name: "user",
 *   address: "10.0.0.5",
 *   port: 8000,
 *   payload: { zone: "a" },
 * });
 *
 * await using cache = await discovery.cache("user");
 * console.log(cache.snapshot.instances, registration.path);
 * ```
 *
 * @module
 */
export { ServiceCache } from "./cache.ts";
export type { CacheMetrics, CacheOptions } from "./cache.ts";
export type { Changes } from "./complete.ts";
export { ServiceDiscovery } from "./discovery.ts";
export type { DiscoveryOptions, RequiredOptions } from "./discovery.ts";
export type { HealthCheck } from "./health.ts";
export type { HoldDownOptions } from "./hold_down.ts";
export { hostPort } from "./instance.ts";
export type {
  Address,
  Decoded,
  Registered,
  ServiceInstance,
  ServiceRegistration,
  ServiceStatus,
  ServiceType,
  UriSpec,
} from "./instance.ts";
export { InvalidEntry } from "./layout.ts";
export type { Companion, Layout, Leaf } from "./layout.ts";
export { curator } from "./layouts/curator.ts";
export type { CuratorOptions } from "./layouts/curator.ts";
export { Registration } from "./registration.ts";
export type { RegistrationEvent, RegistrationOptions, RegistrationState } from "./registration.ts";
export type { ServiceEvent, Snapshot } from "./snapshot.ts";
