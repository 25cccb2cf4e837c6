/**
 * What became of each request that clients make: counted by name and outcome, and looked at for those
 * that hang. Whoever asks goes through it.
 */
import { ZooKeeperError } from "@zkst/zookeeper";
import { RpcError } from "@zkst/zookeeper/rpc";

/** One request that has not ended. */
interface Open {
  readonly name: string;
  readonly since: number;
}

/** All requests of a run. */
export class Ledger {
  /** By name: how many have ended well, and by code how many have not. */
  readonly counts: Map<string, Map<string, number>> = new Map();
  /** When each client last began what then ended well, ms. */
  readonly wellSince: number[];
  readonly #open = new Set<Open>();

  constructor(readonly clients: number) {
    this.wellSince = Array.from({ length: clients }, () => 0);
  }

  /** How many have ended. */
  get total(): number {
    return [...this.counts.values()].flatMap((codes) => [...codes.values()])
      .reduce((sum, count) => sum + count, 0);
  }

  /** Those that have not ended `ms` after they began, by name. */
  hanging(ms: number): string[] {
    const now = performance.now();
    return [...this.#open].filter(({ since }) => now - since > ms)
      .map(({ name, since }) => `${name} for ${((now - since) / 1000).toFixed(1)} s`);
  }

  /** How many are open. */
  get open(): number {
    return this.#open.size;
  }

  /** Settles as the request does, but for what failed. Who gets through has a server again. */
  async ask<T>(client: number, name: string, request: () => Promise<T>): Promise<T | Failed> {
    const since = performance.now();
    const answer = await this.#follow(name, request, ZooKeeperError);
    if (answer instanceof ZooKeeperError) return new Failed(answer);
    this.wellSince[client] = Math.max(this.wellSince[client]!, since);
    return answer;
  }

  /** The same for an RPC call, which needs no ZooKeeper. */
  call<T>(name: string, call: () => Promise<T>): Promise<T | RpcError> {
    return this.#follow(name, call, RpcError);
  }

  async #follow<T, E extends { readonly code: string }>(
    name: string,
    request: () => Promise<T>,
    kind: new (...args: never[]) => E,
  ): Promise<T | E> {
    const open = { name, since: performance.now() };
    this.#open.add(open);
    try {
      const value = await request();
      this.#count(name, "ok");
      return value;
    } catch (error) {
      if (!(error instanceof kind)) throw error;
      this.#count(name, error.code);
      return error;
    } finally {
      this.#open.delete(open);
    }
  }

  #count(name: string, code: string): void {
    const codes = this.counts.get(name) ?? new Map<string, number>();
    this.counts.set(name, codes.set(code, (codes.get(code) ?? 0) + 1));
  }
}

/** A request that did not succeed. */
export class Failed {
  constructor(readonly error: ZooKeeperError) {}

  /** Whether it may have been done all the same. */
  get isUnknown(): boolean {
    return this.error.sent && unknown.has(this.error.code);
  }
}

const unknown = new Set([
  "CONNECTIONLOSS",
  "OPERATIONTIMEOUT",
  "REQUESTTIMEOUT",
  "RUNTIMEINCONSISTENCY",
  "SESSIONEXPIRED",
  "SESSIONMOVED",
]);
