import { assertEquals } from "@std/assert";
import { test } from "./server.ts";
import { within } from "./waiting.ts";

test("watch() tells all changes of a tree in order, and stops when its loop is left", async ({ zk, root }) => {
  const seen: string[] = [];
  const loop = (async () => {
    for await (const { type, path } of zk.watch(root, { recursive: true })) {
      seen.push(`${type} ${path.slice(root.length)}`);
      if (path.endsWith("/last")) break;
    }
  })();
  for (let i = 0; i < 50; i++) {
    zk.create(`${root}/${i}`);
    zk.setData(`${root}/${i}`, "x");
  }
  zk.create(`${root}/last`);
  await within("the end of the loop", loop);
  const changes = Array.from(
    { length: 50 },
    (_, i) => [`NodeCreated /${i}`, `NodeDataChanged /${i}`],
  );
  assertEquals(seen, [...changes.flat(), "NodeCreated /last"]);
});

test("watch() loops of one path, with and without recursion, end each by itself", async ({ zk, root }) => {
  const controller = new AbortController();
  const { signal } = controller;
  const [one, tree]: string[][] = [[], []];
  const follow = async (into: string[], recursive: boolean, options = {}) => {
    for await (const { type } of zk.watch(root, { recursive, ...options })) into.push(type);
  };
  const loops = [follow(one!, false), follow(tree!, true, { signal })];
  await zk.create(`${root}/a`);
  controller.abort();
  await within("the end of the aborted one", loops[1]!);
  await zk.create(`${root}/b`);
  await zk.setData(root, "x");
  assertEquals(tree, ["NodeCreated"]);
  assertEquals(one, ["NodeChildrenChanged", "NodeChildrenChanged", "NodeDataChanged"]);
  await zk.close();
  await within("the end of the other", loops[0]!);
});
