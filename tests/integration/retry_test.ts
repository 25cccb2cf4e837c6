/* Repeating what was lost between a client and a server, by a relay that loses and cuts. */

import { assertEquals, assertRejects } from "@std/assert";
import { stripProtection, type ZooKeeper, ZooKeeperError } from "@zkst/zookeeper";
import { Relay } from "../peers/relay.ts";
import { connect, isReachable, lasting, type Server, testWithServer } from "./server.ts";
import { until, within } from "./waiting.ts";

/** A session by way of a relay, and one that sees all. */
async function withRelay(
  server: Server,
  body: (relay: Relay, zk: ZooKeeper, seer: ZooKeeper) => Promise<void>,
): Promise<void> {
  await using relay = new Relay(server.address);
  await using seer = await connect(server.address);
  // Short enough that the pauses between connections are.
  await using zk = await connect(relay.address, { sessionTimeout: 10_000, retry: true });
  await seer.create("/retry");
  await body(relay, zk, seer);
}

function test(name: string, body: (relay: Relay, zk: ZooKeeper, seer: ZooKeeper) => Promise<void>) {
  if (!isReachable) return;
  testWithServer(name, (server) => withRelay(server, body), lasting.server);
}

test(
  "protect: whether the request or its answer is lost, there is one znode",
  async (relay, zk, seer) => {
    for (const loses of ["requests", "answers"] as const) {
      const parent = await seer.create("/retry/", null, { mode: "PERSISTENT_SEQUENTIAL" });
      const names = async () => (await seer.getChildren(parent)).sort();
      relay.lost = 0;
      relay.loses = loses;
      const modes = ["EPHEMERAL_SEQUENTIAL", "PERSISTENT", "CONTAINER"] as const;
      const create = (mode: (typeof modes)[number]) =>
        zk.create2(`${parent}/n-`, "1", { mode, protect: true });
      const creating = Promise.all(modes.map(create));
      await until("something is lost", () => relay.lost > 0);
      if (loses === "answers") {
        await until("all are there", async () => (await names()).length === 3);
      } else assertEquals(await names(), []);
      relay.drop();
      const created = await within("repeating", creating);
      assertEquals(created.map(({ path }) => path.slice(parent.length + 1)).sort(), await names());
      for (const { path, stat } of created) assertEquals(stat, (await seer.exists(path))!);
    }
  },
);

test("retry: a read is repeated, a write whose answer is lost is not", async (relay, zk, seer) => {
  relay.loses = "answers";
  const setting = assertRejects(() => zk.setData("/retry", "1"), ZooKeeperError, "CONNECTIONLOSS");
  const reading = zk.getData("/retry");
  const set = async () => (await seer.exists("/retry"))!.version === 1;
  await until("it is set", set);
  relay.drop();
  assertEquals((await setting).sent, true);
  assertEquals((await within("repeating", reading)).stat.version, 1);
});

test(
  "retry and protect: cut again and again, nothing is lost and nothing doubled",
  async (relay, zk, seer) => {
    const mode = "EPHEMERAL_SEQUENTIAL";
    const options = { mode, protect: true, retry: { attempts: Infinity } } as const;
    const paths: string[] = [];
    let going = true;
    const creator = async () => {
      while (going) {
        paths.push(await zk.create("/retry/n-", null, options));
        await zk.getChildren("/retry", { retry: { attempts: Infinity } });
      }
    };
    const creators = Array.from({ length: 8 }, creator);
    for (let cuts = 0; cuts < 4; cuts++) {
      const before = paths.length;
      await until("it goes on", () => paths.length > before + 20);
      if (cuts % 2 === 0) relay.loses = "answers";
      const { lost } = relay;
      if (cuts % 2 === 0) await until("answers are lost", () => relay.lost > lost);
      relay.drop();
    }
    going = false;
    await within("the last ones", Promise.all(creators));
    const names = await seer.getChildren("/retry");
    assertEquals(paths.sort(), names.map((name) => `/retry/${name}`).sort());
    assertEquals(new Set(paths.map(stripProtection)).size, paths.length);
  },
);
