/** Virtual time: it costs none, and everything that depends on it happens when it is due. */
import process from "node:process";
import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { type CreateOptions, ZooKeeper } from "@zkst/zookeeper";
import { TestServer } from "@zkst/zookeeper/testing";
import { Raw } from "./raw.ts";

function connect(server: TestServer, sessionTimeout = 10_000): Promise<ZooKeeper> {
  return ZooKeeper.connect("a", { platform: server.platform, sessionTimeout });
}

Deno.test("A thousand seconds of three sessions pass in well under a second", async () => {
  await using server = new TestServer({ tickTime: 100 });
  const clients = await Promise.all([1, 2, 3].map(() => connect(server, 2_000)));
  const sessions = clients.map(({ session }) => session!.id);
  await clients[0]!.create("/e", null, { mode: "EPHEMERAL" });
  const before = process.cpuUsage();
  await server.advance(1_000_000);
  // Of the processor's time: other programs on the machine take none of that.
  const { user, system } = process.cpuUsage(before);
  assertLess((user + system) / 1_000, 1_000, "ms");
  assertEquals(clients.map(({ session }) => session!.id), sessions);
  assertEquals(server.sessions, sessions);
  assert(await clients[2]!.exists("/e"));
  await Promise.all(clients.map((zk) => zk.close()));
});

Deno.test("An ephemeral goes with its session when that has been silent for its timeout", async () => {
  await using server = new TestServer({ tickTime: 100 });
  await using zk = await connect(server, 1_000);
  const dead = await connect(server, 1_000);
  await dead.create("/e", null, { mode: "EPHEMERAL" });
  const start = server.platform.clock.now();
  let gone = 0;
  await zk.exists("/e", { watch: () => gone = server.platform.clock.now() - start });
  server.halfOpen({ session: dead.session!.id });
  server.refuse({ session: dead.session!.id });
  await server.advance(1_000);
  assertEquals(gone, 0);
  await server.advance(200);
  assertEquals([gone, await zk.exists("/e")], [1_100, null]);
  await dead.close();
});

Deno.test("The dates in a Stat are those of virtual time", async () => {
  await using server = new TestServer();
  await using zk = await connect(server);
  await zk.create("/dated", null);
  await server.advance(3_600_000);
  const { ctime, mtime } = await zk.setData("/dated", "x");
  assertEquals([ctime, mtime].map((time) => new Date(time).getUTCHours()), [0, 1]);
  assertEquals(mtime - ctime, 3_600_000);
});

Deno.test("Containers go once they have been used and are empty, at the next sweep", async () => {
  await using server = new TestServer({ containerInterval: 10_000 });
  await using zk = await connect(server);
  for (const path of ["/used", "/unused", "/full"]) {
    await zk.create(path, null, { mode: "CONTAINER" });
    if (path !== "/unused") await zk.create(`${path}/child`, null);
  }
  await zk.delete("/used/child");
  const there = () => Promise.all(["/used", "/unused", "/full"].map((path) => isThere(zk, path)));
  await server.advance(9_900);
  assertEquals(await there(), [true, true, true]);
  await server.advance(200);
  assertEquals(await there(), [false, true, true]);
});

Deno.test("A znode with a TTL goes when it has neither changed nor had children for so long", async () => {
  await using server = new TestServer({ containerInterval: 1_000 });
  await using zk = await connect(server);
  const ttl: CreateOptions = { mode: "PERSISTENT_WITH_TTL", ttl: 5_000 };
  for (const path of ["/left", "/changed", "/parent"]) await zk.create(path, null, ttl);
  await zk.create("/parent/child", null);
  await server.advance(4_500);
  await zk.setData("/changed", "x");
  assert(await isThere(zk, "/left"));
  await server.advance(2_000);
  const there = ["/left", "/changed", "/parent"].map((path) => isThere(zk, path));
  assertEquals(await Promise.all(there), [false, true, true]);
  await zk.delete("/parent/child");
  await server.advance(5_000);
  assertEquals(await Promise.all([isThere(zk, "/changed"), isThere(zk, "/parent")]), [
    false,
    false,
  ]);
});

Deno.test("A znode with a TTL goes though nobody writes any more, be it in a snapshot's server", async () => {
  await using server = new TestServer();
  await using zk = await connect(server);
  await zk.create("/left", null, { mode: "PERSISTENT_WITH_TTL", ttl: 5_000 });
  const snapshot = server.snapshot();
  await server.advance(70_000);
  assert(!await isThere(zk, "/left"));
  await using later = new TestServer({ snapshot });
  assertEquals(later.znodeCount, 5);
  await later.advance(70_000);
  assertEquals(later.znodeCount, 4);
});

Deno.test("A znode with a TTL stays while there is no quorum", async () => {
  await using server = new TestServer();
  await using zk = await connect(server);
  await zk.create("/left", null, { mode: "PERSISTENT_WITH_TTL", ttl: 5_000 });
  const { zxid } = server;
  server.readOnly(true);
  await server.advance(300_000);
  assertEquals([server.znodeCount, server.zxid], [5, zxid]);
  server.readOnly(false);
  await server.advance(70_000);
  assertEquals(server.znodeCount, 4);
});

Deno.test("close() leaves neither timers nor connections, whatever was under way", async () => {
  const server = new TestServer({ realTime: true, containerInterval: 10 });
  const raw = await Raw.connect(server);
  await Raw.open(server);
  server.stall();
  await raw.write(new Uint8Array(10));
  await server.close();
  await server.close();
  assertEquals([server.connections, server.sessions], [0, []]);
});

Deno.test("TestServer: with realTime the clock is the real one, without a socket", async () => {
  await using server = new TestServer({ realTime: true, tickTime: 20 });
  const { clock } = server.platform;
  const start = performance.now();
  const raw = await Raw.connect(server, { timeout: 40 });
  // The server holds no process up; whoever waits does.
  using _ = clock.timer(clock.now() + 5_000, () => {});
  assertEquals(await raw.read(), null, "Its session has expired");
  assertGreater(performance.now() - start, 39);
  assertEquals(server.sessions, []);
});

async function isThere(zk: ZooKeeper, path: string): Promise<boolean> {
  return await zk.exists(path) !== null;
}
