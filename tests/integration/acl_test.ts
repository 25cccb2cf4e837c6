import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type ACL,
  allow,
  ANYONE_ID_UNSAFE,
  AUTH_IDS,
  CREATOR_ALL_ACL,
  digestId,
  ipId,
  OPEN_ACL_UNSAFE,
  Perms,
  READ_ACL_UNSAFE,
  ZooKeeperError,
} from "@zkst/zookeeper";
import { text } from "./data.ts";
import { test } from "./server.ts";
import { assertCode, Recorder, within } from "./waiting.ts";
import { version } from "./world.ts";

const alice = allow(Perms.ALL, digestId("alice", "secret"));

test("getACL() and setACL() of an open znode", async ({ zk, root }) => {
  await zk.create(`${root}/a`);
  const first = await zk.getACL(`${root}/a`);
  assertEquals(first.acl, [...OPEN_ACL_UNSAFE]);
  assertEquals(first.stat, (await zk.exists(`${root}/a`))!);
  const acl: ACL[] = [
    { perms: Perms.READ | Perms.ADMIN, id: { scheme: "world", id: "anyone" } },
    { perms: Perms.WRITE, id: { scheme: "ip", id: "192.0.2.1" } },
  ];
  const stat = await zk.setACL(`${root}/a`, acl, 0);
  assertEquals([stat.aversion, stat.version], [1, 0]);
  assertEquals(await zk.getACL(`${root}/a`), { acl, stat });
  await assertCode(zk.setData(`${root}/a`, "x"), "NOAUTH");
  await assertCode(zk.setACL(`${root}/a`, OPEN_ACL_UNSAFE, 0), "BADVERSION");
  await zk.setACL(`${root}/a`, OPEN_ACL_UNSAFE, 1);
  await zk.setData(`${root}/a`, "x");
});

test("A znode of a digest is for those alone who know its password", async (scene) => {
  const { zk, root } = scene;
  await zk.create(`${root}/a`, "for alice", { acl: alice });
  const { path, sent, rc } = await assertCode(zk.getData(`${root}/a`), "NOAUTH");
  assertEquals([rc, path, sent], [-102, `${root}/a`, true]);
  await assertCode(zk.setData(`${root}/a`, "x"), "NOAUTH");
  await assertCode(zk.create(`${root}/a/b`), "NOAUTH");
  await assertCode(zk.getACL(`${root}/a`), "NOAUTH");
  await assertCode(zk.setACL(`${root}/a`, OPEN_ACL_UNSAFE), "NOAUTH");

  const wrong = await scene.connect();
  await wrong.addAuth("digest", "alice:guess");
  await assertCode(wrong.getData(`${root}/a`), "NOAUTH");
  await wrong.addAuth("digest", "alice:secret");
  assertEquals(text((await wrong.getData(`${root}/a`)).data), "for alice");
  assertEquals((await wrong.getACL(`${root}/a`)).acl, alice);
});

test("addAuth() is in force for all that is submitted after it", async (scene) => {
  const { zk, root } = scene;
  await zk.create(`${root}/a`, "for alice", { acl: alice });
  const other = await scene.connect();
  const before = other.getData(`${root}/a`);
  const auth = other.addAuth("digest", "alice:secret");
  const after = other.getData(`${root}/a`);
  await assertCode(before, "NOAUTH");
  await auth;
  assertEquals(text((await after).data), "for alice");
});

test("CREATOR_ALL_ACL stands for the creator's identities", async (scene) => {
  const owner = await scene.connect();
  const path = `${scene.root}/a`;
  await assertCode(owner.create(path, null, { acl: CREATOR_ALL_ACL }), "INVALIDACL");
  await owner.addAuth("digest", "alice:secret");
  await owner.create(path, "mine", { acl: CREATOR_ALL_ACL });
  assertEquals((await owner.getACL(path)).acl, alice);
  await assertCode(scene.zk.getData(path), "NOAUTH");
});

test("READ_ACL_UNSAFE lets read, and nothing else", async ({ zk, root }) => {
  await zk.create(`${root}/a`, "x", { acl: READ_ACL_UNSAFE });
  assertEquals(text((await zk.getData(`${root}/a`)).data), "x");
  assertEquals((await zk.getACL(`${root}/a`)).acl, [...READ_ACL_UNSAFE]);
  assertEquals(await zk.getChildren(`${root}/a`), []);
  await assertCode(zk.setData(`${root}/a`, "y"), "NOAUTH");
  await assertCode(zk.create(`${root}/a/b`), "NOAUTH");
  await assertCode(zk.setACL(`${root}/a`, OPEN_ACL_UNSAFE), "NOAUTH");
});

test("Each of the Perms allows its own operations", async (scene) => {
  const { zk, root } = scene;
  const perms = { READ: 1, WRITE: 2, CREATE: 4, DELETE: 8, ADMIN: 16 };
  assertEquals({ ...Perms }, { ...perms, ALL: 31 });
  await zk.addAuth("digest", "alice:secret");
  const other = await scene.connect();
  for (const [name, perm] of Object.entries(perms)) {
    const path = `${root}/${name}`;
    await zk.create(path);
    await zk.create(`${path}/child`);
    await zk.setACL(path, [...alice, { perms: perm, id: { scheme: "world", id: "anyone" } }]);
    const operations: [string, Promise<unknown>][] = [
      ["READ", other.getData(path)],
      ["READ", other.getChildren(path)],
      ["WRITE", other.setData(path, "x")],
      ["CREATE", other.create(`${path}/new`)],
      ["DELETE", other.delete(`${path}/child`)],
      ["ADMIN", other.setACL(path, OPEN_ACL_UNSAFE)],
    ];
    const results = await Promise.allSettled(operations.map(([, operation]) => operation));
    for (const [i, result] of results.entries()) {
      const allowed = operations[i]![0] === name;
      assertEquals(result.status === "fulfilled" || result.reason.code, allowed || "NOAUTH");
    }
  }
});

test("An ACL of an unknown scheme is INVALIDACL", async ({ zk, root }) => {
  await zk.create(`${root}/a`);
  const acl = allow(Perms.ALL, { scheme: "nonesuch", id: "x" });
  assertEquals((await assertCode(zk.create(`${root}/b`, null, { acl }), "INVALIDACL")).rc, -114);
  assertEquals((await assertCode(zk.create2(`${root}/b`, null, { acl }), "INVALIDACL")).rc, -114);
  await assertCode(zk.setACL(`${root}/a`, acl), "INVALIDACL");
  assertEquals(await zk.getChildren(root), ["a"]);
});

test("addAuth() of an unknown scheme ends the session", async (scene) => {
  const session = new Recorder();
  const zk = await scene.connect({ watcher: session.watcher });
  const results = await within(
    "the end",
    Promise.allSettled([zk.addAuth("nonesuch", "x"), zk.getData(scene.root), zk.sync("/")]),
  );
  for (const result of results) {
    assert(result.status === "rejected" && result.reason instanceof ZooKeeperError);
    assertEquals([result.reason.code, result.reason.rc], ["AUTHFAILED", -115]);
  }
  assertEquals(session.log, ["CONNECTED", "AUTH_FAILED"]);
  assertEquals([zk.state, zk.closed], ["AUTH_FAILED", true]);
  await assertRejects(() => zk.exists("/"), ZooKeeperError, "AUTHFAILED");
});

test("digestId() is who adds that authentication, whatever the letters", async (scene) => {
  const { zk, root } = scene;
  for (const [i, [user, password]] of [["bob", ""], ["jürgen €", "pass:word 🔑"]].entries()) {
    await zk.create(`${root}/${i}`, "x", { acl: allow(Perms.ALL, digestId(user!, password!)) });
    await assertCode(zk.getData(`${root}/${i}`), "NOAUTH");
    const other = await scene.connect();
    await other.addAuth("digest", `${user}:${password}`);
    assertEquals(text((await other.getData(`${root}/${i}`)).data), "x");
    await other.delete(`${root}/${i}`);
  }
});

test("ipId() is who connects from there", async ({ zk, root }) => {
  const here = [ipId("127.0.0.1"), ipId("127.0.0.0", 8), ipId("126.1.2.3", 7), ipId("8.8.8.8", 0)];
  const elsewhere = [ipId("192.0.2.1"), ipId("127.0.0.2"), ipId("127.0.0.128", 25)];
  for (const [i, id] of [...here, ...elsewhere].entries()) {
    const acl = [...allow(Perms.READ, id), ...allow(Perms.DELETE, ANYONE_ID_UNSAFE)];
    await zk.create(`${root}/${i}`, "x", { acl });
    const reading = zk.getData(`${root}/${i}`);
    if (i < here.length) assertEquals(text((await reading).data), "x");
    else await assertCode(reading, "NOAUTH");
  }
});

test("ipId() of IPv6 is for servers that know it", async ({ zk, root }) => {
  const acl = [...allow(Perms.READ, ipId("2001:db8::", 32)), ...alice];
  const creating = zk.create(`${root}/a`, "x", { acl });
  if (version === "3.8") await assertCode(creating, "INVALIDACL");
  else assertEquals(await creating, `${root}/a`);
});

test("allow() with several ids, and AUTH_IDS for one's own", async (scene) => {
  const { zk, root } = scene;
  await zk.addAuth("digest", "alice:secret");
  const acl = [
    ...allow(Perms.ALL, AUTH_IDS, digestId("bob", "pwd")),
    ...allow(Perms.READ, ANYONE_ID_UNSAFE),
  ];
  await zk.create(`${root}/a`, "x", { acl });
  const other = await scene.connect();
  assertEquals(text((await other.getData(`${root}/a`)).data), "x");
  await assertCode(other.setData(`${root}/a`, "y"), "NOAUTH");
  await other.addAuth("digest", "bob:pwd");
  await other.setData(`${root}/a`, "y");
  await zk.setData(`${root}/a`, "z");
  const { acl: kept } = await zk.getACL(`${root}/a`);
  assertEquals(kept.map(({ id }) => id.id.split(":")[0]), ["alice", "bob", "anyone"]);
});
