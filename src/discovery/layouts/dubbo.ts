/**
 * Dubbo's providers, to read: `/dubbo/<interface>/providers/<URL>`. All of an instance is in the name
 * of its znode, a URL that is encoded; what is in the znode means nothing.
 */
import type { Decoded } from "../instance.ts";
import { checkName, InvalidEntry, join, type Layout } from "../layout.ts";
import { shown } from "./reading.ts";

/** What an instance's payload is in this layout: its URL, taken apart. */
export interface DubboPayload {
  /** "dubbo", "tri", "rest" … */
  readonly protocol: string;
  /** Most often the interface's name. */
  readonly path: string;
  /** "group", "version", "methods", "timeout" … */
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * Dubbo's layout for the base path "/dubbo": a service is a Java interface. It is read only, for what
 * a Dubbo consumer expects of a provider is more than an address.
 *
 * A weight of 100, which is Dubbo's default, is 1 here; a provider that is disabled is "DOWN"; its tag
 * (`dubbo.tag`) is a tag, and its `zone` or `region` its zone.
 *
 * @example
 * ```ts
 * import { ZooKeeper } from "@zkst/zookeeper";
 * import { dubbo, ServiceDiscovery, weightedRandom } from "@zkst/zookeeper/discovery";
 *
 * await using zk = await ZooKeeper.connect("127.0.0.1:2181");
 * await using discovery = new ServiceDiscovery(zk, { basePath: "/dubbo", layout: dubbo() });
 * const balancer = weightedRandom(await discovery.cache("org.example.UserService"));
 * console.log(balancer.pick()?.address);
 * ```
 */
export function dubbo(): Layout {
  return {
    name: "dubbo",
    servicePath(basePath, service) {
      checkName("interface's name", service);
      return join(basePath, service, "providers");
    },
    names: (basePath) => ({ path: basePath, depth: 1 }),
    nameOf: (below) => others.includes(below) ? null : below,
    leaf: readOnly,
    encode: readOnly,
    decode: (_service, leaf) => decode(leaf),
  };
}

/** What stands beside the interfaces. */
const others: readonly string[] = ["config", "mapping", "metadata"];

/** Before a protocol it makes one that URLs know nothing of. */
const prefix = "x-";

function readOnly(): never {
  throw new TypeError(`The layout "dubbo" is read only: nothing can be registered in it`);
}

function decode(leaf: string): Decoded | null {
  const text = decodeName(leaf);
  // Of http and its like a URL would leave out the port that is theirs.
  const strange = `${prefix}${text}`;
  const url = URL.canParse(strange) ? new URL(strange) : null;
  if (url === null) throw new InvalidEntry(`Its name is ${shown(text)}, which is no URL`);
  const protocol = url.protocol.slice(prefix.length, -1);
  // Dubbo's word for "there is none".
  if (protocol === "empty") return null;
  if (url.hostname === "") throw new InvalidEntry(`Its URL ${shown(text)} has no host`);
  const given = url.searchParams;
  const tag = given.get("dubbo.tag") ?? given.get("tag");
  const time = Number(given.get("timestamp") ?? NaN);
  const payload: DubboPayload = Object.freeze({
    protocol,
    path: url.pathname.slice(1),
    parameters: Object.freeze(Object.fromEntries(given)),
  });
  return {
    id: leaf,
    address: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? null : Number(url.port),
    payload,
    status: given.get("disabled") === "true" || given.get("enabled") === "false" ? "DOWN" : "UP",
    weight: readWeight(given.get("weight")),
    zone: given.get("zone") ?? given.get("region"),
    tags: tag ? Object.freeze([tag]) : [],
    ...time > 0 && time < 1e16 ? { registeredAt: time } : {},
  };
}

/** As Java's URLEncoder writes names: a blank is "+". */
function decodeName(leaf: string): string {
  try {
    return decodeURIComponent(leaf.replaceAll("+", " "));
  } catch {
    throw new InvalidEntry(`Its name is ${shown(leaf)}, which is not encoded as a URL's is`);
  }
}

function readWeight(weight: string | null): number {
  if (weight === null) return 1;
  if (/^\d{1,9}$/.test(weight)) return Number(weight) / 100;
  throw new InvalidEntry(`Its weight is ${shown(weight)}, which is no number`);
}
