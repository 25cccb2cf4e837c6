/** The chroot stands before request paths, and nothing outside it is seen or made. */
import { assertEquals } from "@std/assert";
import {
  acreate,
  agetChildren,
  agetConfig,
  agetEphemerals,
  amulti,
  Op,
  OPEN_ACL_UNSAFE,
} from "../../src/st.ts";
import { reply } from "../scripted.ts";
import { accept, type Scene, start } from "./scene.ts";

async function connect(): Promise<Scene> {
  const scene = await start({}, "127.0.0.1:2181/app");
  await accept(scene);
  return scene;
}

Deno.test("a list of ephemerals leaves out those that only share the chroot's letters", async () => {
  const { zh, world } = await connect();
  let seen: unknown;
  agetEphemerals(zh, "/", (_rc, paths) => seen = paths);
  await world.clock.settle();
  const [request] = world.wire.take();
  assertEquals(request!.body.string(), "/app");
  const paths = ["/app/x", "/apple/x", "/app"];
  world.wire.push(reply(request!.xid, (to) => to.vector(paths, (w, path) => w.string(path))));
  await world.clock.settle();
  assertEquals(seen, ["/x", "/"]);
});

Deno.test("names of children are not paths, whatever they look like", async () => {
  const { zh, world } = await connect();
  let seen: unknown;
  agetChildren(zh, "/", null, (_rc, children) => seen = children);
  await world.clock.settle();
  const [request] = world.wire.take();
  const names = ["app", "a"];
  world.wire.push(reply(request!.xid, (to) => to.vector(names, (w, name) => w.string(name))));
  await world.clock.settle();
  assertEquals(seen, names);
});

Deno.test("a sequential child of / is made below the chroot, not beside it", async () => {
  const { zh, world } = await connect();
  let seen: unknown;
  acreate(zh, "/", null, OPEN_ACL_UNSAFE, "PERSISTENT_SEQUENTIAL", (_rc, path) => seen = path);
  amulti(zh, [Op.create("/", null, { mode: "EPHEMERAL_SEQUENTIAL" }), Op.check("/", 0)], () => {});
  await world.clock.settle();
  const [create, multi] = world.wire.take();
  assertEquals(create!.body.string(), "/app/");
  multi!.body.at += 9;
  assertEquals(multi!.body.string(), "/app/");
  world.wire.push(reply(create!.xid, (to) => to.string("/app/0000000000")));
  await world.clock.settle();
  assertEquals(seen, "/0000000000");
});

Deno.test("the ensemble's configuration is under no chroot", async () => {
  const { zh, world } = await connect();
  agetConfig(zh, null, () => {});
  await world.clock.settle();
  assertEquals(world.wire.take()[0]!.body.string(), "/zookeeper/config");
});
