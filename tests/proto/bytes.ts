/**
 * Byte vectors. They are written by hand from zookeeper.jute, field by field, and never made by the
 * writer under test; what is decoded comes once as a whole and once byte by byte.
 */
import { assert, assertEquals, assertGreater, assertThrows } from "@std/assert";
import { MarshallingError, type Reader, Writer } from "../../src/proto/archive.ts";
import { maxBufferDefault } from "../../src/proto/constants.ts";
import { FrameReader } from "../../src/proto/frames.ts";
import type { Response } from "../../src/proto/responses.ts";
import { readStat, type Stat } from "../../src/proto/stat.ts";

/** Bytes from hex digits; what stands behind ";" on a line is a remark. */
export function hex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromHex(text.replaceAll(/;.*$/gm, "").replaceAll(/\s/g, ""));
}

/** Frames around bodies, each behind its length. */
export function framed(...bodies: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(bodies.reduce((sum, body) => sum + 4 + body.length, 0));
  let at = 0;
  for (const body of bodies) {
    new DataView(bytes.buffer).setInt32(at, body.length);
    bytes.set(body, at + 4);
    at += 4 + body.length;
  }
  return bytes;
}

/** Asserts that `write` writes these bytes and no others. */
export function assertWrites(write: (to: Writer) => void, expected: string): void {
  const writer = new Writer(1);
  write(writer);
  assertEquals(writer.written.toHex(), hex(expected).toHex());
}

/** Gives `bytes` to `frames`, at most `step` of them at a time, and calls `each` after each part. */
export function feed(
  frames: FrameReader,
  bytes: Uint8Array,
  step: number,
  each?: (fed: number) => void,
): void {
  for (let at = 0; at < bytes.length;) {
    const space = frames.space();
    assertGreater(space.length, 0, "There must always be room for a byte");
    const part = bytes.subarray(at, at + Math.min(step, space.length));
    space.set(part);
    frames.received(part.length);
    at += part.length;
    each?.(at);
  }
}

/** Asserts what `read` makes of a frame with this body, and that it reads all of it. */
export function assertReads<T>(body: string, read: (from: Reader) => T, expected: T): void {
  const bytes = framed(hex(body));
  for (const step of [Infinity, 1]) {
    const frames = new FrameReader(maxBufferDefault, 8);
    feed(frames, bytes, step, (fed) => assertEquals(frames.whole, fed === bytes.length));
    const frame = frames.next();
    assert(frame !== null, "The frame is whole");
    const value = read(frame);
    assertEquals(value, expected);
    assertEquals(frame.remaining, 0, "All of the frame must be read");
    assertEquals(frames.next(), null);
  }
}

/** Asserts that `read` refuses a frame with this body, saying what is wrong with it. */
export function assertRefuses(body: string, read: (from: Reader) => unknown, why: string): void {
  const bytes = framed(hex(body));
  for (const step of [Infinity, 1]) {
    const frames = new FrameReader(maxBufferDefault, 8);
    feed(frames, bytes, step);
    const frame = frames.next();
    assert(frame !== null, "The frame is whole");
    assertThrows(() => read(frame), MarshallingError, why);
  }
}

/** Asserts what the body of a reply is read as, behind its header. */
export function assertReply(
  response: Response,
  body: string,
  { value = null, stat = null }: { value?: unknown; stat?: Stat | null },
): void {
  const header = `
    00000007           ; xid
    00000001 00000002  ; zxid
    00000000           ; err
  `;
  const read = (from: Reader) => ({
    xid: from.int(),
    zxid: from.long(),
    err: from.int(),
    value: response.value === null ? null : response.value(from),
    stat: response.stat ? readStat(from) : null,
  });
  const expected = { xid: 7, zxid: 0x1_0000_0002n, err: 0, value, stat };
  assertReads(header + body, read, expected);
}

/** A Stat's 68 bytes … */
export const statBytes = `
  00000001 00000002  ; czxid
  00000001 00000003  ; mzxid
  0000018b cfe5687b  ; ctime
  0000018b cfeae640  ; mtime
  00000005           ; version
  00000006           ; cversion
  00000007           ; aversion
  01000000 0000abcd  ; ephemeralOwner
  00000009           ; dataLength
  0000000a           ; numChildren
  00000001 00000004  ; pzxid
`;

/** … and what they say. */
export const stat: Stat = {
  czxid: 0x1_0000_0002n,
  mzxid: 0x1_0000_0003n,
  ctime: 1_700_000_000_123,
  mtime: 1_700_000_360_000,
  version: 5,
  cversion: 6,
  aversion: 7,
  ephemeralOwner: 0x0100_0000_0000_abcdn,
  dataLength: 9,
  numChildren: 10,
  pzxid: 0x1_0000_0004n,
};
