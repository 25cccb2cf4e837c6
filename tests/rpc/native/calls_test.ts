/** Calls over the native wire: both sides, a pipe in memory, then real sockets. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { denoPlatform } from "../../../src/deno.ts";
import { Listener } from "../../../src/rpc/sockets.ts";
import { NativeClientConnection } from "../../../src/rpc/wires/native/client.ts";
import { NativeServerConnection } from "../../../src/rpc/wires/native/server.ts";
import type { Metadata } from "../../../src/rpc/metadata.ts";
import type { Outcome } from "../../../src/rpc/wires/wire.ts";
import { bytes, connect, ok, Scene, TestCall } from "./scene.ts";

Deno.test("native: a call and its reply, with all that goes beside them", async () => {
  const scene = new Scene();
  const metadata: Metadata = { "trace-id": "grüße", "token-bin": bytes(0, 255, 1) };
  const call = scene.start(
    new TestCall({ request: bytes(1, 2, 3), metadata, deadline: scene.clock.now() + 750 }),
  );
  assertEquals(scene.client.inFlight, 1);
  await scene.settle();
  const [incoming] = scene.incoming;
  assert(incoming !== undefined);
  assertEquals(incoming.service, "fixbug.UserServiceRpc");
  assertEquals(incoming.method, "Login");
  assertEquals(incoming.request, bytes(1, 2, 3));
  assertEquals({ ...incoming.metadata }, metadata);
  assertEquals(incoming.deadline, scene.clock.now() + 750);
  assertEquals(incoming.peer, { hostname: "10.0.0.9", port: 4000 });
  incoming.headers({ early: "bird" });
  incoming.end({ ...ok(bytes(9, 8)), trailers: { late: "1" } });
  incoming.end(ok(bytes(7)));
  await scene.settle();
  assertEquals(call.allHeaders.map((one) => ({ ...one })), [{ early: "bird" }]);
  assertEquals(call.outcome.response, bytes(9, 8));
  assertEquals({ ...call.outcome.trailers }, { late: "1" });
  assertEquals([call.outcome.status, call.outcome.sent], [0, true]);
  assertEquals([scene.client.inFlight, scene.server.inFlight, call.id], [0, 0, 0]);
  scene.client.close("over");
  await scene.settle();
  assertEquals(scene.clientSide.reasons, [null]);
  assertEquals(scene.serverSide.reasons, [null]);
  assertEquals(scene.clock.pending, 0);
});

Deno.test("native: a status comes with all its parts", async () => {
  const scene = new Scene();
  const failed: Outcome = {
    status: 5,
    message: "There is no such user",
    response: null,
    trailers: { a: "b" },
    details: bytes(1, 2),
    sent: true,
    pushback: 250,
  };
  const outcomes = [
    failed,
    { ...failed, sent: false, details: null, trailers: null, pushback: -1 },
    { ...failed, pushback: 0, message: "" },
  ];
  const calls = outcomes.map(() => scene.start());
  await scene.settle();
  outcomes.forEach((outcome, i) => scene.incoming[i]!.end(outcome));
  await scene.settle();
  assertEquals(calls.map(({ outcome }) => outcome), outcomes);
  scene.client.close("over");
  await scene.settle();
});

Deno.test("native: metadata that is the same as before, or is not", async () => {
  const scene = new Scene();
  const values = ["a", "a", "b", "a".repeat(10_000), "a", "ü€😀", "\ud800", "", "a"];
  const all = values.flatMap((
    value,
    i,
  ) => [{ same: value }, { [`name-${i % 5}`]: "x", same: value }]);
  for (let i = 0; i < 100; i++) all.push({ [`other-${i}`]: "x", same: `${i % 3}` });
  for (const metadata of all) scene.start(new TestCall({ metadata }));
  await scene.settle();
  const expected = all.map((metadata) => ({ ...metadata, same: metadata.same.toWellFormed() }));
  assertEquals(scene.incoming.map(({ metadata }) => metadata), expected);
  scene.client.close("over");
  await scene.settle();
});

Deno.test("native: messages of all lengths, whole and in parts", async () => {
  const scene = new Scene();
  scene.handler = (call) => call.end(ok(call.request));
  const lengths = [
    0,
    1,
    63,
    64,
    32_767,
    32_768,
    32_769,
    65_520,
    65_536,
    65_537,
    1_000_000,
    4 << 20,
  ];
  const calls = lengths.map((length) =>
    scene.start(new TestCall({ request: new Uint8Array(length).fill(length % 251) }))
  );
  await scene.settle();
  for (const call of calls) assertEquals(call.outcome.response, call.request);
  scene.client.close("over");
  await scene.settle();
});

Deno.test("native: replies come in any order, 10,000 calls in flight", async () => {
  const scene = new Scene();
  const calls = Array.from({ length: 10_000 }, (_, i) => {
    const request = new Uint8Array(4);
    new DataView(request.buffer).setUint32(0, i);
    return scene.start(new TestCall({ request }));
  });
  await scene.settle();
  assertEquals([scene.near.writes, scene.incoming.length], [1, 10_000]);
  assertEquals(scene.client.usable, false, "As many as the server takes");
  // 7,919 and 10,000 have no common divisor: each is met once.
  for (let i = 0; i < 10_000; i++) {
    const call = scene.incoming[i * 7_919 % 10_000]!;
    call.end(ok(call.request));
  }
  await scene.settle();
  for (const call of calls) assertEquals(call.outcome.response, call.request);
  assertEquals(scene.client.usable, true);
  scene.client.close("over");
  await scene.settle();
});

Deno.test("native: what is submitted in one turn leaves in one write", async () => {
  const scene = new Scene();
  await scene.settle();
  const { writes } = scene.near;
  const chains = Array.from({ length: 20 }, async (_, i) => {
    // As many functions deep as it likes.
    for (let depth = i % 5; depth > 0; depth--) await null;
    scene.start();
  });
  await Promise.all(chains);
  await scene.settle();
  assertEquals([scene.near.writes - writes, scene.incoming.length], [1, 20]);
  for (const call of scene.incoming) call.end(ok(bytes()));
  const answers = scene.far.writes;
  await scene.settle();
  assertEquals(scene.far.writes - answers, 1);
  scene.client.close("over");
  await scene.settle();
});

Deno.test("native: a write that fails at once ends no call inside start()", async () => {
  const scene = new Scene();
  await scene.settle();
  scene.near.write = () => {
    throw new Error("No such socket");
  };
  const calls = Array.from({ length: 100 }, () => scene.start());
  assertEquals(calls.map(({ outcomes }) => outcomes.length), calls.map(() => 0));
  await scene.settle();
  for (const { outcome } of calls) assertEquals(outcome.status, 14);
});

Deno.test("native: calls over sockets", async () => {
  const { clock } = denoPlatform;
  const options = { clock, hostname: "127.0.0.1", port: 0 };
  const ended = Promise.withResolvers<Error | null>();
  using listener = new Listener(options, (transport, peer) => {
    const accepted = { transport, peer, first: bytes() };
    new NativeServerConnection(accepted, {
      call: (call) => call.end(ok(call.request)),
      closed: ended.resolve,
    }, { clock });
  });
  const { port } = listener.address;
  const transport = await connect(port);
  const client = new NativeClientConnection(transport, { changed() {}, closed() {} }, { clock });
  for (const length of [0, 5, 100_000, 4 << 20]) {
    const call = new TestCall({ request: new Uint8Array(length).fill(7) });
    const outcome = new Promise<Outcome>((resolve) => call.onEnded = resolve);
    client.start(call);
    assertEquals((await outcome).response, call.request);
  }
  client.close("over");
  assertEquals(await ended.promise, null);
});

Deno.test("native: a call on a connection that was lost says whether it was sent", async () => {
  const scene = new Scene();
  await scene.settle();
  const first = scene.start();
  await scene.settle();
  scene.near.stalled = true;
  const written = scene.start();
  await scene.settle();
  const waiting = scene.start();
  scene.far.close();
  await scene.settle();
  const sent = [first, written, waiting].map(({ outcome }) => [outcome.status, outcome.sent]);
  assertEquals(sent, [[14, true], [14, true], [14, false]]);
  assertStringIncludes(first.outcome.message, "10.0.0.1:8000");
  assertEquals(scene.client.usable, false);
});
