import { assertEquals, assertThrows } from "@std/assert";
import { MarshallingError, Reader, Writer } from "../../../src/proto/archive.ts";
import { readData } from "../../../src/testing/state/data.ts";

Deno.test("readData(): what shares a buffer keeps to its part of it", () => {
  const to = new Writer();
  for (let size = 0; size < 600; size++) to.buffer(new Uint8Array(size).fill(size));
  to.buffer(null);
  const from = Reader.of(to.written);
  const all = Array.from({ length: 600 }, () => readData(from)!);
  assertEquals(readData(from), null);
  // The bytes that it was read from are used again.
  to.bytes.fill(0xff);
  for (const [size, data] of all.entries()) assertEquals(data, new Uint8Array(size).fill(size));
});

Deno.test("readData(): a length that is none is refused", () => {
  for (const length of [-2, 5, 513, 0x7fffffff]) {
    const to = new Writer();
    to.int(length);
    to.int(0);
    assertThrows(() => readData(Reader.of(to.written)), MarshallingError);
  }
});
