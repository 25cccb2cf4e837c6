/** What is registered, checked at the call and completed. */
import {
  type Address,
  hostPort,
  type Registered,
  type ServiceRegistration,
  type ServiceStatus,
  type ServiceType,
  type UriSpec,
} from "./instance.ts";

/** What may change of an instance while it is registered. */
export type Changes<P = unknown> = Partial<
  Omit<ServiceRegistration<P>, "name" | "id" | "serviceType">
>;

/**
 * A registration with all that it leaves out.
 *
 * @throws {TypeError} for what is not valid.
 * @throws {RangeError} for a number that is out of range.
 */
export function complete<P>(given: ServiceRegistration<P>): Registered<P> {
  checkFields(given);
  const { serviceType = "DYNAMIC" } = given;
  oneOf("serviceType", serviceType, serviceTypes);
  return merge({
    name: given.name,
    id: given.id ?? crypto.randomUUID(),
    address: "",
    port: null,
    sslPort: null,
    endpoints: {},
    payload: null,
    status: "UP",
    weight: 1,
    zone: null,
    tags: [],
    registeredAt: Date.now(),
    serviceType,
    uriSpec: null,
  }, given);
}

/**
 * The same, with changes; what they leave out stays.
 *
 * @throws {TypeError} for what is not valid, or cannot change.
 * @throws {RangeError} for a number that is out of range.
 */
export function withChanges<P>(before: Registered<P>, changes: Changes<P>): Registered<P> {
  checkFields(changes);
  const stray = ["name", "id", "serviceType"].find((key) => key in changes);
  if (stray === undefined) return merge(before, changes);
  throw new TypeError(`The ${stray} of an instance that is registered cannot change`);
}

function merge<P>(before: Registered<P>, changes: Changes<P>): Registered<P> {
  const { status = before.status, weight = before.weight, zone = before.zone } = changes;
  oneOf("status", status, statuses);
  if (typeof weight !== "number" || !(weight > 0 && weight < Infinity)) {
    throw new RangeError(`The weight must be a number over 0, not ${weight}`);
  }
  if (zone !== null && typeof zone !== "string") {
    throw new TypeError(`The zone must be a string, not ${typeof zone}`);
  }
  const { endpoints, tags } = changes;
  const words = Array.isArray(tags) && tags.every((tag) => typeof tag === "string");
  if (tags !== undefined && !words) throw new TypeError("The tags must be an array of strings");
  return {
    ...before,
    address: "address" in changes ? advertised("address", changes.address!) : before.address,
    port: "port" in changes ? checkPort("port", changes.port) : before.port,
    sslPort: "sslPort" in changes ? checkPort("sslPort", changes.sslPort) : before.sslPort,
    endpoints: endpoints === undefined ? before.endpoints : checkEndpoints(endpoints),
    payload: "payload" in changes ? changes.payload ?? null : before.payload,
    status,
    weight,
    zone,
    tags: tags === undefined ? before.tags : [...tags],
    uriSpec: checkUriSpec(changes.uriSpec) ?? before.uriSpec,
  };
}

/** A misspelt option would be silently without effect. */
export function checkKeys(options: object, names: readonly string[]): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`The options must be an object, not ${options && typeof options}`);
  }
  const stray = Object.keys(options).find((key) => !names.includes(key));
  if (stray === undefined) return;
  throw new TypeError(`There is no option "${stray}"; there are ${names.join(", ")}`);
}

const statuses: readonly ServiceStatus[] = ["UP", "STARTING", "DRAINING", "DOWN"];
const serviceTypes: readonly ServiceType[] = [
  "DYNAMIC",
  "STATIC",
  "PERMANENT",
  "DYNAMIC_SEQUENTIAL",
];
const keys: readonly string[] = [
  "name",
  "id",
  "address",
  "port",
  "sslPort",
  "endpoints",
  "payload",
  "status",
  "weight",
  "zone",
  "tags",
  "serviceType",
  "uriSpec",
];

function checkFields(given: object): void {
  if (typeof given !== "object" || given === null) {
    throw new TypeError(`What is registered must be an object, not ${given && typeof given}`);
  }
  const stray = Object.keys(given).find((key) => !keys.includes(key));
  if (stray === undefined) return;
  throw new TypeError(`An instance has no "${stray}"; it has ${keys.join(", ")}`);
}

function oneOf(what: string, value: string, known: readonly string[]): void {
  if (known.includes(value)) return;
  throw new TypeError(`The ${what} must be one of ${known.join(", ")}, not ${String(value)}`);
}

/** An address that means something elsewhere, without brackets. */
function advertised(what: string, given: string): string {
  if (typeof given !== "string") {
    throw new TypeError(
      `The ${what} must be a string, not ${given === null ? null : typeof given}`,
    );
  }
  const address = given.replace(/^\[(.*)\]$/, "$1");
  if (address === "" || /[\s/[\]]/.test(address)) {
    throw new TypeError(`The ${what} must be an IP address or a host's name, not "${given}"`);
  }
  if (/^(0+\.0+\.0+\.0+|0|[0:]*:[0:]*|[0:]*:(ffff:)?0+\.0+\.0+\.0+)$/i.test(address)) {
    throw new TypeError(
      `The ${what} "${given}" is where to listen, not where others can connect: advertise an ` +
        "address of this machine",
    );
  }
  if (!address.includes(":") || /^[0-9a-f.]*:[0-9a-f.]*:[0-9a-f:.]*(%.+)?$/i.test(address)) {
    return address;
  }
  throw new TypeError(`The ${what} "${given}" has a port in it, or is no IPv6 address`);
}

function checkPort(what: string, port: number | null | undefined): number | null {
  if (port === undefined || port === null) return null;
  if (Number.isInteger(port) && port >= 1 && port <= 0xffff) return port;
  const shown = typeof port === "string" ? JSON.stringify(port) : String(port);
  throw new RangeError(`The ${what} must be a whole number of 1 to 65535, not ${shown}`);
}

/** One that Curator cannot read would cost it the whole service. */
function checkUriSpec(given: UriSpec | null | undefined): UriSpec | null {
  if (given === undefined || given === null) return null;
  const { parts } = given;
  const isOne = Array.isArray(parts) &&
    parts.every((part) => typeof part?.value === "string" && typeof part.variable === "boolean");
  if (isOne) return given;
  throw new TypeError(
    `The uriSpec must be { parts: [{ value: "address", variable: true }, …] }, not ` +
      `${JSON.stringify(given)}`,
  );
}

function checkEndpoints(given: Record<string, Address>): Record<string, Address> {
  if (typeof given !== "object" || given === null) {
    throw new TypeError(`The endpoints must be an object, not ${given && typeof given}`);
  }
  return Object.fromEntries(
    Object.entries(given).map(([name, endpoint]) => {
      const what = `endpoint "${name}"`;
      const address = advertised(`${what}'s address`, endpoint?.address);
      const port = checkPort(`${what}'s port`, endpoint.port);
      if (port === null) {
        throw new TypeError(`The ${what} (${hostPort({ address, port })}) needs a port`);
      }
      return [name, { address, port }];
    }),
  );
}
