import { assertEquals } from "@std/assert";
import { decodeString, encodeString } from "../../src/proto/strings.ts";
import { assertReads, assertWrites, hex } from "./bytes.ts";

Deno.test("Writer.string() and Reader.string() are UTF-8 behind its length in bytes", () => {
  const strings = [
    ["00000000", ""],
    ["00000001 61", "a"],
    ["00000004 2f617070", "/app"],
    ["00000001 00", "\u0000"],
    ["00000001 7f", "\u007f"],
    // Two bytes.
    ["00000002 c280", "\u0080"],
    ["00000002 c3a9", "é"],
    ["00000002 dfbf", "\u07ff"],
    // Three bytes.
    ["00000003 e0a080", "\u0800"],
    ["00000003 e282ac", "€"],
    ["00000003 ed9fbf", "\ud7ff"],
    ["00000003 ee8080", "\ue000"],
    ["00000003 efbfbf", "\uffff"],
    // Four bytes.
    ["00000004 f0908080", "\u{10000}"],
    ["00000004 f09f9880", "😀"],
    ["00000004 f48fbfbf", "\u{10ffff}"],
    // All together.
    ["0000000b 2f 61 c3a9 e282ac f09f9880", "/aé€😀"],
    ["0000000c 2f 61 c3a9 e282ac f09f9880 7a", "/aé€😀z"],
  ] as const;
  for (const [bytes, text] of strings) {
    assertWrites((to) => to.string(text), bytes);
    assertReads(bytes, (from) => from.string(), text);
  }
});

Deno.test("decodeString() reads surrogates of three bytes each, as Java writes them", () => {
  const strings = [
    ["eda0bd edb880", "😀"],
    ["eda080 edb080", "\u{10000}"],
    ["edafbf edbfbf", "\u{10ffff}"],
    ["2f eda0bd edb880", "/😀"],
    ["61 eda0bd edb880 62", "a😀b"],
    ["c3a9 eda0bd edb880 e282ac", "é😀€"],
    ["eda0bd edb880 eda0bd edb881", "😀😁"],
    // Beside a character that starts with the same byte and is none.
    ["ed9fbf eda0bd edb880 ed80 80", "\ud7ff😀\ud000"],
    // Beside the same character as plain UTF-8.
    ["f09f9880 eda0bd edb880", "😀😀"],
    // Halves alone.
    ["eda0bd", "\ud83d"],
    ["edb880", "\ude00"],
    ["61 edb880 eda0bd 62", "a\ude00\ud83db"],
  ] as const;
  for (const [bytes, text] of strings) {
    const length = hex(bytes).length.toString(16).padStart(8, "0");
    assertReads(length + bytes, (from) => from.string(), text);
  }
});

Deno.test("decodeString() puts U+FFFD for bytes that are no UTF-8", () => {
  for (
    const [bytes, text] of [
      ["80", "\ufffd"],
      ["61 ff 62", "a\ufffdb"],
      ["c3", "\ufffd"],
      ["f09f98", "\ufffd"],
      ["ed", "\ufffd"],
      ["eda0", "\ufffd\ufffd"],
      ["c080", "\ufffd\ufffd"],
    ] as const
  ) {
    assertEquals(decodeString(hex(bytes), 0, hex(bytes).length), text);
  }
});

Deno.test("encodeString() puts U+FFFD for a surrogate without its half", () => {
  assertWrites((to) => to.string("\ud83d"), "00000003 efbfbd");
  assertWrites((to) => to.string("a\ude00b"), "00000005 61 efbfbd 62");
});

// U+FEFF is an ordinary character of a name; only at the start of a text file is it a mark.
Deno.test("decodeString() keeps U+FEFF wherever it stands", () => {
  for (
    const [bytes, text] of [
      ["efbbbf", "\ufeff"],
      ["efbbbf 61", "\ufeffa"],
      ["61 efbbbf", "a\ufeff"],
      ["eda0bd edb880 efbbbf", "😀\ufeff"],
    ] as const
  ) {
    assertEquals(decodeString(hex(bytes), 0, hex(bytes).length), text);
  }
});

Deno.test("encodeString() and decodeString() agree around the length of the fast path", () => {
  for (const length of [...upTo(12, 20), ...upTo(60, 70)]) {
    for (const last of ["z", "é", "€", "😀", "\uffff"]) {
      const text = "/".padEnd(length - last.length, "abcdefgh") + last;
      const bytes = new Uint8Array(300).fill(0xee);
      const written = encodeString(text, bytes, 7);
      const expected = new TextEncoder().encode(text);
      assertEquals(bytes.subarray(7, 7 + written), expected);
      assertEquals([bytes[6], bytes[7 + written]], [0xee, 0xee], "Nothing is written beyond it");
      assertEquals(decodeString(bytes, 7, 7 + written), text);
    }
  }
});

Deno.test("encodeString() and decodeString() take a non-ASCII character at any place", () => {
  for (const length of [1, 2, 15, 16, 17, 63, 64, 65, 200]) {
    for (let at = 0; at < length; at++) {
      const text = "a".repeat(at) + "é" + "b".repeat(length - at - 1);
      const bytes = new Uint8Array(length + 1);
      assertEquals(encodeString(text, bytes, 0), length + 1);
      assertEquals(bytes, new TextEncoder().encode(text));
      assertEquals(decodeString(bytes, 0, length + 1), text);
    }
  }
});

function upTo(least: number, most: number): number[] {
  return Array.from({ length: most - least + 1 }, (_, i) => least + i);
}
