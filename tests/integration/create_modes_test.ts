import { assert, assertEquals } from "@std/assert";
import { CreateMode, type CreateOptions, type ZooKeeper } from "@zkst/zookeeper";
import { connect, test, testWithServer } from "./server.ts";
import { assertCode, assertMisuse, Recorder } from "./waiting.ts";

test("create() numbers sequential znodes in the order of submission", async ({ zk, root }) => {
  const options = { mode: CreateMode.PERSISTENT_SEQUENTIAL };
  const paths = await Promise.all(
    Array.from({ length: 500 }, () => zk.create(`${root}/job-`, null, options)),
  );
  assertEquals(paths, Array.from({ length: 500 }, (_, i) => `${root}/job-${number(i)}`));
  assertEquals(await zk.create(`${root}/`, null, options), `${root}/${number(500)}`);
  assertEquals((await zk.exists(paths[0]!))?.ephemeralOwner, 0n);
});

test("create() makes ephemeral znodes, which go with the session", async (scene) => {
  const { zk, root } = scene;
  const owner = await scene.connect();
  const one = await owner.create2(`${root}/e`, "x", { mode: "EPHEMERAL" });
  assertEquals(one.stat.ephemeralOwner, owner.session!.id);
  const two = await owner.create2(`${root}/e-`, null, { mode: "EPHEMERAL_SEQUENTIAL" });
  assertEquals(two.path, `${root}/e-${number(1)}`);
  assertEquals(two.stat.ephemeralOwner, owner.session!.id);
  assertEquals((await zk.getChildren(root)).length, 2);
  await owner.close();
  assertEquals(await zk.getChildren(root), []);
});

testWithServer("create() makes containers, which go with their last child", async (server) => {
  await using zk = await connect(server.address);
  const gone = new Recorder();
  assertEquals(await zk.create("/c", "data", { mode: "CONTAINER" }), "/c");
  const { path, stat } = await zk.create2("/c2", null, { mode: "CONTAINER" });
  assertEquals([path, stat.ephemeralOwner], ["/c2", 0n]);
  await zk.create("/c/child");
  const childless = await zk.exists("/c2", { watch: gone.watcher });
  assertEquals(childless?.numChildren, 0);
  await zk.getData("/c", { watch: gone.watcher });
  await zk.delete("/c/child");
  const event = await gone.until(({ path }) => path === "/c");
  assertEquals(event.type, "NodeDeleted");
  assertEquals(await zk.exists("/c"), null);
});

testWithServer("create() makes znodes with a TTL, which go when it is over", async (server) => {
  await using zk = await connect(server.address);
  const gone = new Recorder();
  const plain: CreateOptions = { mode: "PERSISTENT_WITH_TTL", ttl: 1 };
  const sequential: CreateOptions = { mode: "PERSISTENT_SEQUENTIAL_WITH_TTL", ttl: 0xffffffffff };
  assertEquals(await zk.create("/kept-", "x", sequential), `/kept-${number(0)}`);
  const kept = await zk.create2("/kept-", "x", sequential);
  assertEquals([kept.path, kept.stat.ephemeralOwner], [`/kept-${number(1)}`, 0n]);
  await zk.addWatch("/plain", "PERSISTENT", gone.watcher);
  assertEquals(await zk.create("/plain", "x", plain), "/plain");
  await gone.until(({ type }) => type === "NodeDeleted");
  assertEquals(gone.log, ["NodeCreated /plain", "NodeDeleted /plain"]);
  assert(await zk.exists(kept.path));
});

testWithServer(
  "create() of a kind that is switched off rejects and costs nothing else",
  async (server) => {
    const session = new Recorder();
    await using zk = await connect(server.address, { watcher: session.watcher });
    const results = await Promise.allSettled([
      zk.create("/a", null, { mode: "PERSISTENT_WITH_TTL", ttl: 1000 }),
      zk.create2("/a", null, { mode: "PERSISTENT_SEQUENTIAL_WITH_TTL", ttl: 1000 }),
      zk.create("/after"),
    ]);
    assertEquals(results.map(codeOf), ["UNIMPLEMENTED -6", "UNIMPLEMENTED -6", "/after"]);
    assertEquals(session.log, ["CONNECTED"]);
  },
  { extendedTypes: false },
);

test("create() takes a TTL where it belongs, and within its range", async ({ zk, root }) => {
  const ttl = (ttl: number) => () =>
    zk.create(`${root}/a`, null, { mode: "PERSISTENT_WITH_TTL", ttl });
  const wrong = [0, -1, 0.5, NaN, 0x10000000000];
  assertMisuse(RangeError, "1 to 1099511627775", ...wrong.map(ttl));
  const mode = (options: CreateOptions) => () => zk.create(`${root}/a`, null, options);
  assertMisuse(TypeError, "needs a ttl", mode({ mode: "PERSISTENT_WITH_TTL" }));
  assertMisuse(
    TypeError,
    "takes no ttl",
    mode({ ttl: 1000 }),
    mode({ mode: "EPHEMERAL", ttl: 1000 }),
    mode({ mode: "CONTAINER", ttl: 1000 }),
  );
  assertMisuse(TypeError, "CONTAINER, ", mode({ mode: "CONTAINERS" as "CONTAINER" }));
  assertEquals(await zk.getChildren(root), []);
});

test("create() of each mode rejects alike below an absent parent", async ({ zk, root }) => {
  for (const mode of Object.values(CreateMode)) {
    if (mode.endsWith("TTL")) continue;
    await assertCode(create(zk, `${root}/none/a`, mode), "NONODE");
  }
});

function create(zk: ZooKeeper, path: string, mode: CreateMode): Promise<string> {
  return zk.create(path, null, { mode });
}

function codeOf(result: PromiseSettledResult<unknown>): unknown {
  return result.status === "fulfilled" ? result.value : `${result.reason.code} ${result.reason.rc}`;
}

function number(sequence: number): string {
  return String(sequence).padStart(10, "0");
}
