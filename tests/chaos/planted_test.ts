/**
 * The workloads find what they are there to find: each runs against a server in memory, with clients
 * that do one thing wrong, and without.
 */
import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async";
import { type ZooKeeper, ZooKeeperError } from "@zkst/zookeeper";
import { TestServer } from "@zkst/zookeeper/testing";
import { Random } from "../fuzz/random.ts";
import { Calling } from "./calls.ts";
import { type Broken, Client, type Workload } from "./client.ts";
import { Ephemerals } from "./ephemerals.ts";
import { Ledger } from "./ledger.ts";
import { Registers } from "./registers.ts";
import { Repeated } from "./repeated.ts";
import { Sequences } from "./sequences.ts";
import { Services } from "./services.ts";
import { Watches } from "./watches.ts";

/** A client's methods, some of them with a bug in them. */
type Bug = (zk: ZooKeeper, random: Random) => Partial<Record<keyof ZooKeeper, unknown>>;

const steps = 30;
const clients = 4;

/** Runs a workload of clients that have the bug, and gives back what it finds. */
async function found(workload: Workload, bug: Bug = () => ({})): Promise<Broken> {
  await using server = new TestServer({ realTime: true });
  const ledger = new Ledger(clients);
  const { platform } = server;
  const all = Array.from(
    { length: clients },
    (_, id) => new Client(id, "test", new Random(id + 1), ledger, { platform }),
  );
  await all[0]!.zk.create("/chaos");
  await workload.prepare(all[0]!);
  for (const client of all) plant(client, bug);
  await Promise.all(all.map(async (client) => {
    for (let i = 0; i < steps; i++) {
      await workload.step(client);
      await delay(0);
    }
  }));
  await workload.settle(all);
  await Promise.all(all.map(({ zk }) => zk.close()));
  return workload.broken;
}

/** Has the client use what has the bug instead of what has none. */
function plant(client: Client, bug: Bug): void {
  Object.defineProperty(client, "zk", { value: planted(client.zk, client.random, bug) });
}

function planted(zk: ZooKeeper, random: Random, bug: Bug): ZooKeeper {
  const methods: Record<PropertyKey, unknown> = {
    chroot: (path: string) => planted(zk.chroot(path), random, bug),
    ...bug(zk, random),
  };
  return new Proxy(zk, {
    get(target, name) {
      if (Object.hasOwn(methods, name)) return methods[name];
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Like an answer that was lost. */
function lost(): ZooKeeperError {
  return new ZooKeeperError(-4, { sent: true });
}

for (const make of [Registers, Sequences, Repeated, Ephemerals, Watches, Services, Calling]) {
  Deno.test(`The workload ${make.name} finds nothing where nothing is wrong`, async () => {
    assertEquals(await found(new make()), { lost: [], doubled: [], other: [] });
  });
}

Deno.test("A create that is repeated behind a lost answer is found as doubled", async () => {
  const { doubled } = await found(new Sequences(), (zk, random) => ({
    async create(...args: Parameters<ZooKeeper["create"]>) {
      if (random.chance(0.2)) await zk.create(...args);
      return await zk.create(...args);
    },
  }));
  assert(doubled.length > 0);
});

Deno.test("A create with protect that makes two, and one that gives up, are found", async () => {
  const { doubled, other } = await found(new Repeated(), (zk, random) => ({
    async create(...args: Parameters<ZooKeeper["create"]>) {
      if (random.chance(0.2)) await zk.create(...args);
      if (random.chance(0.2)) throw lost();
      return await zk.create(...args);
    },
  }));
  assert(doubled.length > 0);
  assert(other.length > 0);
});

Deno.test("A create that is acknowledged and was not made is found as lost", async () => {
  const { lost } = await found(new Sequences(), (zk, random) => ({
    async create(...args: Parameters<ZooKeeper["create"]>) {
      const path = await zk.create(...args);
      if (random.chance(0.2)) await zk.delete(path);
      return path;
    },
  }));
  assert(lost.length > 0);
});

Deno.test("A write of a register that is acknowledged and lost is found", async () => {
  const { lost } = await found(new Registers(), (zk, random) => ({
    async setData(path: string, data: string, version: number) {
      if (!random.chance(0.2)) return await zk.setData(path, data, version);
      const stat = await zk.exists(path);
      return { ...stat, version: version + 1 };
    },
  }));
  assert(lost.length > 0);
});

Deno.test("A write of a register that is repeated without its version is found", async () => {
  const { doubled, other } = await found(new Registers(), (zk, random) => ({
    async setData(path: string, data: string, version: number) {
      await zk.setData(path, data, version);
      const isLost = random.chance(0.3);
      if (isLost) await delay(5);
      const stat = await zk.setData(path, data, isLost ? -1 : version + 1);
      if (isLost) throw lost();
      return stat;
    },
  }));
  assert(doubled.length + other.length > 0);
});

Deno.test("An ephemeral that is acknowledged and not there is found as lost", async () => {
  const { lost } = await found(new Ephemerals(), (zk, random) => ({
    async create(...args: Parameters<ZooKeeper["create"]>) {
      return random.chance(0.3) ? args[0] : await zk.create(...args);
    },
  }));
  assert(lost.length > 0);
});

Deno.test("A one-shot watch that is swallowed is found by the first read that shows why", async () => {
  const { other } = await found(new Watches(100), (zk, random) => ({
    getData(path: string, options?: Parameters<ZooKeeper["getData"]>[1]) {
      const swallows = options?.watch !== undefined && random.chance(0.2);
      return zk.getData(path, swallows ? {} : options);
    },
  }));
  assert(other.length > 0);
});

Deno.test("An event of a persistent watch that is swallowed, or told twice, is found", async () => {
  const bugged = (times: (random: Random) => number): Bug => (zk, random) => ({
    addWatch(...[path, mode, watcher]: Parameters<ZooKeeper["addWatch"]>) {
      return zk.addWatch(path, mode, (event) => {
        for (let left = times(random); left > 0; left--) watcher(event);
      });
    },
  });
  const swallowed = await found(new Watches(), bugged((random) => random.chance(0.1) ? 0 : 1));
  assert(swallowed.lost.length > 0);
  const twice = await found(new Watches(), bugged((random) => random.chance(0.1) ? 2 : 1));
  assert(twice.doubled.length > 0);
});

Deno.test("A cache that is told of no instance that comes is found", async () => {
  const { lost } = await found(new Services(500), (zk) => ({
    async getChildren2(...args: Parameters<ZooKeeper["getChildren2"]>) {
      return { ...await zk.getChildren2(...args), children: [] };
    },
    async *watch(...args: Parameters<ZooKeeper["watch"]>) {
      for await (const event of zk.watch(...args)) if (event.type === "Resync") yield event;
    },
  }));
  assert(lost.length > 0);
});
