/**
 * Curator's layout, JSON and all, as its x-discovery 5.4 writes it: `<base>/<service>/<id>`. What
 * Curator has no field for (status, weight, zone, tags, endpoints) is written in fields of its own
 * where it is not the default: Curator skips fields that it does not know. An instance that is not to
 * be called has `"enabled": false` too, at which Curator's own providers pass it over.
 */
import type { Decoded, Registered, ServiceStatus, UriSpec } from "../instance.ts";
import { checkName, InvalidEntry, join, type Layout, type Leaf } from "../layout.ts";

/** Options of {@link curator}. */
export interface CuratorOptions {
  /**
   * The Java class that Curator is to read payloads as, in `@class`, where a payload does not say it
   * itself: "java.util.LinkedHashMap" unless given, null for none. It stands in payloads that are
   * objects. Without it Curator 5.4 takes them for maps all the same, but not for beans.
   */
  payloadClass?: string | null;
}

/**
 * The layout of Java's Curator, which is the default: either side finds what the other registers.
 *
 * @example
 * ```ts
 * import { ZooKeeper } from "@zkst/zookeeper";
 * import { curator, ServiceDiscovery } from "@zkst/zookeeper/discovery";
 *
 * await using zk = await ZooKeeper.connect("127.0.0.1:2181");
 * await using discovery = new ServiceDiscovery(zk, { basePath: "/services", layout: curator() });
 * console.log(await discovery.names());
 * ```
 */
export function curator(options: CuratorOptions = {}): Layout {
  const { payloadClass = "java.util.LinkedHashMap" } = options;
  return {
    name: "curator",
    servicePath(basePath, service) {
      checkName("service's name", service);
      return join(basePath, service);
    },
    names: (basePath) => ({ path: basePath, depth: 1 }),
    nameOf: (below) => below,
    leaf,
    encode: (instance) => encode(instance, payloadClass),
    decode: (_service, _leaf, data) => decode(data),
  };
}

function leaf({ id, serviceType }: Registered): Leaf {
  checkName("instance's id", id);
  return { name: id, sequential: serviceType === "DYNAMIC_SEQUENTIAL" };
}

/** `http://host:port` in Curator's terms: what it writes unless told otherwise. */
const defaultUriSpec: UriSpec = {
  parts: [
    { value: "scheme", variable: true },
    { value: "://", variable: false },
    { value: "address", variable: true },
    { value: ":", variable: false },
    { value: "port", variable: true },
  ],
};

function encode(instance: Registered, payloadClass: string | null): string {
  const { status, weight, zone, tags, endpoints } = instance;
  return JSON.stringify({
    name: instance.name,
    id: instance.id,
    address: instance.address,
    port: instance.port,
    sslPort: instance.sslPort,
    payload: withClass(instance.payload, payloadClass),
    registrationTimeUTC: instance.registeredAt,
    serviceType: instance.serviceType,
    uriSpec: instance.uriSpec ?? defaultUriSpec,
    ...status === "UP" ? {} : { enabled: false, status },
    ...weight === 1 ? {} : { weight },
    ...zone === null ? {} : { zone },
    ...tags.length === 0 ? {} : { tags },
    ...Object.keys(endpoints).length === 0 ? {} : { endpoints },
  });
}

/** To Curator an array without a class before it is no instance, and costs it the whole service. */
function withClass(given: unknown, payloadClass: string | null): unknown {
  const payload = written(given);
  if (Array.isArray(payload)) return ["java.util.ArrayList", payload];
  const isObject = typeof payload === "object" && payload !== null;
  if (!isObject || payloadClass === null || "@class" in payload) return payload;
  return { "@class": payloadClass, ...payload };
}

/** What JSON is made of: a URL or a Date is the text that it says it is. */
function written(payload: unknown): unknown {
  if (payload !== null && JSON.stringify(payload) === undefined) {
    throw new TypeError(`A payload that is a ${typeof payload} cannot be written as JSON`);
  }
  const said = (payload as { toJSON?: unknown } | null)?.toJSON;
  return typeof said === "function" ? said.call(payload, "payload") : payload;
}

function decode(data: Uint8Array | null): Decoded {
  const fields = parse(data);
  const { id, address, payload, registrationTimeUTC, weight, zone, tags } = fields;
  if (typeof id !== "string" || id === "") throw new InvalidEntry(`It has no "id"`);
  if (typeof address !== "string" || address === "") {
    throw new InvalidEntry(`It has no "address"`);
  }
  return {
    id,
    address,
    port: readPort(fields, "port"),
    sslPort: readPort(fields, "sslPort"),
    payload: withoutClass(payload),
    status: readStatus(fields),
    endpoints: readEndpoints(fields["endpoints"]),
    tags: Array.isArray(tags) ? Object.freeze(tags.filter((tag) => typeof tag === "string")) : [],
    ...typeof weight === "number" && weight >= 0 ? { weight } : {},
    ...typeof registrationTimeUTC === "number" ? { registeredAt: registrationTimeUTC } : {},
    zone: typeof zone === "string" ? zone : null,
  };
}

type Fields = Record<string, unknown>;

function parse(data: Uint8Array | null): Fields {
  if (data === null || data.length === 0) throw new InvalidEntry("It is empty");
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(data));
  } catch (error) {
    throw new InvalidEntry(`It is not JSON: ${(error as Error).message}`);
  }
  if (isFields(value)) return value;
  throw new InvalidEntry("It is JSON, but no object");
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Curator knows ports that are not there, and no others that are out of range. */
function readPort(fields: Fields, name: string): number | null {
  const port = fields[name];
  if (port === undefined || port === null) return null;
  if (isPort(port)) return port;
  throw new InvalidEntry(`Its "${name}" is ${JSON.stringify(port)}, which is no port`);
}

function isPort(port: unknown): port is number {
  return Number.isInteger(port) && (port as number) >= 0 && (port as number) <= 0xffff;
}

const statuses: readonly unknown[] = ["UP", "STARTING", "DRAINING", "DOWN"];

/** Ours; Curator's `enabled`; and what Spring Cloud writes into its payload. */
function readStatus({ status, enabled, payload }: Fields): ServiceStatus {
  if (statuses.includes(status)) return status as ServiceStatus;
  if (enabled === false) return "DOWN";
  const metadata = isFields(payload) ? payload["metadata"] : null;
  const spring = isFields(metadata) ? metadata["instance_status"] : null;
  return spring === "OUT_OF_SERVICE" ? "DOWN" : "UP";
}

function readEndpoints(endpoints: unknown): NonNullable<Decoded["endpoints"]> {
  if (!isFields(endpoints)) return {};
  const known = Object.entries(endpoints).flatMap(([name, value]) =>
    isFields(value) && typeof value["address"] === "string" && isPort(value["port"])
      ? [[name, Object.freeze({ address: value["address"], port: value["port"] })] as const]
      : []
  );
  return Object.freeze(Object.fromEntries(known));
}

/** What Jackson writes for its own use is no part of the payload: `@class`, and `["class", value]`. */
function withoutClass(payload: unknown): unknown {
  if (Array.isArray(payload) && payload.length === 2 && isClass(payload[0])) return payload[1];
  if (!isFields(payload) || !("@class" in payload)) return payload ?? null;
  const { "@class": _, ...rest } = payload;
  return rest;
}

function isClass(name: unknown): boolean {
  return typeof name === "string" &&
    /^[\p{L}_$][\p{L}\p{N}_$]*(\.[\p{L}_$][\p{L}\p{N}_$]*)+$/u.test(name);
}
