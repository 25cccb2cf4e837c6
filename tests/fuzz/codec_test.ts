/**
 * The codec against chance: what was written is what is read, and whatever else comes, be it a
 * reply gone wrong or noise, costs a MarshallingError at most.
 */
import { assert, assertEquals, assertGreater, assertLessOrEqual } from "@std/assert";
import { readACL, writeACL } from "../../src/proto/acl.ts";
import { MarshallingError, type Reader, type Writer } from "../../src/proto/archive.ts";
import { FrameReader } from "../../src/proto/frames.ts";
import { readStat, writeStat } from "../../src/proto/stat.ts";
import { fuzz, type Random } from "./random.ts";
import {
  forms,
  frame,
  joined,
  mutated,
  some,
  someACL,
  someBuffer,
  someStat,
  someText,
} from "./wire.ts";

/** A value, how to write it and how to read it again. */
interface Value {
  value: unknown;
  write: (to: Writer) => void;
  read: (from: Reader) => unknown;
}

function someValue(random: Random): Value {
  switch (random.below(11)) {
    case 0:
      return field(random.bits() | 0, (to, v) => to.int(v), (from) => from.int());
    case 1:
      return field(random.long(), (to, v) => to.long(v), (from) => from.long());
    case 2:
      return field(random.chance(0.5), (to, v) => to.bool(v), (from) => from.bool());
    case 3:
      return field(someBuffer(random), (to, v) => to.buffer(v), (from) => from.buffer());
    case 4:
    case 5:
      return field(someText(random), (to, v) => to.string(v), (from) => from.string());
    case 6:
      return field(
        random.chance(0.3) ? null : someText(random),
        (to, v) => to.buffer(v),
        (from) => from.nullableString(),
      );
    case 7:
      return field(
        some(random, () => someText(random)),
        (to, v) => to.vector(v, (to, item) => to.string(item)),
        (from) => from.vector((from) => from.string(), 4),
      );
    case 8:
      return field(
        random.below(2 ** 53) * random.pick([1, -1]),
        (to, v) => to.long(BigInt(v)),
        (from) => Number(from.long()),
      );
    case 9:
      return field(someStat(random), writeStat, readStat);
    default:
      return field(someACL(random), writeACL, readACL);
  }
}

function field<T>(
  value: T,
  write: (to: Writer, value: T) => void,
  read: (from: Reader) => unknown,
): Value {
  return { value, write: (to) => write(to, value), read };
}

Deno.test("Writer and Reader agree on 30,000 random values, whatever is read at once", async () => {
  let count = 0;
  await fuzz(300, (random) => {
    const rows = Array.from(
      { length: 1 + random.below(20) },
      () => Array.from({ length: random.below(21) }, () => someValue(random)),
    );
    const bytes = joined(
      ...rows.map((row) => frame((to) => row.forEach(({ write }) => write(to)))),
    );
    const frames = new FrameReader(1 << 20, 1 + random.below(300));
    const got: unknown[] = [];
    const expected = rows.flat().map(({ value }) => value);
    const unread = [...rows];
    inParts(frames, bytes, random, () => {
      for (let next = frames.next(); next !== null; next = frames.next()) {
        for (const { read } of unread.shift()!) got.push(read(next));
        assertEquals(next.remaining, 0);
      }
    });
    assertEquals(got, expected);
    assertEquals(unread.length, 0);
    count += got.length;
  });
  assertGreater(count, 30_000 - 1);
});

Deno.test("FrameReader and all decoders survive 200,000 frames of mutations and noise", async () => {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const counts = { frames: 0, read: 0, refused: 0, broken: 0 };
  try {
    await fuzz(200, (random) => survive(random, 1000, counts));
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  // Both must happen a lot, or the frames say nothing.
  assertGreater(counts.frames, 200_000 - 1);
  assertGreater(counts.read, 200_000);
  assertGreater(counts.refused, 200_000);
  assertGreater(counts.broken, 1000);
});

const max = 1 << 14;
/** What the buffer of a busy session grows to. */
const busy = 256 * 1024;

function survive(
  random: Random,
  count: number,
  counts: { frames: number; read: number; refused: number; broken: number },
): void {
  let frames = new FrameReader(max, 64);
  for (; count > 0; count--, counts.frames++) {
    // Where a length announces more than comes, a server is dropped for its silence.
    if (random.chance(0.1)) frames = new FrameReader(max, 64);
    const { make } = random.pick(forms);
    const valid = frame((to) => make(to, random));
    const bytes = random.chance(0.1) ? valid : mutated(valid, random);
    inParts(frames, bytes, random, () => {
      assertLessOrEqual(frames.space().buffer.byteLength, busy, "The buffer keeps its bounds");
      while (frames.whole) {
        const next = refusable(() => frames.next());
        if (next === null) {
          // The connection would be dropped, and the next one begin with a new reader.
          frames = new FrameReader(max, 64);
          counts.broken++;
          return false;
        }
        decode(next, random, counts);
      }
      return true;
    });
  }
}

/** Reads a frame as several forms, whichever it is of. */
function decode(
  frame: Reader,
  random: Random,
  counts: { read: number; refused: number },
): void {
  const { at, end } = frame;
  for (let i = random.below(3); i < forms.length; i += 3) {
    const { name, read } = forms[i]!;
    frame.point(at, end);
    const value = refusable(() => read(frame), name);
    if (value === null) counts.refused++;
    else counts.read++;
    assert(frame.at >= at && frame.at <= end, "Nothing beyond the frame may be read");
  }
}

/** What `run` returns, or null when it refuses with a MarshallingError. */
function refusable<T>(run: () => T, name = "frame"): T | null {
  try {
    return run();
  } catch (error) {
    if (error instanceof MarshallingError) return null;
    throw new Error(`The ${name} threw something else`, { cause: error });
  }
}

/** Gives `bytes` to `frames` in parts, and calls `each` after each until it returns false. */
function inParts(
  frames: FrameReader,
  bytes: Uint8Array,
  random: Random,
  each: () => boolean | void,
): void {
  const part = random.pick([1, 7, 50, 5000]);
  for (let at = 0; at < bytes.length;) {
    const space = frames.space();
    const count = Math.min(space.length, 1 + random.below(part), bytes.length - at);
    assertGreater(count, 0, "There must always be room for a byte");
    space.set(bytes.subarray(at, at + count));
    frames.received(count);
    at += count;
    if (each() === false) return;
  }
}
