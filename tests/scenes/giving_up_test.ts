/** Giving up: a session's end while others wait for it, and requests whose owners have left. */
import { assertEquals, assertRejects } from "@std/assert";
import { Poll, ZooKeeper, ZooKeeperError } from "../../mod.ts";
import { Reader } from "../../src/proto/archive.ts";
import { OpCode, WireEvent } from "../../src/proto/constants.ts";
import {
  aaddAuth,
  aaddWatch,
  aget,
  aremoveAllWatches,
  aremoveWatches,
  cancel,
  close,
  closed,
  interest,
  process,
  state,
} from "../../src/st.ts";
import { answerAll, connectResponse, event, reply, Scripted } from "../scripted.ts";
import { accept, connect, make, type Scene, start, T } from "./scene.ts";

Deno.test("connected() rejects when the session is closed, and leaves no timer", async () => {
  const world = new Scripted();
  world.answer = () => "refuse";
  const zk = new ZooKeeper("10.0.0.1:1", { platform: world });
  zk.run();
  const waiting = assertRejects(() => zk.connected({ timeout: 60_000 }), ZooKeeperError, "CLOSING");
  await world.clock.settle();
  const closing = zk.close();
  await world.clock.settle();
  await closing;
  await waiting;
  assertEquals(world.clock.pending, 0);
});

Deno.test("close() after the end stays over, for ./st and for a Poll", async () => {
  const scene = await start({ session: { id: 7n, password: new Uint8Array(16) } });
  await accept(scene, { timeout: 0 });
  assertEquals([state(scene.zh), closed(scene.zh)], ["EXPIRED_SESSION", true]);
  close(scene.zh);
  assertEquals([state(scene.zh), closed(scene.zh)], ["CLOSED", true]);
  const poll = new Poll();
  poll.add(scene.zh);
  let told = 0;
  poll.wait().then(() => told++);
  await scene.world.clock.settle();
  assertEquals(told, 0, "an over session is not handed out again and again");
});

Deno.test("a wait() is woken for what somebody else's process() has left", async () => {
  const { zh, world } = make();
  world.answer = () => "refuse";
  process(zh, 0);
  let woken = 0;
  interest(zh).wait().then(() => woken++);
  aget(zh, "/a", null, () => {}, { timeout: 50 });
  await world.clock.advance(49);
  process(zh, 0);
  await world.clock.advance(1);
  assertEquals(woken, 1);
});

Deno.test("auth and watches leave although the connect request's write completes late", async () => {
  const { zh, world } = make();
  const dial = world.connect;
  world.connect = async (endpoint, signal) => {
    const transport = await dial(endpoint, signal);
    world.wire.stalled = true;
    return transport;
  };
  aaddAuth(zh, "digest", "a:1", () => {});
  const drive = async () => {
    while (!closed(zh)) process(zh, await interest(zh).wait());
  };
  drive();
  await world.clock.settle();
  // The answer is there before the write of the request has been reported done.
  world.wire.push(connectResponse());
  await world.clock.settle();
  assertEquals(state(zh), "CONNECTED");
  world.wire.release();
  await world.clock.settle();
  const [, ...requests] = world.wire.takeFrames();
  assertEquals(requests.map((frame) => Reader.of(frame).int()), [-4]);
});

Deno.test("an app that comes late leaves the server time for the handshake", async () => {
  const { zh, world } = make();
  process(zh, 0);
  world.clock.jump(10 * T);
  await world.clock.settle();
  process(zh, 0);
  assertEquals([state(zh), process(zh, 0)], ["ASSOCIATING", 0]);
});

Deno.test("an auth over maxBuffer is refused at the call, and not replayed for ever", async () => {
  const scene = await connect({ maxBuffer: 2000 });
  assertEquals(aaddAuth(scene.zh, "digest", new Uint8Array(2000), () => {}), -8);
  for (let i = 0; i < 3; i++) aaddAuth(scene.zh, "digest", "same:same", () => {});
  await scene.world.clock.settle();
  assertEquals(scene.world.wire.take().length, 3);
  scene.world.wire.push(...[1, 2, 3].map(() => reply(-4)));
  await scene.world.clock.settle();
  aaddAuth(scene.zh, "digest", "same:same", () => {});
  await scene.world.clock.settle();
  scene.world.wire.push(reply(-4));
  await scene.world.clock.settle();
  scene.world.wire.end();
  await scene.world.clock.advance(T / 60);
  const wire = await accept(scene);
  assertEquals(wire.take().length, 1, "the same authentication counts once");
});

Deno.test("the same authentication sent twice on one connection is still sent on the next", async () => {
  const scene = await connect();
  const confirm = async (count: number) => {
    await scene.world.clock.settle();
    scene.world.wire.push(...Array.from({ length: count }, () => reply(-4)));
    await scene.world.clock.settle();
  };
  aaddAuth(scene.zh, "digest", "same:same", () => {});
  await confirm(1);
  const lost = () => {};
  aaddAuth(scene.zh, "digest", "same:same", lost);
  await scene.world.clock.settle();
  cancel(scene.zh, lost);
  // Both are sent again, since the second one was not confirmed; then one of them is enough.
  for (const sent of [2, 1, 1]) {
    scene.world.wire.end();
    await scene.world.clock.advance(T / 10);
    const wire = await accept(scene);
    assertEquals(wire.take().length, sent);
    await confirm(sent);
  }
});

Deno.test("the addresses a name had are tried when it cannot be resolved any more", async () => {
  const scene = await start({}, "zoo:1");
  scene.world.names = { zoo: ["10.0.0.1"] };
  while (scene.world.wires.length === 0) await scene.world.clock.advance(10);
  await accept(scene);
  scene.world.names = {};
  scene.world.wire.end();
  await scene.world.clock.advance(T / 20);
  assertEquals(scene.world.dials, ["10.0.0.1:1", "10.0.0.1:1"]);
});

/** The requests on the wire, answered; returns their types. */
async function answer({ world }: Scene): Promise<number[]> {
  await world.clock.settle();
  const requests = world.wire.take();
  world.wire.push(...answerAll(requests));
  await world.clock.settle();
  return requests.map(({ type }) => type);
}

const { getData, addWatch, checkWatches, removeWatches } = OpCode;

Deno.test("removeWatches() counts watchers whose requests are on their way", async () => {
  const scene = await connect();
  const { zh, world } = scene;
  const seen: string[] = [];
  const [a, b] = ["a", "b"].map((name) => () => void seen.push(name));
  aget(zh, "/x", a!, () => {});
  await answer(scene);
  aget(zh, "/x", b!, () => {});
  aremoveWatches(zh, "/x", "DATA", a!, () => {});
  assertEquals(await answer(scene), [getData, checkWatches], "b needs the server's watch");
  seen.length = 0;
  world.wire.push(event(WireEvent.nodeDataChanged, "/x"));
  await world.clock.settle();
  assertEquals(seen, ["b"]);

  aget(zh, "/x", a!, () => {});
  aget(zh, "/x", b!, () => {});
  await answer(scene);
  aremoveWatches(zh, "/x", "DATA", a!, () => {});
  aremoveWatches(zh, "/x", "DATA", b!, () => {});
  assertEquals(await answer(scene), [checkWatches, removeWatches], "the last takes it along");

  const codes: number[] = [];
  aget(zh, "/x", a!, () => {});
  aremoveWatches(zh, "/x", "DATA", a!, (rc) => void codes.push(rc));
  assertEquals(await answer(scene), [getData, removeWatches]);
  assertEquals([codes, zh.watches.all().size], [[0], 0]);
});

Deno.test("removeWatches() of a one-shot watcher spares a persistent one of the same path", async () => {
  for (const mode of ["PERSISTENT", "PERSISTENT_RECURSIVE"] as const) {
    const scene = await connect();
    const { zh } = scene;
    const once = () => {};
    aaddWatch(zh, "/x", mode, () => {}, () => {});
    aget(zh, "/x", once, () => {});
    assertEquals(await answer(scene), [addWatch, getData]);
    aremoveWatches(zh, "/x", "DATA", once, () => {});
    assertEquals(await answer(scene), [checkWatches]);
    aget(zh, "/x", once, () => {});
    await answer(scene);
    aremoveAllWatches(zh, "/x", "DATA", () => {});
    assertEquals(await answer(scene), [checkWatches]);
    aremoveAllWatches(zh, "/x", "ANY", () => {});
    assertEquals(await answer(scene), [removeWatches]);
  }
});

Deno.test("a watch of a request given up is nobody's; a removal given up removes all the same", async () => {
  const scene = await connect();
  const { zh, world } = scene;
  const seen: string[] = [];
  const watcher = ({ type }: { type: string }) => void seen.push(type);
  const completion = () => {};
  aget(zh, "/x", watcher, completion);
  aget(zh, "/y", watcher, completion, { timeout: 10 });
  await world.clock.settle();
  cancel(zh, completion);
  await world.clock.advance(10);
  await answer(scene);
  assertEquals(zh.watches.all().size, 0);

  aget(zh, "/x", watcher, () => {});
  await answer(scene);
  aremoveWatches(zh, "/x", "DATA", watcher, () => {}, { timeout: 10 });
  await world.clock.advance(10);
  await answer(scene);
  assertEquals([zh.watches.all().size, seen], [0, ["DataWatchRemoved"]]);
});

Deno.test("an auth is sent when its frame has left, not before", async () => {
  const world = new Scripted();
  const zk = new ZooKeeper("127.0.0.1:2181", { platform: world });
  zk.run();
  await world.clock.settle();
  world.wire.push(connectResponse());
  await world.clock.settle();
  world.wire.stalled = true;
  const first = assertRejects(() => zk.exists("/"), ZooKeeperError);
  await world.clock.settle();
  const second = assertRejects(() => zk.addAuth("digest", "a:1"), ZooKeeperError);
  world.wire.reset();
  await world.clock.settle();
  assertEquals([(await first).sent, (await second).sent], [true, false]);
  const closing = zk.close();
  await world.clock.settle();
  await closing;
});
