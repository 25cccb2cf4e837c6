import { assert, assertEquals } from "@std/assert";
import * as st from "@zkst/zookeeper/st";
import { bytes, text } from "./data.ts";
import { completed, type Completion, Driven } from "./driving.ts";
import { test, testWithServer } from "./server.ts";
import { Recorder } from "./waiting.ts";

const open = st.OPEN_ACL_UNSAFE;

test("Functions of ./st that create, write and delete", async ({ connectString, root }) => {
  await using driven = await Driven.connect(connectString);
  const { zh } = driven;
  const [a, b, none] = [`${root}/a`, `${root}/b`, `${root}/none/x`];
  const run = completed;

  assertEquals(await run((done) => st.acreate(zh, a, "0", open, "PERSISTENT", done)), [0, a, null]);
  assertEquals(
    await run((done) => st.acreate(zh, none, null, open, "PERSISTENT", done)),
    [-101, null, null],
  );
  const [rc, path, stat] = await run((done) =>
    st.acreate2(zh, `${b}-`, null, open, "EPHEMERAL_SEQUENTIAL", done)
  );
  assertEquals([rc, path, stat.ephemeralOwner], [0, `${b}-0000000001`, st.session(zh)!.id]);
  const set = await run((done) => st.aset(zh, a, bytes("1"), 0, done));
  assertEquals([set[0], set[1].version], [0, 1]);
  assertEquals((await run((done) => st.aset(zh, a, null, 0, done))).slice(0, 2), [-103, null]);
  const acl = await run((done) => st.asetACL(zh, a, 0, open, done));
  assertEquals([acl[0], acl[1].aversion], [0, 1]);
  const nobody = [{ perms: 1, id: { scheme: "nonesuch", id: "x" } }];
  assertEquals((await run((done) => st.asetACL(zh, a, 0, nobody, done)))[0], -114);
  const multi = await run((done) => st.amulti(zh, [st.Op.check(a, 1), st.Op.create(b)], done));
  assertEquals(multi.slice(0, 2), [0, [{ type: "check" }, {
    type: "create",
    path: b,
    stat: null,
  }]]);
  const failed = await run((done) => st.amulti(zh, [st.Op.create(a), st.Op.delete(b)], done));
  assertEquals(failed.slice(0, 2), [-110, [{ type: "error", rc: -110 }, {
    type: "error",
    rc: -2,
  }]]);
  assertEquals((await run((done) => st.adelete(zh, b, 7, done)))[0], -103);
  assertEquals((await run((done) => st.adelete(zh, b, -1, done)))[0], 0);
});

test("Functions of ./st that read", async ({ connectString, root, zk }) => {
  await using driven = await Driven.connect(connectString);
  const { zh } = driven;
  const [a, none] = [`${root}/a`, `${root}/none`];
  await zk.create(a, "data");
  await zk.create(`${a}/b`);
  const stat = await zk.exists(a);
  const run = completed;

  assertEquals(await run((done) => st.aexists(zh, a, null, done)), [0, stat, null]);
  assertEquals((await run((done) => st.aexists(zh, none, null, done))).slice(0, 2), [-101, null]);
  assertEquals(await run((done) => st.aget(zh, a, null, done)), [0, bytes("data"), stat]);
  assertEquals(await run((done) => st.aget(zh, none, null, done)), [-101, null, null]);
  assertEquals(
    (await run((done) => st.agetChildren(zh, a, null, done))).slice(0, 2),
    [0, ["b"]],
  );
  assertEquals(await run((done) => st.agetChildren2(zh, a, null, done)), [0, ["b"], stat]);
  assertEquals(await run((done) => st.agetACL(zh, a, done)), [0, [...open], stat]);
  assertEquals((await run((done) => st.asyncZnode(zh, a, done))).slice(0, 2), [0, a]);
  assertEquals(
    (await run((done) => st.agetAllChildrenNumber(zh, root, done))).slice(0, 2),
    [0, 2],
  );
  assertEquals((await run((done) => st.agetEphemerals(zh, "/", done))).slice(0, 2), [0, []]);
  const [rc, identities] = await run((done) => st.awhoAmI(zh, done));
  assertEquals([rc, identities[0].scheme], [0, "ip"]);
  assertEquals((await run((done) => st.agetConfig(zh, null, done)))[0], 0);
  const reads = [st.Op.getChildren(a), st.Op.getData(none)];
  const multi = await run((done) => st.amultiRead(zh, reads, done));
  const results = [{ type: "getChildren", children: ["b"] }, { type: "error", rc: -101 }];
  assertEquals(multi.slice(0, 2), [0, results]);
});

test("Functions of ./st about watches, identities and membership", async (scene) => {
  const { zk, root } = scene;
  await using driven = await Driven.connect(scene.connectString);
  const { zh } = driven;
  const a = `${root}/a`;
  const [once, stays] = [new Recorder(), new Recorder()];
  const run = completed;

  await run((done) => st.aexists(zh, a, once.watcher, done));
  assertEquals(
    (await run((done) => st.aaddWatch(zh, root, "PERSISTENT", stays.watcher, done)))[0],
    0,
  );
  await zk.create(a);
  await run((done) => st.asyncZnode(zh, a, done));
  assertEquals([once.log, stays.log], [[`NodeCreated ${a}`], [`NodeChildrenChanged ${root}`]]);
  const removal = (watcher: st.Watcher) => (done: Completion) =>
    st.aremoveWatches(zh, root, "ANY", watcher, done);
  assertEquals((await run(removal(stays.watcher)))[0], 0);
  assertEquals((await run(removal(stays.watcher)))[0], -121);
  for (const read of [st.aget, st.agetChildren, st.agetChildren2]) {
    await run((done) => read(zh, a, once.watcher, done));
  }
  assertEquals((await run((done) => st.aremoveAllWatches(zh, a, "ANY", done)))[0], 0);
  assertEquals((await run((done) => st.aremoveAllWatches(zh, a, "ANY", done)))[0], -121);

  assertEquals((await run((done) => st.aaddAuth(zh, "digest", "alice:secret", done)))[0], 0);
  const [, identities] = await run((done) => st.awhoAmI(zh, done));
  assert(identities.some(({ user }: st.ClientInfo) => user === "alice"));
  const [rc] = await run((done) => st.areconfig(zh, null, "9", null, -1n, done));
  assert(rc < 0, "Nobody here may change the membership");
  assertEquals((await run((done) => st.aaddAuth(zh, "nonesuch", "x", done)))[0], -115);
  await driven.ended;
  assertEquals([st.state(zh), driven.codes], ["AUTH_FAILED", [-115]]);
});

testWithServer("Functions of ./st that create znodes with a TTL", async (server) => {
  await using driven = await Driven.connect(server.address);
  const { zh } = driven;
  const plain = await completed((done) =>
    st.acreateTTL(zh, "/a", "x", open, "PERSISTENT_WITH_TTL", 1e9, done)
  );
  assertEquals(plain.slice(0, 2), [0, "/a"]);
  const [rc, path, stat] = await completed((done) =>
    st.acreate2TTL(zh, "/b-", "xy", open, "PERSISTENT_SEQUENTIAL_WITH_TTL", 1e9, done)
  );
  assertEquals([rc, path, stat.dataLength, stat.version], [0, "/b-0000000001", 2, 0]);
});

test("A completion that throws goes to onError, and the loop goes on", async (scene) => {
  const errors: unknown[] = [];
  await using driven = await Driven.connect(scene.connectString, {
    onError: (error) => errors.push(error),
  });
  const thrown = new Error("thrown by a completion");
  const throwing = () => {
    throw thrown;
  };
  assertEquals(st.aget(driven.zh, scene.root, null, throwing), 0);
  const [rc] = await completed((done) => st.aget(driven.zh, scene.root, null, done));
  assertEquals([rc, errors], [0, [thrown]]);
});

test("session(), server() and sessionTimeout() tell of the connection", async (scene) => {
  const driven = new Driven(scene.connectString, { sessionTimeout: 5000 });
  const { zh } = driven;
  assertEquals([st.state(zh), st.session(zh), st.server(zh)], ["NOTCONNECTED", null, null]);
  assertEquals(st.sessionTimeout(zh), 5000);
  const [rc, data] = await completed((done) => st.aget(zh, scene.root, null, done));
  assertEquals([rc, text(data)], [0, null]);
  assertEquals(st.state(zh), "CONNECTED");
  assert(st.session(zh)!.id !== 0n);
  assert(scene.connectString.includes(`${st.server(zh)!.port}`));
  assert(st.sessionTimeout(zh) > 0);
  await driven[Symbol.asyncDispose]();
  assertEquals([st.state(zh), st.server(zh)], ["CLOSED", null]);
});
