/** The ensemble's configuration in the form that /zookeeper/config keeps it in. */
import { Rc } from "../../proto/constants.ts";

/** The members: "host:port:port:role;host:clientport" by number. */
export type Servers = Map<number, string>;

/** The configuration of a new server, which is the only voter of its ensemble. */
export function firstConfig(): Uint8Array {
  const server = "127.0.0.1:2888:3888:participant;127.0.0.1:2181";
  return encodeConfig(new Map([[1, server]]), 0x1_0000_0000);
}

/** The configuration as /zookeeper/config has it. */
export function encodeConfig(servers: Servers, version: number): Uint8Array {
  const lines = [...servers].sort(([a], [b]) => a - b)
    .map(([id, server]) => `server.${id}=${server}\n`);
  return new TextEncoder().encode(`${lines.join("")}version=${version.toString(16)}`);
}

/** What /zookeeper/config says; a super user may have written anything there. */
export function decodeConfig(data: Uint8Array | null): { servers: Servers; version: number } {
  const text = new TextDecoder().decode(data ?? new Uint8Array(0));
  const servers: Servers = new Map();
  for (const [, id, server] of text.matchAll(/^server\.(-?\d+)=(.*)$/gm)) {
    servers.set(Number(id), server!);
  }
  const version = /^version=([\da-f]{1,13})$/m.exec(text)?.[1] ?? "0";
  return { servers, version: parseInt(version, 16) };
}

/** The number of a server, a long in decimal; null when it is none. */
export function parseId(text: string): number | null {
  if (!/^[+-]?\d+$/.test(text)) return null;
  const id = BigInt(text.replace("+", ""));
  return BigInt.asIntN(64, id) === id ? Number(id) : null;
}

/**
 * A server as the configuration has it, of "host:port:port[:role][;[host:]clientport]"; or the code
 * that refuses it (QuorumServer).
 */
export function parseServer(spec: string): string | number {
  const match = /^([^;:|]+):(\d+):(\d+)(?::(participant|observer))?(?:;(?:([^;:]+):)?(\d+))?$/i
    .exec(spec);
  if (match === null) return Rc.BADARGUMENTS;
  const [, host, peers, election, role = "participant", clients = "0.0.0.0", port] = match;
  const ports = [peers, election, port ?? 0].map(Number);
  // Java finds these out where nobody expects it.
  if (ports.some((port) => port > 65_535)) return Rc.MARSHALLINGERROR;
  if (ports[0] === ports[1]) return Rc.BADARGUMENTS;
  const server = `${host}:${ports[0]}:${ports[1]}:${role.toLowerCase()}`;
  return port === undefined ? server : `${server};${clients}:${ports[2]}`;
}

/** Whether two servers would listen on the same address; those of one machine alone do not count. */
export function haveCommonAddress(one: string, other: string): boolean {
  const others = addressesOf(other);
  return addressesOf(one).some((address) => others.includes(address));
}

function addressesOf(server: string): string[] {
  const [peers, clients] = server.toLowerCase().split(";");
  const [host, port, election] = peers!.split(":");
  return [`${host}:${port}`, `${host}:${election}`, ...clients === undefined ? [] : [clients]]
    .filter((address) => !/^(?:0\.0\.0\.0|127\..*|localhost):/.test(address));
}
