/**
 * Kimserver's layout: `<nodes root>/<type>/<server>-<type>0000000007` with JSON for its protobuf
 * `zk_node`, and beside it `<payload root>/<type>/<same name>` with the load, `PayloadStats`.
 *
 * Its reader refuses fields that it does not know, so there is no room for a status, zone or tags.
 * Kimserver itself creates a node empty and sets it then; writes a port as text; and writes the load
 * once a second, where a registration's `report()` does so once in `reportInterval`.
 */
import type { Address, Decoded, Registered } from "../instance.ts";
import { checkName, type Companion, InvalidEntry, join, type Layout } from "../layout.ts";
import { checkRoom, isFields, portOf, readFields, readWhole, readWord, shown } from "./reading.ts";

/** Options of {@link kimserver}. */
export interface KimserverOptions {
  /** What names of nodes begin with: "kimserver" unless given. */
  serverName?: string;
  /** Where the load is written; "/kimserver/payload" unless given, null for nowhere. */
  payloadRoot?: string | null;
}

/** The load of one process, kimserver's `Payload`. */
export interface KimserverLoad {
  /** 0 for the manager, from 1 for workers. */
  worker_index?: number;
  /** Connections. */
  conn_cnt?: number;
  /** Commands. */
  cmd_cnt?: number;
  /** Reads. */
  read_cnt?: number;
  /** Bytes read. */
  read_bytes?: number;
  /** Writes. */
  write_cnt?: number;
  /** Bytes written. */
  write_bytes?: number;
  /** When this was, seconds since the epoch. */
  create_time?: number;
}

/** What an instance's payload is in this layout: the load of its processes. */
export interface KimserverPayload {
  /** That of the manager. */
  manager?: KimserverLoad;
  /** That of each worker. */
  workers?: readonly KimserverLoad[];
}

/**
 * Kimserver's nodes: a service is a node type, the base path is its `nodes.root`, an instance's weight
 * is its number of workers, its `payload` its load ({@link KimserverPayload}), and its endpoint "gate"
 * where clients reach it. Of several nodes at one host and port the one created last is the true one.
 *
 * @example
 * ```ts
 * import { ZooKeeper } from "@zkst/zookeeper";
 * import { kimserver, ring, ServiceDiscovery } from "@zkst/zookeeper/discovery";
 *
 * await using zk = await ZooKeeper.connect("127.0.0.1:2181");
 * const basePath = "/kimserver/nodes";
 * await using discovery = new ServiceDiscovery(zk, { basePath, layout: kimserver() });
 * await discovery.register({ name: "gate", address: "10.0.0.5", port: 3344, weight: 4 });
 * const logic = ring(await discovery.cache("logic"));
 * console.log(logic.locate({ key: "user-4711" })?.id); // "host:port.worker", or null for none
 * ```
 *
 * @throws {TypeError} for a server's name that cannot stand in a znode's.
 */
export function kimserver(options: KimserverOptions = {}): Layout {
  const { serverName = "kimserver", payloadRoot = "/kimserver/payload" } = options;
  checkName("server's name", serverName);
  return {
    name,
    uniqueAddress: true,
    persistentParents: true,
    servicePath(basePath, service) {
      checkName("node type", service);
      return join(basePath, service);
    },
    names: (basePath) => ({ path: basePath, depth: 1 }),
    nameOf: (below) => below,
    leaf: ({ name }) => ({ name: `${serverName}-${name}`, sequential: true }),
    encode,
    decode: (service, leaf, data) => decode(service, leaf, data),
    ...payloadRoot === null
      ? {}
      : { companion: (_, instance, path) => companion(payloadRoot, instance, path) },
  };
}

const name = "kimserver";
/** More processes than one machine runs; each is 200 points in a ring. */
const workersMax = 1024;

function encode(instance: Registered, path: string): string {
  checkRoom(name, instance, ["weight", "payload", "endpoints"]);
  return JSON.stringify({
    path,
    type: instance.name,
    host: instance.address,
    port: portOf(name, instance),
    worker_cnt: workersOf(instance),
    active_time: instance.registeredAt / 1000,
  });
}

function workersOf({ weight }: Registered): number {
  if (Number.isInteger(weight) && weight >= 1 && weight <= workersMax) return weight;
  throw new TypeError(
    `In the layout "${name}" the weight is the number of workers, 1 to ${workersMax}, not ${weight}`,
  );
}

function companion(payloadRoot: string, instance: Registered, path: string): Companion {
  const { payload } = instance;
  if (payload !== null && !isFields(payload)) {
    throw new TypeError(`In the layout "${name}" the payload is { manager, workers }`);
  }
  const { manager = {}, workers = [] } = (payload ?? {}) as KimserverPayload;
  const gate: Address = instance.endpoints["gate"] ?? { address: "", port: 0 };
  const node = {
    zk_path: path,
    node_type: instance.name,
    node_host: instance.address,
    node_port: portOf(name, instance),
    gate_host: gate.address,
    gate_port: gate.port,
    worker_cnt: workersOf(instance),
  };
  const leaf = path.slice(path.lastIndexOf("/") + 1);
  return {
    path: join(payloadRoot, instance.name, leaf),
    data: JSON.stringify({ node, manager, workers }),
  };
}

function decode(service: string, leaf: string, data: Uint8Array | null): Decoded | null {
  // It is being registered: kimserver sets it in a second step.
  if (data === null || data.length === 0) return null;
  const fields = readFields(data);
  const { type, active_time } = fields;
  if (type !== service) throw new InvalidEntry(`Its "type" is ${shown(type)}, not "${service}"`);
  if (typeof active_time !== "number" || !(active_time > 0)) {
    throw new InvalidEntry(`Its "active_time" is ${shown(active_time)}, which is no time`);
  }
  return {
    id: leaf,
    address: readWord(fields, "host"),
    port: readWhole(fields, "port", 1, 0xffff),
    weight: readWhole(fields, "worker_cnt", 1, workersMax),
    registeredAt: active_time * 1000,
  };
}
