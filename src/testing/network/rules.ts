/**
 * Which connections a fault concerns, and what holds for each: rules in the order they were given,
 * of which the last one that fits decides. Connections that are made later find them in force.
 */

/** What limits a fault; all connections where it says nothing. */
export interface At {
  /** Connections of this session. */
  session?: bigint;
  /** Connections to this server of the connect string, "host:port". */
  host?: string;
}

/** What is asked of a connection. */
export interface Place {
  /** The server that it was made to, "host:port". */
  readonly host: string;
  /** The id of its session; 0n before the handshake. */
  readonly sessionId: bigint;
}

/** Whether a fault so limited concerns a connection. */
export function concerns({ session, host }: At, place: Place): boolean {
  return (session === undefined || session === place.sessionId) &&
    (host === undefined || host === place.host);
}

/** @throws {TypeError} when it is not what limits a fault. */
export function checkAt(at: At): void {
  if (typeof at !== "object" || at === null) {
    throw new TypeError(`A fault is limited by { session, host }, not by ${at}`);
  }
  const { session, host, ...others } = at;
  const strange = Object.keys(others)[0];
  if (strange !== undefined) {
    throw new TypeError(`A fault is limited by { session, host }; there is no "${strange}"`);
  }
  if (session !== undefined && typeof session !== "bigint") {
    throw new TypeError(`A fault's "session" must be a session's id, a bigint, not ${session}`);
  }
  if (host !== undefined && !/^(?:\[.+\]|[^:]+):\d+$/.test(host)) {
    throw new TypeError(`A fault's "host" must be "host:port" or "[ipv6]:port", not "${host}"`);
  }
}

/** "host:port", with brackets where the host is an IPv6 address. */
export function hostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Values by connection. */
export class Rules<T> {
  #rules: { at: At; value: T }[] = [];

  /** Where no rule fits. */
  constructor(readonly otherwise: T) {}

  /** Sets the value for these connections, whatever was set for them before. */
  set(at: At, value: T): void {
    const all = at.session === undefined && at.host === undefined;
    this.#rules = all ? [] : this.#rules.filter((rule) => !isSame(rule.at, at));
    if (!all || value !== this.otherwise) this.#rules.push({ at: { ...at }, value });
  }

  clear(): void {
    this.#rules = [];
  }

  of(place: Place): T {
    // Asked for each write: without faults it costs nothing.
    if (this.#rules.length === 0) return this.otherwise;
    return this.#rules.findLast(({ at }) => concerns(at, place))?.value ?? this.otherwise;
  }
}

function isSame(a: At, b: At): boolean {
  return a.session === b.session && a.host === b.host;
}
