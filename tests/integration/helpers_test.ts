import { assert, assertEquals } from "@std/assert";
import { Op, type ZooKeeper } from "@zkst/zookeeper";
import { ask, connect, type Server, test, testWithServer } from "./server.ts";
import { assertCode, assertMisuse, until, within } from "./waiting.ts";

// kazoo: test_ensure_path, test_create_makepath.
test("ensurePath() creates what is missing, and is content with what is there", async (scene) => {
  const { zk, root } = scene;
  await zk.ensurePath(`${root}/a/b/c`);
  const before = (await zk.getData(`${root}/a/b/c`)).stat;
  await zk.ensurePath(`${root}/a/b/c`);
  await zk.ensurePath(`${root}/a`);
  await zk.ensurePath("/");
  assertEquals((await zk.getData(`${root}/a/b/c`)).stat, before);
  await zk.ensurePath(`${root}/a/b/d`, { mode: "EPHEMERAL" });
  assertEquals((await zk.exists(`${root}/a/b/d`))!.ephemeralOwner, zk.session!.id);
  assertEquals((await zk.exists(`${root}/a/b`))!.ephemeralOwner, 0n);
  await assertCode(zk.ensurePath(`${root}/a/b/d/e`), "NOCHILDRENFOREPHEMERALS");
  await zk.delete(`${root}/a/b/d`);
  const acl = [{ perms: 31, id: { scheme: "ip", id: "127.0.0.1" } }];
  await zk.ensurePath(`${root}/e/f`, { acl });
  for (const path of ["e", "e/f"]) assertEquals((await zk.getACL(`${root}/${path}`)).acl, acl);
  await zk.ensurePath(`${root}/g/h`, { mode: "CONTAINER" });
});

test("ensurePath() may be called by many at once", async (scene) => {
  const sessions = await Promise.all([1, 2, 3, 4].map(() => scene.connect()));
  const path = `${scene.root}/p/q/r/s/t`;
  const calls = sessions.flatMap((zk) => Array.from({ length: 20 }, () => zk.ensurePath(path)));
  await within("all of them", Promise.all(calls));
  assert(await sessions[0]!.exists(path));
});

test("ensurePath() needs no rights above what is missing", async ({ zk, root }) => {
  await zk.create(`${root}/shut`);
  await zk.create(`${root}/shut/open`);
  // It may be read, emptied and given other rights, but nothing may be created in it.
  await zk.setACL(`${root}/shut`, [{ perms: 25, id: { scheme: "world", id: "anyone" } }]);
  await zk.ensurePath(`${root}/shut/open/x/y`);
  const error = await assertCode(zk.ensurePath(`${root}/shut/new/x`), "NOAUTH");
  assertEquals(error.path, `${root}/shut/new`);
});

test("ensurePath() creates the chroot, whatever its depth", async (scene) => {
  const chroot = `${scene.root}/deep/chroot`;
  const zk = await scene.connect({}, chroot);
  await assertCode(zk.create("/a"), "NONODE");
  await zk.ensurePath("/a/b");
  assert(await scene.zk.exists(`${chroot}/a/b`));
  await zk.deleteRecursive("/a");
  assertEquals(await scene.zk.getChildren(chroot), []);
  await scene.zk.delete(chroot);
  await zk.ensurePath("/");
  assert(await scene.zk.exists(chroot));
});

test("ensurePath() and others that delete meanwhile come to an end", async (scene) => {
  const other = await scene.connect();
  const path = `${scene.root}/x/y/z`;
  let deleting = true;
  const deletions = (async () => {
    while (deleting) await other.deleteRecursive(`${scene.root}/x`);
  })();
  for (let i = 0; i < 50; i++) {
    await scene.zk.ensurePath(path).catch((error) => assertEquals(error.code, "NONODE"));
  }
  deleting = false;
  await within("the deletions", deletions);
  await scene.zk.ensurePath(path);
});

// kazoo: test_delete_recursive.
test("deleteRecursive() deletes a tree of any shape, and nothing beside it", async (scene) => {
  const { zk, root } = scene;
  await zk.create(`${root}/ab`);
  await plant(zk, `${root}/a`, 30, 3);
  const deep = "/d".repeat(60);
  await zk.ensurePath(`${root}/a${deep}`);
  await zk.create(`${root}/a/0/e`, null, { mode: "EPHEMERAL" });
  await zk.deleteRecursive(`${root}/a`);
  assertEquals(await zk.getChildren(root), ["ab"]);
  await zk.deleteRecursive(`${root}/a`);
  await zk.deleteRecursive(`${root}/ab`);
  assertEquals(await zk.getChildren(root), []);
});

testWithServer("deleteRecursive() deletes 20,000 znodes", async (server) => {
  await using zk = await connect(server.address, { sessionTimeout: 20_000 });
  await plant(zk, "/big", 200, 100);
  assertEquals(await zk.getAllChildrenNumber("/big"), 20_200);
  await within("the deletion", zk.deleteRecursive("/big"));
  assertEquals(await zk.getChildren("/"), ["zookeeper"]);
});

test("deleteRecursive() keeps multis within maxBuffer, the chroot counted in", async (scene) => {
  await scene.zk.create(`${scene.root}/${"c".repeat(200)}`);
  const zk = await scene.connect({ maxBuffer: 4096 }, `/${scene.root.slice(1)}/${"c".repeat(200)}`);
  const names = Array.from({ length: 40 }, (_, i) => `/t/${i}-${"n".repeat(300)}`);
  await zk.create("/t");
  for (const name of names.slice(0, 9)) await zk.create(name);
  await zk.deleteRecursive("/t");
  assertEquals(await zk.exists("/t"), null);
});

test("deleteRecursive() goes on while others delete and create in the same tree", async (scene) => {
  const { zk, root } = scene;
  const path = `${root}/t`;
  await plant(zk, path, 40, 40);
  const others = await Promise.all([1, 2, 3].map(() => scene.connect()));
  await within("all", Promise.all([zk, ...others].map((zk) => zk.deleteRecursive(path))));
  assertEquals(await zk.getChildren(root), []);

  await plant(zk, path, 20, 20);
  let creating = true;
  const creations = (async () => {
    for (let i = 0; creating; i++) {
      await others[0]!.create(`${path}/${i % 20}/new${i}`).catch(() => {});
    }
  })();
  const deletion = zk.deleteRecursive(path);
  await within("the deletion", deletion);
  creating = false;
  await within("the creations", creations);
  assertEquals(await zk.exists(path), null);
});

test("deleteRecursive() tells of what it may not delete", async ({ zk, root }) => {
  await zk.ensurePath(`${root}/a/b/c`);
  await zk.setACL(`${root}/a/b`, [{ perms: 17, id: { scheme: "world", id: "anyone" } }]);
  const error = await assertCode(zk.deleteRecursive(`${root}/a`), "NOAUTH");
  assertEquals(error.sent, true);
  assert(await zk.exists(`${root}/a/b/c`));
  await zk.setACL(`${root}/a/b`, [{ perms: 31, id: { scheme: "world", id: "anyone" } }]);
});

test("helpers: misuse is thrown at the call", async (scene) => {
  const { zk, root } = scene;
  assertMisuse(
    TypeError,
    "",
    () => zk.deleteRecursive("/"),
    () => zk.deleteRecursive("/zookeeper"),
    () => zk.deleteRecursive("/zookeeper/quota"),
    () => zk.deleteRecursive("no slash"),
    () => zk.ensurePath("no slash"),
    () => zk.ensurePath(`${root}/a/`),
    () => zk.ensurePath(`${root}/a`, { mode: "PERSISTENT_SEQUENTIAL" }),
    () => zk.ensurePath(`${root}/a`, { mode: "NEW" as never }),
    () => zk.ensurePath(`${root}/a`, { ttl: 5 }),
    () => zk.ensurePath(`${root}/a`, { data: "x" } as never),
    () => zk.ensurePath(`${root}/a`, null as never),
    () => zk.waitFor("no slash"),
    () => zk.waitFor(`${root}/a`, { gon: true } as never),
    () => zk.waitFor(`${root}/a`, { timeout: "5" as never }),
  );
  assertMisuse(RangeError, "", () => zk.waitFor(root, { timeout: 0 }));
  await assertCode(zk.deleteRecursive(`${root}`, { timeout: 1e-9 }), "REQUESTTIMEOUT");
  const inside = await scene.connect({}, root);
  assertMisuse(TypeError, "children", () => inside.deleteRecursive("/"));
  await inside.deleteRecursive("/zookeeper");
});

test("helpers take a signal", async ({ zk, root }) => {
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  for (
    const call of [
      () => zk.ensurePath(`${root}/a`, { signal }),
      () => zk.deleteRecursive(root, { signal }),
      () => zk.waitFor(`${root}/a`, { signal }),
    ]
  ) {
    assertEquals(await call().catch((error) => error), reason);
  }
  const controller = new AbortController();
  const waiting = zk.waitFor(`${root}/a`, { signal: controller.signal });
  controller.abort(reason);
  assertEquals(await waiting.catch((error) => error), reason);
});

testWithServer(
  "waitFor() waits for a znode to come and to go, and leaves no watch",
  async (server) => {
    await using zk = await connect(server.address);
    await using other = await connect(server.address);
    await zk.waitFor("/");
    await zk.waitFor("/none", { gone: true });
    const coming = zk.waitFor("/a");
    await until("the watch is there", async () => (await watched(server)).includes("/a"));
    await other.create("/a", "x", { mode: "EPHEMERAL" });
    await within("/a", coming);
    const going = zk.waitFor("/a", { gone: true });
    await until("the watch is there", async () => (await watched(server)).includes("/a"));
    await other.setData("/a", "y");
    await until("it is there again", async () => (await watched(server)).includes("/a"));
    await other.close();
    await within("its end", going);
    assertEquals(await watched(server), []);

    await assertCode(zk.waitFor("/b", { timeout: 50 }), "REQUESTTIMEOUT");
    const controller = new AbortController();
    const given = Array.from(
      { length: 20 },
      (_, i) => zk.waitFor(`/c${i}`, { signal: controller.signal }).catch(() => "given up"),
    );
    await until("they are watched", async () => (await watched(server)).length === 20);
    // One more whose question is on its way.
    const late = zk.waitFor("/late", { signal: controller.signal }).catch(() => "given up");
    controller.abort();
    assertEquals(new Set(await Promise.all([...given, late])), new Set(["given up"]));
    await until("no watch is left", async () => (await watched(server)).length === 0);
    assertEquals(zk.state, "CONNECTED");
  },
);

testWithServer("waitFor() outlives its server, and not its session", async (server) => {
  await using zk = await connect(server.address);
  const coming = zk.waitFor("/a");
  const never = assertCode(zk.waitFor("/never"), "CLOSING");
  await until("the watch is there", async () => (await watched(server)).includes("/a"));
  await server.kill();
  const asked = zk.waitFor("/b");
  await server.start();
  await using other = await connect(server.address);
  await other.create("/a");
  await other.create("/b");
  await within("/a and /b", Promise.all([coming, asked]));
  await zk.close();
  await never;
  await assertCode(zk.waitFor("/a"), "CLOSING");
});

/** The paths that are watched on a server, but for the root's. */
async function watched(server: Server): Promise<string[]> {
  const answer = await ask(server, "wchp");
  return answer.split("\n").filter((line) => line.startsWith("/"));
}

/** A tree of `width` znodes with `children` each. */
async function plant(zk: ZooKeeper, path: string, width: number, children: number): Promise<void> {
  await zk.create(path);
  const name = (n: number) => `${path}/${n}`;
  const all = Array.from({ length: width }, (_, n) => n);
  await Promise.all(all.map((n) =>
    zk.multi([
      Op.create(name(n)),
      ...Array.from({ length: children }, (_, i) => Op.create(`${name(n)}/${i}`)),
    ])
  ));
}
