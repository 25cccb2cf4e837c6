/** chroot() views: one session, one loop, paths and watchers of their own. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ZooKeeper, ZooKeeperError } from "../../mod.ts";
import { WireEvent } from "../../src/proto/constants.ts";
import { event, reply } from "../scripted.ts";
import {
  answer,
  connected,
  expire,
  inShort,
  namesOf,
  noting,
  open,
  type Promises,
  reconnect,
  shut,
} from "./promises.ts";
import { readSetWatches } from "../requests.ts";

async function fire({ world }: Promises, type: number, path: string): Promise<void> {
  world.wire.push(event(type, path));
  await world.clock.settle();
}

async function codeOf(operation: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => operation, ZooKeeperError)).code;
}

Deno.test("a view's paths begin at its own, in requests, replies and errors; views of views add up", async () => {
  const scene = await connected({}, {}, "127.0.0.1:2181/app");
  const { zk, world } = scene;
  const inner = zk.chroot("/a").chroot("/b");
  const created = inner.create("/x");
  const root = inner.exists("/");
  const whole = zk.chroot("/").exists("/y");
  const failing = assertRejects(() => inner.getData("/none"), ZooKeeperError);
  await world.clock.settle();
  const requests = world.wire.take();
  assertEquals(requests.map(({ body }) => body.string()), [
    "/app/a/b/x",
    "/app/a/b",
    "/app/y",
    "/app/a/b/none",
  ]);
  const [create, ...rest] = requests.map(({ xid }) => xid);
  world.wire.push(
    reply(create!, (to) => to.string("/app/a/b/x")),
    ...rest.map((xid) => reply(xid, undefined, -101)),
  );
  await world.clock.settle();
  assertEquals([await created, await root, await whole], ["/x", null, null]);
  assertEquals((await failing).path, "/none");
  await shut(scene);
});

Deno.test("each watcher is told the path as its own view has it, and the same one once in each", async () => {
  const scene = await connected();
  const { zk, seen } = scene;
  const view = zk.chroot("/a");
  const inner = view.chroot("/b");
  const w = noting(seen, "w");
  for (const [at, path] of [[zk, "/a/b"], [view, "/b"], [inner, "/"], [inner, "/"]] as const) {
    at.getData(path, { watch: w });
  }
  await answer(scene);
  seen.length = 0;
  await fire(scene, WireEvent.nodeDataChanged, "/a/b");
  assertEquals(seen, ["w NodeDataChanged /a/b", "w NodeDataChanged /b", "w NodeDataChanged /"]);
  await shut(scene);
});

Deno.test("removeWatches() of a view removes its own; the server's goes with the last of all", async () => {
  const scene = await connected();
  const { zk, seen } = scene;
  const view = zk.chroot("/a");
  const w = noting(seen, "w");
  zk.addWatch("/a/b", "PERSISTENT", w);
  view.addWatch("/b", "PERSISTENT", w);
  await answer(scene);
  seen.length = 0;
  view.removeWatches("/b", "ANY");
  assertEquals(namesOf(await answer(scene)), ["checkWatches"]);
  const none = codeOf(view.removeWatches("/b", "ANY", w));
  assertEquals([namesOf(await answer(scene)), await none], [[], "NOWATCHER"]);
  zk.removeWatches("/a/b", "ANY");
  assertEquals(namesOf(await answer(scene)), ["removeWatches"]);
  assertEquals(seen, ["w PersistentWatchRemoved /b", "w PersistentWatchRemoved /a/b"]);
  await shut(scene);
});

Deno.test("close() of a view fails its requests, drops its watchers, and leaves the session", async () => {
  const scene = await connected();
  const { zk, world, seen } = scene;
  const view = zk.chroot("/a");
  const inner = view.chroot("/b");
  zk.getData("/a/b", { watch: noting(seen, "root") });
  view.getData("/b", { watch: noting(seen, "view") });
  view.getChildren("/", { watch: noting(seen, "view") });
  inner.addWatch("/", "PERSISTENT_RECURSIVE", noting(seen, "inner"));
  await answer(scene);
  seen.length = 0;
  const late = noting(seen, "late");
  const pending = [codeOf(view.exists("/x")), codeOf(inner.addWatch("/y", "PERSISTENT", late))];
  const outside = zk.exists("/x");
  await world.clock.settle();
  const waiting = codeOf(view.exists("/unsent"));
  await view.close();
  assertEquals([view.closed, view.state, inner.closed, inner.state], [
    true,
    "CLOSED",
    true,
    "CLOSED",
  ]);
  assertEquals([zk.closed, zk.state], [false, "CONNECTED"]);
  await world.clock.settle();
  assertEquals(await Promise.all([...pending, waiting]), ["CLOSING", "CLOSING", "CLOSING"]);
  assertEquals(await codeOf(view.exists("/x")), "CLOSING");
  assertEquals(await codeOf(inner.exists("/x")), "CLOSING");
  assertEquals(await codeOf(inner.connected()), "CLOSING");
  // Of /a/b only what the root watches stays; of /a nothing does.
  assertEquals(namesOf(await answer(scene)), [
    "exists",
    "addWatch",
    "exists",
    "removeWatches",
    "removeWatches",
  ]);
  await outside;
  // What lived on the recursive watch is armed by itself; what was on its way is taken back.
  assertEquals(namesOf(await answer(scene)).sort(), ["removeWatches", "setWatches"]);
  await fire(scene, WireEvent.nodeDataChanged, "/a/b");
  await fire(scene, WireEvent.nodeCreated, "/a/b/c");
  await fire(scene, WireEvent.nodeCreated, "/a/b/y");
  assertEquals(seen, ["root NodeDataChanged /a/b"]);
  assertEquals(zk.interest().events > 0, true);
  await view.close();
  await shut(scene);
});

Deno.test("a view closed while disconnected, or whose removal is lost, arms nothing again", async () => {
  for (const when of ["connected", "disconnected"]) {
    const scene = await connected();
    const { zk, world, seen } = scene;
    const view = zk.chroot("/a");
    view.getData("/b", { watch: noting(seen, "view") });
    view.addWatch("/c", "PERSISTENT", noting(seen, "view"));
    zk.getData("/b", { watch: noting(seen, "root") });
    await answer(scene);
    if (when === "connected") {
      await view.close();
      await world.clock.settle();
    }
    world.wire.end();
    await world.clock.settle();
    await view.close();
    seen.length = 0;
    await reconnect(scene);
    const [request, ...rest] = world.wire.take();
    assertEquals([readSetWatches(request!.body).lists, rest], [[["/b"], [], []], []]);
    assertEquals(seen, ["CONNECTED", "root CONNECTED"]);
    await shut(scene);
  }
});

Deno.test("close() of the session closes its views; a view is renewed with it", async () => {
  const scene = await connected();
  const { zk, seen } = scene;
  const view = zk.chroot("/a");
  const events: string[] = [];
  const loop = (async () => {
    for await (const event of view.events()) events.push(inShort(event));
  })();
  view.addWatch("/p", "PERSISTENT", noting(seen, "view"));
  await answer(scene);
  seen.length = 0;
  await expire(scene, 8n);
  await answer(scene);
  assertEquals([view.session?.id, view.state, view.closed], [8n, "CONNECTED", false]);
  assertEquals(seen.at(-1), "view Resync /p");
  await shut(scene);
  await loop;
  assertEquals([view.state, view.closed], ["CLOSED", true]);
  assertEquals(events, ["CONNECTING", "EXPIRED_SESSION", "CONNECTED"]);
});

Deno.test("a view drives the same loop, and has no detach() of its own", async () => {
  const { zk, world } = await open();
  const view = zk.chroot("/a");
  assertThrows(() => view.detach(), TypeError, "view");
  assertThrows(() => zk.chroot("a"), TypeError, 'must start with "/"');
  assertEquals([view.sessionTimeout, view.platform, view.session, view.server], [
    zk.sessionTimeout,
    zk.platform,
    null,
    null,
  ]);
  assertEquals(view.interest().deadline, zk.interest().deadline);
  assertEquals(view instanceof ZooKeeper, true);
  const waiting = codeOf(view.connected());
  const iterator = view.events()[Symbol.asyncIterator]();
  await view.close();
  assertEquals([await waiting, (await iterator.next()).done], ["CLOSING", true]);
  const closing = zk.close();
  await world.clock.settle();
  await closing;
});
