/**
 * The connect string, and the order in which servers are tried: all resolved addresses once per
 * round, in an order shuffled once; after a round in which all failed, a pause.
 *
 * C advances its list twice for each failure and so skips servers for ever (ZOOKEEPER-2466); here
 * one place takes the next server, and nothing else moves the list.
 */
import type { Endpoint } from "../types.ts";
import { pathProblem } from "./paths.ts";

/** One entry of a connect string. */
export interface Host {
  /** A name or an IP address, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** A connect string, taken apart. */
export interface ConnectString {
  readonly hosts: readonly Host[];
  /** "" for none. */
  readonly chroot: string;
}

/** No server makes us dial more often than this, ms, however short a timeout it grants. */
const pauseLeast = 10;

/** The port of a host that names none. */
export const portDefault = 2181;

/**
 * Reads "host:port,[ipv6]:port,host/chroot".
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
  const hosts = (slash < 0 ? text : text.slice(0, slash)).split(",")
    .map((part) => parseHost(part.trim(), text));
  return { hosts, chroot: chroot === "/" ? "" : chroot };
}

/** Whether `host` is an IP address, which needs no resolving. */
export function isAddress(host: string): boolean {
  return host.includes(":") || /^((25[0-5]|2[0-4]\d|1?\d?\d)(\.(?!$)|$)){4}$/.test(host);
}

/** "host:port", with brackets where the host is an IPv6 address. */
export function hostPort({ host, port }: Host): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** A server as messages name it: as the connect string has it, and the address if that is another. */
export function serverName(server: Endpoint): string {
  return server.host === server.address
    ? hostPort(server)
    : `${hostPort(server)} (${server.address})`;
}

/** The servers of a session and the place in the round. */
export class Servers {
  #order: readonly Endpoint[] = [];
  /** What is left of the round. */
  #round: Endpoint[] = [];
  #last: Endpoint | null = null;
  #failedRounds = 0;

  constructor(
    readonly hosts: readonly Host[],
    readonly random: () => number,
    readonly shuffle: boolean,
  ) {}

  /** Servers by resolved address; before that, by entry of the connect string. */
  get count(): number {
    return this.#order.length || this.hosts.length;
  }

  /** Whether the round has servers left. */
  get hasNext(): boolean {
    return this.#round.length > 0;
  }

  /** Begins a round over `found`, each once, behind the server that was tried last. */
  startRound(found: readonly Endpoint[]): void {
    const unique = new Map(found.map((endpoint) => [keyOf(endpoint), endpoint]));
    const known = new Set(this.#order.map(keyOf));
    if (known.size !== unique.size || ![...unique.keys()].every((key) => known.has(key))) {
      this.#order = this.shuffle ? this.#shuffled([...unique.values()]) : [...unique.values()];
    }
    const last = this.#last === null ? "" : keyOf(this.#last);
    const from = this.#order.findIndex((endpoint) => keyOf(endpoint) === last) + 1;
    this.#round = [...this.#order.slice(from), ...this.#order.slice(0, from)];
  }

  /** The next server of the round, or null at its end. */
  next(): Endpoint | null {
    const next = this.#round.shift() ?? null;
    this.#last = next ?? this.#last;
    return next;
  }

  /** How long to pause now that a whole round has failed, ms: doubling from T/60, with jitter. */
  pause(timeout: number): number {
    const longest = Math.min(timeout / 3, 10_000);
    const pause = Math.min(longest, timeout / 60 * 2 ** this.#failedRounds);
    if (pause < longest) this.#failedRounds++;
    return Math.max(pauseLeast, Math.trunc(pause * (1 + this.random()) / 2));
  }

  /** A connection has lived for a while: a new round, and the next pause is a short one. */
  settled(): void {
    this.#failedRounds = 0;
    this.#round = [];
  }

  /** Fisher-Yates as C runs it, so that the same random numbers give the same order. */
  #shuffled(order: Endpoint[]): Endpoint[] {
    for (let i = order.length - 1; i > 0; i--) {
      const j = Math.trunc(this.random() * (i + 1));
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }
}

function keyOf(endpoint: Endpoint): string {
  return `${endpoint.address} ${endpoint.port}`;
}

function parseHost(part: string, whole: string): Host {
  const match =
    /^(?:\[([0-9a-fA-F.]*:[0-9a-fA-F:.]*(?:%[\w.-]+)?)\]|([^\s:;?#@[\]]+))(?::(\d{1,5}))?$/
      .exec(part);
  const port = Number(match?.[3] ?? portDefault);
  if (match === null || port < 1 || port > 65535) {
    throw badConnectString(whole, `"${part}" is not a host, host:port or [ipv6]:port`);
  }
  return { host: match[1] ?? match[2]!, port };
}

function badConnectString(text: string, why: string): TypeError {
  return new TypeError(`Cannot read the connect string "${text}": ${why}`);
}
