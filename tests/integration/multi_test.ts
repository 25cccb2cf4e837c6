import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { type ErrorResult, Op, type OpResult } from "@zkst/zookeeper";
import { text } from "./data.ts";
import { test } from "./server.ts";
import { assertCode, Recorder } from "./waiting.ts";

test("multi() creates a parent and its children", async ({ zk, root }) => {
  const paths = [`${root}/a`, `${root}/a/b`, `${root}/c`];
  const results = await zk.multi(paths.map((path) => Op.create(path, path)));
  assertEquals(results, paths.map((path) => ({ type: "create", path, stat: null })));
  for (const path of paths) assertEquals(text((await zk.getData(path)).data), path);
});

test("multi() creates and deletes what it has created", async ({ zk, root }) => {
  const nested = ["/a", "/a/b", "/a/b/c"].map((path) => root + path);
  const results = await zk.multi([
    ...nested.map((path) => Op.create(path)),
    ...nested.toReversed().map((path) => Op.delete(path, 0)),
  ]);
  assertEquals(typesOf(results), [..."ccc"].map(() => "create").concat(Array(3).fill("delete")));
  assertEquals(await zk.getChildren(root), []);
});

test("multi() sets data, each time with the Stat of that moment", async ({ zk, root }) => {
  const path = `${root}/a`;
  const results = await zk.multi([
    Op.create(path, "0"),
    Op.setData(path, "1"),
    Op.setData(path, "22", 1),
    Op.check(path, 2),
  ]);
  assertEquals(typesOf(results), ["create", "setData", "setData", "check"]);
  const stats = results.flatMap((result) => result.type === "setData" ? [result.stat] : []);
  assertEquals(stats.map(({ version, dataLength }) => [version, dataLength]), [[1, 1], [2, 2]]);
  assertEquals(await zk.exists(path), stats[1]!);
});

test("multi() with a wrong version does nothing, and says where it stopped", async (scene) => {
  const { zk, root } = scene;
  const error = await assertCode(
    zk.multi([
      Op.create(`${root}/a`),
      Op.delete(`${root}/a`, 1),
      Op.create(`${root}/b`),
      Op.create(`${root}/c`),
    ]),
    "BADVERSION",
  );
  assertEquals([error.rc, error.index, error.sent], [-103, 1, true]);
  assertEquals(error.results, failed(0, -103, -2, -2));
  assertEquals(await zk.getChildren(root), []);
});

test("multi() rejects with the code of the operation that failed", async ({ zk, root }) => {
  await zk.create(`${root}/a`, "0");
  await zk.create(`${root}/a/b`);
  const [a, none] = [`${root}/a`, `${root}/none`];
  const cases: [string, number, Op[], number[]][] = [
    ["NODEEXISTS", 1, [Op.create(none), Op.create(a)], [0, -110]],
    ["NODEEXISTS", 0, [Op.create(a), Op.create(none)], [-110, -2]],
    ["NODEEXISTS", 0, [Op.create(a)], [-110]],
    ["BADVERSION", 1, [Op.setData(a, "1", 0), Op.setData(a, "2", 0)], [0, -103]],
    ["NONODE", 2, [Op.delete(`${a}/b`), Op.delete(a), Op.setData(a, "1")], [0, 0, -101]],
    ["NOTEMPTY", 0, [Op.delete(a), Op.create(none)], [-111, -2]],
    ["BADVERSION", 0, [Op.check(a, 7), Op.create(none)], [-103, -2]],
    ["NONODE", 1, [Op.create(none), Op.check(`${none}/x`, 0)], [0, -101]],
  ];
  for (const [code, index, ops, rcs] of cases) {
    const error = await assertCode(zk.multi(ops), code);
    assertEquals([error.index, error.results, error.path], [index, failed(...rcs), null]);
  }
  assertEquals(text((await zk.getData(a)).data), "0");
  assertEquals(await zk.getChildren(root), ["a"]);
});

test("multi() makes sequential and ephemeral znodes", async ({ zk, root }) => {
  const sequential = { mode: "EPHEMERAL_SEQUENTIAL" } as const;
  const many = await Promise.all(
    Array.from({ length: 20 }, () =>
      zk.multi([
        Op.create(`${root}/e-`, null, sequential),
        Op.create(`${root}/e-`, "", sequential),
      ])),
  );
  const paths = many.flat().map((result) => result.type === "create" && result.path);
  const numbers = Array.from({ length: 40 }, (_, i) => `${root}/e-${String(i).padStart(10, "0")}`);
  assertEquals(paths, numbers);
  assertEquals((await zk.getEphemerals(root)).sort(), numbers);
});

test("multi() may be called from inside a continuation of another", async ({ zk, root }) => {
  const next = (i: number): Promise<number> =>
    zk.multi([Op.create(`${root}/${i}-`, null, { mode: "PERSISTENT_SEQUENTIAL" })])
      .then((results) => i < 5 ? next(i + results.length) : i);
  assertEquals(await next(0), 5);
  assertEquals((await zk.getChildren(root)).length, 6);
});

test("multi() tells watchers as single operations do", async (scene) => {
  const { zk, root } = scene;
  const path = `${root}/a`;
  await zk.create(path);
  const recorder = new Recorder();
  await zk.getData(path, { watch: recorder.watcher });
  await zk.getChildren(root, { watch: recorder.watcher });
  await assertCode(zk.multi([Op.setData(path, "1"), Op.check(path, 7)]), "BADVERSION");
  assertEquals(recorder.log, []);
  await zk.multi([Op.setData(path, "1"), Op.create(`${root}/b`)]);
  assertEquals(recorder.log, [`NodeDataChanged ${path}`, `NodeChildrenChanged ${root}`]);
});

test("multi() of nothing succeeds", async ({ zk }) => {
  assertEquals(await zk.multi([]), []);
  assertEquals(await zk.multiRead([]), []);
});

test("multi() and multiRead() below a chroot", async (scene) => {
  const zk = await scene.connect({}, scene.root);
  const results = await zk.multi([Op.create("/a", "x"), Op.create("/a/b"), Op.setData("/a", "y")]);
  assertEquals(results.map((result) => "path" in result && result.path), ["/a", "/a/b", false]);
  const reads = await zk.multiRead([Op.getData("/a"), Op.getChildren("/a")]);
  assert(reads[0]!.type === "getData" && text(reads[0]!.data) === "y");
  assertEquals(reads[1], { type: "getChildren", children: ["b"] });
});

test("multiRead() has a result or a code for each operation", async ({ zk, root }) => {
  await zk.create(`${root}/a`, "data");
  await zk.create(`${root}/null`);
  await zk.create(`${root}/secret`, "x", {
    acl: [{ perms: 8, id: { scheme: "world", id: "anyone" } }],
  });
  const results = await zk.multiRead([
    Op.getData(`${root}/a`),
    Op.getData(`${root}/none`),
    Op.getChildren(root),
    Op.getChildren(`${root}/none`),
    Op.getData(`${root}/secret`),
    Op.getData(`${root}/null`),
  ]);
  const { data, stat } = await zk.getData(`${root}/a`);
  assertEquals(results[0], { type: "getData", data, stat });
  const errors = results.filter((result) => result.type === "error");
  assertEquals(errors, failed(-101, -101, -102));
  assert(results[2]!.type === "getChildren");
  assertEquals(results[2]!.children.sort(), ["a", "null", "secret"]);
  assert(results[5]!.type === "getData");
  assertStrictEquals(results[5]!.data, null);
  assertEquals(results.length, 6);
});

function typesOf(results: OpResult[]): string[] {
  return results.map(({ type }) => type);
}

function failed(...rcs: number[]): ErrorResult[] {
  return rcs.map((rc) => ({ type: "error", rc }));
}
