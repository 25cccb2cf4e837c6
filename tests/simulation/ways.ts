/** The ways to the server: its names, what becomes of lookups and dials. */
import type { Endpoint, Transport } from "../../src/types.ts";
import type { Random } from "../fuzz/random.ts";
import type { Client } from "./client.ts";
import type { Step } from "./scheduler.ts";
import type { World } from "./world.ts";

/** How a server behind one address is doing. */
export interface Host {
  readonly address: string;
  /** Dials are refused before; Infinity: for good. */
  downUntil: number;
  /** Dials are not answered before. */
  hangsUntil: number;
}

interface Attempt<T> {
  readonly client: Client;
  readonly what: string;
  resolve(value: T): void;
  reject(error: unknown): void;
}

export class Ways {
  /** By name: the addresses it has. */
  readonly names: Map<string, Host[]> = new Map();
  readonly dials: Set<Attempt<Transport> & { endpoint: Endpoint; host: Host }> = new Set();
  readonly lookups: Set<Attempt<string[]>> = new Set();
  /** Clients who could not find a name, or whose list was changed. */
  readonly unsteady: Set<Client> = new Set();
  /** No name is found before. */
  dnsDownUntil = 0;

  constructor(readonly world: World, readonly random: Random) {}

  get hosts(): Host[] {
    return [...new Set([...this.names.values()].flat())];
  }

  connect(client: Client, endpoint: Endpoint, signal: AbortSignal): Promise<Transport> {
    const { history } = this.world;
    const host = this.hosts.find(({ address }) => address === endpoint.address)!;
    history.dials.push({ ...history.moment(), client: client.id, address: endpoint.address });
    history.note(`${client.name}: dials ${endpoint.address}`);
    return new Promise((resolve, reject) => {
      const dial = { client, what: endpoint.address, endpoint, host, resolve, reject };
      this.dials.add(dial);
      signal.addEventListener("abort", () => {
        if (this.dials.delete(dial)) reject(signal.reason);
      });
    });
  }

  lookUp(client: Client, name: string, signal: AbortSignal): Promise<string[]> {
    return new Promise((resolve, reject) => {
      const lookup = { client, what: name, resolve, reject };
      this.lookups.add(lookup);
      signal.addEventListener("abort", () => {
        if (!this.lookups.delete(lookup)) return;
        this.unsteady.add(client);
        reject(signal.reason);
      });
    });
  }

  nextAt(): number {
    const { history } = this.world;
    const now = history.now();
    const later = [...this.dials].map(({ host }) => host.hangsUntil).filter((at) => at > now);
    return Math.min(Infinity, ...later);
  }

  collect(steps: Step[]): void {
    const now = this.world.history.now();
    for (const lookup of this.lookups) {
      if (lookup.client.owner.paused) continue;
      steps.push({
        label: `${lookup.client.name}: looks ${lookup.what} up`,
        run: () => this.#answerLookup(lookup, now),
      });
    }
    for (const dial of this.dials) {
      const { client, host } = dial;
      if (client.owner.paused || host.hangsUntil > now) continue;
      const label = `${client.name}: the dial of ${host.address} is answered`;
      steps.push({ label, run: () => this.#answerDial(dial, now) });
    }
  }

  #answerLookup(lookup: Attempt<string[]>, now: number): void {
    this.lookups.delete(lookup);
    if (this.dnsDownUntil > now) {
      this.unsteady.add(lookup.client);
      return lookup.reject(new Error("No DNS"));
    }
    lookup.resolve(this.names.get(lookup.what)!.map(({ address }) => address));
  }

  #answerDial(
    dial: Attempt<Transport> & { endpoint: Endpoint; host: Host },
    now: number,
  ): void {
    this.dials.delete(dial);
    if (dial.host.downUntil > now) dial.reject(new Error("Connection refused"));
    else dial.resolve(this.world.open(dial.client, dial.endpoint));
  }
}
