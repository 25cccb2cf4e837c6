/** events() and watch(): bounds, ends, and what they survive. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { WatchedEvent } from "../../mod.ts";
import { ZooKeeperError } from "../../mod.ts";
import { OpCode, WireEvent } from "../../src/proto/constants.ts";
import { readSetWatches } from "../requests.ts";
import { event, reply } from "../scripted.ts";
import {
  admit,
  answer,
  connected,
  expire,
  inShort,
  namesOf,
  open,
  reconnect,
  shut,
} from "./promises.ts";
import type { Promises } from "./promises.ts";

/** Collects events until the loop ends; `ended` says how. */
class Loop {
  readonly seen: string[] = [];
  ended: string | null = null;
  readonly done: Promise<void>;

  constructor(events: AsyncIterable<WatchedEvent>, body: () => unknown = () => {}) {
    this.done = this.#run(events, body).then(
      () => void (this.ended = "done"),
      (error) => void (this.ended = error.code ?? String(error)),
    );
  }

  async #run(events: AsyncIterable<WatchedEvent>, body: () => unknown): Promise<void> {
    for await (const event of events) {
      this.seen.push(inShort(event));
      if (await body() === "leave") break;
    }
  }
}

async function fire({ world }: Promises, ...paths: string[]): Promise<void> {
  world.wire.push(...paths.map((path) => event(WireEvent.nodeCreated, path)));
  await world.clock.settle();
}

Deno.test("events() tells each change of the session until its end", async () => {
  const scene = await open();
  const loop = new Loop(scene.zk.events());
  await admit(scene);
  await reconnect(scene);
  await expire(scene, 8n);
  await shut(scene);
  await loop.done;
  assertEquals(loop.seen, [
    "CONNECTED",
    "CONNECTING",
    "CONNECTED",
    "CONNECTING",
    "EXPIRED_SESSION",
    "CONNECTED",
  ]);
  const late = new Loop(scene.zk.events());
  await late.done;
  assertEquals([late.seen, late.ended], [[], "done"]);
});

Deno.test("events() tells what happened since the call, and the end of a session that is not renewed", async () => {
  const scene = await open({ renewSession: false });
  const events = scene.zk.events();
  await admit(scene);
  await reconnect(scene, { timeout: 0, sessionId: 0n });
  const loop = new Loop(events);
  await loop.done;
  assertEquals(loop.seen, ["CONNECTED", "CONNECTING", "EXPIRED_SESSION"]);
});

Deno.test("events() holds a bounded number for whoever is slow: the newest", async () => {
  const scene = await connected();
  const events = scene.zk.events();
  for (let i = 0; i < 600; i++) {
    scene.world.wire.end();
    await scene.world.clock.advance(3000);
    await admit(scene);
  }
  await shut(scene);
  const loop = new Loop(events);
  await loop.done;
  assertEquals([loop.seen.length, loop.seen.at(-1)], [1000, "CONNECTED"]);
});

Deno.test("an aborted signal ends events() and watch(), and leaves nothing behind", async () => {
  const scene = await connected();
  const { zk, world } = scene;
  const pending = world.clock.pending;
  for (const aborted of [true, false]) {
    const controller = new AbortController();
    const { signal } = controller;
    if (aborted) controller.abort();
    const loops = [new Loop(zk.events({ signal })), new Loop(zk.watch("/a", { signal }))];
    assertEquals(namesOf(await answer(scene)), aborted ? [] : ["addWatch"]);
    controller.abort();
    await Promise.all(loops.map(({ done }) => done));
    assertEquals(loops.map(({ ended }) => ended), ["done", "done"]);
    assertEquals(namesOf(await answer(scene)), aborted ? [] : ["removeWatches"]);
  }
  assertEquals(world.clock.pending, pending);
  await shut(scene);
});

Deno.test("watch() is established when its loop begins, and removed when it is left", async () => {
  const scene = await connected();
  const { zk, world } = scene;
  const watching = zk.watch("/a", { recursive: true });
  await world.clock.settle();
  assertEquals(world.wire.take(), []);
  let leave = "";
  const loop = new Loop(watching, () => leave);
  zk.exists("/a");
  const requests = await answer(scene);
  assertEquals(namesOf(requests), ["addWatch", "exists"], "in the order of the calls");
  assertEquals([requests[0]!.body.string(), requests[0]!.body.int()], ["/a", 1]);
  await fire(scene, "/a", "/a/b", "/other");
  assertEquals(loop.seen, ["NodeCreated /a", "NodeCreated /a/b"]);
  leave = "leave";
  await fire(scene, "/a/c");
  await loop.done;
  const [removal] = await answer(scene);
  assertEquals([removal!.type, removal!.body.string()], [OpCode.removeWatches, "/a"]);
  await fire(scene, "/a/d");
  assertEquals(loop.seen.length, 3);
  // Each loop is a watch of its own.
  const again = [new Loop(watching), new Loop(watching)];
  assertEquals(namesOf(await answer(scene)), ["addWatch", "addWatch"]);
  await fire(scene, "/a/d");
  assertEquals(again.map(({ seen }) => seen), [["NodeCreated /a/d"], ["NodeCreated /a/d"]]);
  await shut(scene);
  assertEquals(again.map(({ ended }) => ended), ["done", "done"]);
});

Deno.test("watch() holds so many events, then says Resync once where some were lost", async () => {
  const scene = await connected();
  let resume = () => {};
  const loop = new Loop(
    scene.zk.watch("/a", { recursive: true, buffer: 3 }),
    () => new Promise<void>((resolve) => resume = resolve),
  );
  await answer(scene);
  // The loop has the first in hand.
  await fire(scene, "/a/0");
  await fire(scene, ...Array.from({ length: 100 }, (_, i) => `/a/${i + 1}`));
  resume();
  await scene.world.clock.settle();
  await fire(scene, "/a/101");
  // Room for one more only; those after it are lost again, behind it.
  resume();
  await scene.world.clock.settle();
  await fire(scene, "/a/102", "/a/103", "/a/104");
  for (let i = 0; i < 10; i++) {
    resume();
    await scene.world.clock.settle();
  }
  assertEquals(loop.seen, [
    "NodeCreated /a/0",
    "NodeCreated /a/1",
    "NodeCreated /a/2",
    "NodeCreated /a/3",
    "Resync /a",
    "NodeCreated /a/102",
    "Resync /a",
  ]);
  await shut(scene);
});

Deno.test("watch() survives a reconnect and a renewal, and says Resync once it is armed again", async () => {
  const scene = await connected();
  const { world } = scene;
  const loop = new Loop(scene.zk.watch("/a", { recursive: true }));
  await answer(scene);
  await reconnect(scene);
  const [request] = world.wire.take();
  assertEquals(readSetWatches(request!.body).lists, [[], [], [], [], ["/a"]]);
  await fire(scene, "/a/early");
  world.wire.push(reply(-8));
  await fire(scene, "/a/late");
  await expire(scene, 8n);
  await answer(scene);
  await fire(scene, "/a/new");
  assertEquals(loop.seen, [
    "NodeCreated /a/early",
    "Resync /a",
    "NodeCreated /a/late",
    "Resync /a",
    "NodeCreated /a/new",
  ]);
  await shut(scene);
  assertEquals(loop.ended, "done");
});

Deno.test("watch() that could not be established is tried again, and may have missed something", async () => {
  const scene = await connected();
  const { world } = scene;
  const loop = new Loop(scene.zk.watch("/a"));
  await world.clock.settle();
  assertEquals(namesOf(world.wire.take()), ["addWatch"]);
  await reconnect(scene);
  assertEquals(namesOf(world.wire.take()), ["addWatch"]);
  await expire(scene, 8n);
  assertEquals(namesOf(await answer(scene)), ["addWatch"]);
  await fire(scene, "/a");
  assertEquals(loop.seen, ["Resync /a", "NodeCreated /a"]);
  await shut(scene);
});

Deno.test("watch() ends: with its removal, with the session's end, with what the server refuses", async () => {
  const scene = await connected({ renewSession: false });
  const { zk, world } = scene;
  const removed = new Loop(zk.watch("/a"));
  await answer(scene);
  zk.removeWatches("/a", "ANY");
  await answer(scene);
  await removed.done;
  assertEquals([removed.ended, removed.seen], ["done", []]);
  const refused = new Loop(zk.watch("/b"));
  await world.clock.settle();
  world.wire.push(...world.wire.take().map(({ xid }) => reply(xid, undefined, -102)));
  await world.clock.settle();
  assertEquals(refused.ended, "NOAUTH");
  const [expired, pending] = [new Loop(zk.watch("/c")), new Loop(zk.watch("/d"))];
  await world.clock.settle();
  const [first] = world.wire.take();
  world.wire.push(reply(first!.xid));
  await reconnect(scene, { timeout: 0, sessionId: 0n });
  await world.clock.settle();
  assertEquals([expired.ended, pending.ended], ["SESSIONEXPIRED", "SESSIONEXPIRED"]);
  const late = new Loop(zk.watch("/e"));
  await late.done;
  assertEquals(late.ended, "SESSIONEXPIRED");
});

Deno.test("watch() left on its way takes back what the server has armed meanwhile", async () => {
  const scene = await connected();
  const { zk, world } = scene;
  const iterator = zk.watch("/a")[Symbol.asyncIterator]();
  const next = iterator.next();
  await world.clock.settle();
  await iterator.return!();
  assertEquals((await next).done, true);
  assertEquals(namesOf(await answer(scene)), ["addWatch"]);
  assertEquals(namesOf(await answer(scene)), ["removeWatches"]);
  await shut(scene);
});

Deno.test("watch(): misuse throws at the call", async () => {
  const scene = await connected();
  const { zk } = scene;
  assertThrows(() => zk.watch("a"), TypeError, 'must start with "/"');
  for (const buffer of [0, -1, 1.5, NaN]) {
    assertThrows(() => zk.watch("/a", { buffer }), RangeError, "whole number");
  }
  await shut(scene);
});

Deno.test("detach() leaves the session open, without a word to the server", async () => {
  const scene = await connected();
  const { zk, world } = scene;
  const pending = assertRejects(() => zk.exists("/a"), ZooKeeperError, "CLOSING");
  await world.clock.settle();
  world.wire.take();
  const detaching = zk.detach();
  await world.clock.settle();
  const session = await detaching;
  await pending;
  assertEquals([session.id, session.password.length], [7n, 16]);
  assertEquals([zk.closed, zk.state, world.wire.closed, world.wire.take()], [
    true,
    "CLOSED",
    true,
    [],
  ]);
  await scene.loop;
  await zk.close();
  await assertRejects(() => zk.detach(), ZooKeeperError, "CLOSING");
  assertEquals(world.clock.pending, 0);
});

Deno.test("detach() while disconnected gives the session too; before there is one it rejects", async () => {
  const scene = await open({}, undefined, "refuse");
  const { zk, world } = scene;
  await assertRejects(() => zk.detach(), ZooKeeperError, "INVALIDSTATE");
  assertEquals(zk.closed, false);
  world.answer = () => "accept";
  await world.clock.advance(1000);
  await admit(scene);
  world.answer = () => "refuse";
  world.wire.end();
  await world.clock.settle();
  const detaching = zk.detach();
  await world.clock.settle();
  assertEquals((await detaching).id, 7n);
  await scene.loop;
  assertEquals(world.clock.pending, 0);
});
