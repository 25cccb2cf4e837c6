/**
 * The serversets of Twitter's commons, as Finagle, Aurora and Prometheus read them:
 * `<base>/<service>/member_…` with JSON for `serviceEndpoint`, `additionalEndpoints`, `status` and
 * `shard`. Weights stand in `vector_…` znodes beside; they are passed over, and none are written.
 */
import type { Address, Decoded, Registered, ServiceStatus } from "../instance.ts";
import { checkName, InvalidEntry, join, type Layout } from "../layout.ts";
import {
  checkFixed,
  checkRoom,
  type Fields,
  isFields,
  portOf,
  readFields,
  readWhole,
  readWord,
  shown,
} from "./reading.ts";

/** What an instance's payload is in this layout. */
export interface ServersetPayload {
  /** Its number among the service's instances. */
  shard: number;
}

/**
 * Finagle's serversets. A member's znode is `member_<id>`: Finagle goes by what the name begins with,
 * where the others add a number. The payload may be `{ shard: 7 }`. A service may be "role/env/job";
 * `names()` has the first part of such a name alone.
 */
export function serverset(): Layout {
  return {
    name,
    persistentParents: true,
    servicePath(basePath, service) {
      const parts = typeof service === "string" ? service.split("/") : [service];
      for (const part of parts) checkName("part of a service's name", part);
      return join(basePath, service);
    },
    names: (basePath) => ({ path: basePath, depth: 1 }),
    nameOf: (below) => below,
    leaf(instance) {
      checkName("instance's id", instance.id);
      checkFixed(name, instance);
      return { name: `${prefix}${instance.id}`, sequential: false };
    },
    encode,
    decode: (_service, leaf, data) => leaf.startsWith(prefix) ? decode(leaf, data) : null,
  };
}

const name = "serverset";
const prefix = "member_";

const words: Readonly<Record<ServiceStatus, string>> = {
  UP: "ALIVE",
  STARTING: "STARTING",
  DRAINING: "STOPPING",
  DOWN: "DEAD",
};

const statuses: ReadonlyMap<unknown, ServiceStatus> = new Map<unknown, ServiceStatus>([
  // Left out, it is alive.
  [undefined, "UP"],
  [null, "UP"],
  ["ALIVE", "UP"],
  ["WARNING", "UP"],
  ["STARTING", "STARTING"],
  ["STOPPING", "DRAINING"],
  ["STOPPED", "DOWN"],
  ["DEAD", "DOWN"],
]);

function encode(instance: Registered): string {
  checkRoom(name, instance, ["status", "endpoints", "payload"]);
  const { address, endpoints, status, payload } = instance;
  const others = Object.entries(endpoints)
    .map(([name, { address, port }]) => [name, { host: address, port }]);
  return JSON.stringify({
    serviceEndpoint: { host: address, port: portOf(name, instance) },
    additionalEndpoints: Object.fromEntries(others),
    status: words[status],
    ...payload === null ? {} : { shard: shardOf(payload) },
  });
}

function shardOf(payload: unknown): number {
  const shard = isFields(payload) ? payload["shard"] : null;
  if (Number.isInteger(shard) && isFields(payload) && Object.keys(payload).length === 1) {
    return shard as number;
  }
  throw new TypeError(`The layout "${name}" takes the payload { shard: 7 }, not ${shown(payload)}`);
}

function decode(leaf: string, data: Uint8Array | null): Decoded {
  const fields = readFields(data);
  const { serviceEndpoint, additionalEndpoints, status, shard } = fields;
  if (!isFields(serviceEndpoint)) throw new InvalidEntry(`It has no "serviceEndpoint"`);
  if (!statuses.has(status)) {
    throw new InvalidEntry(`Its "status" is ${shown(status)}, which is none`);
  }
  const { address, port } = readEndpoint(serviceEndpoint);
  return {
    id: leaf.slice(prefix.length) || leaf,
    address,
    port,
    status: statuses.get(status)!,
    endpoints: readEndpoints(additionalEndpoints),
    payload: Number.isInteger(shard) ? Object.freeze({ shard: shard as number }) : null,
  };
}

function readEndpoint(fields: Fields): Address {
  return Object.freeze({
    address: readWord(fields, "host"),
    port: readWhole(fields, "port", 1, 0xffff),
  });
}

function readEndpoints(others: unknown): Readonly<Record<string, Address>> {
  if (others === undefined || others === null) return Object.freeze({});
  if (!isFields(others)) throw new InvalidEntry(`Its "additionalEndpoints" are no object`);
  return Object.freeze(Object.fromEntries(
    Object.entries(others).map(([name, value]) => {
      if (!isFields(value)) throw new InvalidEntry(`Its endpoint ${shown(name)} is no object`);
      return [name, readEndpoint(value)];
    }),
  ));
}
