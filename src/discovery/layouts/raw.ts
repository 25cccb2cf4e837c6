/**
 * Znodes of any kind as instances: `<base>/<service>/<id>`, whose data is nobody's business but the
 * application's.
 */
import type { Decoded, Registered } from "../instance.ts";
import { checkName, join, type Layout } from "../layout.ts";
import { checkRoom, splitAddress, writeAddress } from "./reading.ts";

/**
 * Znodes as they are. The payload is what is in one, bytes. Its address is the znode's name, if that
 * is "host:port", or what is in it, if that is; and otherwise its name, without a port. What is
 * registered has its payload as data, a string or bytes, or without one its "host:port".
 *
 * @example
 * ```ts
 * import { ZooKeeper } from "@zkst/zookeeper";
 * import { raw, ServiceDiscovery } from "@zkst/zookeeper/discovery";
 *
 * await using zk = await ZooKeeper.connect("127.0.0.1:2181");
 * await using discovery = new ServiceDiscovery(zk, { basePath: "/apps", layout: raw() });
 * await discovery.register({ name: "web", id: "a", address: "10.0.0.5", port: 80, payload: "hi" });
 * ```
 */
export function raw(): Layout {
  return {
    name,
    servicePath(basePath, service) {
      checkName("service's name", service);
      return join(basePath, service);
    },
    names: (basePath) => ({ path: basePath, depth: 1 }),
    nameOf: (below) => below,
    leaf({ id, serviceType }) {
      checkName("instance's id", id);
      return { name: id, sequential: serviceType === "DYNAMIC_SEQUENTIAL" };
    },
    encode,
    decode: (_service, leaf, data) => decode(leaf, data),
  };
}

const name = "raw";

function encode(instance: Registered): Uint8Array | string {
  checkRoom(name, instance, ["payload"]);
  const { payload } = instance;
  if (payload === null) return writeAddress(name, instance);
  if (typeof payload === "string" || payload instanceof Uint8Array) return payload;
  throw new TypeError(
    `The layout "${name}" takes a payload of text or bytes, not ${typeof payload}`,
  );
}

function decode(leaf: string, data: Uint8Array | null): Decoded {
  // The longest name of a host, brackets and a port.
  const text = data !== null && data.length < 300 ? new TextDecoder().decode(data) : "";
  const { address, port } = splitAddress(leaf) ?? splitAddress(text) ??
    { address: leaf, port: null };
  return { id: leaf, address, port, payload: data };
}
