/**
 * The layouts of tiny_rpc (mprpc) and of what became of it. Data is "ip:port" in both.
 *
 * - {@link tinyRpc}: `/Service/Method`, one ephemeral znode for each method, so one provider.
 * - {@link tinyRpcInstances}: `/mprpc/services/Service/Method/instance-0000000007`, any number.
 */
import type { Decoded, Registered } from "../instance.ts";
import { checkName, InvalidEntry, join, type Layout } from "../layout.ts";
import { checkFixed, checkRoom, readText, shown, splitAddress, writeAddress } from "./reading.ts";

/**
 * tiny_rpc's own layout, for the base path "/": a service is a service, and each of its methods is an
 * instance, whose id is the method's name. A provider registers each of its methods.
 *
 * @example
 * ```ts
 * import { ZooKeeper } from "@zkst/zookeeper";
 * import { ServiceDiscovery, tinyRpc } from "@zkst/zookeeper/discovery";
 *
 * await using zk = await ZooKeeper.connect("127.0.0.1:2181");
 * await using discovery = new ServiceDiscovery(zk, { basePath: "/", layout: tinyRpc() });
 * const [name, address, port] = ["UserServiceRpc", "10.0.0.5", 8000];
 * await discovery.register({ name, id: "Login", address, port });
 * await using cache = await discovery.cache(name);
 * console.log(cache.snapshot.instances.find(({ id }) => id === "Login")?.address);
 * ```
 */
export function tinyRpc(): Layout {
  const name = "tinyRpc";
  return {
    name,
    persistentParents: true,
    servicePath(basePath, service) {
      checkName("service's name", service);
      return join(basePath, service);
    },
    names: (basePath) => ({ path: basePath, depth: 1 }),
    nameOf: (below) => below === "zookeeper" ? null : below,
    leaf(instance) {
      checkName("method's name", instance.id);
      checkFixed(name, instance);
      return { name: instance.id, sequential: false };
    },
    encode: (instance) => encode(name, instance),
    decode: (_service, leaf, data) => decode(leaf, data),
  };
}

/**
 * The layout of mprpc's later kin, for the base path "/mprpc/services": a service is "Service/Method",
 * and has as many instances as there are providers.
 */
export function tinyRpcInstances(): Layout {
  const name = "tinyRpcInstances";
  return {
    name,
    persistentParents: true,
    servicePath(basePath, service) {
      const parts = typeof service === "string" ? service.split("/") : [];
      if (parts.length !== 2) {
        throw new TypeError(`The service's name must be "Service/Method", not ${shown(service)}`);
      }
      for (const part of parts) checkName("part of a service's name", part);
      return join(basePath, service);
    },
    names: (basePath) => ({ path: basePath, depth: 2 }),
    nameOf: (below) => below,
    leaf: () => ({ name: "instance-", sequential: true }),
    encode: (instance) => encode(name, instance),
    decode: (_service, leaf, data) => decode(leaf, data),
  };
}

/** What a consumer reads into: 64 bytes, and the last one is to be a NUL. */
const lengthMax = 63;

function encode(layout: string, instance: Registered): string {
  checkRoom(layout, instance);
  const text = writeAddress(layout, instance);
  if (instance.address.includes(":")) {
    throw new TypeError(`tiny_rpc ends an address at its first ":", so it cannot be ${text}`);
  }
  if (text.length <= lengthMax) return text;
  throw new TypeError(`tiny_rpc reads ${lengthMax} bytes, and "${text}" is longer`);
}

function decode(leaf: string, data: Uint8Array | null): Decoded {
  const text = readText(data);
  const found = splitAddress(text);
  if (found === null) throw new InvalidEntry(`It is ${shown(text)}, and should be "host:port"`);
  return { id: leaf, ...found };
}
