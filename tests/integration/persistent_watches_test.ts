import { assertEquals } from "@std/assert";
import { test } from "./server.ts";
import { Recorder } from "./waiting.ts";

test("addWatch() PERSISTENT tells of every change of a znode and its children's names", async ({ zk, root }) => {
  const path = `${root}/a`;
  const recorder = new Recorder();
  await zk.addWatch(path, "PERSISTENT", recorder.watcher);
  await zk.create(path);
  await zk.setData(path, "1");
  await zk.setData(path, "2");
  await zk.create(`${path}/b`);
  await zk.setData(`${path}/b`, "x");
  await zk.create(`${path}/b/c`);
  await zk.delete(`${path}/b/c`);
  await zk.delete(`${path}/b`);
  await zk.delete(path);
  await zk.create(path);
  assertEquals(recorder.log, [
    `NodeCreated ${path}`,
    `NodeDataChanged ${path}`,
    `NodeDataChanged ${path}`,
    `NodeChildrenChanged ${path}`,
    `NodeChildrenChanged ${path}`,
    `NodeDeleted ${path}`,
    `NodeCreated ${path}`,
  ]);
});

test("addWatch() PERSISTENT_RECURSIVE tells of every change in a tree", async ({ zk, root }) => {
  const path = `${root}/a`;
  const recorder = new Recorder();
  await zk.addWatch(path, "PERSISTENT_RECURSIVE", recorder.watcher);
  await zk.create(path);
  await zk.create(`${path}/b`);
  await zk.create(`${path}/b/c`, "0");
  await zk.setData(`${path}/b/c`, "1");
  await zk.setData(path, "1");
  await zk.create(`${root}/ab`);
  await zk.setData(root, "x");
  await zk.delete(`${path}/b/c`);
  await zk.delete(`${path}/b`);
  await zk.delete(path);
  assertEquals(recorder.log, [
    `NodeCreated ${path}`,
    `NodeCreated ${path}/b`,
    `NodeCreated ${path}/b/c`,
    `NodeDataChanged ${path}/b/c`,
    `NodeDataChanged ${path}`,
    `NodeDeleted ${path}/b/c`,
    `NodeDeleted ${path}/b`,
    `NodeDeleted ${path}`,
  ]);
});

test("addWatch() of trees within trees tells each watcher once", async ({ zk, root }) => {
  await zk.create(`${root}/a`);
  const [outer, inner, both] = [new Recorder(), new Recorder(), new Recorder()];
  await zk.addWatch(root, "PERSISTENT_RECURSIVE", outer.watcher);
  await zk.addWatch(`${root}/a`, "PERSISTENT_RECURSIVE", inner.watcher);
  await zk.addWatch(root, "PERSISTENT_RECURSIVE", both.watcher);
  await zk.addWatch(`${root}/a`, "PERSISTENT_RECURSIVE", both.watcher);
  await zk.addWatch(`${root}/a`, "PERSISTENT_RECURSIVE", both.watcher);
  await zk.create(`${root}/a/b`);
  await zk.create(`${root}/c`);
  const [b, c] = [`NodeCreated ${root}/a/b`, `NodeCreated ${root}/c`];
  assertEquals([outer.log, inner.log, both.log], [[b, c], [b], [b, c]]);
});

test("addWatch() tells beside one-shot watches of other znodes", async ({ zk, root }) => {
  await zk.create(`${root}/a`);
  const [tree, once] = [new Recorder(), new Recorder()];
  await zk.addWatch(root, "PERSISTENT_RECURSIVE", tree.watcher);
  await zk.getData(`${root}/a`, { watch: once.watcher });
  await zk.getChildren(`${root}/a`, { watch: once.watcher });
  await zk.setData(`${root}/a`, "1");
  await zk.setData(`${root}/a`, "2");
  await zk.create(`${root}/a/b`);
  const changed = `NodeDataChanged ${root}/a`;
  assertEquals(tree.log, [changed, changed, `NodeCreated ${root}/a/b`]);
  assertEquals(once.log, [changed, `NodeChildrenChanged ${root}/a`]);
});

test("addWatch() of the root and below a chroot", async (scene) => {
  const zk = await scene.connect({}, scene.root);
  const [names, tree, all] = [new Recorder(), new Recorder(), new Recorder()];
  await zk.addWatch("/", "PERSISTENT", names.watcher);
  await zk.addWatch("/a", "PERSISTENT_RECURSIVE", tree.watcher);
  await scene.zk.addWatch("/", "PERSISTENT_RECURSIVE", all.watcher);
  await zk.create("/a");
  await zk.create("/a/b");
  await scene.zk.sync("/");
  assertEquals(names.log, ["NodeChildrenChanged /"]);
  assertEquals(tree.log, ["NodeCreated /a", "NodeCreated /a/b"]);
  const own = all.log.filter((line) => line.includes(`${scene.root}/`));
  assertEquals(own, [`NodeCreated ${scene.root}/a`, `NodeCreated ${scene.root}/a/b`]);
});
