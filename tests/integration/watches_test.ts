import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import type { Watcher } from "@zkst/zookeeper";
import { text } from "./data.ts";
import { test } from "./server.ts";
import { assertCode, Recorder } from "./waiting.ts";

test("getData() with watch tells of the next change, once", async ({ zk, root }) => {
  const path = `${root}/a`;
  const { stat } = await zk.create2(path, "0");
  const recorder = new Recorder();
  await zk.getData(path, { watch: recorder.watcher });
  const changed = await zk.setData(path, "1");
  assertEquals(recorder.log, [`NodeDataChanged ${path}`]);
  const { state, zxid } = recorder.events[0]!;
  assertEquals(state, "CONNECTED");
  // Servers from 3.9 on tell the zxid of the change.
  assert(zxid === null || zxid === changed.mzxid && zxid > stat.czxid);
  await zk.setData(path, "2");
  await zk.delete(path);
  assertEquals(recorder.log.length, 1);
});

test("Each kind of watch tells of its own changes", async ({ zk, root }) => {
  const changes: Record<string, (path: string) => Promise<unknown>> = {
    NodeCreated: (path) => zk.create(path),
    NodeDataChanged: (path) => zk.setData(path, "x"),
    NodeChildrenChanged: (path) => zk.create(`${path}/child`),
    NodeDeleted: (path) => zk.delete(path),
  };
  const kinds: [string, boolean, (path: string, watch: Watcher) => Promise<unknown>, string[]][] = [
    ["data", true, (path, watch) => zk.getData(path, { watch }), ["DataChanged", "Deleted"]],
    ["exists", true, (path, watch) => zk.exists(path, { watch }), ["DataChanged", "Deleted"]],
    ["exist", false, (path, watch) => zk.exists(path, { watch }), ["Created"]],
    ["child", true, (path, watch) => zk.getChildren(path, { watch }), [
      "ChildrenChanged",
      "Deleted",
    ]],
    ["child2", true, (path, watch) => zk.getChildren2(path, { watch }), [
      "ChildrenChanged",
      "Deleted",
    ]],
  ];
  for (const [kind, there, read, told] of kinds) {
    for (const [type, change] of Object.entries(changes)) {
      if (there === (type === "NodeCreated")) continue;
      const path = `${root}/${kind}-${type}`;
      if (there) await zk.create(path);
      const recorder = new Recorder();
      await read(path, recorder.watcher);
      if (!there && type !== "NodeCreated") await zk.create(path).then(() => recorder.events.pop());
      await change(path);
      const expected = told.includes(type.slice(4)) ? [`${type} ${path}`] : [];
      assertEquals(recorder.log, expected, `${kind} ${type}`);
    }
  }
});

test("A read that fails leaves no watch, but exists() does", async ({ zk, root }) => {
  const path = `${root}/a`;
  const recorder = new Recorder();
  await assertCode(zk.getData(path, { watch: recorder.watcher }), "NONODE");
  await assertCode(zk.getChildren(path, { watch: recorder.watcher }), "NONODE");
  const other = new Recorder();
  assertStrictEquals(await zk.exists(path, { watch: other.watcher }), null);
  await zk.create(path);
  assertEquals([recorder.log, other.log], [[], [`NodeCreated ${path}`]]);
});

test("Watchers of one znode are each told once, in order", async ({ zk, root }) => {
  const path = `${root}/a`;
  await zk.create(path);
  const log: string[] = [];
  const first: Watcher = ({ type }) => log.push(`first ${type}`);
  const second: Watcher = ({ type }) => log.push(`second ${type}`);
  await zk.getData(path, { watch: first });
  await zk.getChildren(path, { watch: second });
  await zk.exists(path, { watch: first });
  await zk.getData(path, { watch: second });
  await zk.delete(path);
  assertEquals(log.sort(), ["first NodeDeleted", "second NodeDeleted"]);
  log.length = 0;
  await zk.create(path);
  await zk.exists(path, { watch: second });
  await zk.getData(path, { watch: first });
  await zk.setData(path, "x");
  assertEquals(log, ["second NodeDataChanged", "first NodeDataChanged"]);
});

test("An event stands between the replies before and after it, for all who await", async ({ zk, root }) => {
  const path = `${root}/a`;
  await zk.create(path, "0");
  for (let round = 0; round < 20; round++) {
    const log: string[] = [];
    const read = async (name: string, depth: number, watch?: Watcher): Promise<void> => {
      if (depth > 0) return await read(name, depth - 1, watch);
      const { data } = await zk.getData(path, watch ? { watch } : {});
      log.push(`${name} ${text(data)}`);
    };
    const deep = async (name: string, depth: number, watch?: Watcher) => {
      await read(name, depth, watch);
      log.push(`${name} told`);
    };
    await Promise.all([
      deep("before", 30, ({ type }) => log.push(type)),
      zk.setData(path, "1").then(async () => {
        for (let i = 0; i < 50; i++) await null;
        log.push("set");
      }),
      deep("after", 1),
    ]);
    assertEquals(log.slice(0, 3), ["before 0", "before told", "NodeDataChanged"]);
    assertEquals(log.slice(3).sort(), ["after 1", "after told", "set"]);
    await zk.setData(path, "0");
  }
});

test("An event of another session's change is told before the next reply", async (scene) => {
  const { zk, root } = scene;
  const other = await scene.connect();
  const path = `${root}/a`;
  await zk.create(path, "0");
  for (let round = 1; round <= 20; round++) {
    const recorder = new Recorder();
    await zk.getData(path, { watch: recorder.watcher });
    const changing = other.setData(path, `${round}`);
    // Reads until it sees the change: by then it must have been told.
    while (text((await zk.getData(path)).data) !== `${round}`) assertEquals(recorder.log, []);
    assertEquals(recorder.log, [`NodeDataChanged ${path}`]);
    await changing;
  }
});

test("A watcher that throws goes to onError, and harms nothing", async (scene) => {
  const errors: unknown[] = [];
  const zk = await scene.connect({ onError: (error) => errors.push(error) });
  const path = `${scene.root}/a`;
  await zk.create(path);
  const recorder = new Recorder();
  const thrown = new Error("thrown by a watcher");
  await zk.getData(path, {
    watch: () => {
      throw thrown;
    },
  });
  await zk.getData(path, { watch: recorder.watcher });
  const [stat, { data }] = await Promise.all([zk.setData(path, "x"), zk.getData(path)]);
  assertEquals([stat.version, text(data)], [1, "x"]);
  assertEquals(errors, [thrown]);
  assertEquals(recorder.log, [`NodeDataChanged ${path}`]);
  assertEquals(zk.state, "CONNECTED");
});

test("Events below a chroot have the application's paths", async (scene) => {
  const zk = await scene.connect({}, scene.root);
  const recorder = new Recorder();
  await zk.getChildren("/", { watch: recorder.watcher });
  await zk.exists("/a", { watch: recorder.watcher });
  await scene.zk.create(`${scene.root}/a`);
  await zk.sync("/");
  assertEquals(recorder.log.sort(), ["NodeChildrenChanged /", "NodeCreated /a"]);
});
