/** The native wire's bytes: each frame as docs/rpc.md has it, and whatever way they are cut. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { FrameReader, isNative, ProtocolError } from "../../../src/rpc/wires/native/frames.ts";
import type { IncomingCall } from "../../../src/rpc/wires/wire.ts";
import { VirtualClock } from "../../virtual_clock.ts";
import { pipe } from "../pipe.ts";
import { bytes, dial, fromHex, ok, Scene, serve, Side, TestCall } from "./scene.ts";

/** What the client of a scene has written since it was asked last, frame by frame. */
function written(end: { written: Uint8Array[] }): string[] {
  return end.written.splice(0).flatMap(framesOf);
}

/** Without the spaces, which are for readers alone. */
function plain(...frames: string[]): string[] {
  return frames.map((frame) => frame.replaceAll(" ", ""));
}

function framesOf(all: Uint8Array): string[] {
  const frames: string[] = [];
  for (let at = 0; at < all.length;) {
    const end = at + 16 + new DataView(all.buffer, all.byteOffset + at).getUint32(8);
    frames.push(all.subarray(at, end).toHex());
    at = end;
  }
  return frames;
}

Deno.test("frames: each one's bytes", async () => {
  const scene = new Scene({ receiveMax: 300 }, { maxConcurrent: 77 });
  scene.near.recording = scene.far.recording = true;
  await scene.settle();
  assertEquals(
    written(scene.near),
    plain("5a010900 00000000 00000003 00000003 18ac02"),
    "SETTINGS",
  );
  assertEquals(written(scene.far), plain("5a010900 00000000 00000007 00000007 104d 1880808002"));

  const call = scene.start(
    new TestCall({
      service: "a.B",
      method: "C",
      request: bytes(1, 2),
      deadline: scene.clock.now() + 300,
      metadata: { "k": "v", "x-bin": bytes(255) },
    }),
  );
  await scene.settle();
  assertEquals(
    written(scene.near),
    plain(
      "5a010100 00000001 00000021 0000001f 0a03612e42 120143 18ac02 2206 0a016b 120176 " +
        "220a 0a05782d62696e 1201ff 0102",
    ),
    "REQUEST",
  );

  const [incoming] = scene.incoming;
  incoming!.headers({ h: "1" });
  incoming!.end({ ...ok(bytes(9)), trailers: { t: "2" } });
  await scene.settle();
  assertEquals(
    written(scene.far),
    plain(
      "5a010200 00000001 00000008 00000008 2206 0a0168 120131",
      "5a010400 00000001 00000009 00000008 2206 0a0174 120132 09",
    ),
    "HEADERS, END",
  );
  assertEquals(call.outcome.response, bytes(9));

  scene.start(new TestCall({ service: "a.B", method: "C" }));
  const cancelled = scene.start(new TestCall({ service: "a.B", method: "C" }));
  scene.client.cancel(cancelled);
  await scene.settle();
  assertEquals(
    written(scene.near),
    plain(
      "5a010100 00000003 00000008 00000008 0a03612e42 120143",
      "5a010100 00000005 00000008 00000008 0a03612e42 120143",
      "5a010500 00000005 00000000 00000000",
    ),
    "CANCEL",
  );
  scene.incoming[1]!.end({
    status: 5,
    message: "no",
    response: null,
    details: bytes(1),
    trailers: null,
    sent: false,
    pushback: 10,
  });
  await scene.settle();
  assertEquals(
    written(scene.far),
    plain(
      "5a010400 00000003 0000000d 0000000d 0805 12026e6f 1a0101 2801 3014",
    ),
    "END that refuses",
  );

  scene.near.push(fromHex("5a010600 00000007 00000000 00000000"));
  scene.far.push(fromHex("5a010600 00000008 00000000 00000000"));
  await scene.settle();
  assertEquals(written(scene.near), plain("5a010700 00000007 00000000 00000000"), "PONG");
  assertEquals(written(scene.far), plain("5a010700 00000008 00000000 00000000"), "PONG");

  scene.server.drain();
  await scene.settle();
  assertEquals(written(scene.far), plain("5a010800 00000000 00000002 00000002 0805"), "GOAWAY");
  assertEquals(scene.clientSide.reasons, [null]);
});

Deno.test("frames: a long message's parts", async () => {
  const scene = new Scene();
  scene.near.recording = scene.far.recording = true;
  await scene.settle();
  written(scene.near);
  written(scene.far);
  scene.start(new TestCall({ service: "S", method: "M", request: new Uint8Array(70_000) }));
  await scene.settle();
  const start = (frame: string) => frame.slice(0, 40);
  assertEquals(
    written(scene.near).map(start),
    plain(
      "5a010101 00000001 0000000a 0000000a 0a0153 12",
      "5a010301 00000001 0000fff0 00000000 00000000",
      "5a010300 00000001 00001180 00000000 00000000",
    ),
  );
  scene.incoming[0]!.end(ok(new Uint8Array(70_000)));
  await scene.settle();
  assertEquals(
    written(scene.far).map(start),
    plain(
      "5a010301 00000001 0000fff4 00000004 28f0a204",
      "5a010301 00000001 00001180 00000000 00000000",
      "5a010400 00000001 00000000 00000000",
    ),
  );
  scene.client.close("over");
  await scene.settle();
});

/** What a client writes for three calls. */
async function threeRequests(): Promise<Uint8Array> {
  const scene = new Scene();
  scene.near.recording = true;
  for (let i = 1; i <= 3; i++) {
    const metadata = i === 2 ? { "trace-id": "abc" } : null;
    scene.start(new TestCall({ request: bytes(i, i, i), metadata }));
  }
  await scene.settle();
  scene.client.close("over");
  await scene.settle();
  const all = scene.near.written;
  assertEquals(all.length, 1);
  return all[0]!;
}

Deno.test("frames: three requests in one buffer, cut at every point", async () => {
  const all = await threeRequests();
  const clock = new VirtualClock();
  for (let cut = 0; cut <= all.length; cut++) {
    // The last round: byte by byte.
    const [near, far] = pipe();
    const calls: IncomingCall[] = [];
    if (cut === all.length) far.readMax = 1;
    const server = serve(clock, far, new Side(), {}, (call) => void calls.push(call));
    near.write(all.subarray(0, cut));
    await clock.settle();
    near.write(all.subarray(cut));
    await clock.settle();
    assertEquals(calls.map(({ request }) => request), [1, 2, 3].map((i) => bytes(i, i, i)));
    assertEquals(calls.map(({ metadata }) => Object.keys(metadata).length), [0, 1, 0]);
    server.close();
  }
});

Deno.test("frames: three replies in one buffer, cut at every point", async () => {
  const replies = fromHex(
    "5a010400 00000005 00000001 00000000 05 " +
      "5a010200 00000001 00000008 00000008 2206 0a0168 120131" +
      "5a010400 00000001 00000002 00000002 0805 " +
      "5a010400 00000003 00000000 00000000",
  );
  const clock = new VirtualClock();
  for (let cut = 0; cut <= replies.length; cut++) {
    const [near, far] = pipe();
    if (cut === replies.length) near.readMax = 1;
    const client = dial(clock, near, new Side(), {});
    const calls = [1, 2, 3].map(() => new TestCall());
    for (const call of calls) client.start(call);
    await clock.settle();
    far.write(replies.subarray(0, cut));
    await clock.settle();
    far.write(replies.subarray(cut));
    await clock.settle();
    assertEquals(calls.map(({ outcome }) => outcome.status), [5, 0, 0]);
    assertEquals(calls[2]!.outcome.response, bytes(5));
    client.close("over");
  }
});

Deno.test("frames: what was given out is never written again", () => {
  const reader = new FrameReader();
  const given: { message: Uint8Array; number: number }[] = [];
  const pending = Array.from({ length: 3_000 }, (_, number) => {
    const frame = fromHex("5a010400 00000001 00000000 00000000");
    const length = number % 7 === 0 ? number * 3 : number % 50;
    new DataView(frame.buffer).setUint32(8, length);
    return { frame, body: new Uint8Array(length).fill(number), number };
  });
  const feed = (bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length;) {
      const space = reader.space();
      assert(space.length > 0, "There is always room");
      const part = bytes.subarray(at, at + space.length);
      space.set(part);
      reader.received(part.length);
      at += part.length;
      while (reader.next()) {
        given.push({ message: reader.takeMessage(), number: given.length });
      }
    }
  };
  for (const { frame, body } of pending) {
    feed(frame);
    feed(body);
  }
  assertEquals(given.length, pending.length);
  for (const { message, number } of given) {
    assertEquals(message, pending[number]!.body, `Message ${number}`);
  }
});

Deno.test("frames: a chunk in which nothing was given out is filled again", () => {
  const reader = new FrameReader();
  const chunks = new Set<ArrayBufferLike>();
  for (let i = 0; i < 10_000; i++) {
    const space = reader.space();
    chunks.add(space.buffer);
    space.set(fromHex("5a010700 00000001 00000000 00000000"));
    reader.received(16);
    assert(reader.next());
  }
  assertEquals(chunks.size, 1);
});

Deno.test("frames: what cannot be is refused by the header alone", () => {
  const wrong = {
    "another version": "5a020100 00000001 00000000 00000000",
    "HTTP": new TextEncoder().encode("GET / HTTP/1.1\r\n").toHex(),
    "the type 0": "5a010000 00000001 00000000 00000000",
    "too long": "5a010100 00000001 00010001 00000000",
    "far too long": "5a010100 00000001 ffffffff 00000000",
    "meta longer than the frame": "5a010100 00000001 00000003 00000004",
    "meta too long": "5a010100 00000001 0000ffff 00008001",
  };
  for (const [name, header] of Object.entries(wrong)) {
    const reader = new FrameReader();
    reader.space().set(fromHex(header));
    reader.received(16);
    assertThrows(() => reader.next(), ProtocolError, undefined, name);
  }
});

Deno.test("isNative() tells this wire from tiny_rpc's", () => {
  assert(isNative(fromHex("5a010900")));
  assert(!isNative(fromHex("19000000")));
  assert(!isNative(fromHex("5a010000")), "A header of 346 bytes");
  assert(!isNative(fromHex("5a020900")));
});
