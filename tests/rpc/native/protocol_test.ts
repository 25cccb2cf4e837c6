/** What a peer does wrong costs one call or the connection, whichever it concerns, and a log line. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { bytes, fromHex, ok, Scene, TestCall } from "./scene.ts";

const login = "0a03612e42 120143";

Deno.test("native: what is against the protocol costs the server's connection", async () => {
  const wrong: Record<string, [frames: string, line: RegExp]> = {
    "garbage": ["00".repeat(16), /not those of a frame/],
    "an even id": [`5a010100 00000002 00000008 00000008 ${login}`, /the id 2 after 1/],
    "the id 0": [`5a010100 00000000 00000008 00000008 ${login}`, /the id 0 after 1/],
    "an id again": [`5a010100 00000001 00000008 00000008 ${login}`, /the id 1 after 1/],
    "an END": ["5a010400 00000001 00000000 00000000", /a frame of the type 4/],
    "HEADERS": ["5a010200 00000001 00000000 00000000", /a frame of the type 2/],
    "meta cut off": ["5a010100 00000003 00000003 00000003 0a0361", /behind its end/],
    "a group": ["5a010100 00000003 00000001 00000001 0b", /wire type 3/],
    "a field 0": ["5a010100 00000003 00000002 00000002 0200", /number 0/],
    "an endless varint": [
      `5a010100 00000003 0000000c 0000000c 18${"ff".repeat(11)}`,
      /more than ten bytes/,
    ],
    "metadata cut off": ["5a010100 00000003 00000004 00000004 22020a05", /behind its end/],
    "parts without a size": [
      `5a010101 00000003 00000008 00000008 ${login}`,
      /does not say its size/,
    ],
    "more parts than said": [
      `5a010101 00000003 0000000a 0000000a ${login}2802` +
      "5a010301 00000003 00000003 00000000 010203",
      /of 2 bytes came with 3/,
    ],
    "fewer parts than said": [
      `5a010101 00000003 0000000a 0000000a ${login}2804` +
      "5a010300 00000003 00000003 00000000 010203",
      /of 4 bytes came with 3/,
    ],
    "a part behind the end": ["5a010300 00000001 00000001 00000000 01", /goes on after its end/],
  };
  for (const [name, [frames, line]] of Object.entries(wrong)) {
    const scene = new Scene();
    const call = scene.start();
    await scene.settle();
    let cancelled = 0;
    scene.incoming[0]!.onCancel = () => cancelled++;
    scene.far.push(fromHex(frames));
    await scene.settle();
    assertEquals([call.outcome.status, call.outcome.sent, cancelled], [14, true, 1], name);
    assertMatch(scene.serverSide.lines.join(), line, name);
    assertMatch(scene.serverSide.lines.join(), /Lost the client 10\.0\.0\.9:4000/);
    assert(scene.serverSide.reasons[0] instanceof Error, name);
    assertEquals([scene.far.closed, scene.near.closed, scene.clock.pending], [true, true, 0], name);
  }
});

Deno.test("native: what is against the protocol costs the client's connection", async () => {
  const wrong: Record<string, [frames: string, line: RegExp]> = {
    "HTTP": [new TextEncoder().encode("HTTP/1.1 400 Bad Request").toHex(), /not those of a frame/],
    "a REQUEST": ["5a010100 00000001 00000000 00000000", /a frame of the type 1/],
    "a CANCEL": ["5a010500 00000001 00000000 00000000", /a frame of the type 5/],
    "meta cut off": ["5a010400 00000001 00000002 00000002 1205", /behind its end/],
    "parts without a size": ["5a010301 00000001 00000001 00000000 01", /does not say its size/],
    "fewer parts than said": [
      "5a010301 00000001 00000003 00000002 280401 5a010400 00000001 00000001 00000000 02",
      /of 4 bytes came with 2/,
    ],
  };
  for (const [name, [frames, line]] of Object.entries(wrong)) {
    const scene = new Scene();
    const call = scene.start();
    await scene.settle();
    scene.near.push(fromHex(frames));
    await scene.settle();
    assertEquals([call.outcome.status, call.outcome.sent], [14, true], name);
    assertMatch(scene.clientSide.lines[0]!, line, name);
    assertMatch(scene.clientSide.lines[0]!, /^Lost 10\.0\.0\.1:8000 with 1 calls in flight/);
    assertEquals([scene.near.closed, scene.far.closed, scene.clock.pending], [true, true, 0], name);
  }
});

Deno.test("native: what later versions may add is skipped", async () => {
  const scene = new Scene();
  scene.handler = (call) => call.end(ok(call.request));
  const unknown = "5a010aff 00000001 00000003 00000001 010203";
  scene.near.push(fromHex(unknown));
  // An unknown field of each wire type, and unknown flags.
  const fields = "e07d01 e17d0102030405060708 e27d0201ff e57d01020304";
  scene.far.push(fromHex(`${unknown} 5a0101fe 00000001 00000021 00000020 ${fields} ${login} 07`));
  scene.far.recording = true;
  await scene.settle();
  assertEquals([scene.clientSide.reasons, scene.serverSide.reasons], [[], []]);
  const answer = fromHex("5a010400 00000001 00000001 00000000 07").toHex();
  assertStringIncludes(scene.far.written.map((bytes) => bytes.toHex()).join(), answer);
  assertEquals(scene.clientSide.lines, []);
  scene.client.close("over");
  await scene.settle();
});

Deno.test("native: frames of calls that are over, or never were, are dropped", async () => {
  const scene = new Scene();
  const call = scene.start();
  await scene.settle();
  scene.incoming[0]!.end(ok(bytes(1)));
  await scene.settle();
  for (const id of ["00000001", "00000063", "00000002", "00000000", "ffffffff"]) {
    scene.near.push(fromHex(`5a010400 ${id} 00000001 00000000 02`));
    scene.near.push(fromHex(`5a010200 ${id} 00000000 00000000`));
    scene.near.push(fromHex(`5a010301 ${id} 00000001 00000000 02`));
    scene.far.push(fromHex(`5a010300 ${id} 00000001 00000000 02`));
    scene.far.push(fromHex(`5a010500 ${id} 00000000 00000000`));
  }
  await scene.settle();
  assertEquals(call.outcome.response, bytes(1));
  const next = scene.start();
  await scene.settle();
  scene.incoming[1]!.end(ok(bytes(3)));
  await scene.settle();
  assertEquals(next.outcome.response, bytes(3));
  scene.client.close("over");
  await scene.settle();
});

Deno.test("native: metadata named __proto__ is left out, others are what they are", async () => {
  const scene = new Scene();
  const name = "0a095f5f70726f746f5f5f";
  scene.far.push(
    fromHex(
      `5a010100 00000001 0000002a 0000002a ${login} 220e ${name} 120141 2210` +
        "0a0b636f6e7374727563746f72 120142",
    ),
  );
  await scene.settle();
  const { metadata } = scene.incoming[0]!;
  assertEquals(Object.entries(metadata), [["constructor", "B"]]);
  assertEquals(Object.getPrototypeOf(metadata), Object.prototype);
  scene.client.close("over");
  await scene.settle();
});

Deno.test("native: a request over the server's limit costs that call, and is not kept", async () => {
  // This client does not hear of the limit before it sends.
  const scene = new Scene({}, { receiveMax: 100_000 });
  const calls = [100_001, 4 << 20, 100_000, 5].map((length) =>
    scene.start(new TestCall({ request: new Uint8Array(length) }))
  );
  await scene.settle();
  assertEquals(scene.incoming.map(({ request }) => request.length).sort(), [100_000, 5]);
  for (const incoming of scene.incoming) incoming.end(ok(bytes()));
  await scene.settle();
  const [first, second, third, fourth] = calls.map(({ outcome }) => outcome);
  assertEquals([first!.status, first!.sent, first!.pushback], [8, false, -1]);
  assertStringIncludes(first!.message, "100001 bytes, over the limit of 100000");
  assertEquals([second!.status, third!.status, fourth!.status], [8, 0, 0]);
  // By now it has heard.
  const written = scene.near.writes;
  const late = scene.start(new TestCall({ request: new Uint8Array(100_001) }));
  assertEquals(late.outcomes, [], "Not inside start()");
  await scene.settle();
  assertEquals([late.outcome.status, late.outcome.sent], [8, false]);
  assertEquals(scene.near.writes, written, "Nothing was sent");
  scene.client.close("over");
  await scene.settle();
});

Deno.test("native: a response over a limit costs that call", async () => {
  const scene = new Scene({ receiveMax: 100_000 }, { sendMax: 120_000 });
  const lengths = [100_000, 100_001, 120_001, 1];
  scene.handler = (call) => call.end(ok(new Uint8Array(lengths.shift()!)));
  const outcomes = lengths.map(() => scene.start());
  await scene.settle();
  assertEquals(outcomes.map(({ outcome }) => outcome.status), [0, 8, 8, 0]);
  assertStringIncludes(outcomes[1]!.outcome.message, "100001 bytes, over the limit of 100000");
  scene.client.close("over");
  await scene.settle();
});

Deno.test("native: a response that a server sends over the client's limit is not kept", async () => {
  for (
    const frames of [
      "5a010301 00000001 00000005 00000004 28c1843d 01",
      `5a010400 00000001 00000065 00000000 ${"00".repeat(101)}`,
    ]
  ) {
    const scene = new Scene({ receiveMax: 100 });
    const call = scene.start();
    await scene.settle();
    let cancelled = 0;
    scene.incoming[0]!.onCancel = () => cancelled++;
    scene.near.push(fromHex(frames));
    await scene.settle();
    assertEquals([call.outcome.status, call.outcome.sent, cancelled], [8, true, 1]);
    assertStringIncludes(call.outcome.message, "over the limit of 100");
    assertEquals(scene.clientSide.reasons, []);
    scene.client.close("over");
    await scene.settle();
  }
});

Deno.test("native: more calls than the server takes are refused, and say that none has run", async () => {
  const scene = new Scene({}, { maxConcurrent: 2 });
  // The client has not heard of the limit.
  const calls = [1, 2, 3].map(() => scene.start());
  await scene.settle();
  assertEquals(scene.incoming.length, 2);
  const { status, sent, message } = calls[2]!.outcome;
  assertEquals([status, sent], [8, false]);
  assertStringIncludes(message, "2 calls in flight");
  assertEquals(scene.client.usable, false);
  scene.incoming[0]!.end(ok(bytes()));
  await scene.settle();
  assertEquals([scene.client.usable, scene.clientSide.changes], [true, 2]);
  scene.client.close("over");
  await scene.settle();
});

Deno.test("native: requests in flight that have too many bytes together are refused", async () => {
  const scene = new Scene({}, { requestsMax: 150_000 });
  const request = new Uint8Array(100_000);
  const first = scene.start(new TestCall({ request }));
  const second = scene.start(new TestCall({ request }));
  await scene.settle();
  assertEquals([second.outcome.status, second.outcome.sent], [8, false]);
  scene.incoming[0]!.end(ok(bytes()));
  await scene.settle();
  assertEquals(first.outcome.status, 0);
  scene.start(new TestCall({ request }));
  await scene.settle();
  assertEquals(scene.incoming.length, 2);
  scene.client.close("over");
  await scene.settle();
});

Deno.test("native: metadata that no frame can hold is refused", async () => {
  const scene = new Scene();
  const metadata = { big: "x".repeat(33_000) };
  const call = scene.start(new TestCall({ metadata }));
  const good = scene.start();
  await scene.settle();
  assertEquals([call.outcome.status, call.outcome.sent, scene.incoming.length], [8, false, 1]);
  assertEquals(call.outcome.pushback, -1, "To send it again would be of no use");
  let thrown: unknown;
  try {
    scene.incoming[0]!.headers(metadata);
  } catch (error) {
    thrown = error;
  }
  assert(thrown instanceof RangeError);
  scene.incoming[0]!.end({ ...ok(bytes(1)), trailers: metadata });
  await scene.settle();
  assertEquals([good.outcome.status, good.outcome.response], [8, null]);
  assertStringIncludes(good.outcome.message, "over the limit of 32768");
  scene.client.close("over");
  await scene.settle();
});

Deno.test("native: a fault in a handler of frames costs the connection, and is told", async () => {
  const scene = new Scene();
  scene.handler = () => {
    throw new TypeError("A bug");
  };
  const call = scene.start();
  await scene.settle();
  assertEquals(call.outcome.status, 14);
  assertStringIncludes(scene.serverSide.lines[0]!, "A bug");
});
