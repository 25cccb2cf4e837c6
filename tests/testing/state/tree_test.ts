import { assertEquals } from "@std/assert";
import { OPEN_ACL_UNSAFE } from "../../../src/proto/acl.ts";
import { DataTree } from "../../../src/testing/state/tree.ts";
import { WatchManager } from "../../../src/testing/state/watch_manager.ts";

Deno.test("DataTree: znodes may be nested deeper than calls can be", () => {
  const tree = new DataTree(new WatchManager(false));
  const is = {
    data: null,
    acl: OPEN_ACL_UNSAFE,
    lifetime: "persistent",
    owner: 0n,
    ttl: 0,
  } as const;
  const depth = 12_000;
  let path = "";
  for (let i = 0; i < depth; i++) tree.create(path += "/a", is, i, 0);
  assertEquals(tree.countBelow("/a"), depth - 1);
  const quota = "/zookeeper/quota/a";
  for (const path of [quota, `${quota}/zookeeper_stats`]) tree.create(path, is, depth, 0);
  const { data } = tree.get(`${quota}/zookeeper_stats`)!;
  assertEquals(new TextDecoder().decode(data!), `count=${depth},bytes=0`);
});
