/** Watchers: whom an event concerns, and what survives a reconnect. */
import { assert, assertEquals } from "@std/assert";
import { OpCode, WireEvent } from "../../src/proto/constants.ts";
import {
  aaddWatch,
  aexists,
  aget,
  agetChildren,
  aremoveAllWatches,
  aremoveWatches,
  type WatchedEvent,
} from "../../src/st.ts";
import { readSetWatches } from "../requests.ts";
import { answerAll, event, reply, type Wire } from "../scripted.ts";
import { accept, connect, type Scene, start, T } from "./scene.ts";

/** A watcher that notes its events under a name. */
function noting(seen: string[], name: string): (event: WatchedEvent) => void {
  return ({ type, path, state }) => {
    seen.push(type === "Session" ? `${name} ${state}` : `${name} ${type} ${path}`);
  };
}

async function answer({ world }: Scene): Promise<void> {
  await world.clock.settle();
  const requests = world.wire.take();
  world.wire.push(
    ...requests.map((request) =>
      request.type === OpCode.getChildren
        ? reply(request.xid, (to) => to.vector([] as string[], (w, item) => w.string(item)))
        : answerAll([request])[0]!
    ),
  );
  await world.clock.settle();
}

async function fire({ world }: Scene, type: number, path: string, zxid?: bigint): Promise<void> {
  world.wire.push(event(type, path, zxid));
  await world.clock.settle();
}

Deno.test("one-shot watchers are told once, each once, in the order of registration (testNodeWatcher1)", async () => {
  const scene = await connect();
  const { zh } = scene;
  const seen: string[] = [];
  const [a, b] = [noting(seen, "a"), noting(seen, "b")];
  aget(zh, "/x", a, () => {});
  aexists(zh, "/x", b, () => {});
  aget(zh, "/x", a, () => {});
  await answer(scene);
  await fire(scene, WireEvent.nodeDataChanged, "/x");
  await fire(scene, WireEvent.nodeDataChanged, "/x");
  assertEquals(seen, ["a NodeDataChanged /x", "b NodeDataChanged /x"]);
  assertEquals(scene.events.length, 1, "the global watcher hears of the session alone");
});

Deno.test("NodeDeleted concerns data and child watchers, NodeChildrenChanged the latter (testChildWatcher1, 2)", async () => {
  for (
    const [type, name] of [
      [WireEvent.nodeDeleted, ["data NodeDeleted /x", "child NodeDeleted /x"]],
      [WireEvent.nodeChildrenChanged, ["child NodeChildrenChanged /x"]],
    ] as const
  ) {
    const scene = await connect();
    const seen: string[] = [];
    aget(scene.zh, "/x", noting(seen, "data"), () => {});
    agetChildren(scene.zh, "/x", noting(seen, "child"), () => {});
    await answer(scene);
    await fire(scene, type, "/x");
    assertEquals(seen, [...name]);
  }
});

Deno.test("exists() of an absent znode is told of its creation; a failed read leaves no watch", async () => {
  const scene = await connect();
  const { zh, world } = scene;
  const seen: string[] = [];
  aexists(zh, "/x", noting(seen, "exists"), () => {});
  aget(zh, "/x", noting(seen, "get"), () => {});
  await world.clock.settle();
  world.wire.push(...world.wire.take().map(({ xid }) => reply(xid, undefined, -101)));
  await world.clock.settle();
  await fire(scene, WireEvent.nodeCreated, "/x");
  assertEquals(seen, ["exists NodeCreated /x"]);
});

Deno.test("persistent watchers stay; recursive ones hear of all below but not of children lists", async () => {
  const scene = await connect();
  const { zh } = scene;
  const seen: string[] = [];
  aaddWatch(zh, "/x", "PERSISTENT", noting(seen, "p"), () => {});
  aaddWatch(zh, "/x", "PERSISTENT_RECURSIVE", noting(seen, "r"), () => {});
  aaddWatch(zh, "/", "PERSISTENT_RECURSIVE", noting(seen, "root"), () => {});
  await answer(scene);
  await fire(scene, WireEvent.nodeChildrenChanged, "/x");
  await fire(scene, WireEvent.nodeCreated, "/x/y/z");
  await fire(scene, WireEvent.nodeDeleted, "/x");
  await fire(scene, WireEvent.nodeCreated, "/xy");
  assertEquals(seen, [
    "p NodeChildrenChanged /x",
    "r NodeCreated /x/y/z",
    "root NodeCreated /x/y/z",
    "p NodeDeleted /x",
    "r NodeDeleted /x",
    "root NodeDeleted /x",
    "root NodeCreated /xy",
  ]);
});

Deno.test("an event has the zxid that 3.9 sends, and null from 3.8", async () => {
  const scene = await connect();
  const zxids: unknown[] = [];
  aaddWatch(scene.zh, "/x", "PERSISTENT", (event) => void zxids.push(event.zxid), () => {});
  await answer(scene);
  await fire(scene, WireEvent.nodeDataChanged, "/x", -1n);
  await fire(scene, WireEvent.nodeDataChanged, "/x", 0x1_2345_6789n);
  assertEquals(zxids, [null, 0x1_2345_6789n]);
});

Deno.test("an event does not move the last zxid", async () => {
  const scene = await connect();
  aget(scene.zh, "/x", () => {}, () => {});
  await answer(scene);
  await fire(scene, WireEvent.nodeDataChanged, "/x", 0x1000n);
  assertEquals([scene.zh.zxidHigh, scene.zh.zxidLow], [0, 1]);
});

Deno.test("a disconnect is told to the global and to each watcher once (testObjectSessionWatcher1, 2)", async () => {
  const scene = await connect();
  const seen: string[] = [];
  const a = noting(seen, "a");
  aget(scene.zh, "/x", a, () => {});
  aget(scene.zh, "/y", a, () => {});
  agetChildren(scene.zh, "/y", noting(seen, "b"), () => {});
  await answer(scene);
  scene.world.wire.end();
  await scene.world.clock.settle();
  assertEquals(seen, ["a CONNECTING", "b CONNECTING"]);
  assertEquals(scene.events.map(({ state }) => state), ["CONNECTED", "CONNECTING"]);
});

/** Reconnects, and returns what the new connection carries. */
async function reconnect(scene: Scene): Promise<Wire> {
  scene.world.wire.end();
  await scene.world.clock.advance(T / 60);
  return await accept(scene);
}

Deno.test("watches are armed again with setWatches, before any request", async () => {
  const scene = await connect();
  const { zh } = scene;
  const seen: string[] = [];
  aget(zh, "/data", noting(seen, "d"), () => {});
  agetChildren(zh, "/child", noting(seen, "c"), () => {});
  await answer(scene);
  scene.world.wire.end();
  await scene.world.clock.settle();
  aget(zh, "/waiting", null, () => {});
  await scene.world.clock.advance(T / 60);
  const wire = await accept(scene);
  const requests = wire.take();
  assertEquals(requests.map(({ type }) => type), [OpCode.setWatches, OpCode.getData]);
  assertEquals(requests[0]!.xid, -8);
  const { relativeZxid, lists } = readSetWatches(requests[0]!.body);
  assertEquals([relativeZxid, lists], [1n, [["/data"], [], ["/child"]]]);
  // What was missed comes before the answer, and is told.
  wire.push(event(WireEvent.nodeDataChanged, "/data"), reply(-8));
  await scene.world.clock.settle();
  assertEquals(seen.at(-1), "d NodeDataChanged /data");
});

Deno.test("persistent watches are armed again with setWatches2", async () => {
  const scene = await connect();
  aaddWatch(scene.zh, "/p", "PERSISTENT", () => {}, () => {});
  aaddWatch(scene.zh, "/r", "PERSISTENT_RECURSIVE", () => {}, () => {});
  await answer(scene);
  const [request] = (await reconnect(scene)).take();
  assertEquals(request!.type, OpCode.setWatches2);
  assertEquals(readSetWatches(request!.body).lists, [[], [], [], ["/p"], ["/r"]]);
});

Deno.test("without watches nothing is sent after a reconnect", async () => {
  const scene = await connect();
  assertEquals((await reconnect(scene)).take(), []);
});

Deno.test("many watches are armed in packets that a server accepts (ZOOKEEPER-706)", async () => {
  const scene = await connect();
  const paths = Array.from({ length: 1000 }, (_, i) => `/${"x".repeat(300)}${i}`);
  for (const path of paths) aget(scene.zh, path, () => {}, () => {});
  await answer(scene);
  const packets = (await reconnect(scene)).take();
  assertEquals(packets.flatMap(({ body }) => readSetWatches(body).lists[0]!), paths);
  assert(packets.length >= 3 && packets.every(({ body }) => body.end <= 128 * 1024));
});

Deno.test("a server that refuses to arm the watches loses the connection (zookeeper.c:3443)", async () => {
  const scene = await connect();
  aget(scene.zh, "/x", () => {}, () => {});
  await answer(scene);
  const wire = await reconnect(scene);
  wire.push(reply(-8, undefined, -5));
  await scene.world.clock.settle();
  assertEquals([wire.closed, scene.codes.at(-1)], [true, -4]);
});

Deno.test("the server is asked to drop a watch with the last local watcher of it only (ZOOKEEPER-2320)", async () => {
  const scene = await connect();
  const { zh, world } = scene;
  const seen: string[] = [];
  const [a, b] = [noting(seen, "a"), noting(seen, "b")];
  aget(zh, "/x", a, () => {});
  aget(zh, "/x", b, () => {});
  agetChildren(zh, "/x", b, () => {});
  await answer(scene);
  const codes: number[] = [];
  const done = (rc: number) => void codes.push(rc);
  const asked = async () => {
    await world.clock.settle();
    const requests = world.wire.take();
    world.wire.push(...requests.map(({ xid }) => reply(xid)));
    await world.clock.settle();
    return requests.map(({ type }) => type);
  };
  aremoveWatches(zh, "/x", "DATA", a, done);
  assertEquals(await asked(), [OpCode.checkWatches]);
  aremoveWatches(zh, "/x", "DATA", b, done);
  assertEquals(await asked(), [OpCode.removeWatches]);
  aremoveAllWatches(zh, "/x", "ANY", done);
  assertEquals(await asked(), [OpCode.removeWatches]);
  aremoveAllWatches(zh, "/x", "ANY", done);
  assertEquals(await asked(), []);
  assertEquals(codes, [0, 0, 0, -121]);
  assertEquals(seen, ["a DataWatchRemoved /x", "b DataWatchRemoved /x", "b ChildWatchRemoved /x"]);
});

Deno.test("a chroot stands before request paths and is taken off replies and events", async () => {
  const scene = await start({}, "127.0.0.1:2181/app");
  await accept(scene);
  const { zh, world } = scene;
  const seen: string[] = [];
  aaddWatch(zh, "/", "PERSISTENT_RECURSIVE", noting(seen, "w"), () => {});
  aget(zh, "/a", null, () => {});
  await world.clock.settle();
  const requests = world.wire.take();
  assertEquals(requests.map(({ body }) => body.string()), ["/app", "/app/a"]);
  world.wire.push(reply(requests[0]!.xid), reply(requests[1]!.xid, undefined, -101));
  await fire(scene, WireEvent.nodeCreated, "/app/a");
  await fire(scene, WireEvent.nodeDeleted, "/app");
  await fire(scene, WireEvent.nodeCreated, "/apple");
  assertEquals(seen, ["w NodeCreated /a", "w NodeDeleted /"]);
});
