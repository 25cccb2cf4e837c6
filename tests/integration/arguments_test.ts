import { assertEquals, assertRejects } from "@std/assert";
import { Op, Perms, ZooKeeper } from "@zkst/zookeeper";
import { test } from "./server.ts";
import { assertCode, assertMisuse } from "./waiting.ts";

/** What no type checker would let through. */
// deno-lint-ignore no-explicit-any
type Any = any;

test("Paths that the server would refuse are refused at the call", async ({ zk, root }) => {
  const wrong = ["", "a", "a/b", "//", `${root}/`, `${root}//a`, "/.", "/..", `${root}/.`]
    .concat(`${root}/../a`, `${root}/a/./b`)
    .concat(...["\0", "\x01", "\x1f", "\x7f", "\x9f"].map((char) => `${root}/${char}`))
    .concat(...["\ud800", "\udfff", "😀", "\uf8ff", "\ufff0", "\uffff"].map((c) => `${root}/${c}`));
  for (const path of [...wrong, null, undefined, 5, {}] as Any[]) {
    for (const call of callsWithPath(zk)) {
      assertMisuse(TypeError, "path", () => call(path));
    }
  }
  assertEquals(await zk.getChildren(root), []);
});

test("Paths that look odd but are allowed are carried out", async ({ zk, root }) => {
  for (const name of ["...", ".a", "a.", "a..b", " ", "\xa0", "\ud7ff", "\uf900", "\uffef"]) {
    assertEquals(await zk.create(`${root}/${name}`), `${root}/${name}`);
    await zk.delete(`${root}/${name}`);
  }
});

test("Arguments of a wrong kind throw a TypeError at the call", async ({ zk, root }) => {
  const path = `${root}/a`;
  const acl = (entry: unknown) => [entry] as Any;
  const calls: (() => unknown)[] = [
    () => zk.create(path, 5 as Any),
    () => zk.create(path, [1, 2] as Any),
    () => zk.setData(path, undefined as Any),
    () => zk.setData(path, new ArrayBuffer(8) as Any),
    () => zk.setData(path, null, "1" as Any),
    () => zk.delete(path, 1n as Any),
    () => zk.create(path, null, { mode: 1 as Any }),
    () => zk.create(path, null, { mode: "toString" as Any }),
    () => zk.create(path, null, { acl: "world" as Any }),
    () => zk.setACL(path, null as Any),
    () => zk.setACL(path, acl(null)),
    () => zk.setACL(path, acl({ perms: Perms.ALL })),
    () => zk.setACL(path, []),
    () => zk.setACL(path, acl({ perms: Perms.ALL, id: { scheme: "digest", id: "bob:secret" } })),
    () => zk.create(path, null, { acl: acl({ perms: 1, id: { scheme: "ip", id: "localhost" } }) }),
    () => zk.ensurePath(path, { acl: [] }),
    () => zk.multi([Op.create(path, null, { acl: [] })]),
    () => zk.setACL(path, acl({ perms: Perms.ALL, id: { scheme: "world", id: 5 } })),
    () => zk.getData(path, { watch: {} as Any }),
    () => zk.exists(path, { watch: true as Any }),
    () => zk.getChildren(path, { watch: "watcher" as Any }),
    () => zk.getConfig({ watch: 1 as Any }),
    () => zk.addWatch(path, "RECURSIVE" as Any, () => {}),
    () => zk.addWatch(path, "PERSISTENT", null as Any),
    () => zk.removeWatches(path, "BOTH" as Any),
    () => zk.removeWatches(path, "ANY", 5 as Any),
    () => zk.addAuth(5 as Any, "x"),
    () => zk.addAuth("digest", 5 as Any),
    () => zk.reconfig({ joiningServers: 5 as Any }),
    () => zk.reconfig({ fromConfig: 5 as Any }),
    () => zk.multi([{ type: "getData", path } as Any]),
    () => zk.multi([Op.create("no/path")]),
    () => zk.multi([Op.create(path, 5 as Any)]),
    () => zk.multiRead([Op.getData("no/path")]),
  ];
  assertMisuse(TypeError, "", ...calls);
  assertEquals(await zk.getChildren(root), []);
});

test("addAuth() takes bytes or a string, and not null", async (scene) => {
  const zk = await scene.connect();
  assertMisuse(TypeError, "", () => zk.addAuth("digest", null as Any));
  await zk.sync("/");
});

test("multi() and multiRead() take arrays of their own operations alone", async ({ zk, root }) => {
  assertMisuse(
    TypeError,
    "",
    () => zk.multi(null as Any),
    () => zk.multi({ length: 1 } as Any),
    () => zk.multi([null as Any]),
    () => zk.multiRead(undefined as Any),
    () => zk.multiRead([5 as Any]),
    () => zk.multiRead([null as Any]),
    () => zk.multiRead([Op.create(`${root}/a`) as Any]),
  );
  assertEquals(await zk.getChildren(root), []);
});

test("Numbers out of range throw a RangeError at the call", async ({ zk, root }) => {
  const path = `${root}/a`;
  const world = (perms: number) => [{ perms, id: { scheme: "world", id: "anyone" } }];
  const calls = [
    () => zk.setData(path, null, -0x80000001),
    () => zk.setData(path, null, 1.5),
    () => zk.delete(path, 2 ** 31),
    () => zk.delete(path, NaN),
    () => zk.setACL(path, world(1), Infinity),
    () => zk.setACL(path, world(32)),
    () => zk.create(path, null, { acl: world(-1) }),
    () => zk.multi([Op.check(path, -0x80000001)]),
    () => zk.getData(path, { timeout: 0 }),
    () => zk.create(path, null, { timeout: -5 }),
    () => zk.exists(path, { timeout: NaN }),
  ];
  assertMisuse(RangeError, "", ...calls);
  assertEquals(await zk.getChildren(root), []);
});

test("A signal that is aborted rejects with its reason", async ({ zk, root }) => {
  const reason = new Error("enough");
  const before = AbortSignal.abort(reason);
  assertEquals(await assertRejects(() => zk.create(`${root}/a`, null, { signal: before })), reason);
  const controller = new AbortController();
  const creating = zk.create(`${root}/b`, null, { signal: controller.signal });
  controller.abort(reason);
  assertEquals(await assertRejects(() => creating), reason);
  // It was taken back before its frame had left.
  assertEquals(await zk.getChildren(root), []);
  const late = new AbortController();
  assertEquals(await zk.create(`${root}/c`, null, { signal: late.signal }), `${root}/c`);
  late.abort(reason);
  await zk.sync(root);
});

test("After close() operations reject with CLOSING, and misuse still throws", async (scene) => {
  const zk = await scene.connect();
  const pending = zk.create(`${scene.root}/a`);
  const closing = zk.close();
  const { sent } = await assertCode(pending, "CLOSING");
  assertEquals(sent, false);
  await closing;
  assertEquals([zk.state, zk.closed], ["CLOSED", true]);
  const error = await assertCode(zk.create(`${scene.root}/a`), "CLOSING");
  assertEquals([error.rc, error.path, error.sent], [-116, `${scene.root}/a`, false]);
  assertMisuse(TypeError, "path", () => zk.create("a"));
  await zk.close();
  assertEquals(await scene.zk.getChildren(scene.root), []);
});

test("A connect string that cannot be read throws a TypeError", () => {
  const wrong = ["", " ", ":2181", "host:", "host:0", "host:65536", "host:x", "a,,b", "a b"]
    .concat("host:1111+host:123", "[::1", "::1:2181", "host:2181/a/", "host/a//b");
  assertMisuse(
    TypeError,
    "connect string",
    ...([...wrong, null, 5] as Any[]).map((text) => () => new ZooKeeper(text)),
  );
  return Promise.resolve();
});

function callsWithPath(zk: ZooKeeper): ((path: string) => unknown)[] {
  return [
    (path) => zk.create(path),
    (path) => zk.create2(path),
    (path) => zk.delete(path),
    (path) => zk.exists(path),
    (path) => zk.getData(path),
    (path) => zk.setData(path, null),
    (path) => zk.getChildren(path),
    (path) => zk.getChildren2(path),
    (path) => zk.getACL(path),
    (path) => zk.setACL(path, []),
    (path) => zk.sync(path),
    (path) => zk.getAllChildrenNumber(path),
    (path) => zk.addWatch(path, "PERSISTENT", () => {}),
    (path) => zk.removeWatches(path, "ANY"),
    (path) => zk.multi([Op.delete(path)]),
    (path) => zk.multiRead([Op.getData(path)]),
  ];
}
