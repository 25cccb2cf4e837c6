import { assert, assertEquals } from "@std/assert";
import * as st from "@zkst/zookeeper/st";
import { completed, Driven } from "./driving.ts";
import { openHandle, test } from "./server.ts";

/** What no type checker would let through. */
// deno-lint-ignore no-explicit-any
type Any = any;

test("Misuse of ./st returns -8 at once, and says why to the logger", async (scene) => {
  const lines: string[] = [];
  const logger = { warn: (line: string) => void lines.push(line) };
  await using driven = await Driven.connect(scene.connectString, { logger });
  const { zh } = driven;
  const { calls, called } = misuses(zh, scene.root);
  assertEquals(calls.filter((call) => returned(call) !== -8).map(String), []);
  assertEquals(lines.length, calls.length);
  const [rc, children] = await completed((done) => st.agetChildren(zh, scene.root, null, done));
  assertEquals([rc, children, called.length, driven.codes], [0, [], 0, []]);
});

test("Misuse of amulti() and amultiRead() returns -8 at once", async (scene) => {
  await using driven = await Driven.connect(scene.connectString);
  const { zh } = driven;
  const none = () => {};
  const calls = [
    () => st.amulti(zh, null as Any, none),
    () => st.amulti(zh, [null as Any], none),
    () => st.amulti(zh, [{ type: "getData", path: "/" } as Any], none),
    () => st.amultiRead(zh, undefined as Any, none),
    () => st.amultiRead(zh, [null as Any], none),
    () => st.amultiRead(zh, [st.Op.create("/a") as Any], none),
    () => st.amulti(zh, Array(300_000).fill(st.Op.delete("/a")), none),
    () => st.aaddAuth(zh, "digest", new Uint8Array(1 << 20), none),
  ];
  const results = calls.map((call) => `${call}`.slice(6) + ` is ${returned(call)}`);
  assertEquals(results.filter((result) => !result.endsWith("is -8")), []);
});

test("After close() ./st returns -9 at once; misuse is still -8", async (scene) => {
  const driven = await Driven.connect(scene.connectString);
  const { zh } = driven;
  const called: number[] = [];
  const done = (rc: number) => void called.push(rc);
  st.aget(zh, scene.root, null, done);
  st.close(zh);
  const calls = [
    () => st.aget(zh, "/", null, done),
    () => st.acreate(zh, "/a", null, st.OPEN_ACL_UNSAFE, "PERSISTENT", done),
    () => st.amulti(zh, [], done),
    () => st.aaddAuth(zh, "digest", "a:b", done),
    () => st.aaddWatch(zh, "/", "PERSISTENT", done as Any, done),
    () => st.aremoveAllWatches(zh, "/", "ANY", done),
    () => st.awhoAmI(zh, done),
  ];
  assertEquals(calls.map(returned), calls.map(() => -9));
  await driven.ended;
  assertEquals(calls.map(returned), calls.map(() => -9));
  assertEquals(st.aget(zh, "a", null, done), -8);
  assertEquals(called, [-116]);
  const { events, deadline } = st.interest(zh);
  assertEquals([events, deadline, await st.interest(zh).wait()], [0, Infinity, 0]);
  assertEquals(st.process(zh, st.READ), 0);
  st.close(zh);
});

test("process() and close() inside a completion", async (scene) => {
  const driven = await Driven.connect(scene.connectString);
  const { zh } = driven;
  const log: unknown[] = [];
  st.aget(zh, scene.root, null, (rc) => {
    log.push(rc, st.process(zh, st.READ));
    st.aexists(zh, scene.root, null, (rc) => log.push(rc));
    st.close(zh);
    log.push(st.aexists(zh, scene.root, null, () => log.push("never")));
  });
  st.aget(zh, scene.root, null, (rc) => log.push(rc));
  await driven.ended;
  assertEquals(log, [0, -9, -9, -116, -116]);
});

test("The loop of the documentation ends when the session has expired", async (scene) => {
  // It will cost the owner the connection.
  const owner = await scene.connect();
  const session = { id: owner.session!.id, password: new Uint8Array(16) };
  const zh = openHandle(scene.connectString, { session });
  const codes: number[] = [];
  st.aget(zh, "/", null, (rc) => codes.push(rc));
  let turns = 0;
  while (!st.closed(zh)) {
    // A loop that goes round without waiting lets nothing else run, and would never end.
    assert(++turns < 100);
    st.process(zh, await st.interest(zh).wait());
  }
  assertEquals([st.state(zh), codes], ["EXPIRED_SESSION", [-112]]);
  assertEquals(st.aget(zh, "/", null, () => {}), -9);
});

/** What a call returns; for one that throws, what. */
function returned(call: () => number): unknown {
  try {
    return call();
  } catch (error) {
    return `${error}`;
  }
}

function misuses(zh: st.Handle, root: string): { calls: (() => number)[]; called: unknown[] } {
  const called: unknown[] = [];
  const done = (...values: unknown[]) => void called.push(values);
  const calls = [
    () => st.aget(zh, "no/path", null, done),
    () => st.aget(zh, `${root}/`, null, done),
    () => st.aget(zh, root, null, null as Any),
    () => st.aget(zh, root, {} as Any, done),
    () => st.aget(zh, root, null, done, { timeout: 0 }),
    () => st.aget(zh, root, null, done, { timeout: "1" as Any }),
    () => st.aexists(zh, null as Any, null, done),
    () => st.agetChildren(zh, "", null, done),
    () => st.agetChildren2(zh, "//", null, done),
    () => st.agetACL(zh, "/.", done),
    () => st.asyncZnode(zh, "/..", done),
    () => st.acreate(zh, `${root}/a`, 5 as Any, st.OPEN_ACL_UNSAFE, "PERSISTENT", done),
    () => st.acreate(zh, `${root}/a`, null, null as Any, "PERSISTENT", done),
    () => st.acreate(zh, `${root}/a`, null, st.OPEN_ACL_UNSAFE, 0 as Any, done),
    () => st.acreateTTL(zh, `${root}/a`, "", st.OPEN_ACL_UNSAFE, "PERSISTENT_WITH_TTL", 0, done),
    () => st.acreate2TTL(zh, `${root}/a`, "", st.OPEN_ACL_UNSAFE, "PERSISTENT", 5, done),
    () => st.acreate(zh, `${root}/a`, "", st.OPEN_ACL_UNSAFE, "PERSISTENT_WITH_TTL", done),
    () => st.acreate2(zh, `${root}/a`, "x".repeat(1 << 20), st.OPEN_ACL_UNSAFE, "PERSISTENT", done),
    () => st.adelete(zh, root, -0x80000001, done),
    () => st.aset(zh, root, null, 0.5, done),
    () => st.asetACL(zh, root, 0, [{}] as Any, done),
    () => st.aaddAuth(zh, 5 as Any, "x", done),
    () => st.aaddWatch(zh, root, "BOTH" as Any, () => {}, done),
    () => st.aremoveWatches(zh, root, "DATA", null as Any, done),
    () => st.areconfig(zh, 5 as Any, null, null, -1n, done),
    () => st.areconfig(zh, null, null, null, -1 as Any, done),
    () => st.awhoAmI(zh, 5 as Any),
  ];
  return { calls, called };
}
