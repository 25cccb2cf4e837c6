import {
  assert,
  assertEquals,
  assertGreater,
  assertLess,
  assertLessOrEqual,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { MarshallingError } from "../../src/proto/archive.ts";
import { maxBufferDefault } from "../../src/proto/constants.ts";
import { FrameReader } from "../../src/proto/frames.ts";
import { feed, framed, hex } from "./bytes.ts";

/** Takes all whole frames out, as copies of their bodies in hex digits. */
function takeAll(frames: FrameReader): string[] {
  const bodies: string[] = [];
  for (let frame = frames.next(); frame !== null; frame = frames.next()) {
    let body = "";
    while (frame.remaining > 0) body += (frame.bool() ? 1 : 0).toString();
    bodies.push(body);
  }
  return bodies;
}

Deno.test("FrameReader.next() gives the same frames however their bytes are cut", () => {
  const bodies = ["01", "", "0101", "00000000", "01".repeat(50), "", "0001"];
  const expected = bodies.map((body) => body.replaceAll("00", "0").replaceAll("01", "1"));
  const bytes = framed(...bodies.map(hex));
  for (let step = 1; step <= bytes.length; step++) {
    for (const size of [1, 8, 64, 1024]) {
      const frames = new FrameReader(1000, size);
      const got: string[] = [];
      feed(frames, bytes, step, () => got.push(...takeAll(frames)));
      assertEquals(got, expected);
    }
  }
});

Deno.test("FrameReader.next() gives null until the last byte of a frame is there", () => {
  const bytes = framed(hex("0000000100000000000000020000000000000003"));
  const frames = new FrameReader(1000, 64);
  feed(frames, bytes, 1, (fed) => {
    assertEquals(frames.whole, fed === bytes.length);
    if (fed < bytes.length) assertEquals(frames.next(), null);
  });
  assertEquals(frames.next()!.remaining, 20);
  assertEquals([frames.whole, frames.next()], [false, null]);
});

Deno.test("FrameReader.xid is the first int of the next frame, 0 when there is none", () => {
  const frames = new FrameReader(1000, 64);
  assertEquals(frames.xid, 0);
  const bytes = framed(hex("fffffffe 00"), hex("00000007"));
  feed(frames, bytes, 1, (fed) => assertEquals(frames.xid, fed < 8 ? 0 : -2));
  frames.next();
  assertEquals(frames.xid, 7);
  frames.next();
  assertEquals(frames.xid, 0);
});

Deno.test("FrameReader.next() gives the same reader each time, at the next frame", () => {
  const frames = new FrameReader(1000, 64);
  feed(frames, framed(hex("00000001"), hex("00000002")), Infinity);
  const first = frames.next()!;
  assertEquals(first.int(), 1);
  const second = frames.next()!;
  assertStrictEquals(second, first);
  assertEquals(second.int(), 2);
});

Deno.test("FrameReader.next() gives a frame of length 0, which has no field", () => {
  const frames = new FrameReader(1000, 64);
  feed(frames, framed(hex(""), hex("00000001")), Infinity);
  const empty = frames.next()!;
  assertEquals(empty.remaining, 0);
  assertThrows(() => empty.int(), MarshallingError, "4 bytes where 0 are left");
  assertEquals(frames.next()!.int(), 1);
});

Deno.test("FrameReader.next() refuses a length below 0 or over the limit, with the numbers", () => {
  const refusals = [
    ["ffffffff", "A frame of -1 bytes where 0 to 1048575 are allowed"],
    ["80000000", "A frame of -2147483648 bytes where 0 to 1048575 are allowed"],
    ["00100000", "A frame of 1048576 bytes where 0 to 1048575 are allowed"],
    ["7fffffff", "A frame of 2147483647 bytes where 0 to 1048575 are allowed"],
    ["48545450", "A frame of 1213486160 bytes where 0 to 1048575 are allowed"], // "HTTP"
  ] as const;
  for (const [bytes, why] of refusals) {
    for (const before of ["", "00000002 0101", "00000000"]) {
      const frames = new FrameReader(maxBufferDefault);
      feed(frames, hex(before), Infinity);
      if (before !== "") assert(frames.next() !== null);
      feed(frames, hex(bytes), 1, (fed) => assertEquals(frames.whole, fed === 4));
      assertThrows(() => frames.next(), MarshallingError, why);
    }
  }
});

Deno.test("FrameReader.next() accepts a frame of the greatest length", () => {
  for (const max of [0, 1, 100, maxBufferDefault]) {
    const frames = new FrameReader(max, 16);
    feed(frames, framed(new Uint8Array(max)), 65_536);
    assertEquals(frames.next()!.remaining, max);
  }
});

/** What a busy session's buffer grows to, whatever its frames are. */
const busy = 256 * 1024;

Deno.test("FrameReader.space() does not grow for a length that is announced but not sent", () => {
  const frames = new FrameReader(maxBufferDefault);
  const first = frames.space().buffer.byteLength;
  assertLessOrEqual(first, 16 * 1024);
  feed(frames, hex("000fffff"), Infinity);
  assertEquals([frames.next(), frames.space().buffer.byteLength], [null, first]);
  // It has to be sent, and costs no more than a busy session then, nor twice as much.
  feed(frames, new Uint8Array(600_000), 1000, (fed) => {
    assertEquals(frames.next(), null);
    const bound = fed < first - 1000 ? first : Math.max(busy, 2 * (fed + 1000));
    assertLessOrEqual(frames.space().buffer.byteLength, bound);
  });
});

Deno.test("FrameReader.space() is never far beyond the longest frame, or what a busy one has", () => {
  for (const max of [1024, 10_000, busy, 2 * busy]) {
    const frames = new FrameReader(max, 16);
    const bytes = framed(new Uint8Array(max), new Uint8Array(3), new Uint8Array(max));
    let taken = 0;
    feed(frames, bytes, 1000, () => {
      assertLessOrEqual(frames.space().buffer.byteLength, Math.max(busy, max + 5));
      while (frames.next() !== null) taken++;
    });
    assertEquals(taken, 3);
  }
});

Deno.test("FrameReader.space() stays the same buffer while frames are taken in time", () => {
  const frames = new FrameReader(maxBufferDefault, 1024);
  const { buffer } = frames.space();
  for (let i = 0; i < 1000; i++) {
    feed(frames, framed(new Uint8Array(i % 500)), 300);
    assertEquals(takeAll(frames).length, 1);
  }
  assertStrictEquals(frames.space().buffer, buffer);
});

Deno.test("FrameReader keeps a frame cut in half over a growing buffer", () => {
  const body = new Uint8Array(5000).fill(1);
  const frames = new FrameReader(maxBufferDefault, 16);
  const buffers = new Set<ArrayBufferLike>();
  const got: string[] = [];
  feed(frames, framed(hex("01"), body, hex("0100")), 11, () => {
    buffers.add(frames.space().buffer);
    got.push(...takeAll(frames));
  });
  assertGreater(buffers.size, 1, "It has grown");
  assertEquals(got, ["1", "1".repeat(5000), "10"]);
});

Deno.test("FrameReader.space() has room for many frames once a read has filled it", () => {
  const frames = new FrameReader(maxBufferDefault);
  const first = frames.space().length;
  assertLess(first, busy);
  feed(frames, framed(new Uint8Array(first / 2 - 4), new Uint8Array(first / 2 - 4)), Infinity);
  assertEquals(takeAll(frames).length, 2);
  assertEquals(frames.space().length, busy);
});
