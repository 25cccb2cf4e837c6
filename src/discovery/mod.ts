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
export { filter } from "./balancers/filter.ts";
export type { FilterOptions } from "./balancers/filter.ts";
export type { Random } from "./balancers/dice.ts";
export type { KeyHash, KeyHashName } from "./balancers/key_hash.ts";
export type { RingNode } from "./balancers/ketama.ts";
export type {
  FailurePercentage,
  OutlierOptions,
  SuccessRate,
} from "./balancers/outlier_options.ts";
export { outliers } from "./balancers/outliers.ts";
export type { Outliers } from "./balancers/outliers.ts";
export { leastLoaded, peakEwma } from "./balancers/power_of_two.ts";
export type { PeakEwmaOptions } from "./balancers/power_of_two.ts";
export { random, weightedRandom } from "./balancers/random.ts";
export { recoveryThrottle } from "./balancers/recovery_throttle.ts";
export type { RecoveryOptions } from "./balancers/recovery_throttle.ts";
export { rendezvous } from "./balancers/rendezvous.ts";
export { ring } from "./balancers/ring.ts";
export type { RingBalancer, RingOptions } from "./balancers/ring.ts";
export { pickFirst, roundRobin } from "./balancers/round_robin.ts";
export type { RandomOptions } from "./balancers/round_robin.ts";
export type { Balancer, Feedback, Instances, PickOptions, Source } from "./balancers/source.ts";
export { sticky } from "./balancers/sticky.ts";
export { subset } from "./balancers/subset.ts";
export type { SubsetOptions } from "./balancers/subset.ts";
export { warmUp } from "./balancers/warm_up.ts";
export type { WarmUpOptions } from "./balancers/warm_up.ts";
export { weightedRoundRobin } from "./balancers/weighted_round_robin.ts";
export { zoneAware } from "./balancers/zone_aware.ts";
export type { ZoneAwareOptions } from "./balancers/zone_aware.ts";
export { ServiceCache } from "./cache.ts";
export type { CacheMetrics } from "./cache.ts";
export type { CacheOptions } from "./cache_options.ts";
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
export { dubbo } from "./layouts/dubbo.ts";
export type { DubboPayload } from "./layouts/dubbo.ts";
export { kimserver } from "./layouts/kimserver.ts";
export type { KimserverLoad, KimserverOptions, KimserverPayload } from "./layouts/kimserver.ts";
export { raw } from "./layouts/raw.ts";
export { serverset } from "./layouts/serverset.ts";
export type { ServersetPayload } from "./layouts/serverset.ts";
export { tinyRpc, tinyRpcInstances } from "./layouts/tiny_rpc.ts";
export { Registration } from "./registration.ts";
export type { RegistrationEvent, RegistrationState } from "./registration.ts";
export type { RegistrationOptions } from "./registration_options.ts";
export type { ServiceEvent, Snapshot } from "./snapshot.ts";
