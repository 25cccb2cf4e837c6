import { assert, assertEquals, assertLess, assertStrictEquals, assertThrows } from "@std/assert";
import { MarshallingError, Reader, Writer } from "../../src/proto/archive.ts";
import { assertReads, assertRefuses, assertWrites, framed, hex } from "./bytes.ts";

Deno.test("Writer.int() and Reader.int() are 32 bits, big endian, signed", () => {
  for (
    const [bytes, value] of [
      ["00000000", 0],
      ["00000001", 1],
      ["01020304", 0x01020304],
      ["7fffffff", 2147483647],
      ["80000000", -2147483648],
      ["ffffffff", -1],
      ["fffffff8", -8],
    ] as const
  ) {
    assertWrites((to) => to.int(value), bytes);
    assertReads(bytes, (from) => from.int(), value);
  }
});

Deno.test("Writer.long() and Reader.long() are 64 bits, big endian, signed", () => {
  for (
    const [bytes, value] of [
      ["0000000000000000", 0n],
      ["0000000000000001", 1n],
      ["0102030405060708", 0x0102030405060708n],
      ["7fffffffffffffff", 9223372036854775807n],
      ["8000000000000000", -9223372036854775808n],
      ["ffffffffffffffff", -1n],
      ["0000000100000000", 4294967296n],
    ] as const
  ) {
    assertWrites((to) => to.long(value), bytes);
    assertReads(bytes, (from) => from.long(), value);
  }
});

Deno.test("Writer.bool() and Reader.bool() are one byte, where all but 0 is true", () => {
  assertWrites((to) => to.bool(true), "01");
  assertWrites((to) => to.bool(false), "00");
  assertReads("00", (from) => from.bool(), false);
  assertReads("01", (from) => from.bool(), true);
  assertReads("ff", (from) => from.bool(), true);
});

Deno.test("Writer.buffer() and Reader.buffer() tell null, empty and bytes apart", () => {
  assertWrites((to) => to.buffer(null), "ffffffff");
  assertReads("ffffffff", (from) => from.buffer(), null);
  assertWrites((to) => to.buffer(new Uint8Array(0)), "00000000");
  assertReads("00000000", (from) => from.buffer(), new Uint8Array(0));
  assertWrites((to) => to.buffer(hex("00ff807f")), "00000004 00ff807f");
  assertReads("00000004 00ff807f", (from) => from.buffer(), hex("00ff807f"));
});

Deno.test("Writer.buffer() writes a string as its UTF-8", () => {
  assertWrites((to) => to.buffer(""), "00000000");
  assertWrites((to) => to.buffer("é"), "00000002 c3a9");
});

Deno.test("Reader.buffer() gives a copy of its own", () => {
  const bytes = hex("00000002 0102");
  const value = Reader.of(bytes).buffer()!;
  bytes.fill(9);
  assertEquals(value, hex("0102"));
  value[0] = 7;
  assertEquals(bytes[4], 9);
  assertEquals(value.byteLength, value.buffer.byteLength);
});

Deno.test("Writer.vector() and Reader.vector() count their items; null reads as empty", () => {
  const readInts = (from: Reader) => from.vector((item) => item.int(), 4);
  assertWrites((to) => to.vector([1, -1], (w, item) => w.int(item)), "00000002 00000001 ffffffff");
  assertReads("00000002 00000001 ffffffff", readInts, [1, -1]);
  assertWrites((to) => to.vector([], () => {}), "00000000");
  assertReads("00000000", readInts, []);
  assertReads("ffffffff", readInts, []);
});

Deno.test("Reader.vector() refuses a count that lies, with both numbers", () => {
  const readInts = (from: Reader) => from.vector((item) => item.int(), 4);
  assertRefuses("00000003 00000001 00000002", readInts, "A vector of 3 items in 8 bytes");
  assertRefuses("7fffffff 00000001", readInts, "A vector of 2147483647 items in 4 bytes");
  assertRefuses("00000001", readInts, "A vector of 1 items in 0 bytes");
  assertRefuses("fffffffe 00000001", readInts, "A vector of -2 items in 4 bytes");
  assertRefuses("80000000", readInts, "A vector of -2147483648 items in 0 bytes");
});

Deno.test("Reader.strings() reads what Reader.string() reads, one after the other", () => {
  const words = ["", "a", "child-0042", "x".repeat(127), "y".repeat(128), "z".repeat(3000)];
  const others = ["é", "名前", "😀", "\ufeff", "\ufffd", "\0", "aé", "éa"];
  const raw = ["80", "c3", "c2", "e282", "f09f98", "eda0bd", "edb880", "eda0bdedb880", "ff"].map(
    hex,
  );
  const kinds: (() => Uint8Array)[] = [
    () => utf8(words[0 | random() * words.length]!),
    () => utf8("n".repeat(random() * 40)),
    () => utf8(others[0 | random() * others.length]!),
    () => raw[0 | random() * raw.length]!,
  ];
  let state = 1;
  const random = () => (state = state * 48271 % 0x7fffffff) / 0x7fffffff;
  for (let list = 0; list < 2000; list++) {
    // Most lists are all ASCII, and long enough for several chunks.
    const allowed = list % 4 === 0 ? kinds.length : 2;
    const items = Array.from({ length: random() * (list % 10 === 0 ? 300 : 12) }, () => {
      return kinds[0 | random() * allowed]!();
    });
    const bytes = vectorOf(items);
    const from = Reader.of(bytes);
    const texts = from.strings();
    assertEquals(texts, Reader.of(bytes).vector((item) => item.string(), 4));
    assertEquals(from.remaining, 0);
  }
});

Deno.test("Reader.strings() refuses a count, and a length, that lies", () => {
  const read = (from: Reader) => from.strings();
  assertReads("ffffffff", read, []);
  assertRefuses("00000003 00000001 00000002", read, "A vector of 3 items in 8 bytes");
  assertRefuses("fffffffe 00000001", read, "A vector of -2 items in 4 bytes");
  const four = "00000004 00000001 61 00000001 62 00000001 63";
  assertRefuses(`${four} 00000002 64`, read, "A field of 2 bytes where 1 are left of the frame");
  assertRefuses(`${four} ffffffff 64`, read, "A field of -1 bytes where 1 are left of the frame");
});

Deno.test("Reader.vector() refuses items longer than what is left", () => {
  const readStrings = (from: Reader) => from.vector((item) => item.string(), 4);
  // Two items could be there by the bytes, but the first says that it takes them all.
  assertRefuses(
    "00000002 00000005 6162636465",
    readStrings,
    "A field of 4 bytes where 0 are left of the frame",
  );
});

Deno.test("Reader.string() and buffer() refuse a length that lies, with both numbers", () => {
  const refusals = [
    ["00000005 61626364", "A field of 5 bytes where 4 are left of the frame"],
    ["7fffffff 61", "A field of 2147483647 bytes where 1 are left of the frame"],
    ["fffffffe 6161", "A field of -2 bytes where 2 are left of the frame"],
    ["80000000", "A field of -2147483648 bytes where 0 are left of the frame"],
  ] as const;
  for (const [body, why] of refusals) {
    assertRefuses(body, (from) => from.string(), why);
    assertRefuses(body, (from) => from.nullableString(), why);
    assertRefuses(body, (from) => from.buffer(), why);
  }
});

// C: TestClient.cc testDeserializeString.
Deno.test("Reader.string() refuses null, nullableString() does not", () => {
  const why = "A field of -1 bytes where 0 are left of the frame";
  assertRefuses("ffffffff", (from) => from.string(), why);
  assertReads("ffffffff", (from) => from.nullableString(), null);
  assertReads("00000000", (from) => from.nullableString(), "");
  assertReads("00000001 61", (from) => from.nullableString(), "a");
});

Deno.test("Reader refuses each field that goes beyond the frame, though there are more bytes", () => {
  const fields: [number, (from: Reader) => unknown][] = [
    [4, (from) => from.int()],
    [8, (from) => from.long()],
    [1, (from) => from.bool()],
  ];
  for (const [size, read] of fields) {
    for (let length = 0; length < size; length++) {
      const reader = Reader.of(new Uint8Array(64));
      reader.point(10, 10 + length);
      const why = `A field of ${size} bytes where ${length} are left of the frame`;
      assertThrows(() => read(reader), MarshallingError, why);
      assertEquals(reader.at, 10, "A field that is refused is not passed over");
    }
  }
});

Deno.test("Reader allocates nothing for a length or count that lies", () => {
  const lies: [string, (from: Reader) => unknown][] = [
    ["7fffffff 61", (from) => from.buffer()],
    ["7fffffff 61", (from) => from.string()],
    ["7fffffff 61", (from) => from.vector((item) => item.int(), 4)],
    ["000fffff 61", (from) => from.buffer()],
    ["000fffff 61", (from) => from.string()],
    ["000fffff 61", (from) => from.vector((item) => item.string(), 4)],
  ];
  for (const [body, read] of lies) {
    const reader = Reader.of(hex(body));
    const bytes = bytesAllocated(() => assertThrows(() => read(reader), MarshallingError));
    assertLess(bytes, 64);
  }
});

Deno.test("MarshallingError has its name", () => {
  const error = assertThrows(() => Reader.of(hex("")).int(), MarshallingError);
  assertEquals(error.name, "MarshallingError");
});

Deno.test("Reader.use() and point() read one frame after the other in the same bytes", () => {
  const reader = new Reader();
  assertEquals(reader.remaining, 0);
  const bytes = hex("aaaa 00000001 00000002 bbbb");
  reader.use(bytes.subarray(2));
  reader.point(0, 4);
  assertEquals([reader.remaining, reader.int(), reader.remaining], [4, 1, 0]);
  reader.point(4, 8);
  assertEquals([reader.int(), reader.remaining], [2, 0]);
});

Deno.test("Writer grows and keeps what was written", () => {
  const writer = new Writer(1);
  for (let i = 0; i < 1000; i++) writer.int(i);
  writer.append(new Uint8Array(5000).fill(0xab));
  writer.string("x".repeat(10_000));
  const reader = Reader.of(writer.written);
  for (let i = 0; i < 1000; i++) assertStrictEquals(reader.int(), i);
  for (let i = 0; i < 1250; i++) assertStrictEquals(reader.int(), 0xabababab | 0);
  assertEquals(reader.string(), "x".repeat(10_000));
  assertEquals(reader.remaining, 0);
});

Deno.test("Writer.endFrame() puts the length before what was written since startFrame()", () => {
  const writer = new Writer(1);
  const first = writer.startFrame();
  assertEquals(writer.frameLength(first), 0);
  writer.int(1);
  writer.bool(true);
  assertEquals(writer.frameLength(first), 5);
  assertEquals([writer.size, writer.frames.length], [0, 0], "No frame is whole yet");
  writer.endFrame(first);
  const second = writer.startFrame();
  writer.endFrame(second);
  assertEquals(writer.frames.toHex(), "00000005000000010100000000");
  assertEquals(writer.size, 13);
});

Deno.test("Writer.startFrame() overwrites a frame that was never ended", () => {
  const writer = new Writer(16);
  writer.endFrame(startedWith(writer, "01"));
  startedWith(writer, "ffffffffffffffffffff");
  writer.endFrame(startedWith(writer, "02"));
  assertEquals(writer.frames.toHex(), "00000001010000000102");
});

Deno.test("Writer.appendFrames() adds whole frames, in place of one that was never ended", () => {
  const writer = new Writer(1);
  writer.endFrame(startedWith(writer, "01"));
  startedWith(writer, "ffff");
  writer.appendFrames(framed(hex("02"), hex("0304")));
  assertEquals(writer.frames.toHex(), "00000001 01 00000001 02 00000002 0304".replaceAll(" ", ""));
});

Deno.test("Writer.keepFrames() throws away the frames whose first int is not wanted", () => {
  const bodies = [hex("00000001 aa"), hex("00000002"), hex("ffffffff bbcc"), hex("00000003")];
  for (let kept = 0; kept < 16; kept++) {
    const stays = bodies.filter((_, i) => kept & 1 << i);
    const firsts = stays.map((body) => Reader.of(body).int());
    const writer = new Writer(1);
    writer.appendFrames(framed(...bodies));
    startedWith(writer, "ffff");
    writer.keepFrames((first) => firsts.includes(first));
    assertEquals(writer.frames, framed(...stays));
    writer.appendFrames(framed(hex("dd")));
    assertEquals(writer.frames, framed(...stays, hex("dd")));
  }
});

Deno.test("Writer.clear() keeps a big buffer as long as it is used, and gives it back then", () => {
  const writer = new Writer();
  for (const [used, kept] of [[8, 8], [8, 8], [3, 8], [0.1, 1 / 1024], [0.5, 0.5]] as const) {
    writer.appendFrames(new Uint8Array(used * 2 ** 20));
    writer.clear();
    assertEquals([writer.size, writer.bytes.length], [0, kept * 2 ** 20], `${used} MB used`);
  }
});

Deno.test("Writer.clear() empties it and gives a grown buffer back", () => {
  const writer = new Writer(16);
  writer.append(new Uint8Array(3000));
  writer.clear();
  assertEquals([writer.length, writer.size, writer.written.length], [0, 0, 0]);
  assert(writer.bytes.length >= 3000, "A buffer of moderate size is kept");
  writer.clear(2000);
  assertEquals(writer.bytes.length, 1024);
  assertEquals(new Writer().written, new Uint8Array(0));
});

function startedWith(writer: Writer, body: string): number {
  const start = writer.startFrame();
  writer.append(hex(body));
  return start;
}

/** The bytes of all typed arrays and buffers that `run` allocates. */
function bytesAllocated(run: () => void): number {
  const { Uint8Array, ArrayBuffer } = globalThis;
  let bytes = 0;
  const counted = <T extends object>(of: T): T =>
    new Proxy(of, {
      construct(target, args) {
        const made = Reflect.construct(target as never, args) as { byteLength: number };
        bytes += made.byteLength;
        return made;
      },
    });
  Object.assign(globalThis, { Uint8Array: counted(Uint8Array), ArrayBuffer: counted(ArrayBuffer) });
  try {
    run();
  } finally {
    Object.assign(globalThis, { Uint8Array, ArrayBuffer });
  }
  return bytes;
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Buffers behind their number, each behind its length: what a vector of strings is on the wire. */
function vectorOf(items: Uint8Array[]): Uint8Array {
  const writer = new Writer();
  writer.vector(items, (to, item) => to.buffer(item));
  return writer.written;
}
