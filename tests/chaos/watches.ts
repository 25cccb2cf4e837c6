/**
 * Watches: each client keeps up with a znode by one-shot watches, with another by a persistent one, and
 * with both by a recursive one. Whatever they are told stands before what shows it. When all is over,
 * each knows the last version, without having asked again by itself.
 */
import { delay } from "@std/async";
import type { EventType, WatchedEvent } from "@zkst/zookeeper";
import { type Broken, type Client, nothingBroken, type Workload } from "./client.ts";
import { Failed } from "./ledger.ts";
import { Lasting, type OneShot, OneShots } from "./watched.ts";

const parent = "/chaos/watched";
const once = `${parent}/once`;
const always = `${parent}/always`;
const paths = [once, always];

/** What one client knows by its watches. */
class Follower {
  /** The version that its last read by a one-shot watch showed. */
  version = -1;
  /** Events of the recursive watch. */
  events = 0;
  readonly #oneShots: OneShots;
  readonly #persistent: Lasting;
  readonly #recursive: ReadonlyMap<string, Lasting>;
  /** Whether a read, with a watch, must be made. */
  #dirty = true;
  #reading = false;

  constructor(readonly client: Client, readonly broken: Broken) {
    const name = `client ${client.id}`;
    this.#oneShots = new OneShots(`${name} on ${once}`, broken);
    this.#persistent = new Lasting(`${name}'s persistent watch on ${always}`, broken);
    this.#recursive = new Map(
      paths.map((path) => [path, new Lasting(`${name}'s recursive watch on ${path}`, broken)]),
    );
    this.#keepUp();
    this.#persist();
    this.#listen();
  }

  /** An answer has shown the version. */
  saw(path: string, version: number): void {
    if (path === once) this.#oneShots.saw(version);
    else this.#persistent.saw(version);
    this.#recursive.get(path)!.saw(version);
  }

  /** Reads with a watch, until it has succeeded; the watch has it read again. */
  async #keepUp(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    while (this.#dirty && !this.client.zk.closed) {
      this.#dirty = false;
      if (!await this.#readOnce()) this.#dirty = true;
    }
    this.#reading = false;
  }

  async #readOnce(): Promise<boolean> {
    let watch: OneShot | null = null;
    const { client } = this;
    const told = ({ type }: WatchedEvent) => {
      if (type === "Session") this.#toldOfSession();
      else this.#told(watch, type);
    };
    const answer = await client.ask("getData", () => client.zk.getData(once, { watch: told }));
    if (answer instanceof Failed) return false;
    const { version } = answer.stat;
    this.saw(once, version);
    watch = this.#oneShots.left(version);
    this.version = Math.max(this.version, version);
    return true;
  }

  #told(watch: OneShot | null, type: EventType): void {
    this.#oneShots.told(watch, type);
    this.#dirty = true;
    this.#keepUp();
  }

  /** What a lost connection tells is no change: the watch lives on in its session. */
  #toldOfSession(): void {
    if (this.client.zk.state !== "EXPIRED_SESSION") return;
    this.#oneShots.expired();
    this.#dirty = true;
    this.#keepUp();
  }

  async #persist(): Promise<void> {
    const { zk } = this.client;
    const told = ({ type }: WatchedEvent) => {
      if (type !== "Session") this.#persistent.told(type);
    };
    try {
      await this.client.insist("addWatch", () => zk.addWatch(always, "PERSISTENT", told));
    } catch (error) {
      // A run that has failed is being closed.
      if (zk.closed) return;
      this.broken.other.push(`a watch cannot be added: ${error}`);
    }
    this.#persistent.begin();
  }

  async #listen(): Promise<void> {
    try {
      for await (const { type, path } of this.client.zk.watch(parent, { recursive: true })) {
        this.events++;
        if (type === "Resync") this.#recursive.forEach((lasting) => lasting.told(type));
        else this.#recursive.get(path)?.told(type);
      }
    } catch (error) {
      this.broken.other.push(`the loop of a watch ended: ${error}`);
    }
  }
}

export class Watches implements Workload {
  readonly name = "watches";
  readonly broken: Broken = nothingBroken();
  readonly #followers = new Map<number, Follower>();

  /** All must know the last version so long after it was written, ms. */
  constructor(readonly patience: number = 15_000) {}

  async prepare({ zk }: Client): Promise<void> {
    await zk.create(parent);
    for (const path of paths) await zk.create(path, "0");
  }

  /** Sets one of them, and reads it. */
  async step(client: Client): Promise<void> {
    const follower = this.#followers.get(client.id);
    if (follower === undefined) {
      this.#followers.set(client.id, new Follower(client, this.broken));
      return;
    }
    const path = client.random.pick(paths);
    const { zk } = client;
    const set = await client.ask("setData", () => zk.setData(path, `${client.id}`));
    if (!(set instanceof Failed)) follower.saw(path, set.version);
    const read = await client.ask("getData", () => zk.getData(path));
    if (!(read instanceof Failed)) follower.saw(path, read.stat.version);
  }

  async settle(clients: readonly Client[]): Promise<void> {
    const [writer] = clients;
    const before = new Map([...this.#followers].map(([id, { events }]) => [id, events]));
    const { version } = await writer!.insist("setData", () => writer!.zk.setData(once, "last"));
    const late = () =>
      [...this.#followers].filter(([id, { version: known, events }]) =>
        known < version || events === before.get(id)
      );
    const end = performance.now() + this.patience;
    while (late().length > 0 && performance.now() < end) await delay(50);
    for (const [id, { version: known, events }] of late()) {
      if (known < version) {
        this.broken.lost.push(`client ${id} knows version ${known} of ${once}, not ${version}`);
      }
      if (events === before.get(id)) {
        this.broken.lost.push(`client ${id}'s lasting watch is silent`);
      }
    }
  }
}
