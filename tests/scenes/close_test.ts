/** close(): whoever drives the session, and whoever does not. */
import { assertEquals, assertRejects } from "@std/assert";
import { ZooKeeper, ZooKeeperError } from "../../mod.ts";
import { OpCode } from "../../src/proto/constants.ts";
import { aget, close, interest, process, state } from "../../src/st.ts";
import { connectResponse, pong, reply, Scripted } from "../scripted.ts";
import { accept, connect, make, start, T } from "./scene.ts";

/** A promise session whose handshake the world answers by itself, as it does closeSession. */
function willing(): { zk: ZooKeeper; world: Scripted; serve: () => void } {
  const world = new Scripted();
  const zk = new ZooKeeper("127.0.0.1:2181", { platform: world, sessionTimeout: 9000 });
  let greeted = false;
  const serve = () => {
    const { wire } = world;
    if (wire === undefined) return;
    if (!greeted && wire.takeFrames().length > 0) {
      greeted = true;
      wire.push(connectResponse());
      return;
    }
    for (const { xid, type } of wire.take()) {
      wire.push(type === OpCode.closeSession ? reply(xid) : pong());
    }
  };
  return { zk, world, serve };
}

Deno.test("close() sends closeSession once and ends when it is answered (testCloseConnected1)", async () => {
  const { zh, world, events } = await connect();
  close(zh);
  close(zh);
  await world.clock.settle();
  const requests = world.wire.take();
  assertEquals(requests.map(({ type }) => type), [OpCode.closeSession]);
  assertEquals(state(zh), "CONNECTED");
  world.wire.push(reply(requests[0]!.xid));
  await world.clock.settle();
  assertEquals([state(zh), world.wire.closed, world.clock.pending], ["CLOSED", true, 0]);
  assertEquals(events.length, 1, "no session event");
  assertEquals([interest(zh).events, interest(zh).deadline], [0, Infinity]);
  assertEquals(await interest(zh).wait(), 0);
  assertEquals(aget(zh, "/", null, () => {}), -9);
});

Deno.test("close() ends when the server hangs up instead of answering", async () => {
  const { zh, world } = await connect();
  close(zh);
  await world.clock.settle();
  world.wire.end();
  await world.clock.settle();
  assertEquals([state(zh), world.clock.pending], ["CLOSED", 0]);
});

// C blocks for up to 4.5 s and does not read the answer (zookeeper.c:3655, ZOOKEEPER-1105).
Deno.test("close() ends after min(T/3, 3 s) when the server says nothing", async () => {
  for (const [timeout, bound] of [[9000, 3000], [30_000, 3000], [3000, 1000]] as const) {
    const { zh, world } = await connect({}, { timeout });
    close(zh);
    await world.clock.advance(bound - 1);
    assertEquals(state(zh), "CONNECTED");
    await world.clock.advance(1);
    assertEquals(state(zh), "CLOSED");
  }
});

Deno.test("close() before there is a connection sends nothing (testCloseUnconnected)", async () => {
  for (const answer of ["hang", "refuse", "accept"] as const) {
    const { zh, world } = await start({}, undefined, answer);
    const seen: number[] = [];
    aget(zh, "/", null, (rc) => void seen.push(rc));
    close(zh);
    await world.clock.settle();
    assertEquals([state(zh), seen, world.clock.pending], ["CLOSED", [-116], 0]);
    for (const wire of world.wires) {
      assertEquals([wire.takeFrames().length, wire.closed], [1, true]);
    }
  }
});

Deno.test("close() from the watcher of an expiry sends nothing (testCloseFromWatcher1)", async () => {
  const scene = await start({
    watcher: (event) => {
      if (event.state === "EXPIRED_SESSION") close(scene.zh);
    },
    session: { id: 7n, password: new Uint8Array(16) },
  });
  await accept(scene, { timeout: 0, sessionId: 0n });
  assertEquals([state(scene.zh), scene.world.wire.takeFrames()], ["CLOSED", []]);
});

Deno.test("close() of a session that nobody drives leaves CLOSED to process()", () => {
  const { zh, world } = make();
  close(zh);
  assertEquals(state(zh), "NOTCONNECTED");
  process(zh, 0);
  assertEquals([state(zh), world.clock.pending], ["CLOSED", 0]);
});

Deno.test("close() may be awaited in the loop's body", async () => {
  const { zk, world, serve } = willing();
  const app = async () => {
    while (!zk.closed) {
      zk.process(await zk.interest().wait());
      serve();
      if (zk.state === "CONNECTED") await Promise.all([zk.close(), soon(serve)]);
    }
  };
  const soon = async (then: () => void) => {
    await new Promise<void>((resolve) => void world.clock.turn(resolve));
    await new Promise<void>((resolve) => void world.clock.turn(resolve));
    then();
  };
  let over = false;
  app().then(() => over = true);
  await world.clock.advance(10);
  assertEquals([over, zk.state, world.clock.pending], [true, "CLOSED", 0]);
});

Deno.test("close() may be called in finally() of an operation, the loop going on", async () => {
  const { zk, world, serve } = willing();
  let closed = false;
  zk.exists("/").catch(() => {}).finally(() => zk.close()).then(() => closed = true);
  const app = async () => {
    while (!zk.closed) zk.process(await zk.interest().wait());
  };
  app();
  await world.clock.settle();
  serve();
  await world.clock.settle();
  for (const { xid } of world.wire.take()) world.wire.push(reply(xid, undefined, -101));
  await world.clock.settle();
  serve();
  await world.clock.settle();
  assertEquals([closed, zk.state, world.clock.pending], [true, "CLOSED", 0]);
});

Deno.test("close() ends a session whose waiter was abandoned, and one that nobody ever drove", async () => {
  const { zk, world, serve } = willing();
  zk.interest().wait();
  await world.clock.settle();
  zk.process(0);
  zk.interest().wait();
  await world.clock.settle();
  zk.process(0);
  serve();
  zk.interest().wait();
  await world.clock.settle();
  zk.process(0);
  assertEquals(zk.state, "CONNECTED");
  zk.interest().wait(); // abandoned: nobody will call process()
  let closed = false;
  zk.close().then(() => closed = true);
  await world.clock.settle();
  serve();
  await world.clock.settle();
  assertEquals([closed, zk.closed, world.clock.pending], [true, true, 0]);

  const never = willing();
  never.zk.close().then(() => closed = false);
  await never.world.clock.settle();
  assertEquals([closed, never.zk.closed], [false, true]);
});

Deno.test("close() lets the app's own loop do it while that goes on", async () => {
  const { zk, world, serve } = willing();
  let calls = 0;
  const app = async () => {
    while (!zk.closed) {
      zk.process(await zk.interest().wait());
      calls++;
    }
  };
  app();
  await world.clock.settle();
  serve();
  await world.clock.settle();
  const before = calls;
  zk.close();
  await world.clock.settle();
  serve();
  await world.clock.settle();
  assertEquals([zk.closed, calls - before >= 2], [true, true]);
});

Deno.test("after close() operations reject with CLOSING, and pending ones did", async () => {
  const { zk, world, serve } = willing();
  const pending = zk.getData("/a");
  const rejected = assertRejects(() => pending, ZooKeeperError, "CLOSING");
  const closing = zk.close();
  await world.clock.settle();
  serve();
  await world.clock.settle();
  await closing;
  await rejected;
  const error = await assertRejects(() => zk.getData("/a"), ZooKeeperError);
  assertEquals([error.code, error.rc, error.path, error.sent], ["CLOSING", -116, "/a", false]);
  assertEquals(await zk.interest().wait(), 0);
  assertEquals(zk.process(0), 0);
});

Deno.test("a watcher that throws harms nothing, and onError gets what it threw", async () => {
  const { zh, world, thrown } = await connect({
    watcher: () => {
      throw new Error("mine");
    },
  });
  assertEquals([state(zh), (thrown[0] as Error).message], ["CONNECTED", "mine"]);
  aget(zh, "/a", null, () => {
    throw new Error("mine too");
  });
  const seen: number[] = [];
  aget(zh, "/b", null, (rc) => void seen.push(rc));
  await world.clock.settle();
  world.wire.push(...world.wire.take().map(({ xid }) => reply(xid, undefined, -101)));
  await world.clock.settle();
  assertEquals([seen, (thrown[1] as Error).message], [[-101], "mine too"]);
  assertEquals(T, 9000);
});
