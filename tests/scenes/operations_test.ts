/** TestOperations.cc, re-expressed: the same scenes, the clock and the server in our hands. */
import { assert, assertEquals } from "@std/assert";
import { OpCode, Xid } from "../../src/proto/constants.ts";
import { aget, amulti, close, interest, Op, process, state } from "../../src/st.ts";
import { concat, connectResponse, dataReply, event, pong, reply } from "../scripted.ts";
import { accept, connect, make, start, T } from "./scene.ts";

/** The types of the requests written since the last look. */
function sent(wire: { take(): { type: number }[] }): number[] {
  return wire.take().map(({ type }) => type);
}

Deno.test("process() pings after T/3 of silence, once, and a reply refreshes lastRecv (testPing)", async () => {
  const { zh, world, codes, events } = await connect();
  const { wire, clock } = world;
  await clock.advance(T / 3 - 1);
  assertEquals(sent(wire), []);
  await clock.advance(1);
  assertEquals(sent(wire), [OpCode.ping]);
  wire.push(pong());
  await clock.advance(T / 3 - 1);
  assertEquals(sent(wire), []);
  await clock.advance(1);
  assertEquals(sent(wire), [OpCode.ping]);
  // Answered at T/3 as well, so the server may be silent until T/3 + 2/3 T.
  await clock.advance(T / 3 - 1);
  assertEquals(state(zh), "CONNECTED");
  assertEquals(codes, []);
  await clock.advance(1);
  assertEquals([codes, events.at(-1)!.state], [[-7], "CONNECTING"]);
});

Deno.test("process() pings while a request is outstanding (deviation from testPing, zookeeper.c:2661)", async () => {
  const { zh, world } = await connect();
  aget(zh, "/a", null, () => {});
  await world.clock.advance(T / 3);
  assertEquals(sent(world.wire), [OpCode.getData, OpCode.ping]);
});

Deno.test("process() takes a ping reply that nobody asked for (testUnsolicitedPing)", async () => {
  const { zh, world, codes } = await connect();
  await world.clock.advance(1000);
  world.wire.push(pong());
  await world.clock.advance(T * 2 / 3 - 1);
  assertEquals(state(zh), "CONNECTED");
  await world.clock.advance(1);
  assertEquals(codes, [-7]);
});

Deno.test("process() pings under steady watch traffic, at T/3 sharp (testTimeoutCausedByWatches1, 2)", async () => {
  const { world } = await connect();
  const { wire, clock } = world;
  const times: number[] = [];
  const start = clock.now();
  for (let i = 0; i < 90; i++) {
    await clock.advance(100);
    wire.push(event(3, "/a"));
    await clock.settle();
    if (sent(wire).includes(OpCode.ping)) times.push(clock.now() - start);
  }
  assertEquals(times, [3000, 6000, 9000]);
});

Deno.test("close() completes what is pending with CLOSING (testCloseWhileInProgressFromMain)", async () => {
  const { zh, world } = await connect();
  const seen: [number, string][] = [];
  aget(zh, "/a", null, (rc) => void seen.push([rc, state(zh)]));
  await world.clock.settle();
  aget(zh, "/b", null, (rc) => void seen.push([rc, state(zh)]));
  close(zh);
  assertEquals(seen, [], "no completion runs inside close()");
  await world.clock.settle();
  assertEquals(seen, [[-116, "CONNECTED"], [-116, "CONNECTED"]]);
  assertEquals(sent(world.wire), [OpCode.getData, OpCode.closeSession], "/b never leaves");
});

Deno.test("close() from a completion (testCloseWhileInProgressFromCompletion)", async () => {
  const { zh, world } = await connect();
  const seen: string[] = [];
  aget(zh, "/a", null, (rc) => {
    seen.push(`a ${rc}`);
    close(zh);
    seen.push("closed");
  });
  aget(zh, "/b", null, (rc) => void seen.push(`b ${rc}`));
  await world.clock.settle();
  const [first] = world.wire.take();
  world.wire.push(dataReply(first!.xid, "x"));
  await world.clock.settle();
  assertEquals(seen, ["a 0", "closed", "b -116"]);
});

Deno.test("close() completes a multi and each of its operations with CLOSING (testCloseWhileMultiInProgress)", async () => {
  const { zh, world } = await connect();
  const seen: unknown[] = [];
  amulti(zh, [Op.create("/a"), Op.delete("/b")], (rc, results) => void seen.push(rc, results));
  await world.clock.settle();
  close(zh);
  await world.clock.settle();
  assertEquals(seen, [-116, [{ type: "error", rc: -116 }, { type: "error", rc: -116 }]]);
});

Deno.test("close() from a completion fails a multi behind it (testCloseWhileMultiInProgressFromCompletion)", async () => {
  const { zh, world } = await connect();
  const seen: unknown[] = [];
  aget(zh, "/a", null, () => close(zh));
  amulti(zh, [Op.create("/a"), Op.check("/b", 1)], (rc, results) => void seen.push(rc, results));
  await world.clock.settle();
  const [first] = world.wire.take();
  world.wire.push(dataReply(first!.xid, "x"));
  await world.clock.settle();
  assertEquals(seen, [-116, [{ type: "error", rc: -116 }, { type: "error", rc: -116 }]]);
});

Deno.test("process() takes connect responses of 37 and 36 bytes (testConnectResponseFull, NoReadOnlyFlag)", async () => {
  for (const readOnly of [false, null]) {
    const { zh } = await connect({}, { readOnly });
    assertEquals(state(zh), "CONNECTED");
  }
});

Deno.test("process() waits for the rest of a split connect response (testConnectResponseSplit…)", async () => {
  const whole = connectResponse();
  const short = connectResponse({ readOnly: null });
  for (const [bytes, at] of [[whole, whole.length - 1], [short, 20]] as const) {
    const { zh, world, codes } = await start();
    world.wire.push(bytes.slice(0, at));
    await world.clock.settle();
    assertEquals(state(zh), "ASSOCIATING");
    world.wire.push(bytes.slice(at));
    await world.clock.settle();
    assertEquals([state(zh), codes], ["CONNECTED", []]);
  }
});

Deno.test("a lost connection completes what was not answered with CONNECTIONLOSS (testOperationsAndDisconnectConcurrently1)", async () => {
  const { zh, world, codes, events } = await connect();
  const seen: unknown[] = [];
  aget(zh, "/a", null, (rc) => void seen.push(rc, events.length));
  aget(zh, "/b", null, (rc) => void seen.push(rc, events.length));
  await world.clock.settle();
  const [first] = world.wire.take();
  world.wire.push(dataReply(first!.xid, "x"));
  world.wire.end();
  await world.clock.settle();
  assertEquals(seen, [0, 1, -4, 2], "the session event comes before the completions");
  assertEquals(codes, [-4]);
  assertEquals(events.map((event) => event.state), ["CONNECTED", "CONNECTING"]);
});

Deno.test("silence completes what was not answered with OPERATIONTIMEOUT (testOperationsAndDisconnectConcurrently2)", async () => {
  const { zh, world, codes } = await connect();
  const seen: number[] = [];
  aget(zh, "/a", null, (rc) => void seen.push(rc));
  aget(zh, "/b", null, (rc) => void seen.push(rc));
  await world.clock.advance(10_000);
  assertEquals([seen, codes], [[-7, -7], [-7]]);
});

Deno.test("replies come in order (testConcurrentOperations1)", async () => {
  const { zh, world, codes } = await connect();
  const seen: string[] = [];
  const text = (data: Uint8Array | null) => new TextDecoder().decode(data!);
  aget(zh, "/a", null, (rc, data) => void seen.push(`a ${rc} ${text(data)}`));
  aget(zh, "/b", null, (rc, data) => void seen.push(`b ${rc} ${text(data)}`));
  await world.clock.settle();
  const [a, b] = world.wire.take();
  world.wire.push(concat(dataReply(a!.xid, "1"), dataReply(b!.xid, "2")));
  await world.clock.settle();
  assertEquals([seen, codes], [["a 0 1", "b 0 2"], []]);
});

Deno.test("a reply out of order ends the connection with RUNTIMEINCONSISTENCY for all", async () => {
  const { zh, world, codes } = await connect();
  const seen: number[] = [];
  aget(zh, "/a", null, (rc) => void seen.push(rc));
  aget(zh, "/b", null, (rc) => void seen.push(rc));
  await world.clock.settle();
  const [, b] = world.wire.take();
  world.wire.push(dataReply(b!.xid, "2"));
  await world.clock.settle();
  assertEquals([seen, codes], [[-2, -2], [-2]]);
});

Deno.test("a reply that nobody asked for ends the connection, not the process (zookeeper.c:3472)", async () => {
  const scene = await connect();
  const { zh, world, codes } = scene;
  world.wire.push(reply(1));
  await world.clock.settle();
  assertEquals(codes, [-2]);
  // A request whose frame has not left cannot have been answered either.
  await world.clock.advance(T / 60);
  const wire = await accept(scene);
  wire.stalled = true;
  aget(zh, "/a", null, () => {});
  await world.clock.settle();
  aget(zh, "/b", null, () => {});
  wire.push(dataReply(1, ""), dataReply(2, ""));
  await world.clock.settle();
  assertEquals(codes, [-2, -2]);
});

Deno.test("xids wrap past the special ones (ZOOKEEPER-3253)", async () => {
  const { zh, world } = await connect();
  zh.xid = Xid.last - 1;
  const seen: number[] = [];
  for (const path of ["/a", "/b"]) aget(zh, path, null, (rc) => void seen.push(rc));
  await world.clock.settle();
  const requests = world.wire.take();
  assertEquals(requests.map(({ xid }) => xid), [Xid.last, 1]);
  world.wire.push(...requests.map(({ xid }) => dataReply(xid, "")));
  await world.clock.settle();
  assertEquals(seen, [0, 0]);
});

Deno.test("interest() changes nothing, and says what C's says", () => {
  const { zh, world } = make();
  const { clock } = world;
  const look = () => {
    const { events, deadline } = interest(zh);
    return [events, deadline - clock.now()];
  };
  for (let i = 0; i < 3; i++) assertEquals(look(), [0, 0]);
  assertEquals(state(zh), "NOTCONNECTED");
  world.answer = () => "hang";
  process(zh, 0);
  assertEquals([state(zh), ...look()], ["CONNECTING", 3, T * 2 / 3]);
  assertEquals([state(zh), ...look()], ["CONNECTING", 3, T * 2 / 3]);
  assertEquals(world.dials.length, 1);
});

Deno.test("interest() asks for a write while something waits to be written", async () => {
  const { zh, world } = await connect();
  assertEquals(interest(zh).events, 2);
  aget(zh, "/a", null, () => {});
  assertEquals(interest(zh).events, 3);
  await world.clock.settle();
  assertEquals([interest(zh).events, interest(zh).deadline - world.clock.now()], [2, T / 3]);
  assert(world.wire.reading);
});
