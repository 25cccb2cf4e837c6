/* Repeating what was lost between a client and a server, by a relay that loses and cuts. */

import { assertEquals, assertGreater, assertRejects } from "@std/assert";
import { type CallOptions, stripProtection, type ZooKeeper, ZooKeeperError } from "@zkst/zookeeper";
import { Relay } from "../peers/relay.ts";
import { connect, isReachable, lasting, type Server, testWithServer } from "./server.ts";
import { assertCode, until, within } from "./waiting.ts";
import { isReal } from "./world.ts";

/** A server that throws away what has waited for more than a few ms, one request at a time. */
const throttling = {
  "zookeeper.request_throttle_max_requests": 1,
  "zookeeper.request_throttle_stall_time": 20,
  "zookeeper.throttled_op_wait_time": 10,
};

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

if (isReal) {
  testWithServer(
    "THROTTLEDOP (-127): thrown away, a write was not done, and is repeated until it is",
    async (server) => {
      const codes: string[] = [];
      const metrics = { request: (_: string, code: string) => void codes.push(code) };
      await using zk = await connect(server.address, { metrics });
      const retry = { attempts: Infinity };
      await zk.create("/throttled", null, { retry });
      const version = async () => (await zk.exists("/throttled", { retry }))!.version;
      const set = (options: CallOptions) =>
        Promise.allSettled(
          Array.from({ length: 100 }, () => zk.setData("/throttled", "1", -1, options)),
        );
      const once = await within("setting", set({}));
      const refused = once.filter(({ status }) => status === "rejected").length;
      assertGreater(refused, 0, "the server throttles");
      assertEquals(await version(), 100 - refused);
      for (const outcome of once) {
        if (outcome.status === "rejected") assertEquals(outcome.reason.code, "THROTTLEDOP");
      }
      codes.length = 0;
      const again = await within("setting again", set({ retry }));
      assertEquals(again.filter(({ status }) => status === "rejected"), []);
      assertGreater(codes.filter((code) => code === "THROTTLEDOP").length, 0);
      assertEquals(await version(), 200 - refused);
    },
    { properties: throttling },
  );

  testWithServer("QUOTAEXCEEDED (-125) is an answer, and not repeated", async (server) => {
    await using zk = await connect(server.address, { retry: true });
    await zk.create("/q");
    await zk.ensurePath("/zookeeper/quota/q");
    const limits = "count=-1,bytes=-1=;byteHardLimit=-1;countHardLimit=2";
    await zk.create("/zookeeper/quota/q/zookeeper_limits", limits);
    await zk.create("/zookeeper/quota/q/zookeeper_stats", "count=1,bytes=0");
    await zk.create("/q/1");
    const error = await assertCode(zk.create("/q/2"), "QUOTAEXCEEDED");
    assertEquals([error.rc, error.sent], [-125, true]);
  }, { properties: { "zookeeper.enforceQuota": "true" } });
}
