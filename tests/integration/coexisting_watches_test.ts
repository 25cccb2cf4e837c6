/*
 * Watches of several kinds on one path. A server up to 3.8 keeps one mode for a session and a path,
 * and the last one wins (ZOOKEEPER-4466); each watcher gets what it asked for all the same.
 */
import { assertEquals } from "@std/assert";
import type { ZooKeeper } from "@zkst/zookeeper";
import { test } from "./server.ts";
import { Recorder } from "./waiting.ts";

/** Changes a znode and its children in every way that watches tell apart. */
async function stirUp(zk: ZooKeeper, path: string): Promise<void> {
  await zk.setData(path, "1");
  await zk.create(`${path}/c`);
  await zk.setData(`${path}/c`, "1");
  await zk.create(`${path}/c/d`);
  await zk.delete(`${path}/c/d`);
  await zk.delete(`${path}/c`);
}

function namesOf(recorder: Recorder, root: string): string[] {
  return recorder.nodeLog.splice(0).map((line) => line.replace(`${root}/`, ""));
}

const persistent = ["NodeDataChanged a", "NodeChildrenChanged a", "NodeChildrenChanged a"];
const recursive = [
  "NodeDataChanged a",
  "NodeCreated a/c",
  "NodeDataChanged a/c",
  "NodeCreated a/c/d",
  "NodeDeleted a/c/d",
  "NodeDeleted a/c",
];

for (const order of ["persistent first", "recursive first"]) {
  test(`A persistent and a recursive watch of one path: both hear all, ${order}`, async ({ zk, root }) => {
    const path = `${root}/a`;
    const [p, r] = [new Recorder(), new Recorder()];
    await zk.create(path);
    const adding = [
      () => zk.addWatch(path, "PERSISTENT", p.watcher),
      () => zk.addWatch(path, "PERSISTENT_RECURSIVE", r.watcher),
    ];
    if (order === "recursive first") adding.reverse();
    // Not awaited in between: what is on its way counts.
    await Promise.all(adding.map((add) => add()));
    await stirUp(zk, path);
    assertEquals([namesOf(p, root), namesOf(r, root)], [persistent, recursive]);
  });
}

test("Removing the recursive watch leaves the persistent one as it was", async ({ zk, root }) => {
  const path = `${root}/a`;
  const [p, r] = [new Recorder(), new Recorder()];
  await zk.create(path);
  await zk.addWatch(path, "PERSISTENT", p.watcher);
  await zk.addWatch(path, "PERSISTENT_RECURSIVE", r.watcher);
  await zk.removeWatches(path, "ANY", r.watcher);
  await stirUp(zk, path);
  assertEquals(namesOf(p, root), persistent);
  assertEquals(namesOf(r, root), ["PersistentWatchRemoved a"]);
});

test("Removing the persistent watch leaves the recursive one as it was", async ({ zk, root }) => {
  const path = `${root}/a`;
  const [p, r] = [new Recorder(), new Recorder()];
  await zk.create(path);
  await zk.addWatch(path, "PERSISTENT_RECURSIVE", r.watcher);
  await zk.addWatch(path, "PERSISTENT", p.watcher);
  await zk.removeWatches(path, "ANY", p.watcher);
  await stirUp(zk, path);
  assertEquals(namesOf(p, root), ["PersistentWatchRemoved a"]);
  assertEquals(namesOf(r, root), recursive);
});

for (const mode of ["PERSISTENT", "PERSISTENT_RECURSIVE"] as const) {
  const lasting = mode === "PERSISTENT" ? persistent : recursive;

  test(`One-shot watches beside a ${mode} one are told once and unmake nothing`, async ({ zk, root }) => {
    const path = `${root}/a`;
    const [all, data, exists, child] = [...Array(4)].map(() => new Recorder()) as Recorder[];
    const readAll = () =>
      Promise.all([
        zk.getData(path, { watch: data!.watcher }),
        zk.exists(path, { watch: exists!.watcher }),
        zk.getChildren(path, { watch: child!.watcher }),
      ]);
    await zk.create(path);
    // Registered before it, with it on its way, and after it.
    const early = readAll();
    const adding = zk.addWatch(path, mode, all!.watcher);
    const between = readAll();
    await Promise.all([early, adding, between]);
    await stirUp(zk, path);
    assertEquals(namesOf(all!, root), lasting);
    assertEquals(namesOf(data!, root), ["NodeDataChanged a"]);
    assertEquals(namesOf(exists!, root), ["NodeDataChanged a"]);
    assertEquals(namesOf(child!, root), ["NodeChildrenChanged a"]);
    await readAll();
    all!.events.length =
      data!.events.length =
      exists!.events.length =
      child!.events.length =
        0;
    await stirUp(zk, path);
    assertEquals(namesOf(all!, root), lasting);
    assertEquals(namesOf(data!, root), ["NodeDataChanged a"]);
    assertEquals(namesOf(exists!, root), ["NodeDataChanged a"]);
    assertEquals(namesOf(child!, root), ["NodeChildrenChanged a"]);
  });

  for (const before of [true, false]) {
    const when = before ? "registered before it goes" : "on their way when it goes";
    test(`One-shot watches outlive the ${mode} one they relied on, ${when}`, async ({ zk, root }) => {
      const path = `${root}/a`;
      const [all, data, child] = [new Recorder(), new Recorder(), new Recorder()];
      await zk.create(path);
      await zk.addWatch(path, mode, all.watcher);
      const reading = [
        zk.getData(path, { watch: data.watcher }),
        zk.getChildren(path, { watch: child.watcher }),
      ];
      if (before) await Promise.all(reading);
      await Promise.all([...reading, zk.removeWatches(path, "ANY", all.watcher)]);
      await stirUp(zk, path);
      await stirUp(zk, path);
      assertEquals(namesOf(all, root), ["PersistentWatchRemoved a"]);
      assertEquals(namesOf(data, root), ["NodeDataChanged a"]);
      assertEquals(namesOf(child, root), ["NodeChildrenChanged a"]);
    });
  }

  test(`exists() of an absent znode beside a ${mode} watch is told of its creation, once`, async ({ zk, root }) => {
    const path = `${root}/a`;
    const [all, exists] = [new Recorder(), new Recorder()];
    await zk.addWatch(path, mode, all.watcher);
    assertEquals(await zk.exists(path, { watch: exists.watcher }), null);
    await zk.create(path);
    await zk.setData(path, "1");
    await zk.delete(path);
    assertEquals(namesOf(all, root), ["NodeCreated a", "NodeDataChanged a", "NodeDeleted a"]);
    assertEquals(namesOf(exists, root), ["NodeCreated a"]);
  });
}

test("An addWatch() given up on its way does not change what another has armed", async ({ zk, root }) => {
  const path = `${root}/a`;
  const [p, r] = [new Recorder(), new Recorder()];
  await zk.create(path);
  await zk.addWatch(path, "PERSISTENT", p.watcher);
  const controller = new AbortController();
  const { signal } = controller;
  const adding = zk.addWatch(path, "PERSISTENT_RECURSIVE", r.watcher, { signal }).catch(() => {});
  // It is handed to the network within microtasks; its answer takes a turn at least.
  for (let i = 0; i < 20; i++) await null;
  controller.abort();
  await adding;
  await zk.exists(path);
  await zk.exists(path);
  await stirUp(zk, path);
  assertEquals(namesOf(p, root).filter((line) => !line.startsWith("Resync")), persistent);
  assertEquals(namesOf(r, root), []);
});

for (const mode of ["PERSISTENT", "PERSISTENT_RECURSIVE"] as const) {
  test(`A ${mode} watch whose removal is given up hears on, whatever was asked for behind that`, async ({ zk, root }) => {
    const path = `${root}/a`;
    const [lasting, other] = [new Recorder(), new Recorder()];
    await zk.create(path);
    await zk.addWatch(path, mode, lasting.watcher);
    const controller = new AbortController();
    const { signal } = controller;
    zk.removeWatches(path, "ANY", lasting.watcher, { signal }).catch(() => {});
    const weaker = mode === "PERSISTENT"
      ? zk.getData(path, { watch: other.watcher })
      : zk.addWatch(path, "PERSISTENT", other.watcher);
    controller.abort();
    await weaker;
    await zk.exists(path);
    assertEquals(namesOf(lasting, root), ["Resync a"]);
    await stirUp(zk, path);
    const all = mode === "PERSISTENT" ? persistent : recursive;
    assertEquals(namesOf(lasting, root), ["Resync a", ...all]);
  });
}

test("A removal of the recursive watch that is given up leaves both as they were", async ({ zk, root }) => {
  const path = `${root}/a`;
  const [p, r] = [new Recorder(), new Recorder()];
  await zk.create(path);
  await zk.addWatch(path, "PERSISTENT_RECURSIVE", r.watcher);
  await zk.addWatch(path, "PERSISTENT", p.watcher);
  const controller = new AbortController();
  const { signal } = controller;
  zk.removeWatches(path, "ANY", r.watcher, { signal }).catch(() => {});
  controller.abort();
  await stirUp(zk, path);
  assertEquals([namesOf(p, root), namesOf(r, root)], [persistent, recursive]);
});

test("Watches of all kinds, on many paths, one within the other, each hear their own", async ({ zk, root }) => {
  const path = `${root}/a`;
  await zk.create(path);
  const [outer, p, inner, child] = [...Array(4)].map(() => new Recorder()) as Recorder[];
  await zk.addWatch(root, "PERSISTENT_RECURSIVE", outer!.watcher);
  await zk.addWatch(path, "PERSISTENT", p!.watcher);
  await zk.addWatch(path, "PERSISTENT_RECURSIVE", inner!.watcher);
  await zk.getChildren(root, { watch: child!.watcher });
  await stirUp(zk, path);
  await zk.create(`${root}/b`);
  await zk.create(`${root}/b2`);
  assertEquals(namesOf(outer!, root), [...recursive, "NodeCreated b", "NodeCreated b2"]);
  assertEquals([namesOf(p!, root), namesOf(inner!, root)], [persistent, recursive]);
  assertEquals(child!.nodeLog, [`NodeChildrenChanged ${root}`]);
});
