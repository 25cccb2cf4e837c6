/** A connection's life on the native wire: cancels, leave-taking, silence, stalls, age. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { IncomingCall } from "../../../src/rpc/wires/wire.ts";
import { bytes, fromHex, ok, Scene, TestCall } from "./scene.ts";

/** How often a call's caller has lost interest. */
function cancels(call: IncomingCall): { count: number } {
  const cancels = { count: 0 };
  call.onCancel = () => cancels.count++;
  return cancels;
}

async function close(scene: Scene): Promise<void> {
  scene.client.close("over");
  await scene.settle();
  assertEquals(scene.clock.pending, 0, "No timer is left");
  assert(scene.near.closed && scene.far.closed);
}

Deno.test("native: a cancel is seen by the handler, once, and never after an end", async () => {
  const scene = new Scene();
  const [first, second] = [scene.start(), scene.start()];
  await scene.settle();
  const [seen, answered] = scene.incoming.map(cancels);
  scene.incoming[1]!.end(ok(bytes()));
  scene.client.cancel(first);
  scene.client.cancel(second);
  scene.client.cancel(first);
  await scene.settle();
  assertEquals([seen!.count, answered!.count], [1, 0]);
  assertEquals([first.outcomes, second.outcomes], [[], []], "Nobody waits for them");
  assertEquals([scene.client.inFlight, scene.server.inFlight], [0, 0]);
  scene.incoming[0]!.end(ok(bytes()));
  await scene.settle();
  assertEquals(first.outcomes, []);
  await close(scene);
});

Deno.test("native: a cancel ends a long request and a long response on their way", async () => {
  const scene = new Scene();
  await scene.settle();
  const request = new Uint8Array(4 << 20);
  const call = scene.start(new TestCall({ request }));
  await Promise.resolve();
  scene.client.cancel(call);
  await scene.settle();
  assertEquals([scene.incoming.length, scene.server.inFlight], [0, 0]);
  // Of the response at most what was in a write already is sent.
  const other = scene.start();
  await scene.settle();
  scene.far.stalled = true;
  scene.far.recording = true;
  scene.incoming[0]!.end(ok(request));
  await scene.settle();
  scene.client.cancel(other);
  await scene.settle();
  scene.far.resume();
  await scene.settle();
  const sent = scene.far.written.reduce((sum, { length }) => sum + length, 0);
  assert(sent < 400_000, `${sent} bytes were sent`);
  await close(scene);
});

Deno.test("native: long messages take turns, and short ones go ahead of them", async () => {
  const scene = new Scene();
  await scene.settle();
  const order: string[] = [];
  const add = (name: string, length: number) => {
    const call = scene.start(new TestCall({ request: new Uint8Array(length) }));
    call.onEnded = () => order.push(name);
  };
  scene.handler = (call) => call.end(ok(bytes()));
  add("long", 4 << 20);
  add("shorter", 1 << 20);
  add("short", 10);
  await Promise.resolve();
  add("later", 10);
  await scene.settle();
  assertEquals(order, ["short", "later", "shorter", "long"]);
  await close(scene);
});

Deno.test("native: GOAWAY: what was accepted is answered, the rest was not sent", async () => {
  const scene = new Scene();
  const accepted = scene.start();
  await scene.settle();
  scene.server.drain();
  const late = scene.start();
  late.onEnded = () => assertEquals(scene.client.usable, false);
  await scene.settle();
  assertEquals([late.outcome.status, late.outcome.sent], [14, false]);
  assertEquals([scene.incoming.length, scene.clientSide.reasons.length], [1, 0]);
  scene.incoming[0]!.end(ok(bytes(1)));
  await scene.settle();
  assertEquals(accepted.outcome.response, bytes(1));
  assertEquals([scene.clientSide.reasons, scene.serverSide.reasons], [[null], [null]]);
  assertEquals([scene.clientSide.lines, scene.serverSide.lines], [[], []]);
  assertEquals(scene.clock.pending, 0);
});

Deno.test("native: a call that takes long keeps none of the chunk that its request came in", async () => {
  const scene = new Scene();
  const metadata = { "a": "b", "c-bin": bytes(1, 2) };
  scene.start();
  scene.start(new TestCall({ request: bytes(7), metadata }));
  scene.start(new TestCall({ request: bytes(8), metadata }));
  await scene.settle();
  const [, call, read] = scene.incoming;
  assert(call!.request.buffer.byteLength > 1_000, "It is a view");
  assertEquals(read!.metadata, metadata);
  assert((read!.metadata["c-bin"] as Uint8Array).buffer.byteLength < 100);
  for (const one of [call, read]) one!.release();
  assertEquals(call!.request.length, 0);
  // Until the next chunk has begun.
  for (let i = 0; i < 10; i++) {
    scene.start(new TestCall({ request: new Uint8Array(1_000) }));
    await scene.settle();
  }
  assertEquals(call!.metadata, metadata);
  assert((call!.metadata["c-bin"] as Uint8Array).buffer.byteLength < 100);
  assertEquals(read!.metadata, metadata);
  for (const one of scene.incoming) one.end(ok(bytes(1)));
  await scene.settle();
  assertEquals(scene.server.inFlight, 0);
});

Deno.test("native: nor does one that was given up, while its handler goes on", async () => {
  const scene = new Scene();
  const metadata = { "c-bin": bytes(1, 2) };
  const [first] = [1, 2, 3].map((n) => scene.start(new TestCall({ request: bytes(n), metadata })));
  await scene.settle();
  const [cancelled, late, lost] = scene.incoming;
  for (const one of scene.incoming) one.release();
  scene.client.cancel(first!);
  late!.end({ ...ok(bytes()), status: 4, message: "late", response: null });
  await scene.settle();
  scene.client.close("over");
  await scene.settle();
  assertEquals(scene.server.inFlight, 0);
  for (const one of [cancelled, late, lost]) {
    assertEquals(one!.metadata, metadata);
    assert((one!.metadata["c-bin"] as Uint8Array).buffer.byteLength < 100);
  }
});

Deno.test("native: GOAWAY again and again is one line in a client's log, whatever it says", async () => {
  const lines: string[] = [];
  const scene = new Scene({ logger: { info: (line) => void lines.push(line) } });
  scene.start();
  await scene.settle();
  for (let i = 0; i < 100; i++) {
    scene.near.push(fromHex("5a010800 00000000 00000007 00000007 0801 1203620a65"));
  }
  await scene.settle();
  assertEquals(lines, ["10.0.0.1:8000 is going away: b e"]);
});

Deno.test("native: a peer that does not close after GOAWAY is left in a second", async () => {
  const scene = new Scene();
  await scene.settle();
  // This client hears nothing any more.
  scene.far.stalled = true;
  scene.server.drain();
  await scene.clock.advance(29_000);
  assertEquals(scene.serverSide.reasons.length, 0, "What is to be sent is on its way");
  await scene.clock.advance(1_000);
  assertStringIncludes(`${scene.serverSide.reasons[0]}`, "no bytes for 30000 ms");

  const other = new Scene();
  await other.settle();
  other.near.readMax = 0;
  other.far.peer.push = () => {};
  other.server.drain();
  await other.clock.advance(900);
  assertEquals(other.serverSide.reasons, []);
  await other.clock.advance(200);
  assertEquals(other.serverSide.reasons, [null]);
  await close(scene);
  await close(other);
});

Deno.test("native: a client that drains finishes what it has begun", async () => {
  const scene = new Scene();
  const call = scene.start();
  await scene.settle();
  scene.client.drain();
  assertEquals([scene.client.usable, scene.clientSide.changes], [false, 1]);
  const refused = scene.start();
  await scene.settle();
  assertEquals([refused.outcome.status, refused.outcome.sent], [14, false]);
  scene.incoming[0]!.end(ok(bytes(1)));
  await scene.settle();
  assertEquals([call.outcome.status, scene.clientSide.reasons], [0, [null]]);
  assertEquals(scene.clock.pending, 0);
});

Deno.test("native: close() ends what is in flight, and tells the server", async () => {
  const scene = new Scene();
  const call = scene.start();
  await scene.settle();
  const seen = cancels(scene.incoming[0]!);
  const unsent = scene.start();
  scene.client.close("The channel was closed");
  assertEquals([call.outcome.status, call.outcome.message, call.outcome.sent], [
    14,
    "The channel was closed",
    true,
  ]);
  assertEquals(unsent.outcome.sent, false);
  await scene.settle();
  assertEquals([seen.count, scene.clientSide.reasons], [1, [null]]);
  assertStringIncludes(`${scene.serverSide.reasons[0]}`, "with 1 calls in flight");
  assertEquals(scene.clock.pending, 0);
});

Deno.test("native: ids run out, and the connection takes leave", async () => {
  const scene = new Scene({ firstId: 0x7fff_fffd });
  const calls = [scene.start(), scene.start()];
  assertEquals([scene.client.usable, calls[1]!.id], [false, 0x7fff_ffff]);
  await scene.settle();
  for (const call of scene.incoming) call.end(ok(bytes()));
  await scene.settle();
  assertEquals(calls.map(({ outcome }) => outcome.status), [0, 0]);
  assertEquals(scene.clientSide.reasons, [null]);
});

Deno.test("native: silence with calls in flight is asked about, on both sides", async () => {
  const scene = new Scene();
  const call = scene.start();
  await scene.settle();
  scene.near.recording = scene.far.recording = true;
  await scene.clock.advance(100_000);
  assertEquals(call.outcomes, []);
  const pings = (end: { written: Uint8Array[] }) =>
    end.written.filter((frame) => frame[2] === 6).length;
  // Each hears the other's ping, so one of both asks.
  const asked = pings(scene.near) + pings(scene.far);
  assert(asked >= 4 && asked <= 10, `${asked} pings`);
  // From now on the server's bytes are lost.
  scene.far.stalled = true;
  const before = scene.clock.now();
  while (call.outcomes.length === 0) await scene.clock.advance(100);
  assert(scene.clock.now() - before <= 30_000);
  assertEquals([call.outcome.status, call.outcome.sent], [14, true]);
  assertStringIncludes(call.outcome.message, "No answer to a ping within 10000 ms");
  assertStringIncludes(scene.clientSide.lines[0]!, "No answer to a ping within 10000 ms");
  await scene.settle();
  assertEquals(scene.clock.pending, 0);
});

Deno.test("native: a server finds out that a client is gone, too", async () => {
  const scene = new Scene({ keepalive: 1e9 });
  scene.start();
  await scene.settle();
  const seen = cancels(scene.incoming[0]!);
  scene.near.stalled = true;
  await scene.clock.advance(29_900);
  assertEquals(seen.count, 0);
  await scene.clock.advance(200);
  assertEquals(seen.count, 1);
  assertStringIncludes(scene.serverSide.lines[0]!, "No answer to a ping");
  await close(scene);
});

Deno.test("native: without calls nothing is sent, and after five minutes it is closed", async () => {
  const scene = new Scene();
  scene.start();
  await scene.settle();
  scene.incoming[0]!.end(ok(bytes()));
  await scene.settle();
  const { writes } = scene.near;
  await scene.clock.advance(299_000);
  assertEquals([scene.near.writes - writes, scene.clientSide.reasons], [0, []]);
  await scene.clock.advance(2_000);
  assertEquals([scene.clientSide.reasons, scene.serverSide.reasons], [[null], [null]]);
  assertEquals(scene.clock.pending, 0);
});

Deno.test("native: a server closes an idle connection, too, and no call is lost by it", async () => {
  const scene = new Scene({ idleTimeout: Infinity }, { idleTimeout: 5_000 });
  await scene.clock.advance(4_900);
  assertEquals([scene.clientSide.reasons, scene.server.idleSince], [[], 1_000]);
  const call = scene.start();
  await scene.settle();
  assertEquals(scene.server.idleSince, Infinity);
  await scene.clock.advance(10_000);
  scene.incoming[0]!.end(ok(bytes()));
  await scene.clock.advance(4_900);
  assertEquals([call.outcome.status, scene.clientSide.reasons], [0, []]);
  await scene.clock.advance(200);
  assertEquals([scene.clientSide.reasons, scene.serverSide.reasons], [[null], [null]]);
});

Deno.test("native: a connection that is old goes away, with a grace for its calls", async () => {
  const scene = new Scene({}, { maxAge: 60_000, maxAgeGrace: 5_000 });
  await scene.clock.advance(59_000);
  const [quick, slow] = [scene.start(), scene.start()];
  await scene.settle();
  await scene.clock.advance(1_000);
  assertEquals([scene.client.usable, scene.serverSide.reasons], [false, []]);
  scene.incoming[0]!.end(ok(bytes()));
  await scene.clock.advance(4_900);
  assertEquals([quick.outcome.status, slow.outcomes], [0, []]);
  await scene.clock.advance(200);
  assertEquals([slow.outcome.status, slow.outcome.sent], [14, true]);
  assertEquals([scene.serverSide.reasons, scene.clock.pending], [[null], 0]);
});

Deno.test("native: a connection that grows old while its server ends keeps its calls", async () => {
  const scene = new Scene({}, { maxAge: 60_000, maxAgeGrace: 5_000 });
  await scene.clock.advance(59_000);
  const call = scene.start();
  await scene.settle();
  scene.server.drain();
  await scene.clock.advance(15_000);
  assertEquals(call.outcomes, []);
  scene.incoming[0]!.end(ok(bytes()));
  await scene.clock.advance(1_000);
  assertEquals([call.outcome.status, scene.clock.pending], [0, 0]);
});

Deno.test("native: a client stops taking calls when the server takes no bytes", async () => {
  const scene = new Scene({ unsentMax: 1_000_000 }, { keepalive: 1e9 });
  await scene.settle();
  scene.near.stalled = true;
  const calls: TestCall[] = [];
  while (scene.client.usable) {
    calls.push(scene.start(new TestCall({ request: new Uint8Array(100_000) })));
    await scene.settle();
  }
  assertEquals(calls.length, 10);
  await scene.clock.advance(29_000);
  assertEquals(calls[0]!.outcomes, []);
  scene.near.resume();
  await scene.settle();
  assert(scene.client.usable);
  assertEquals(scene.incoming.length, 10);
  scene.near.stalled = true;
  const last = scene.start();
  await scene.clock.advance(31_000);
  assertStringIncludes(last.outcome.message, "taken no bytes for 30000 ms");
  assertEquals(calls.map(({ outcome }) => outcome.sent), calls.map(() => true));
  await close(scene);
});

Deno.test("native: a server reads no more of a client that reads nothing", async () => {
  const scene = new Scene({ keepalive: 1e9, stallTimeout: 1e9 }, { unsentMax: 100_000 });
  await scene.settle();
  scene.far.stalled = true;
  scene.handler = (call) => call.end(ok(new Uint8Array(30_000)));
  for (let i = 0; i < 100; i++) {
    scene.start();
    await scene.settle();
  }
  assert(scene.far.unread > 4_000, "Requests are left unread");
  const calls = scene.client.inFlight;
  assertEquals(calls, 100);
  scene.far.resume();
  await scene.settle();
  assertEquals([scene.client.inFlight, scene.far.unread], [0, 0]);
  // And gives it up when it goes on like that.
  scene.far.stalled = true;
  scene.start();
  await scene.clock.advance(31_000);
  assertStringIncludes(scene.serverSide.lines[0]!, "taken no bytes for 30000 ms");
  await close(scene);
});

Deno.test("native: who has had too many answers and takes none is left", async () => {
  const scene = new Scene({ keepalive: 1e9 }, { unsentMax: 10_000 });
  const calls = [...Array(10)].map(() => scene.start());
  await scene.settle();
  scene.far.stalled = true;
  for (const call of scene.incoming) call.end(ok(new Uint8Array(20_000)));
  await scene.settle();
  assertEquals(scene.server.inFlight, 0);
  assertStringIncludes(scene.serverSide.lines[0]!, "bytes unread");
  assertEquals(calls.map(({ outcome }) => outcome.status), calls.map(() => 14));
});

Deno.test("native: pings that nobody reads the answers of are not answered for ever", async () => {
  const scene = new Scene({}, { unsentMax: 1_600 });
  await scene.settle();
  scene.far.stalled = true;
  const ping = fromHex("5a010600 00000007 00000000 00000000");
  for (let i = 0; i < 1_000; i++) scene.far.push(ping);
  await scene.settle();
  scene.far.recording = true;
  scene.far.resume();
  await scene.settle();
  const pongs = scene.far.written.reduce((sum, { length }) => sum + length / 16, 0);
  assertEquals(pongs, 100);
  await close(scene);
});

Deno.test("native: a process that was busy elsewhere reads before it judges", async () => {
  const scene = new Scene({}, { keepalive: 1e9 });
  const call = scene.start();
  await scene.settle();
  scene.far.stalled = true;
  await scene.clock.advance(20_500);
  // Nothing runs here for a minute; then the timer comes first, and the answer to the ping with it.
  scene.clock.timer(scene.clock.now() + 60_000, () => scene.far.resume());
  scene.clock.jump(60_000);
  await scene.settle();
  assertEquals([call.outcomes, scene.clientSide.reasons], [[], []]);
  scene.incoming[0]!.end(ok(bytes()));
  await scene.settle();
  assertEquals(call.outcome.status, 0);
  await close(scene);
});
