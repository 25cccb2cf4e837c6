/**
 * RPC between the clients: some are providers, found below /chaos/rpc, all others call them, all the
 * time. What befalls ZooKeeper must cost them nothing: an idempotent call is answered, always; one that
 * is not runs once if it is answered, and at most once if it is not.
 */
import { delay } from "@std/async";
import {
  type Client as Stub,
  createClient,
  type MethodSpec,
  parseServices,
  RpcChannel,
  RpcError,
  RpcServer,
  type ServiceSpec,
} from "@zkst/zookeeper/rpc";
import { type Broken, type Client, nothingBroken, type Workload } from "./client.ts";

const basePath = "/chaos/rpc";
/** One client of so many is a provider; not those that are registered as services, as it happens. */
const providers = 4;
/** A provider leaves at most so often, ms, so that each caller learns of the last one before. */
const leaveEvery = 8000;
/** How long calls may take to end when all is over, ms: longer than their timeout. */
const patience = 10_000;

/** What is asked, and what is told. */
export interface Asked {
  readonly id: string;
  readonly body: Uint8Array;
}
export interface Told {
  /** Which provider. */
  readonly provider: number;
  /** How many calls it had counted. */
  readonly count: number;
  readonly body: Uint8Array;
}

type Calls = {
  readonly echo: MethodSpec<Asked, Told>;
  readonly count: MethodSpec<Asked, Told>;
};

const { Calls: spec } = parseServices<{ Calls: ServiceSpec<Calls> }>(`
  syntax = "proto3";
  package chaos;
  message Asked { string id = 1; bytes body = 2; }
  message Told { uint32 provider = 1; uint32 count = 2; bytes body = 3; }
  service Calls {
    rpc Echo(Asked) returns (Told) { option idempotency_level = NO_SIDE_EFFECTS; }
    rpc Count(Asked) returns (Told);
  }
`);

/** What has been counted, over all providers, and what callers were told of it. */
export class Counted {
  /** By the call's id, each time that it was run: by whom, and as which of its calls. */
  readonly runs: Map<string, string[]> = new Map();
  /** By the call's id, how it ended: as which run; or whether it may have been run. */
  readonly ends: Map<string, string | "may have run" | "has not run"> = new Map();

  /** A provider has run it. */
  ran(id: string, provider: number, count: number): void {
    const runs = this.runs.get(id) ?? [];
    runs.push(runName(provider, count));
    this.runs.set(id, runs);
  }

  /** The caller has its answer, or knows that there is none. */
  ended(id: string, end: Told | RpcError): void {
    const isError = end instanceof RpcError;
    const failure = isError && end.sent ? "may have run" : "has not run";
    this.ends.set(id, isError ? failure : runName(end.provider, end.count));
  }

  /** What is wrong with them. */
  judge(broken: Broken): void {
    for (const [id, runs] of this.runs) {
      if (runs.length > 1) broken.doubled.push(`call ${id}, run as ${runs.join(" and ")}`);
    }
    for (const [id, end] of this.ends) {
      if (end === "may have run") continue;
      const [run] = this.runs.get(id) ?? [];
      if (end === "has not run") {
        if (run !== undefined) broken.other.push(`call ${id}, said not to have run, and ${run}`);
      } else if (end !== run) {
        broken.lost.push(`call ${id}, answered as ${end}, run as ${run ?? "nothing"}`);
      }
    }
  }
}

function runName(provider: number, count: number): string {
  return `${count} of provider ${provider}`;
}

/** A body that says what it should be: any length, and each byte known by it and its place. */
export function bodyOf(seed: number, length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => seed + 31 * i);
}

/** Whether two bodies are the same. */
export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** One provider: a server that comes and goes. */
class Provider {
  #server: RpcServer | null = null;
  #count = 0;

  constructor(readonly client: Client, readonly counted: Counted) {}

  async come(): Promise<void> {
    const { id, zk, random } = this.client;
    this.#server = new RpcServer({ zk, basePath }).add(spec, {
      echo: ({ body }) => ({ provider: id, count: this.#count, body }),
      count: async ({ id: call, body }) => {
        const count = ++this.#count;
        this.counted.ran(call, id, count);
        // Some are under way whenever it leaves.
        await delay(random.below(30));
        return { provider: id, count, body };
      },
    });
    await this.#server.listen({ hostname: "127.0.0.1" });
  }

  async leave(): Promise<void> {
    await this.#server?.shutdown({ grace: 5000 });
  }
}

export class Calling implements Workload {
  readonly name = "calls";
  readonly broken: Broken = nothingBroken();
  readonly #counted = new Counted();
  readonly #providers = new Map<number, Provider>();
  readonly #channels: RpcChannel[] = [];
  readonly #working = new Map<number, Promise<void>>();
  #leftAt = 0;
  #ending = false;

  async prepare({ zk }: Client): Promise<void> {
    await zk.create(basePath);
  }

  async step(client: Client): Promise<void> {
    if (client.id % providers === 1) return await this.#provide(client);
    if (this.#working.has(client.id)) return;
    const working = this.#call(client)
      .catch((error) => void this.broken.other.push(`client ${client.id} calls no more: ${error}`));
    this.#working.set(client.id, working);
  }

  async settle(): Promise<void> {
    this.#ending = true;
    let left = this.#working.size;
    for (const work of this.#working.values()) work.finally(() => left--);
    for (const end = performance.now() + patience; left > 0; await delay(20)) {
      // What still is under way the ledger tells as hanging.
      if (performance.now() > end) return;
    }
    this.#counted.judge(this.broken);
    await Promise.all(this.#channels.map((channel) => channel.close()));
    await Promise.all([...this.#providers.values()].map((provider) => provider.leave()));
  }

  /** Comes, and now and then leaves and comes back; one of them at a time. */
  async #provide(client: Client): Promise<void> {
    const known = this.#providers.get(client.id);
    if (known === undefined) {
      const provider = new Provider(client, this.#counted);
      this.#providers.set(client.id, provider);
      this.#leftAt = performance.now();
      return await provider.come();
    }
    if (!client.random.chance(0.2) || performance.now() - this.#leftAt < leaveEvery) return;
    this.#leftAt = Infinity;
    await known.leave();
    await known.come();
    this.#leftAt = performance.now();
  }

  /** Calls all the time, whatever becomes of ZooKeeper. */
  async #call(client: Client): Promise<void> {
    const channel = new RpcChannel(`zk:${basePath}`, { zk: client.zk });
    this.#channels.push(channel);
    const stub = createClient(spec, channel);
    // The providers come at the same time as we.
    await stub.echo({ id: "", body: new Uint8Array() }, { timeout: 30_000, waitForReady: true });
    for (let number = 0; !this.#ending; number++) {
      await this.#callOnce(client, stub, number);
      await delay(client.random.below(100));
    }
  }

  async #callOnce({ id: client, random, ledger }: Client, stub: Stub<Calls>, number: number) {
    const id = `${client}-${number}`;
    const method = random.chance(0.5) ? "echo" : "count";
    const body = bodyOf(number, random.below(random.chance(0.1) ? 100_000 : 500));
    const answer = await ledger.call(`rpc ${method}`, () => stub[method]({ id, body }));
    if (method === "count") this.#counted.ended(id, answer);
    if (answer instanceof RpcError) {
      if (method === "echo") this.broken.lost.push(`call ${id}: ${answer.message}`);
    } else if (!isSame(answer.body, body)) {
      this.broken.other.push(`call ${id} was answered with other bytes`);
    }
  }
}
