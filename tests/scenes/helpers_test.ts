/** The helpers in virtual time: what they ask, what they leave behind, and what they outlive. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ZooKeeper, ZooKeeperError, type ZooKeeperOptions } from "../../mod.ts";
import { OpCode, WireEvent } from "../../src/proto/constants.ts";
import { writeStat } from "../../src/proto/stat.ts";
import { connectResponse, event, reply, type Request, Scripted, someStat } from "../scripted.ts";
import { T } from "./scene.ts";

interface Driven {
  zk: ZooKeeper;
  world: Scripted;
  settle(): Promise<void>;
  /** The server of the newest connection grants the session. */
  grant(): Promise<void>;
  /** What was asked since the last call: "exists /a", with "!" where it leaves a watch. */
  asked(): string[];
  /** Answers the request asked for last with the code. */
  answer(rc: number): Promise<void>;
  end(): Promise<void>;
}

async function driven(options: ZooKeeperOptions = {}): Promise<Driven> {
  const world = new Scripted();
  const zk = new ZooKeeper("127.0.0.1:2181", { platform: world, sessionTimeout: T, ...options });
  const running = zk.run();
  const settle = () => world.clock.settle();
  let last: Request | undefined;
  const names = Object.fromEntries(Object.entries(OpCode).map(([name, code]) => [code, name]));
  const asked = () =>
    world.wire.take().filter(({ type }) => type !== OpCode.ping).map((request) => {
      last = request;
      const { type, body } = request;
      if (type === OpCode.setWatches) return "setWatches";
      const path = body.string();
      const watched = type === OpCode.exists && body.bool();
      return `${names[type]} ${path}${watched ? "!" : ""}`;
    });
  const grant = async () => {
    await settle();
    world.wire.takeFrames();
    world.wire.push(connectResponse());
    await settle();
  };
  const answer = async (rc: number) => {
    const withStat = last!.type === OpCode.exists;
    world.wire.push(reply(last!.xid, (to) => withStat && writeStat(to, someStat), rc));
    await settle();
  };
  const end = async () => {
    const closing = zk.close();
    await settle();
    world.wire.end();
    await settle();
    await closing;
    await running;
    assertEquals(world.clock.pending, 0, "no timer is left");
  };
  await grant();
  return { zk, world, settle, grant, asked, answer, end };
}

const NONODE = -101;

/** What becomes of a promise: "waiting" until then. */
function outcome(promise: Promise<unknown>): { now: string } {
  const result = { now: "waiting" };
  promise.then(() => result.now = "done", (error) => result.now = error.code ?? error.message);
  return result;
}

Deno.test("waitFor() looks first, then watches; the event alone says that it is so", async () => {
  const { zk, world, settle, asked, answer, end } = await driven();
  const there = outcome(zk.waitFor("/a"));
  await settle();
  assertEquals(asked(), ["exists /a"]);
  await answer(0);
  assertEquals([there.now, asked()], ["done", []]);

  const coming = outcome(zk.waitFor("/b"));
  await settle();
  asked();
  await answer(NONODE);
  assertEquals(asked(), ["exists /b!"]);
  await answer(NONODE);
  world.wire.push(event(WireEvent.nodeCreated, "/b"));
  await settle();
  assertEquals([coming.now, asked()], ["done", []]);
  await end();
});

Deno.test("waitFor() takes its watch back when the znode came between its two questions", async () => {
  const { zk, settle, asked, answer, end } = await driven();
  const coming = outcome(zk.waitFor("/a"));
  await settle();
  asked();
  await answer(NONODE);
  asked();
  await answer(0);
  assertEquals([coming.now, asked()], ["done", ["removeWatches /a"]]);
  await answer(0);
  await end();
});

Deno.test("waitFor({ gone }) goes on watching while the znode merely changes", async () => {
  const { zk, world, settle, asked, answer, end } = await driven();
  const going = outcome(zk.waitFor("/a", { gone: true }));
  await settle();
  asked();
  await answer(0);
  assertEquals(asked(), ["exists /a!"]);
  await answer(0);
  world.wire.push(event(WireEvent.nodeDataChanged, "/a"));
  await settle();
  assertEquals(asked(), ["exists /a!"]);
  await answer(0);
  world.wire.push(event(WireEvent.nodeDeleted, "/a"));
  await settle();
  assertEquals([going.now, asked()], ["done", []]);
  await end();
});

Deno.test("waitFor() outlives lost connections, whatever it was doing", async () => {
  const { zk, world, grant, asked, answer, settle, end } = await driven();
  const watching = outcome(zk.waitFor("/a"));
  await settle();
  asked();
  await answer(NONODE);
  asked();
  await answer(NONODE);
  const asking = outcome(zk.waitFor("/b"));
  await settle();
  assertEquals(asked(), ["exists /b"]);
  world.wire.end();
  await world.clock.advance(T / 60);
  await grant();
  assertEquals(asked(), ["setWatches", "exists /b"]);
  assertEquals([watching.now, asking.now], ["waiting", "waiting"]);
  world.wire.push(event(WireEvent.nodeCreated, "/a"), reply(-8));
  await answer(0);
  assertEquals([watching.now, asking.now], ["done", "done"]);
  await end();
});

Deno.test("waitFor() goes on when the server says that the session has moved", async () => {
  const { zk, world, settle, asked, answer, grant, end } = await driven();
  const there = outcome(zk.waitFor("/a"));
  await settle();
  assertEquals(asked(), ["exists /a"]);
  await answer(-118);
  await world.clock.advance(T / 60);
  await grant();
  assertEquals(asked(), ["exists /a"]);
  await answer(0);
  assertEquals(there.now, "done");
  await end();
});

Deno.test("waitFor() that times out has its watch removed, here and on the server", async () => {
  const { zk, world, settle, grant, asked, answer, end } = await driven();
  const waiting = outcome(zk.waitFor("/a", { timeout: 100 }));
  await settle();
  asked();
  await answer(NONODE);
  asked();
  await answer(NONODE);
  await world.clock.advance(99);
  assertEquals(waiting.now, "waiting");
  await world.clock.advance(1);
  assertEquals([waiting.now, asked()], ["REQUESTTIMEOUT", ["removeWatches /a"]]);
  // The connection is lost before the answer: the watch is not armed again all the same.
  world.wire.end();
  await world.clock.advance(T / 60);
  await grant();
  assertEquals(asked(), []);
  await end();
});

Deno.test("waitFor() given up while its question is on its way leaves no watch either", async () => {
  const { zk, settle, asked, answer, end } = await driven();
  const controller = new AbortController();
  const waiting = outcome(zk.waitFor("/a", { signal: controller.signal }));
  await settle();
  asked();
  await answer(NONODE);
  assertEquals(asked(), ["exists /a!"]);
  controller.abort(new Error("enough"));
  await settle();
  assertEquals([waiting.now, asked()], ["enough", []]);
  await answer(NONODE);
  assertEquals(asked(), ["removeWatches /a"]);
  await answer(0);
  await end();
});

Deno.test("waitFor() given up while there is no connection asks nothing", async () => {
  const { zk, world, settle, grant, asked, answer, end } = await driven();
  const controller = new AbortController();
  const { signal } = controller;
  const watching = outcome(zk.waitFor("/a", { signal }));
  await settle();
  asked();
  await answer(NONODE);
  asked();
  await answer(NONODE);
  world.answer = () => "refuse";
  world.wire.end();
  await settle();
  const asking = outcome(zk.waitFor("/b", { signal }));
  controller.abort(new Error("enough"));
  await settle();
  assertEquals([watching.now, asking.now], ["enough", "enough"]);
  world.answer = () => "accept";
  while (world.wires.length < 2) await world.clock.advance(10);
  await grant();
  assertEquals(asked(), []);
  await end();
});

Deno.test("waitFor() on a server that cannot remove watches forgets its own", async () => {
  const { zk, world, settle, grant, asked, answer, end } = await driven({ serverVersion: "3.4" });
  const waiting = outcome(zk.waitFor("/a", { timeout: 100 }));
  await settle();
  asked();
  await answer(NONODE);
  asked();
  await answer(NONODE);
  await world.clock.advance(100);
  assertEquals([waiting.now, asked()], ["REQUESTTIMEOUT", []]);
  world.wire.end();
  await world.clock.advance(T / 60);
  await grant();
  assertEquals(asked(), []);
  await end();
});

Deno.test("waitFor() rejects with CLOSING when the session is closed", async () => {
  const { zk, settle, asked, answer, end } = await driven();
  const watching = outcome(zk.waitFor("/a", { timeout: 60_000 }));
  await settle();
  asked();
  await answer(NONODE);
  asked();
  await answer(NONODE);
  const asking = outcome(zk.waitFor("/b"));
  await end();
  assertEquals([watching.now, asking.now], ["CLOSING", "CLOSING"]);
});

Deno.test("ensurePath() asks for all levels at once, and creates what is missing at once", async () => {
  const { zk, world, settle, asked, end } = await driven();
  const made = outcome(zk.ensurePath("/a/b/c"));
  await settle();
  const requests = world.wire.take();
  assertEquals(requests.map(({ body }) => body.string()), ["/", "/a", "/a/b", "/a/b/c"]);
  const [root, a, ...missing] = requests;
  for (const { xid } of [root!, a!]) world.wire.push(reply(xid, (to) => writeStat(to, someStat)));
  for (const { xid } of missing) world.wire.push(reply(xid, undefined, NONODE));
  await settle();
  const creations = world.wire.take();
  assertEquals(creations.map(({ body }) => body.string()), ["/a/b", "/a/b/c"]);
  // Somebody was faster.
  for (const { xid } of creations) world.wire.push(reply(xid, undefined, -110));
  await settle();
  assertEquals([made.now, asked()], ["done", []]);
  await end();
});

Deno.test("ensurePath() and deleteRecursive() that lose against others give up in the end", async () => {
  const { zk, world, settle, end } = await driven();
  const made = assertRejects(() => zk.ensurePath("/a/b"), ZooKeeperError);
  for (let round = 0; round < 100; round++) {
    await settle();
    for (const { xid, type, body } of world.wire.take()) {
      const isRoot = type === OpCode.exists && body.string() === "/";
      world.wire.push(reply(xid, (to) => writeStat(to, someStat), isRoot ? 0 : NONODE));
    }
  }
  assertEquals((await made).code, "NONODE");
  let rounds = 0;
  const gone = assertRejects(() => zk.deleteRecursive("/a"), ZooKeeperError);
  for (let round = 0; round < 200; round++) {
    await settle();
    for (const { xid, type } of world.wire.take()) {
      if (type === OpCode.getChildren) {
        rounds++;
        world.wire.push(reply(xid, (to) => to.int(0)));
      } else if (type !== OpCode.ping) {
        world.wire.push(reply(xid, undefined, -111));
      }
    }
  }
  assertEquals([(await gone).code, rounds], ["NOTEMPTY", 10]);
  await end();
});

Deno.test("the timeout of a helper is for the whole, not for each of its requests", async () => {
  const { zk, world, settle, end } = await driven();
  const made = outcome(zk.ensurePath("/a", { timeout: 100 }));
  await settle();
  await world.clock.advance(60);
  for (const { xid } of world.wire.take()) world.wire.push(reply(xid, undefined, NONODE));
  await settle();
  assertEquals(world.wire.take().length, 1);
  await world.clock.advance(40);
  assertEquals(made.now, "REQUESTTIMEOUT");
  await end();
});

Deno.test("waitFor() goes on in the session that follows an expired one", async () => {
  const { zk, world, settle, asked, answer, grant, end } = await driven();
  const watching = outcome(zk.waitFor("/a"));
  await settle();
  asked();
  await answer(NONODE);
  asked();
  await answer(NONODE);
  world.wire.end();
  await world.clock.advance(T / 60);
  world.wire.takeFrames();
  world.wire.push(connectResponse({ timeout: 0, sessionId: 0n }));
  await settle();
  assertEquals(watching.now, "waiting");
  await grant();
  assertEquals(asked(), ["exists /a!"]);
  await answer(0);
  assertEquals([watching.now, asked()], ["done", ["removeWatches /a"]]);
  await answer(0);
  await end();
});

Deno.test("waitFor() of a view ends with the view, and its watch goes", async () => {
  const { zk, settle, asked, answer, end } = await driven();
  const view = zk.chroot("/app");
  const watching = outcome(view.waitFor("/a"));
  await settle();
  assertEquals(asked(), ["exists /app/a"]);
  await answer(NONODE);
  assertEquals(asked(), ["exists /app/a!"]);
  await answer(NONODE);
  const closing = view.close();
  await settle();
  await closing;
  assertEquals([watching.now, asked()], ["CLOSING", ["removeWatches /app/a"]]);
  await answer(0);
  await end();
});

Deno.test("the servers of a session are not a view's to set", async () => {
  const { zk, end } = await driven();
  assertThrows(() => zk.chroot("/app").setServers("10.0.0.1:1"), TypeError, "chroot() view");
  await end();
});
