import { assert, assertEquals } from "@std/assert";
import * as st from "@zkst/zookeeper/st";
import { completed, Driven } from "./driving.ts";
import { connect, lasting, pause, test, testWithServer } from "./server.ts";
import { assertCode, Recorder, until } from "./waiting.ts";

test("cancel() of what has not left takes it back", async (scene) => {
  await using driven = await Driven.connect(scene.connectString);
  const { zh } = driven;
  const log: string[] = [];
  const create = (name: string) => {
    const done = (rc: number) => void log.push(`${name} ${rc}`);
    const path = `${scene.root}/${name}`;
    assertEquals(st.acreate(zh, path, null, st.OPEN_ACL_UNSAFE, "PERSISTENT", done), 0);
    return done;
  };
  create("a");
  const b = create("b");
  create("c");
  assertEquals([st.cancel(zh, b), st.cancel(zh, b), st.cancel(zh, () => {})], [true, false, false]);
  const [, children] = await completed((done) => st.agetChildren(zh, scene.root, null, done));
  assertEquals([children.sort(), log], [["a", "c"], ["a 0", "c 0"]]);
  assertEquals(st.cancel(zh, b), false);
});

test("cancel() takes the oldest of several with one completion", async (scene) => {
  await using driven = await Driven.connect(scene.connectString);
  const { zh } = driven;
  const got: unknown[] = [];
  const done = (rc: number, path: string | null) => void got.push([rc, path]);
  for (const name of ["a", "b", "c"]) {
    st.acreate(zh, `${scene.root}/${name}`, null, st.OPEN_ACL_UNSAFE, "PERSISTENT", done);
  }
  assertEquals(st.cancel(zh, done), true);
  await completed((done) => st.asyncZnode(zh, "/", done));
  assertEquals(got, [[0, `${scene.root}/b`], [0, `${scene.root}/c`]]);
});

testWithServer(
  "cancel() of what has left eats the reply, and the next one's is its own",
  async (server) => {
    await using driven = await Driven.connect(server.address);
    const { zh } = driven;
    await pause(server);
    const got: unknown[] = [];
    const create = (path: string, done: (rc: number, path: string | null) => void) =>
      st.acreate(zh, path, null, st.OPEN_ACL_UNSAFE, "PERSISTENT", done);
    const cancelled = () => void got.push("never");
    create("/a", (rc, path) => got.push([rc, path]));
    create("/b", cancelled);
    create("/c", (rc, path) => got.push([rc, path]));
    // One turn, and they have left.
    await new Promise((resolve) => setTimeout(resolve));
    assertEquals(st.cancel(zh, cancelled), true);
    server.resume();
    const [rc, children] = await completed((done) => st.agetChildren(zh, "/", null, done));
    assertEquals([rc, children.sort()], [0, ["a", "b", "c", "zookeeper"]]);
    assertEquals(got, [[0, "/a"], [0, "/c"]]);
  },
);

testWithServer("A timeout gives one request up, and the session stays as it is", async (server) => {
  const session = new Recorder();
  await using driven = await Driven.connect(server.address, { watcher: session.watcher });
  const { zh } = driven;
  const { id } = st.session(zh)!;
  await pause(server);
  const log: string[] = [];
  const get = (name: string, timeout?: number) =>
    st.aget(zh, "/", null, (rc) => log.push(`${name} ${rc}`), timeout ? { timeout } : {});
  get("patient");
  get("late", 400);
  get("soon", 200);
  get("patient too");
  const start = performance.now();
  await until("two have been given up", () => log.length === 2);
  const took = performance.now() - start;
  assertEquals(log, ["soon -122", "late -122"]);
  assert(took >= 395 && took < 1500, `${took} ms`);
  server.resume();
  const [rc] = await completed((done) => st.aexists(zh, "/", null, done));
  assertEquals([rc, log.slice(2)], [0, ["patient 0", "patient too 0"]]);
  assertEquals([session.log, driven.codes], [["CONNECTED"], []]);
  assertEquals(st.session(zh)!.id, id);
});

testWithServer("A timeout holds while there is no server, too", async (server) => {
  await using zk = await connect(server.address, lasting.session);
  await zk.create("/a", "0");
  await server.kill();
  await until("it has noticed", () => zk.state === "CONNECTING");
  const kept = zk.setData("/a", "kept");
  const dropped = assertCode(zk.setData("/a", "dropped", -1, { timeout: 100 }), "REQUESTTIMEOUT");
  const controller = new AbortController();
  const aborted = zk.setData("/a", "aborted", -1, { signal: controller.signal });
  controller.abort("enough");
  assertEquals(await aborted.catch((reason) => reason), "enough");
  const { sent, rc } = await dropped;
  assertEquals([sent, rc], [false, -122]);
  await server.start();
  assertEquals((await kept).version, 1);
  assertEquals((await zk.setData("/a", "after")).version, 2);
}, lasting.server);

testWithServer("A promise's timeout and signal against a server that is silent", async (server) => {
  await using zk = await connect(server.address);
  await pause(server);
  const controller = new AbortController();
  const aborted = zk.create("/aborted", null, { signal: controller.signal });
  const late = await assertCode(zk.create("/late", null, { timeout: 100 }), "REQUESTTIMEOUT");
  assertEquals([late.rc, late.path, late.sent], [-122, "/late", true]);
  const reason = new Error("enough");
  controller.abort(reason);
  assertEquals(await aborted.catch((error) => error), reason);
  server.resume();
  // Both had left: they may have been carried out, and here they have been.
  assertEquals((await zk.getChildren("/")).sort(), ["aborted", "late", "zookeeper"]);
  assertEquals(zk.state, "CONNECTED");
});
