/**
 * The ensemble's configuration as /zookeeper/config has it: a line for each server, and a version.
 *
 *     server.1=host:2888:3888:participant;0.0.0.0:2181
 *     version=100000002
 *
 * What stands behind the first ";" is for clients; behind a second one, since 3.10, for clients with
 * TLS (ZOOKEEPER-4276). In a configuration out of zoo.cfg alone nothing stands there: the ensemble
 * does not know where its clients find it.
 */
import type { Host } from "./hosts.ts";

/** A configuration, taken apart. */
export interface Config {
  /** Greater with each change. */
  readonly version: bigint;
  /** Where clients find the servers, observers among them; those that do not say are left out. */
  readonly servers: readonly Host[];
}

/** Which of a server's ports is meant. */
export interface Ports {
  /** Whether those for clients with TLS. */
  readonly isSecure: boolean;
  /** Where a server does not tell that one, as before 3.10, it is taken to be this, if any. */
  readonly securePort: number | null;
}

/** Reads a configuration; a string says why it cannot be followed. */
export function parseConfig(text: string, ports: Ports): Config | string {
  let version: bigint | null = null;
  const servers: Host[] = [];
  for (const line of text.split("\n").map((line) => line.trim())) {
    if (/^version=[\da-f]{1,16}$/i.test(line)) version = BigInt(`0x${line.slice(8)}`);
    if (!line.startsWith("server.")) continue;
    const server = parseServer(line, ports);
    if (server === undefined) return `it cannot be read: "${line}"`;
    if (server !== null) servers.push(server);
  }
  if (version === null) return "it has no version";
  if (servers.length > 0) return { version, servers };
  return "it does not say where clients find the servers";
}

/** Where clients find a server; null when the line does not say, undefined when it makes no sense. */
function parseServer(line: string, ports: Ports): Host | null | undefined {
  const [, value] = /^server\.\d+=(.+)$/.exec(line) ?? [];
  const [peers = "", client = "", secure = "", ...more] = value?.split(";") ?? [];
  // Several addresses of one server (multiAddress, 3.6): clients get the first one.
  const [peer, ...others] = peers.split("|").map((one) => peerForm.exec(one));
  if (!peer || others.includes(null) || more.length > 0) return undefined;
  const plain = parseAddress(client, peer);
  if (!ports.isSecure || plain === undefined) return plain;
  if (secure !== "") return parseAddress(secure, peer);
  const host = plain?.host ?? placeOf(peer);
  return ports.securePort === null || host === null ? null : { host, port: ports.securePort };
}

/** "port" or "host:port"; on any address of its host the server is found at the peers' address. */
function parseAddress(text: string, peer: RegExpExecArray): Host | null | undefined {
  if (text === "") return null;
  const [match, v6, name, digits] = addressForm.exec(text) ?? [];
  const port = Number(digits);
  if (match === undefined || port < 1 || port > 65535) return undefined;
  const own = v6 ?? name ?? "0.0.0.0";
  const host = anyForm.test(own) ? placeOf(peer) : own;
  return host === null ? null : { host, port };
}

/**
 * Where the peers find a server; null where it is any address, as containers like to have it of
 * themselves: to a client that would be its own machine.
 */
function placeOf([, v6, name]: RegExpExecArray): string | null {
  const host = v6 ?? name!;
  return anyForm.test(host) ? null : host;
}

const peerForm = /^(?:\[([\da-f:.]+)\]|([^\s:,/[\]]+)):\d+:\d+(?::\w+)?$/i;
const addressForm = /^(?:(?:\[([\da-f:.]+)\]|([^\s:,/[\]]+)):)?(\d{1,5})$/i;
/** "0.0.0.0", "::" and "0:0:0:0:0:0:0:0". */
const anyForm = /^(?:0\.0\.0\.0|[0:]*:[0:]*)$/;
