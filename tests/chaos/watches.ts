/**
 * Watches: each client keeps up with a znode by a one-shot watch, and with a tree by a lasting one.
 * When all is over, each knows the last version, without having asked again by itself.
 */
import { delay } from "@std/async";
import { type Broken, type Client, nothingBroken, type Workload } from "./client.ts";
import { Failed } from "./ledger.ts";

const parent = "/chaos/watched";
const path = `${parent}/one`;

/** What one client knows by its watches. */
class Follower {
  /** The version that its last read showed. */
  version = -1;
  /** Whether a read, with a watch, is under way or must be made. */
  dirty = true;
  /** Events of the lasting watch. */
  events = 0;
  #reading = false;

  constructor(readonly client: Client, readonly broken: Broken) {
    this.#read();
    this.#listen();
  }

  /** Reads with a watch, until it has succeeded; the watch has it read again. */
  async #read(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    const { client } = this;
    while (this.dirty && !client.zk.closed) {
      this.dirty = false;
      const answer = await client.ask(
        "getData",
        () => client.zk.getData(path, { watch: ({ type }) => this.#told(type) }),
      );
      if (answer instanceof Failed) this.dirty = true;
      else this.version = Math.max(this.version, answer.stat.version);
      if (this.dirty && client.zk.closed) break;
    }
    this.#reading = false;
    if (this.dirty && !client.zk.closed) this.#read();
  }

  #told(type: string): void {
    // What a lost connection tells is no change: the watch lives on in its session.
    if (type === "Session") {
      if (this.client.zk.state !== "EXPIRED_SESSION") return;
    }
    this.dirty = true;
    this.#read();
  }

  async #listen(): Promise<void> {
    try {
      for await (const _ of this.client.zk.watch(parent, { recursive: true })) this.events++;
    } catch (error) {
      this.broken.other.push(`the loop of a watch ended: ${error}`);
    }
  }
}

export class Watches implements Workload {
  readonly name = "watches";
  readonly broken: Broken = nothingBroken();
  readonly #followers = new Map<number, Follower>();

  async prepare({ zk }: Client): Promise<void> {
    await zk.create(parent);
    await zk.create(path, "0");
  }

  async step(client: Client): Promise<void> {
    if (!this.#followers.has(client.id)) {
      this.#followers.set(client.id, new Follower(client, this.broken));
      return;
    }
    await client.ask("setData", () => client.zk.setData(path, `${client.id}`));
  }

  async settle(clients: readonly Client[]): Promise<void> {
    const [writer] = clients;
    const before = new Map([...this.#followers].map(([id, { events }]) => [id, events]));
    const { version } = await writer!.insist("setData", () => writer!.zk.setData(path, "last"));
    const late = () =>
      [...this.#followers].filter(([id, { version: known, events }]) =>
        known < version || events === before.get(id)
      );
    const end = performance.now() + 15_000;
    while (late().length > 0 && performance.now() < end) await delay(50);
    for (const [id, { version: known, events }] of late()) {
      if (known < version) {
        this.broken.lost.push(`client ${id} knows version ${known} of ${path}, not ${version}`);
      }
      if (events === before.get(id)) {
        this.broken.lost.push(`client ${id}'s lasting watch is silent`);
      }
    }
  }
}
