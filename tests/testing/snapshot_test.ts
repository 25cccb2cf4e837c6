/** snapshot(): a later server goes on with znodes, sessions and zxid; anything else is refused. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { type CreateMode, ZooKeeper } from "@zkst/zookeeper";
import { TestServer } from "@zkst/zookeeper/testing";
import { Random } from "../fuzz/random.ts";

/** A server with a znode of each kind, and one client. */
async function furnish(server: TestServer): Promise<ZooKeeper> {
  const zk = await ZooKeeper.connect("a", { platform: server.platform });
  await zk.create("/ü", "ümläut");
  await zk.create("/none", null);
  await zk.create("/empty", "");
  await zk.create("/none/2", new Uint8Array(5_000).fill(7));
  await zk.create("/none/1", "x", { mode: "EPHEMERAL" });
  await zk.create("/none/s-", "x", { mode: "PERSISTENT_SEQUENTIAL" });
  await zk.delete("/none/s-0000000002");
  await zk.create("/container", null, { mode: "CONTAINER" });
  await zk.create("/ttl", null, { mode: "PERSISTENT_WITH_TTL" as CreateMode, ttl: 70_000 });
  await zk.addAuth("digest", "ann:secret");
  await zk.create("/ann", "1", { acl: [{ perms: 31, id: { scheme: "auth", id: "" } }] });
  await zk.setData("/ann", "2");
  await zk.setACL("/ann", [{ perms: 1, id: { scheme: "world", id: "anyone" } }]);
  return zk;
}

/** Everything a client can see below a path. */
async function seen(zk: ZooKeeper, path: string): Promise<unknown[]> {
  const names = await zk.getChildren(path);
  const below = await Promise.all(
    names.map((name) => seen(zk, path === "/" ? `/${name}` : `${path}/${name}`)),
  );
  return [path, await zk.getData(path), await zk.getACL(path), names, below];
}

Deno.test("snapshot(): everything a client can see is the same on a later server", async () => {
  await using server = new TestServer();
  await using zk = await furnish(server);
  const snapshot = server.snapshot();
  const before = await seen(zk, "/");
  await using later = new TestServer({ snapshot });
  assertEquals(later.sessions, server.sessions);
  assertEquals(later.snapshot(), snapshot);
  const { session } = zk;
  await using again = await ZooKeeper.connect("a", { platform: later.platform, session: session! });
  assertEquals(again.session, session);
  assertEquals(await seen(again, "/"), before);
  assertEquals(
    await again.create("/none/s-", null, { mode: "PERSISTENT_SEQUENTIAL" }),
    "/none/s-0000000003",
  );
});

Deno.test("snapshot(): sessions begin their time anew, TTLs and containers go on", async () => {
  await using server = new TestServer();
  await using zk = await furnish(server);
  await zk.create("/container/child", null);
  await zk.delete("/container/child");
  await using later = new TestServer({ snapshot: server.snapshot() });
  await using other = await ZooKeeper.connect("b", { platform: later.platform });
  await later.advance(9_000);
  assertEquals(later.sessions.length, 2);
  await later.advance(4_000);
  assertEquals([later.sessions.length, await other.exists("/none/1")], [1, null]);
  await later.advance(130_000);
  assertEquals([await other.exists("/container"), await other.exists("/ttl")], [null, null]);
});

Deno.test("snapshot: bytes that are none are refused with the reason, and leave no timer", async () => {
  await using server = new TestServer();
  await using _ = await furnish(server);
  const good = server.snapshot();
  const refused = (bytes: Uint8Array, message: string) =>
    assertThrows(() => new TestServer({ snapshot: bytes, realTime: true }), TypeError, message);
  refused(new TextEncoder().encode("PK\x03\x04 something else"), "It does not begin as one does");
  refused(good.subarray(0, -1), "Cannot read the snapshot: A field of");
  refused(new Uint8Array([...good, 0]), "1 bytes too many");
});

Deno.test("snapshot: no damage to one crashes the server or passes for another error", async () => {
  await using server = new TestServer();
  await using _ = await furnish(server);
  const good = server.snapshot();
  const random = new Random(1);
  let refused = 0;
  for (let round = 0; round < 3_000; round++) {
    const bad = good.slice(0, random.chance(0.3) ? random.below(good.length) : good.length);
    for (let i = random.below(3); i >= 0; i--) bad[random.below(bad.length)] = random.below(256);
    try {
      await using _ = new TestServer({ snapshot: bad });
    } catch (error) {
      assert(
        error instanceof TypeError && error.message.startsWith("Cannot read the snapshot"),
        `${error}`,
      );
      refused++;
    }
  }
  assert(refused > 500, `Only ${refused} were refused`);
});
