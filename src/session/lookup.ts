/**
 * Where the servers are: each entry of the connect string is an address, a name that has some, or a
 * name under which DNS has a list of servers with their ports (SRV records, RFC 2782), whose names
 * are looked up in turn. It ends by itself or is called off; what comes after that is thrown away.
 */
import type { Endpoint, Platform, SrvRecord } from "../types.ts";
import { attempt, messageOf } from "./dial.ts";
import { type Host, isLookedUp } from "./hosts.ts";
import { ranked, setPriority } from "./ranks.ts";

/** The lookup of all hosts for one round. */
export class Lookup {
  /** The servers of each host: those found before, until there are new ones. */
  readonly found: (readonly Endpoint[])[];
  /** Why a host has no new address. */
  readonly failures: Map<Host, string> = new Map();
  readonly #platform: Platform;
  readonly #controller = new AbortController();
  readonly #completed: () => void;
  #open = 0;
  #off = false;

  constructor(
    platform: Platform,
    hosts: readonly Host[],
    before: readonly (readonly Endpoint[])[],
    /** When the round begins with what has been found. */
    readonly deadline: number,
    completed: () => void,
  ) {
    this.#platform = platform;
    this.#completed = completed;
    this.found = hosts.map((host, i) => isLookedUp(host) ? before[i] ?? [] : [at(host, host.host)]);
    for (const [i, host] of hosts.entries()) {
      if (host.isService) this.#lookUpService(host, i);
      else if (isLookedUp(host)) this.#lookUpName(host, (found) => void (this.found[i] = found));
    }
  }

  get done(): boolean {
    return this.#open === 0;
  }

  cancel(): void {
    this.#off = true;
    this.#controller.abort();
  }

  #lookUpName(host: Host, take: (found: Endpoint[]) => void): void {
    this.#ask(
      host,
      (signal) => this.#platform.resolve(host.host, signal),
      (addresses) => {
        if (addresses.length === 0) return "it has no address";
        take(addresses.map((address) => at(host, address)));
        return null;
      },
    );
  }

  #lookUpService(host: Host, i: number): void {
    this.#ask(
      host,
      (signal) => {
        if (this.#platform.resolveSrv !== undefined) {
          return this.#platform.resolveSrv(host.host, signal);
        }
        throw new Error("the platform has no resolveSrv");
      },
      (records) => {
        // "." says that there is no such service (RFC 2782).
        const servers = records.filter(({ target, port }) => target !== "." && port > 0);
        if (servers.length === 0) return "DNS has no servers under this name, or does not tell";
        this.#takeService(servers, i);
        return null;
      },
    );
  }

  /** In the order in which they are to be tried; a server that has no new address keeps its own. */
  #takeService(records: readonly SrvRecord[], i: number): void {
    const before = this.found[i]!;
    const servers = ranked(records, this.#platform.random).map(({ target, port, priority }) => {
      const host: Host = { host: target.replace(/\.$/, ""), port };
      const known = before.filter((one) => one.host === host.host && one.port === port);
      const server = { host, priority, found: isLookedUp(host) ? known : [at(host, host.host)] };
      for (const one of server.found) setPriority(one, priority);
      return server;
    });
    const take = () => void (this.found[i] = servers.flatMap(({ found }) => found));
    take();
    for (const server of servers) {
      if (!isLookedUp(server.host)) continue;
      this.#lookUpName(server.host, (found) => {
        server.found = found;
        for (const one of found) setPriority(one, server.priority);
        take();
      });
    }
  }

  /** `take` says what is wrong with an answer, or null. */
  #ask<T>(
    host: Host,
    ask: (signal: AbortSignal) => Promise<T>,
    take: (answer: T) => string | null,
  ): void {
    this.#open++;
    this.failures.set(host, "no answer in time");
    const settled = (failure: string | null) => {
      if (failure === null) this.failures.delete(host);
      else this.failures.set(host, failure);
      if (--this.#open === 0 && !this.#off) this.#completed();
    };
    attempt(
      () => ask(this.#controller.signal),
      (answer) => {
        if (!this.#off) settled(take(answer));
      },
      (error) => settled(messageOf(error)),
    );
  }
}

function at({ host, port }: Host, address: string): Endpoint {
  return { host, address, port };
}
