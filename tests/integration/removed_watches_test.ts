import { assertEquals } from "@std/assert";
import type { WatcherType, ZooKeeper } from "@zkst/zookeeper";
import { ask, connect, type Server, test, testWithServer } from "./server.ts";
import { assertCode, Recorder } from "./waiting.ts";

test("removeWatches() removes one watcher, and tells it", async ({ zk, root }) => {
  const path = `${root}/a`;
  await zk.create(path);
  const [one, other] = [new Recorder(), new Recorder()];
  await zk.getData(path, { watch: one.watcher });
  await zk.getData(path, { watch: other.watcher });
  await zk.removeWatches(path, "DATA", one.watcher);
  await one.until(({ type }) => type === "DataWatchRemoved");
  await zk.setData(path, "x");
  assertEquals(one.log, [`DataWatchRemoved ${path}`]);
  assertEquals(other.log, [`NodeDataChanged ${path}`]);
});

test("removeWatches() without a watcher removes all of the type", async ({ zk, root }) => {
  const path = `${root}/a`;
  await zk.create(path);
  const types: [WatcherType, string[]][] = [
    ["DATA", ["DataWatchRemoved", "NodeChildrenChanged"]],
    ["CHILDREN", ["ChildWatchRemoved", "NodeDataChanged"]],
    ["ANY", ["ChildWatchRemoved", "DataWatchRemoved"]],
  ];
  for (const [type, told] of types) {
    const [one, other] = [new Recorder(), new Recorder()];
    for (const { watcher: watch } of [one, other]) {
      await zk.getData(path, { watch });
      await zk.getChildren(path, { watch });
    }
    await zk.removeWatches(path, type);
    await zk.setData(path, "x");
    await zk.delete(await zk.create(`${path}/b`));
    await zk.sync(path);
    for (const { log } of [one, other]) {
      assertEquals(log.sort(), told.map((type) => `${type} ${path}`), type);
    }
  }
});

test("removeWatches() of a watch on an absent znode", async ({ zk, root }) => {
  const path = `${root}/a`;
  const recorder = new Recorder();
  await zk.exists(path, { watch: recorder.watcher });
  await zk.removeWatches(path, "DATA", recorder.watcher);
  await zk.create(path);
  assertEquals(recorder.log, [`DataWatchRemoved ${path}`]);
});

test("removeWatches() of persistent watches", async ({ zk, root }) => {
  for (const mode of ["PERSISTENT", "PERSISTENT_RECURSIVE"] as const) {
    const path = `${root}/${mode}`;
    await zk.create(path);
    const [one, other] = [new Recorder(), new Recorder()];
    await zk.addWatch(path, mode, one.watcher);
    await zk.addWatch(path, mode, other.watcher);
    await zk.removeWatches(path, "ANY", one.watcher);
    await zk.setData(path, "1");
    await zk.removeWatches(path, "ANY");
    await zk.setData(path, "2");
    const removed = `PersistentWatchRemoved ${path}`;
    assertEquals(one.log, [removed]);
    assertEquals(other.log, [`NodeDataChanged ${path}`, removed]);
  }
});

test("removeWatches() of what is not there is NOWATCHER", async ({ zk, root }) => {
  const path = `${root}/a`;
  await zk.create(path);
  const recorder = new Recorder();
  await zk.getData(path, { watch: recorder.watcher });
  const error = await assertCode(zk.removeWatches(path, "CHILDREN"), "NOWATCHER");
  assertEquals([error.rc, error.path, error.sent], [-121, path, false]);
  await assertCode(zk.removeWatches(path, "ANY", () => {}), "NOWATCHER");
  await assertCode(zk.removeWatches(root, "ANY", recorder.watcher), "NOWATCHER");
  await zk.setData(path, "x");
  await assertCode(zk.removeWatches(path, "DATA", recorder.watcher), "NOWATCHER");
  assertEquals(recorder.log, [`NodeDataChanged ${path}`]);
});

test("removeWatches() of a one-shot watch leaves a persistent one", async ({ zk, root }) => {
  for (const all of [false, true]) {
    const path = `${root}/${all}`;
    await zk.create(path);
    const [once, persistent] = [new Recorder(), new Recorder()];
    await zk.getData(path, { watch: once.watcher });
    await zk.addWatch(path, "PERSISTENT", persistent.watcher);
    await zk.removeWatches(path, "DATA", ...all ? [] : [once.watcher]);
    await zk.setData(path, "x");
    assertEquals(once.log, [`DataWatchRemoved ${path}`]);
    assertEquals(persistent.log, [`NodeDataChanged ${path}`]);
  }
});

testWithServer(
  "removeWatches() takes the server's watch with the last one here",
  async (server) => {
    await using zk = await connect(server.address);
    await zk.create("/a");
    const [one, other] = [new Recorder(), new Recorder()];
    assertEquals(await watchesOf(server, zk), 0);
    await zk.getData("/a", { watch: one.watcher });
    await zk.exists("/a", { watch: other.watcher });
    await zk.getChildren("/a", { watch: other.watcher });
    assertEquals(await watchesOf(server, zk), 2);
    await zk.removeWatches("/a", "DATA", one.watcher);
    assertEquals(await watchesOf(server, zk), 2);
    await zk.removeWatches("/a", "DATA", other.watcher);
    assertEquals(await watchesOf(server, zk), 1);
    await zk.removeWatches("/a", "ANY");
    assertEquals(await watchesOf(server, zk), 0);
  },
);

/** How many watches the server keeps. */
async function watchesOf(server: Server, zk: ZooKeeper): Promise<number> {
  await zk.sync("/");
  const answer = await ask(server, "mntr");
  return Number(answer.match(/^zk_watch_count\s+(\d+)/m)![1]);
}
