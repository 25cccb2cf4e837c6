/** Expiry: who says so, what it costs, and the new session that follows behind the same object. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { ZooKeeperError } from "../../mod.ts";
import { Reader } from "../../src/proto/archive.ts";
import { aget, closed, state } from "../../src/st.ts";
import { reply } from "../scripted.ts";
import { connect, T } from "./scene.ts";
import {
  admit,
  answer,
  connected,
  expire,
  namesOf,
  noting,
  open,
  reconnect,
  shut,
} from "./promises.ts";

/** What a connect request asks for: the session's id and the last zxid seen. */
function asked(frame: Uint8Array): [id: bigint, zxid: bigint] {
  const body = Reader.of(frame);
  body.int();
  const zxid = body.long();
  body.int();
  return [body.long(), zxid];
}

async function codeOf(operation: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => operation, ZooKeeperError)).code;
}

Deno.test("expiry fails what is pending, tells the session event, and a new session follows", async () => {
  const scene = await connected();
  const { zk, world, seen } = scene;
  zk.getData("/a", { watch: noting(seen, "w") });
  await answer(scene);
  world.wire.end();
  await world.clock.settle();
  const pending = codeOf(zk.getData("/b")).then((code) => seen.push(`/b ${code}`));
  await world.clock.advance(T / 60);
  assertEquals(asked(world.wire.takeFrames()[0]!), [7n, 1n]);
  await admit(scene, { timeout: 0, sessionId: 0n });
  await pending;
  assertEquals([zk.closed, zk.state, zk.session], [false, "ASSOCIATING", null]);
  // It begins anew: nothing of the old session is asked for, its zxid neither.
  assertEquals(asked(world.wire.takeFrames()[0]!), [0n, 0n]);
  await admit(scene, { sessionId: 8n });
  assertEquals([zk.state, zk.session?.id, zk.closed], ["CONNECTED", 8n, false]);
  assertEquals(seen, [
    "CONNECTED",
    "CONNECTING",
    "w CONNECTING",
    "EXPIRED_SESSION",
    "w EXPIRED_SESSION",
    "/b SESSIONEXPIRED",
    "CONNECTED",
  ]);
  assertEquals(world.wire.take(), [], "a one-shot watch goes with its session");
});

Deno.test("what is submitted once a session has expired waits for the next (test_request_queuing_session_expired)", async () => {
  const scene = await connected({
    watcher: ({ state }) => {
      if (state === "EXPIRED_SESSION") assertEquals(scene.zk.state, state);
      if (state === "EXPIRED_SESSION") reading = scene.zk.getData("/from the watcher");
    },
  });
  let reading: Promise<unknown> | undefined;
  const wire = await expire(scene, 8n);
  assert(wire === scene.world.wire);
  await answer(scene);
  assert(await reading !== undefined);
});

Deno.test("a new session is authenticated like the old one, in order (test_add_auth_on_reconnect)", async () => {
  const scene = await connected();
  scene.zk.addAuth("digest", "a:a");
  scene.zk.addAuth("digest", "b:b");
  await answer(scene);
  const wire = await expire(scene, 8n);
  const auths = wire.take().map(({ xid, body }) => {
    body.int();
    return `${xid} ${body.string()} ${new TextDecoder().decode(body.buffer()!)}`;
  });
  assertEquals(auths, ["-4 digest a:a", "-4 digest b:b"]);
});

Deno.test("a session id that changes silently is an expiry", async () => {
  const scene = await connected();
  const { zk, world, seen } = scene;
  await reconnect(scene, { sessionId: 99n });
  assert(world.wires.at(-2)!.closed, "the session it gave is not used: nobody would know of it");
  await admit(scene, { sessionId: 100n });
  assertEquals([zk.session?.id, zk.closed], [100n, false]);
  assertEquals(seen, ["CONNECTED", "CONNECTING", "EXPIRED_SESSION", "CONNECTED"]);
});

Deno.test("an auth that a server refuses is the end, whatever is renewed", async () => {
  const scene = await connected();
  const refused = codeOf(scene.zk.addAuth("digest", "a:a"));
  await scene.world.clock.settle();
  scene.world.wire.take();
  scene.world.wire.push(reply(-4, undefined, -115));
  await scene.world.clock.settle();
  assertEquals(await refused, "AUTHFAILED");
  assertEquals([scene.zk.state, scene.zk.closed], ["AUTH_FAILED", true]);
  await scene.loop;
});

Deno.test("renewSession: false: expiry is the end", async () => {
  const scene = await connected({ renewSession: false });
  await reconnect(scene, { timeout: 0, sessionId: 0n });
  assertEquals([scene.zk.state, scene.zk.closed], ["EXPIRED_SESSION", true]);
  assertEquals(await codeOf(scene.zk.exists("/")), "SESSIONEXPIRED");
  await scene.loop;
  assertEquals(scene.world.clock.pending, 0);
});

Deno.test("close() from the watcher of an expiry ends a session that is renewed otherwise", async () => {
  let closing: Promise<void> | undefined;
  const scene = await connected({
    watcher: ({ state }) => {
      if (state === "EXPIRED_SESSION") closing = scene.zk.close();
    },
  });
  await reconnect(scene, { timeout: 0, sessionId: 0n });
  await closing;
  await scene.loop;
  assertEquals([scene.zk.state, scene.world.wires.length], ["CLOSED", 2]);
  assertEquals(scene.world.clock.pending, 0);
});

Deno.test("without any server a session counts as expired 4/3 T after it was last heard (ZOOKEEPER-4508)", async () => {
  for (const way of ["refuse", "hang"] as const) {
    const scene = await connected();
    const { zk, world, seen } = scene;
    await world.clock.advance(1000);
    world.answer = () => way;
    world.wire.end();
    await world.clock.settle();
    const pending = codeOf(zk.exists("/"));
    // Heard for the last time 1 s ago.
    await world.clock.advance(T * 4 / 3 - 1000 - 1);
    assertEquals([zk.state, zk.session?.id], ["CONNECTING", 7n]);
    await world.clock.advance(1);
    assertEquals(await pending, "SESSIONEXPIRED");
    assertEquals([zk.state, zk.session, zk.closed], ["CONNECTING", null, false]);
    assertEquals(seen, ["CONNECTED", "CONNECTING", "EXPIRED_SESSION"]);
    // It is not told again and again while the servers stay away.
    await world.clock.advance(10 * T);
    assertEquals(seen.length, 3);
    world.answer = () => "accept";
    while (world.wires.length === 1) await world.clock.advance(100);
    await admit(scene, { sessionId: 8n });
    assertEquals([zk.state, zk.session?.id], ["CONNECTED", 8n]);
    await shut(scene);
  }
});

Deno.test("./st: a session that no server can be asked about ends by itself (ZOOKEEPER-4508)", async () => {
  const scene = await connect();
  const { zh, world } = scene;
  const codes: number[] = [];
  world.answer = () => "refuse";
  world.wire.end();
  await world.clock.settle();
  aget(zh, "/", null, (rc) => codes.push(rc));
  await world.clock.advance(T * 4 / 3 - 1);
  assertEquals([state(zh), codes], ["CONNECTING", []]);
  await world.clock.advance(1);
  assertEquals([state(zh), closed(zh), codes], ["EXPIRED_SESSION", true, [-112]]);
  assertEquals(scene.codes.at(-1), -112);
  assertEquals(world.clock.pending, 0);
});

Deno.test("a server that is slow with its answer is in time until 4/3 T", async () => {
  const scene = await connected();
  const { zk, world } = scene;
  // Silence for 2/3 T, then a connection whose answer comes in the last moment.
  await world.clock.advance(T * 2 / 3);
  assertEquals(zk.state, "ASSOCIATING");
  await world.clock.advance(T * 2 / 3 - 1);
  await admit(scene);
  assertEquals([zk.state, zk.session?.id], ["CONNECTED", 7n]);
});

Deno.test("a session that never was is not expired: a first connection is tried for ever", async () => {
  for (const session of [undefined, { id: 7n, password: new Uint8Array(16) }]) {
    const scene = await open(session === undefined ? {} : { session }, undefined, "refuse");
    await scene.world.clock.advance(100 * T);
    assertEquals([scene.zk.state, scene.seen], ["CONNECTING", []]);
    scene.world.answer = () => "accept";
    await scene.world.clock.advance(T / 3);
    await admit(scene);
    assertEquals(scene.zk.session?.id, 7n);
    await shut(scene);
  }
});

Deno.test("a loop that was blocked for longer than T asks the servers before it judges", async () => {
  const scene = await connected();
  const { zk, world, seen } = scene;
  world.clock.jump(3 * T);
  await world.clock.settle();
  // One clean disconnect, one dial; the server has let the session expire meanwhile.
  assertEquals([zk.state, world.dials.length], ["ASSOCIATING", 2]);
  await admit(scene, { timeout: 0, sessionId: 0n });
  await admit(scene, { sessionId: 8n });
  assertEquals(seen, ["CONNECTED", "CONNECTING", "EXPIRED_SESSION", "CONNECTED"]);
  assertEquals([zk.session?.id, world.dials.length], [8n, 3]);
});

Deno.test("a loop that was blocked for longer than T, its server still there, reconnects once", async () => {
  const scene = await connected();
  const { zk, world, seen } = scene;
  // The server has closed the connection, having heard nothing for T.
  world.wire.end();
  world.clock.jump(3 * T);
  await world.clock.settle();
  await admit(scene);
  assertEquals([zk.session?.id, seen], [7n, ["CONNECTED", "CONNECTING", "CONNECTED"]]);
  assertEquals(world.dials.length, 2);
});

Deno.test("a clock that jumps by an hour costs one reconnect, though the first server is dead", async () => {
  const scene = await connected({}, {}, "10.0.0.1:1,10.0.0.2:1,10.0.0.3:1");
  const { zk, world, seen } = scene;
  world.answer = ({ address }) => address === "10.0.0.3" ? "accept" : "refuse";
  world.clock.jump(3_600_000);
  await world.clock.advance(T / 60);
  await admit(scene);
  assertEquals([zk.state, zk.session?.id, zk.server?.address], ["CONNECTED", 7n, "10.0.0.3"]);
  assertEquals(seen, ["CONNECTED", "CONNECTING", "CONNECTED"]);
});

Deno.test("a clock that jumps by an hour while disconnected is one renewal", async () => {
  const scene = await connected();
  const { zk, world, seen } = scene;
  world.answer = () => "refuse";
  world.wire.end();
  await world.clock.advance(100);
  world.clock.jump(3_600_000);
  world.answer = () => "accept";
  await world.clock.settle();
  await admit(scene, { sessionId: 8n });
  assertEquals([zk.state, zk.session?.id], ["CONNECTED", 8n]);
  assertEquals(seen, ["CONNECTED", "CONNECTING", "EXPIRED_SESSION", "CONNECTED"]);
});

Deno.test("an expiry is no way around the pauses: a server that grants and closes is not hammered", async () => {
  const scene = await connected();
  const { world } = scene;
  const until = world.clock.now() + 10 * T;
  for (let id = 8n; world.clock.now() < until; id++) {
    if (world.wire.closed) await world.clock.advance(10);
    else if (scene.zk.state === "ASSOCIATING") await admit(scene, { sessionId: id });
    else world.wire.end();
    await world.clock.settle();
  }
  assert(world.dials.length < 200, `${world.dials.length} dials in ten times T`);
});

Deno.test("10,000 reconnects and renewals leave nothing behind", async () => {
  const scene = await connected();
  const { zk, world, seen } = scene;
  zk.addWatch("/p", "PERSISTENT", () => {});
  await answer(scene);
  const pending = world.clock.pending;
  const heap: number[] = [];
  for (let i = 0; i < 10_000; i++) {
    const reading = zk.getData("/a", { watch: () => {} }).catch(() => {});
    await world.clock.settle();
    world.wire.end();
    await world.clock.advance(T / 3);
    const renewed = i % 10 === 9;
    if (renewed) await admit(scene, { timeout: 0, sessionId: 0n });
    await admit(scene, renewed ? { sessionId: BigInt(i) } : { sessionId: zk.session!.id });
    assertEquals(namesOf(world.wire.take()), ["setWatches2"]);
    await reading;
    world.wires.splice(0, world.wires.length - 1);
    world.dials.length = seen.length = scene.lines.length = 0;
    if (i % 5000 === 4999) heap.push(await heapUsed());
  }
  assertEquals([zk.state, world.clock.pending], ["CONNECTED", pending]);
  // 40 bytes a reconnect.
  assert(heap[1]! - heap[0]! < 200_000, `the heap has grown from ${heap[0]} to ${heap[1]}`);
  await shut(scene);
  assertEquals(world.clock.pending, 0);
});

/** Bytes on the heap when all that can be collected has been. */
async function heapUsed(): Promise<number> {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve));
    gc();
  }
  return Deno.memoryUsage().heapUsed;
}
