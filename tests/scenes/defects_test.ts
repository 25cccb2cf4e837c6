/**
 * What other clients got wrong about sessions and watches, where no scene of the subject itself shows
 * that it is right here. Each names its source.
 */
import { assert, assertEquals } from "@std/assert";
import { OpCode, WireEvent } from "../../src/proto/constants.ts";
import {
  aaddAuth,
  aaddWatch,
  aexists,
  aget,
  agetChildren,
  aremoveAllWatches,
  aremoveWatches,
  close,
  state,
} from "../../src/st.ts";
import { readSetWatches } from "../requests.ts";
import { answerAll, connectResponse, event, reply } from "../scripted.ts";
import { answer, connected, expire, namesOf, reconnect, shut } from "./promises.ts";
import { accept, connect, start, T } from "./scene.ts";

Deno.test("whoever is told of a disconnect finds the session disconnected (zookeeper.c:2008)", async () => {
  const states: string[] = [];
  const scene = await start({ watcher: (event) => void states.push(event.state, state(scene.zh)) });
  await accept(scene);
  aget(scene.zh, "/a", () => void states.push(state(scene.zh)), (rc) => {
    states.push(`${rc} ${state(scene.zh)}`);
  });
  await scene.world.clock.settle();
  scene.world.wire.end();
  await scene.world.clock.settle();
  assertEquals(states, ["CONNECTED", "CONNECTED", "CONNECTING", "CONNECTING", "-4 CONNECTING"]);
});

Deno.test("an auth added while the connect request is under way is sent once (zookeeper.c:2101)", async () => {
  const scene = await start();
  const codes: number[] = [];
  assertEquals(state(scene.zh), "ASSOCIATING");
  aaddAuth(scene.zh, "digest", "a:a", (rc) => codes.push(rc));
  const wire = await accept(scene);
  assertEquals(wire.take().map(({ xid }) => xid), [-4]);
  wire.push(reply(-4));
  await scene.world.clock.settle();
  assertEquals(codes, [0]);
});

Deno.test("auths and watches of a new connection are whole, however little a write takes (zookeeper.c:1755)", async () => {
  const scene = await connect();
  const { zh, world } = scene;
  aaddAuth(zh, "digest", "a:a", () => {});
  aget(zh, "/a", () => {}, () => {});
  await world.clock.settle();
  world.wire.push(...answerAll(world.wire.take()));
  await world.clock.settle();
  world.wire.end();
  await world.clock.advance(T / 60);
  const { wire } = world;
  wire.writeMax = 7;
  wire.takeFrames();
  wire.push(connectResponse());
  await world.clock.settle();
  aget(zh, "/b", null, () => {});
  await world.clock.settle();
  assertEquals(wire.take().map(({ xid, type }) => [xid, type]), [
    [-4, OpCode.auth],
    [-8, OpCode.setWatches],
    [2, OpCode.getData],
  ]);
});

Deno.test("removing what nobody watches is told to the completion, once, and asks no server (ZOOKEEPER-2320)", async () => {
  const { zh, world } = await connect();
  const codes: number[] = [];
  const done = (rc: number) => void codes.push(rc);
  assertEquals(aremoveAllWatches(zh, "/a", "ANY", done), 0);
  assertEquals(aremoveWatches(zh, "/a", "DATA", () => {}, done), 0);
  assertEquals(codes, []);
  await world.clock.settle();
  assertEquals([codes, world.wire.take()], [[-121, -121], []]);
});

Deno.test("an event of a type that nobody knows harms nothing (zookeeper.c: collectWatchers)", async () => {
  const scene = await connect();
  scene.world.wire.push(event(99, "/a"), event(WireEvent.nodeDeleted, "/nobody"));
  await scene.world.clock.settle();
  assertEquals([state(scene.zh), scene.codes], ["CONNECTED", []]);
});

Deno.test("watches are armed in packets that fit a small limit (TestIntegration_SetWatchers)", async () => {
  const scene = await connect({ maxBuffer: 1024 });
  const { zh, world } = scene;
  const told = new Set<string>();
  const paths = Array.from({ length: 1000 }, (_, i) => `/gozk-test-${i}`);
  for (const path of paths) aget(zh, path, ({ path }) => void (path && told.add(path)), () => {});
  await world.clock.settle();
  world.wire.push(...answerAll(world.wire.take()));
  await world.clock.settle();
  world.wire.end();
  await world.clock.advance(T / 60);
  const packets = (await accept(scene)).take();
  assert(packets.length >= 12 && packets.every(({ body }) => body.end <= 1024));
  assertEquals(packets.flatMap(({ body }) => readSetWatches(body).lists[0]!), paths);
  for (const path of paths) world.wire.push(event(WireEvent.nodeDataChanged, path));
  await world.clock.settle();
  assertEquals(told.size, 1000);
});

Deno.test("a watch is told of the expiry of its session, and of nothing after (TestIntegration_ExpiringWatch)", async () => {
  const scene = await connected();
  const told: string[] = [];
  scene.zk.exists("/a", { watch: ({ type, state }) => void told.push(`${type} ${state}`) });
  await answer(scene);
  await expire(scene, 8n);
  scene.world.wire.push(event(WireEvent.nodeDataChanged, "/a"));
  await reconnect(scene, { sessionId: 8n });
  assertEquals(scene.world.wire.take(), []);
  assertEquals(told, ["Session CONNECTING", "Session EXPIRED_SESSION"]);
  await shut(scene);
});

Deno.test("a watcher cannot be removed once its session has expired or is closed (test_watcher_remove_session_expired, _after_client_closed)", async () => {
  const scene = await connected();
  const { zk, world } = scene;
  const watch = () => {};
  zk.exists("/a", { watch });
  zk.addWatch("/p", "PERSISTENT", watch);
  await answer(scene);
  await expire(scene, 8n);
  world.wire.take();
  const codes: string[] = [];
  const note = (removing: Promise<void>) =>
    removing.then(() => codes.push("OK"), ({ code }) => codes.push(code));
  note(zk.removeWatches("/a", "ANY", watch));
  note(zk.removeWatches("/p", "ANY", watch));
  await answer(scene);
  assertEquals(codes, ["NOWATCHER", "OK"]);
  zk.exists("/a", { watch });
  await answer(scene);
  await shut(scene);
  await note(zk.removeWatches("/a", "ANY", watch));
  assertEquals(codes.at(-1), "CLOSING");
});

Deno.test("a watcher removed while its event is on the way: told once, then NOWATCHER (test_fail_watch_with_concurrent_passive_remove)", async () => {
  const scene = await connected();
  const { zk, world } = scene;
  const told: string[] = [];
  const watch = ({ type }: { type: string }) => void told.push(type);
  zk.getData("/a", { watch });
  await answer(scene);
  const removing = zk.removeWatches("/a", "DATA", watch).catch(({ code }) => told.push(code));
  await world.clock.settle();
  const [request] = world.wire.take();
  // The server's order: the change first, so that there is no watch left to remove.
  world.wire.push(event(WireEvent.nodeDataChanged, "/a"), reply(request!.xid, undefined, -121));
  await world.clock.settle();
  await removing;
  assertEquals(told, ["NodeDataChanged", "NOWATCHER"]);
  await shut(scene);
});

Deno.test("several removals of several watchers on their way settle each by itself (test_fail_watch_with_multiple_unwatching)", async () => {
  const scene = await connected();
  const { zk } = scene;
  const told: string[] = [];
  const [a, b] = ["a", "b"].map((name) => ({ type }: { type: string }) =>
    void told.push(`${name} ${type}`)
  );
  zk.getData("/x", { watch: a! });
  zk.exists("/x", { watch: b! });
  zk.getChildren("/x", { watch: b! });
  zk.removeWatches("/x", "ANY", a!);
  zk.removeWatches("/x", "DATA", b!);
  const again = zk.removeWatches("/x", "DATA", b!).catch(({ code }) => code);
  const last = zk.removeWatches("/x", "CHILDREN", b!);
  assertEquals(namesOf(await answer(scene)).slice(3), [
    "checkWatches",
    "removeWatches",
    "removeWatches",
  ]);
  await last;
  assertEquals(await again, "NOWATCHER");
  assertEquals(told, ["a DataWatchRemoved", "b DataWatchRemoved", "b ChildWatchRemoved"]);
  await shut(scene);
});

Deno.test("watchers of every kind live side by side on one path (test_watcher_coexist_on_same_path, test_multi_watching)", async () => {
  const { zh, world } = await connect();
  const told: string[] = [];
  const noting = (name: string) => ({ type }: { type: string }) =>
    void told.push(`${name} ${type}`);
  aget(zh, "/a", noting("data"), () => {});
  aexists(zh, "/a", noting("exists"), () => {});
  agetChildren(zh, "/a", noting("child"), () => {});
  aaddWatch(zh, "/a", "PERSISTENT", noting("persistent"), () => {});
  aaddWatch(zh, "/a", "PERSISTENT_RECURSIVE", noting("recursive"), () => {});
  await world.clock.settle();
  const requests = world.wire.take();
  world.wire.push(
    ...requests.map((request) =>
      request.type === OpCode.getChildren
        ? reply(request.xid, (to) => to.vector([] as string[], (w, item) => w.string(item)))
        : answerAll([request])[0]!
    ),
  );
  world.wire.push(
    event(WireEvent.nodeCreated, "/a/b"),
    event(WireEvent.nodeDataChanged, "/a"),
    event(WireEvent.nodeDeleted, "/a"),
  );
  await world.clock.settle();
  assertEquals(told, [
    "recursive NodeCreated",
    "child NodeChildrenChanged",
    "persistent NodeChildrenChanged",
    "data NodeDataChanged",
    "exists NodeDataChanged",
    "persistent NodeDataChanged",
    "recursive NodeDataChanged",
    "persistent NodeDeleted",
    "recursive NodeDeleted",
  ]);
});

Deno.test("a watch of a session that moves on to another server is asked for from its last zxid (testLastZxid, ZOOKEEPER-1417)", async () => {
  const { zh, world, ...scene } = await connect();
  aget(zh, "/a", () => {}, () => {});
  await world.clock.settle();
  const [read] = world.wire.take();
  const [data] = answerAll([read!]);
  world.wire.push(data!);
  await world.clock.settle();
  aexists(zh, "/b", null, () => {});
  await world.clock.settle();
  const [exists] = world.wire.take();
  // An error has a zxid, too; a ping's and an event's do not count.
  world.wire.push(
    reply(exists!.xid, undefined, -101, 0x5_0000_0001n),
    reply(-2, undefined, 0, 0x9_0000_0000n),
    event(WireEvent.nodeDataChanged, "/nobody", 0x9_0000_0000n),
  );
  await world.clock.settle();
  world.wire.end();
  await world.clock.advance(T / 60);
  const wire = await accept({ zh, world, ...scene });
  assertEquals(readSetWatches(wire.take()[0]!.body).relativeZxid, 0x5_0000_0001n);
});

Deno.test("close() inside the watcher of a disconnect ends it there (testCloseFromWatcher1)", async () => {
  const scene = await start({
    watcher: ({ state }) => void (state === "CONNECTING" && close(scene.zh)),
  });
  await accept(scene);
  scene.world.wire.end();
  await scene.world.clock.settle();
  assertEquals([state(scene.zh), scene.world.dials.length], ["CLOSED", 1]);
  assertEquals(scene.world.clock.pending, 0);
});
