/** The connect string: hosts, ports and a chroot; and how messages name them. */
import type { Endpoint } from "../types.ts";
import { pathProblem } from "../proto/paths.ts";

/** One entry of a connect string. */
export interface Host {
  /** A name or an IP address, without brackets. */
  readonly host: string;
  readonly port: number;
  /** Whether it is a name under which DNS has servers and their ports; it has none itself, then. */
  readonly isService?: true;
}

/** A connect string, taken apart. */
export interface ConnectString {
  readonly hosts: readonly Host[];
  /** "" for none. */
  readonly chroot: string;
}

/** The port of a host that names none. */
export const portDefault = 2181;

/**
 * Reads "host:port,[ipv6]:port,host/chroot", or "srv:_zookeeper._tcp.example.org/chroot".
 *
 * @throws {TypeError} naming what is wrong.
 */
export function parseConnectString(text: string): ConnectString {
  if (typeof text !== "string") throw new TypeError("The connect string must be a string");
  if (text.includes("://")) throw badConnectString(text, "it takes no scheme");
  const slash = text.indexOf("/");
  const chroot = slash < 0 ? "" : text.slice(slash).trim();
  const problem = chroot === "" ? null : pathProblem(chroot);
  if (problem !== null) throw badConnectString(text, `in the chroot, ${problem}`);
  const list = (slash < 0 ? text : text.slice(0, slash)).trim();
  const hosts = serviceForm.test(list)
    ? [parseService(list.slice("srv:".length), text)]
    : list.split(",").map((part) => parseHost(part.trim(), text));
  return { hosts, chroot: chroot === "/" ? "" : chroot };
}

/** Whether `host` is an IP address, which needs no resolving. */
export function isAddress(host: string): boolean {
  return host.includes(":") || /^((25[0-5]|2[0-4]\d|1?\d?\d)(\.(?!$)|$)){4}$/.test(host);
}

/** Whether it takes DNS to know where that is. */
export function isLookedUp({ host, isService }: Host): boolean {
  return isService ?? !isAddress(host);
}

/** "host:port", with brackets where the host is an IPv6 address; "srv:name". */
export function hostPort({ host, port, isService }: Host): string {
  if (isService) return `srv:${host}`;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** A server as messages name it: as the connect string has it, and the address if that is another. */
export function serverName(server: Endpoint): string {
  return server.host === server.address
    ? hostPort(server)
    : `${hostPort(server)} (${server.address})`;
}

function parseHost(part: string, whole: string): Host {
  const match =
    /^(?:\[([0-9a-fA-F.]*:[0-9a-fA-F:.]*(?:%[\w.-]+)?)\]|([^\s:;?#@[\]]+))(?::(\d{1,5}))?$/
      .exec(part);
  const port = Number(match?.[3] ?? portDefault);
  if (match === null || port < 1 || port > 65535 || !isWhole(match[1])) {
    throw badConnectString(whole, `"${part}" is not a host, host:port or [ipv6]:port`);
  }
  return { host: match[1] ?? match[2]!, port };
}

/** Whether what stands in brackets, if anything, is an IPv6 address; a zone may be behind it. */
function isWhole(v6: string | undefined): boolean {
  return v6 === undefined || URL.canParse(`http://[${v6.replace(/%.*/, "")}]`);
}

/** Not "srv:2181": a host may have that name, too. */
const serviceForm = /^srv:(?!\d{1,5}(?:,|$))/;

function parseService(name: string, whole: string): Host {
  if (name.length < 254 && /^[\w-]{1,63}(?:\.[\w-]{1,63})*\.?$/.test(name)) {
    return { host: name, port: 0, isService: true };
  }
  const why = `"${name}" is not one name, like "_zookeeper._tcp.example.org"`;
  throw badConnectString(whole, why);
}

/** Others have URLs with a user and a password in them, "zk://user:password@host": no log shows one. */
function badConnectString(text: string, why: string): TypeError {
  const message = `Cannot read the connect string "${text}": ${why}`;
  return new TypeError(message.replaceAll(/[^\s,/"@]*:[^\s,/"]*@/g, "…@"));
}
