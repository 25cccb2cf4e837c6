/**
 * The order in which servers are tried: all resolved addresses once per round, in an order shuffled
 * once; after a round in which all failed, a pause. When the list of servers has changed, the next
 * round tries new and old ones as their load asks for.
 *
 * C advances its list twice for each failure and so skips servers for ever (ZOOKEEPER-2466); here
 * one place takes the next server, and nothing else moves the list.
 */
import type { Endpoint } from "../types.ts";
import { type Host, hostPort } from "./hosts.ts";
import { byPriority } from "./ranks.ts";
import { shareOfNew } from "./rebalancing.ts";

/** No server makes us dial more often than this, ms, however short a timeout it grants. */
const pauseLeast = 10;

/** The servers of a session and the place in the round. */
export class Servers {
  #order: readonly Endpoint[] = [];
  /** What is left of the round. */
  #round: Endpoint[] = [];
  #last: Endpoint | null = null;
  /** Comes before all others. */
  #preferred: Endpoint | null = null;
  #failedRounds = 0;
  /** The servers that the last list did not have, while a round prefers new or old ones. */
  #fresh: ReadonlySet<string> | null = null;
  #shareOfNew = 0;

  constructor(
    public hosts: readonly Host[],
    readonly random: () => number,
    readonly shuffle: boolean,
  ) {}

  /** Servers by resolved address; before that, by entry of the connect string. */
  get count(): number {
    return this.#order.length || this.hosts.length;
  }

  /** Whether the round has servers left. */
  get hasNext(): boolean {
    return this.#preferred !== null || this.#round.length > 0;
  }

  /** Whether a whole round has failed since a connection lived for a while. */
  get hasFailed(): boolean {
    return this.#failedRounds > 0;
  }

  /** Takes another list, which counts from the next round on; false if it is the same one. */
  replaceHosts(hosts: readonly Host[]): boolean {
    const [before, after] = [new Set(this.hosts.map(hostPort)), new Set(hosts.map(hostPort))];
    if (before.symmetricDifference(after).size === 0) return false;
    this.hosts = hosts;
    this.#round = [];
    this.#preferred = null;
    this.#failedRounds = 0;
    return true;
  }

  /**
   * Begins a round over `found`, each once, behind the server that was tried last; if they are
   * others than before, new and old ones with the probabilities that keep the load even. Returns
   * whether the server tried last is to be left, should the session be with it.
   */
  startRound(found: readonly Endpoint[]): boolean {
    const after = new Map(found.map((endpoint) => [keyOf(endpoint), endpoint]));
    const before = new Set(this.#order.map(keyOf));
    const last = this.#last === null ? "" : keyOf(this.#last);
    const fresh = new Set(after.keys()).difference(before);
    const isChanged = fresh.size > 0 || after.size !== before.size;
    this.#fresh = null;
    if (isChanged) {
      const kept = after.has(last);
      const share = shareOfNew(before.size, after.size, fresh.size, kept, this.random);
      if (before.size > 0 && share !== null) [this.#fresh, this.#shareOfNew] = [fresh, share];
      this.#order = this.#shuffles() ? this.#shuffled([...after.values()]) : [...after.values()];
    } else {
      // The same addresses, if under other names.
      this.#order = this.#order.map((endpoint) => after.get(keyOf(endpoint))!);
    }
    const from = this.#order.findIndex((endpoint) => keyOf(endpoint) === last) + 1;
    this.#round = [...this.#order.slice(from), ...this.#order.slice(0, from)].sort(byPriority);
    return this.#fresh !== null;
  }

  /** Has one come next, whatever is left of the round. */
  prefer(server: Endpoint): void {
    this.#preferred = server;
    this.#round = this.#round.filter((other) => keyOf(other) !== keyOf(server));
  }

  /** The next server of the round, or null at its end. */
  next(): Endpoint | null {
    const next = this.#preferred ?? this.#round.splice(this.#place(), 1)[0] ?? null;
    this.#preferred = null;
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

  /** One of them has granted the session: from now on they come in their order again. */
  connected(): void {
    this.#fresh = null;
  }

  /** A connection has lived for a while: a new round, and the next pause is a short one. */
  settled(): void {
    this.#failedRounds = 0;
    // A round that was begun to leave the server is under way already.
    if (this.#fresh === null) this.#round = [];
  }

  /** What comes out of SRV records has been shuffled by their weights. */
  #shuffles(): boolean {
    return this.shuffle && !this.hosts.some(({ isService }) => isService);
  }

  /** Where in the round the next server stands: the first new or the first old one, by chance. */
  #place(): number {
    const fresh = this.#fresh;
    if (fresh === null) return 0;
    const first = (isNew: boolean) => this.#round.findIndex((s) => fresh.has(keyOf(s)) === isNew);
    const [newOne, oldOne] = [first(true), first(false)];
    if (newOne < 0 || oldOne < 0) return 0;
    return this.random() < this.#shareOfNew ? newOne : oldOne;
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

/** A server is its address and its port: two ports of one address are two servers. */
function keyOf(endpoint: Endpoint): string {
  return `${endpoint.address} ${endpoint.port}`;
}
