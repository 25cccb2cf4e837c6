import { assertEquals } from "@std/assert";
import { Op } from "@zkst/zookeeper";
import { ask, connect, test, testWithServer } from "./server.ts";
import { assertCode, Recorder, until, within } from "./waiting.ts";

test("A chroot() view does everything below its path", async ({ zk, root }) => {
  await zk.create(`${root}/app`);
  await using outer = zk.chroot(root);
  await using view = outer.chroot("/app");
  assertEquals(await view.create("/a", "1"), "/a");
  assertEquals((await view.create2("/a/b")).path, "/a/b");
  const sequential = await view.create("/s-", null, { mode: "EPHEMERAL_SEQUENTIAL" });
  assertEquals(sequential.slice(0, 3), "/s-");
  assertEquals(await view.getEphemerals(), [sequential]);
  assertEquals(await outer.getEphemerals(), [`/app${sequential}`]);
  assertEquals((await view.getChildren("/")).sort(), ["a", sequential.slice(1)]);
  const results = await view.multi([Op.create("/m"), Op.setData("/m", "x"), Op.delete("/m")]);
  assertEquals(results[0], { type: "create", path: "/m", stat: null });
  assertEquals((await zk.getData(`${root}/app/a`)).stat.version, 0);
  assertEquals(await view.getAllChildrenNumber("/"), 3);
  const error = await assertCode(view.setData("/none", "x"), "NONODE");
  assertEquals(error.path, "/none");
  await view.delete(sequential);
  await view.close();
  await assertCode(view.exists("/a"), "CLOSING");
  assertEquals((await outer.exists("/app/a"))?.numChildren, 1);
});

test("Views share a path: each watcher is told once, as its view has it", async ({ zk, root }) => {
  const recorder = new Recorder();
  await zk.create(`${root}/a`);
  const view = zk.chroot(root);
  await zk.addWatch(`${root}/a`, "PERSISTENT", recorder.watcher);
  await view.addWatch("/a", "PERSISTENT", recorder.watcher);
  await view.chroot("/a").addWatch("/", "PERSISTENT_RECURSIVE", recorder.watcher);
  await zk.setData(`${root}/a`, "1");
  await view.close();
  await zk.setData(`${root}/a`, "2");
  await zk.create(`${root}/a/b`);
  assertEquals(recorder.nodeLog, [
    `NodeDataChanged ${root}/a`,
    "NodeDataChanged /a",
    "NodeDataChanged /",
    `NodeDataChanged ${root}/a`,
    `NodeChildrenChanged ${root}/a`,
  ]);
});

testWithServer(
  "close() of a view takes its watches from the server, and no others",
  async (server) => {
    await using zk = await connect(server.address);
    const count = async () => {
      const answer = await ask(server, "mntr");
      return Number(answer.match(/^zk_watch_count\s+(\d+)/m)![1]);
    };
    const watch = () => {};
    const view = zk.chroot("/a");
    for (let i = 0; i < 100; i++) {
      view.exists(`/${i}`, { watch });
      if (i % 2) zk.exists(`/a/${i}`, { watch });
      view.addWatch(`/p${i}`, "PERSISTENT", watch);
    }
    const loop = (async () => {
      for await (const _ of view.watch("/w")) break;
    })();
    await zk.sync("/");
    // A persistent one counts twice.
    assertEquals(await count(), 100 + 200 + 2);
    await view.close();
    await within("the end of watch()", loop);
    await until("they are gone", async () => await count() === 50);
    assertEquals([view.closed, zk.closed], [true, false]);
  },
);
