import { assert, assertEquals } from "@std/assert";
import { type ErrorResult, Op } from "@zkst/zookeeper";
import { connect, test, testWithServer } from "./server.ts";
import { assertCode, assertMisuse, Recorder } from "./waiting.ts";

testWithServer("multi() makes znodes of every kind", async (server) => {
  await using zk = await connect(server.address);
  const results = await zk.multi([
    Op.create("/container", "c", { mode: "CONTAINER" }),
    Op.create("/container/child"),
    Op.create2("/two", "22"),
    Op.create2("/container2", null, { mode: "CONTAINER" }),
    Op.create("/ttl", "t", { mode: "PERSISTENT_WITH_TTL", ttl: 1e9 }),
    Op.create2("/ttl-", "t", { mode: "PERSISTENT_SEQUENTIAL_WITH_TTL", ttl: 1e9 }),
    Op.create("/ephemeral", null, { mode: "EPHEMERAL" }),
    Op.setData("/two", "222"),
  ]);
  const paths = [
    "/container",
    "/container/child",
    "/two",
    "/container2",
    "/ttl",
    "/ttl-0000000004",
  ];
  const created = results.flatMap((result) => result.type === "create" ? [result] : []);
  assertEquals(created.map(({ path }) => path), [...paths, "/ephemeral"]);
  for (const { path, stat } of created) {
    const now = await zk.exists(path);
    if (stat !== null) assertEquals([stat.czxid, stat.ctime], [now?.czxid, now?.ctime]);
  }
  // Servers before the fix of ZOOKEEPER-4667 send no Stat for create2.
  assertEquals(created.filter(({ stat }) => stat !== null).length >= 4, true);
  assertEquals((await zk.exists("/ephemeral"))?.ephemeralOwner, zk.session!.id);
  assertEquals((await zk.exists("/two"))?.version, 1);
});

testWithServer(
  "multi() with a kind that is switched off does nothing",
  async (server) => {
    await using zk = await connect(server.address);
    const ttl = { mode: "PERSISTENT_WITH_TTL", ttl: 1000 } as const;
    const error = await assertCode(
      zk.multi([Op.create("/a"), Op.create("/b", null, ttl)]),
      "UNIMPLEMENTED",
    );
    assertEquals([error.index, error.results], [1, failed(0, -6)]);
    assertEquals(await zk.getChildren("/"), ["zookeeper"]);
  },
  { extendedTypes: false },
);

test("multi() over maxBuffer is refused at the call", async (scene) => {
  const session = new Recorder();
  const zk = await scene.connect({ watcher: session.watcher });
  const path = `${scene.root}/a`;
  const few = Array.from({ length: 11 }, () => Op.create(path, new Uint8Array(100_000)));
  const many = Array.from({ length: 50_000 }, () => Op.create(path));
  const reads = Array.from({ length: 50_000 }, () => Op.getData(path));
  assertMisuse(
    RangeError,
    "1048575",
    () => zk.multi(few),
    () => zk.multi(many),
    () => zk.multiRead(reads),
  );
  assertEquals(await zk.getChildren(scene.root), []);
  assertEquals(session.log, ["CONNECTED"]);
});

test("multi() of very many operations is refused as any other over maxBuffer", async (scene) => {
  const many = Array.from({ length: 300_000 }, () => Op.delete("/a"));
  const reads = Array.from({ length: 300_000 }, () => Op.getData("/a"));
  assertMisuse(
    RangeError,
    "1048575",
    () => scene.zk.multi(many),
    () => scene.zk.multiRead(reads),
  );
  assertEquals(await scene.zk.getChildren(scene.root), []);
});

test("multi() over the server's limit fails as a whole, and the session goes on", async (scene) => {
  const session = new Recorder();
  const zk = await scene.connect({ watcher: session.watcher, maxBuffer: 4 << 20 });
  const ops = Array.from(
    { length: 11 },
    (_, i) => Op.create(`${scene.root}/${i}`, new Uint8Array(100_000)),
  );
  const error = await assertCode(zk.multi(ops), "CONNECTIONLOSS");
  assertEquals([error.sent, error.index], [true, null]);
  assertEquals(error.results, failed(...ops.map(() => -4)));
  assertEquals(await zk.getChildren(scene.root), []);
  assertEquals(session.log, ["CONNECTED", "CONNECTING", "CONNECTED"]);
});

test("multi() that is pending at close() fails as a whole", async (scene) => {
  const zk = await scene.connect();
  const [a, b] = [`${scene.root}/a`, `${scene.root}/b`];
  const pending = [
    assertCode(zk.multi([Op.create(a), Op.create(b)]), "CLOSING"),
    assertCode(zk.multi([Op.create(a)]), "CLOSING"),
    assertCode(zk.multi([]), "CLOSING"),
  ];
  await zk.close();
  const errors = await Promise.all(pending);
  assertEquals(errors.map(({ index }) => index), [null, null, null]);
  assertEquals(errors[0]!.results, failed(-116, -116));
  assertEquals(errors[1]!.results, failed(-116));
  assert(errors.every(({ sent }) => !sent));
});

function failed(...rcs: number[]): ErrorResult[] {
  return rcs.map((rc) => ({ type: "error", rc }));
}
