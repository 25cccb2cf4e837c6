import { assert, assertEquals, assertMatch, assertStrictEquals } from "@std/assert";
import { ZooKeeperError } from "@zkst/zookeeper";
import { bytes, text } from "./data.ts";
import { connect, test, testWithServer } from "./server.ts";
import { assertCode } from "./waiting.ts";
import { isReal } from "./world.ts";

test("create(), getData(), setData(), exists() and delete() of one znode", async ({ zk, root }) => {
  const path = `${root}/a`;
  const before = Date.now();
  assertEquals(await zk.create(path, "one"), path);
  const first = await zk.getData(path);
  assertEquals(text(first.data), "one");
  assertEquals(first.stat.version, 0);
  assertEquals(first.stat.dataLength, 3);
  assertEquals(first.stat.numChildren, 0);
  assertEquals(first.stat.ephemeralOwner, 0n);
  assertEquals([first.stat.mzxid, first.stat.pzxid], [first.stat.czxid, first.stat.czxid]);
  assert(Math.abs(first.stat.ctime - before) < 60_000, `${first.stat.ctime} is not now`);

  const changed = await zk.setData(path, "two!");
  assertEquals(changed.version, 1);
  assertEquals(changed.dataLength, 4);
  assertEquals(changed.czxid, first.stat.czxid);
  assert(changed.mzxid > changed.czxid);
  assertEquals(await zk.getData(path), { data: bytes("two!"), stat: changed });
  assertEquals(await zk.exists(path), changed);

  assertStrictEquals(await zk.delete(path), undefined);
  assertStrictEquals(await zk.exists(path), null);
});

test("create() and setData() keep null, empty, string and bytes apart", async ({ zk, root }) => {
  const all = new Uint8Array(256).map((_, i) => i);
  const given = [null, "", new Uint8Array(0), "a\u0000b", "zażółć 😀", all];
  const wanted = [null, bytes(""), bytes(""), bytes("a\u0000b"), bytes("zażółć 😀"), all];
  await zk.create(`${root}/set`, "something");
  for (const [i, data] of given.entries()) {
    await zk.create(`${root}/${i}`, data);
    const created = await zk.getData(`${root}/${i}`);
    assertEquals(created.data, wanted[i]);
    assertEquals(created.stat.dataLength, wanted[i]?.length ?? 0);
    await zk.setData(`${root}/set`, data);
    assertEquals((await zk.getData(`${root}/set`)).data, wanted[i]);
  }
  await zk.create(`${root}/none`);
  assertStrictEquals((await zk.getData(`${root}/none`)).data, null);
});

test("create() copies its data at the call, and getData() gives copies", async ({ zk, root }) => {
  const data = bytes("before");
  const creating = zk.create(`${root}/a`, data);
  data.fill(0);
  await creating;
  const [one, other] = await Promise.all([zk.getData(`${root}/a`), zk.getData(`${root}/a`)]);
  one.data!.fill(1);
  await zk.getData(root);
  assertEquals(text(other.data), "before");
});

test("create2() tells the Stat", async ({ zk, root }) => {
  const created = await zk.create2(`${root}/a`, "data");
  assertEquals(created.path, `${root}/a`);
  assertEquals(created.stat, (await zk.exists(`${root}/a`))!);
});

test("setData() and delete() carry out only the given version", async ({ zk, root }) => {
  const path = `${root}/a`;
  await zk.create(path, "0");
  await assertCode(zk.setData(path, "x", 1), "BADVERSION");
  assertEquals((await zk.setData(path, "1", 0)).version, 1);
  assertEquals((await zk.setData(path, "2", -1)).version, 2);
  await assertCode(zk.setData(path, "x", 1), "BADVERSION");
  await assertCode(zk.delete(path, 1), "BADVERSION");
  assertEquals(text((await zk.getData(path)).data), "2");
  await zk.delete(path, 2);
});

test("ZooKeeperError has code, rc, path and sent", async ({ zk, root }) => {
  const error = await assertCode(zk.getData(`${root}/none`), "NONODE");
  assert(error instanceof Error);
  assertEquals(error.name, "ZooKeeperError");
  assertEquals([error.rc, error.path, error.sent], [-101, `${root}/none`, true]);
  assertEquals([error.index, error.results], [null, null]);
  assertMatch(error.message, /getData.*none.*NONODE/);
});

test("Operations reject with the server's code", async ({ zk, root }) => {
  await zk.create(`${root}/a`);
  await zk.create(`${root}/a/b`);
  await zk.create(`${root}/e`, null, { mode: "EPHEMERAL" });
  const cases: [string, number, Promise<unknown>][] = [
    ["NODEEXISTS", -110, zk.create(`${root}/a`)],
    ["NONODE", -101, zk.create(`${root}/none/b`)],
    ["NOCHILDRENFOREPHEMERALS", -108, zk.create(`${root}/e/b`)],
    ["NOTEMPTY", -111, zk.delete(`${root}/a`)],
    ["NONODE", -101, zk.delete(`${root}/none`)],
    ["NONODE", -101, zk.setData(`${root}/none`, null)],
    ["NONODE", -101, zk.getChildren(`${root}/none`)],
    ["NONODE", -101, zk.getChildren2(`${root}/none`)],
    ["NONODE", -101, zk.getACL(`${root}/none`)],
    ["NONODE", -101, zk.getAllChildrenNumber(`${root}/none`)],
  ];
  const results = await Promise.allSettled(cases.map(([, , operation]) => operation));
  for (const [i, result] of results.entries()) {
    assert(result.status === "rejected" && result.reason instanceof ZooKeeperError);
    assertEquals([result.reason.code, result.reason.rc], cases[i]!.slice(0, 2));
  }
});

test("getChildren() and getChildren2() list names", async ({ zk, root }) => {
  assertEquals(await zk.getChildren(root), []);
  const names = Array.from({ length: 2000 }, (_, i) => `child-${i}`);
  await Promise.all(names.map((name) => zk.create(`${root}/${name}`)));
  assertEquals((await zk.getChildren(root)).sort(), names.sort());
  const { children, stat } = await zk.getChildren2(root);
  assertEquals(children.sort(), names);
  assertEquals(stat, (await zk.exists(root))!);
  assertEquals([stat.numChildren, stat.cversion], [2000, 2000]);
});

test("getAllChildrenNumber() counts at any depth", async ({ zk, root }) => {
  assertEquals(await zk.getAllChildrenNumber(root), 0);
  await Promise.all(["/a", "/a/b", "/a/b/c", "/d"].map((path) => zk.create(root + path)));
  assertEquals(await zk.getAllChildrenNumber(root), 4);
  assertEquals(await zk.getAllChildrenNumber(`${root}/a`), 2);
});

test("getEphemerals() lists the session's own by prefix", async (scene) => {
  const { zk, root } = scene;
  const other = await scene.connect();
  await other.create(`${root}/other`, null, { mode: "EPHEMERAL" });
  assertEquals(await zk.getEphemerals(), []);
  const paths = [`${root}/a1`, `${root}/a2`, `${root}/b`];
  for (const path of paths) await zk.create(path, null, { mode: "EPHEMERAL" });
  assertEquals((await zk.getEphemerals()).sort(), paths);
  assertEquals((await zk.getEphemerals(`${root}/a`)).sort(), paths.slice(0, 2));
  assertEquals(await other.getEphemerals("/"), [`${root}/other`]);
});

test("sync() resolves with nothing; of an absent znode too", async ({ zk, root }) => {
  assertStrictEquals(await zk.sync(root), undefined);
  assertStrictEquals(await zk.sync(`${root}/none`), undefined);
});

test("whoAmI() lists the session's identities", async ({ zk }) => {
  const address = await zk.whoAmI();
  assertEquals(address.map(({ scheme }) => scheme), ["ip"]);
  await zk.addAuth("digest", "alice:secret");
  await zk.addAuth("digest", bytes("bób😀:secret"));
  const users = (await zk.whoAmI()).filter(({ scheme }) => scheme === "digest");
  assertEquals(users.map(({ user }) => user).sort(), ["alice", "bób😀"]);
});

test("Paths and data may be in any script", async ({ zk, root }) => {
  const names = ["zażółć", "日本語", "имя", "a b", "%2F", "\u00a1", "\uffef", "..."];
  for (const name of names) {
    assertEquals(await zk.create(`${root}/${name}`, name), `${root}/${name}`);
  }
  assertEquals((await zk.getChildren(root)).sort(), names.sort());
  for (const name of names) {
    assertEquals(text((await zk.getData(`${root}/${name}`)).data), name);
  }
});

test("A chroot stands before every path, and nobody sees it", async (scene) => {
  const zk = await scene.connect({}, `${scene.root}/app`);
  await assertCode(zk.create("/a"), "NONODE");
  assertEquals(await zk.create("/"), "/");
  assertEquals(await zk.create("/a", "data"), "/a");
  assertEquals(await zk.create("/e-", null, { mode: "EPHEMERAL_SEQUENTIAL" }), "/e-0000000001");
  assertEquals((await zk.create2("/b")).path, "/b");
  assertEquals((await zk.getChildren("/")).sort(), ["a", "b", "e-0000000001"]);
  assertEquals(await zk.getEphemerals(), ["/e-0000000001"]);
  assertEquals(await zk.getAllChildrenNumber("/"), 3);
  assertEquals(text((await scene.zk.getData(`${scene.root}/app/a`)).data), "data");
  assertEquals((await assertCode(zk.getData("/none"), "NONODE")).path, "/none");
  assert((await zk.getConfig()).stat.czxid >= 0n);
});

testWithServer("getConfig() and reconfig() of a standalone server", async (server) => {
  await using zk = await connect(server.address);
  const { data, stat } = await zk.getConfig();
  assertEquals(data, bytes(""));
  assertEquals([stat.version, stat.aversion], [0, -1]);
  const error = await assertCode(zk.reconfig({ leavingServers: ["1"] }), "RECONFIGDISABLED");
  assertEquals([error.rc, error.path, error.sent], [-123, null, true]);
  assertEquals((await zk.exists("/"))?.czxid, 0n);
});

// A TestServer that allows it is one of an ensemble.
if (isReal) {
  testWithServer("reconfig() of a standalone server that allows it", async (server) => {
    await using zk = await connect(server.address);
    await zk.addAuth("digest", "super:secret");
    const change = { joiningServers: "server.2=127.0.0.1:2888:3888;2181" };
    await assertCode(zk.reconfig(change), "UNIMPLEMENTED");
  }, { reconfig: true });
}
