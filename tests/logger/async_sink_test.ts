/** The queue: its bounds, its counts, its failures. Disks are fakes. */
import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import {
  type AsyncSink,
  asyncSink,
  type AsyncSinkOptions,
  type BatchSink,
  consoleSink,
  createLogger,
  type LeveledLogger,
  type Overflow,
} from "../../src/logger/mod.ts";
import { Lines } from "../../src/logger/lines.ts";
import { FakeDisk, numbers, reported, turn, upTo } from "./fakes.ts";

interface Setting {
  disk: FakeDisk;
  sink: AsyncSink;
  log: LeveledLogger;
  /** What was complained of. */
  told: string[];
}

function start(options: AsyncSinkOptions = {}): Setting {
  const disk = new FakeDisk();
  const told: string[] = [];
  const sink = asyncSink(disk, { complain: (text) => told.push(text), ...options });
  return { disk, sink, log: createLogger({ sink, now: () => 0 }), told };
}

/** Logs the numbers of a range. */
function count(log: LeveledLogger, from: number, to: number): void {
  for (let i = from; i < to; i++) log.info?.("Connected", { i });
}

Deno.test("asyncSink: the caller waits for nothing; a turn is one write", async () => {
  const { disk, sink, log } = start();
  count(log, 0, 100);
  assertEquals([disk.writes.length, sink.waiting], [0, 100]);
  await turn();
  assertEquals([disk.writes.length, sink.waiting], [1, 0]);
  count(log, 100, 200);
  await sink[Symbol.asyncDispose]();
  assertEquals([disk.writes.length, numbers(disk.lines)], [2, upTo(200)]);
  assert(disk.disposed);
});

Deno.test("asyncSink: one write at a time, and the next takes all that came meanwhile", async () => {
  const { disk, sink, log } = start();
  const release = disk.hold();
  count(log, 0, 1);
  await turn();
  for (let i = 1; i < 10; i++) {
    count(log, i, i + 1);
    await turn();
  }
  assertEquals([disk.writes.length, sink.waiting], [0, 9]);
  release();
  await sink[Symbol.asyncDispose]();
  assertEquals([disk.writes.length, numbers(disk.lines)], [2, upTo(10)]);
});

Deno.test("asyncSink: partial writes are continued", async () => {
  const { disk, sink, log, told } = start();
  disk.atOnce = 7;
  count(log, 0, 20);
  await sink.flush();
  count(log, 20, 40);
  sink.flushSync();
  await sink[Symbol.asyncDispose]();
  assertEquals([numbers(disk.lines), told], [upTo(40), []]);
});

Deno.test("flush: waits for what was there at the call, not for what keeps coming", async () => {
  const { disk, sink, log } = start();
  count(log, 0, 10);
  const flushed = sink.flush();
  let over = false;
  flushed.then(() => over = true);
  let i = 10;
  while (!over) {
    count(log, i, ++i);
    await turn();
    assertLess(i, 1000, "The flush ends");
  }
  assert(numbers(disk.lines).length >= 10);
  await sink[Symbol.asyncDispose]();
  assertEquals(numbers(disk.lines), upTo(i));
});

Deno.test("flush: of what is on its way and of what waits, not before both are there", async () => {
  const { disk, sink, log } = start();
  const release = disk.hold();
  count(log, 0, 1);
  await turn();
  const first = sink.flush().then(() => disk.lines.length);
  count(log, 1, 2);
  const second = sink.flush().then(() => disk.lines.length);
  release();
  assertEquals([await first, await second], [1, 2]);
  await sink.flush();
  await sink[Symbol.asyncDispose]();
});

Deno.test("flushSync: now, and after the write under way", async () => {
  const { disk, sink, log } = start();
  const release = disk.hold();
  count(log, 0, 5);
  await turn();
  sink.flushSync();
  assertEquals(numbers(disk.lines), upTo(5));
  count(log, 5, 9);
  sink.flushSync();
  assertEquals(numbers(disk.lines), upTo(9));
  release();
  await sink[Symbol.asyncDispose]();
  assertEquals(numbers(disk.lines), upTo(9));
});

Deno.test("drop-newest: exactly the counted ones are missing, and told of in their place", async () => {
  const { disk, sink, log } = start({ capacity: 10, overflow: "drop-newest" });
  count(log, 0, 25);
  assertEquals([sink.waiting, sink.dropped], [10, 15]);
  await turn();
  count(log, 25, 27);
  await sink[Symbol.asyncDispose]();
  assertEquals(numbers(disk.lines), [...upTo(10), 25, 26]);
  assert(
    disk.lines[10]!.endsWith("WARN logger: 15 records were dropped dropped=15"),
    disk.lines[10],
  );
});

Deno.test("drop-oldest: exactly the counted ones are missing, and told of in their place", async () => {
  const { disk, sink, log } = start({ capacity: 10, overflow: "drop-oldest" });
  count(log, 0, 11);
  assertEquals([sink.waiting, sink.dropped], [10, 1]);
  await turn();
  count(log, 11, 12);
  await sink[Symbol.asyncDispose]();
  assertEquals(numbers(disk.lines), upTo(12).slice(1));
  assert(disk.lines[0]!.endsWith("WARN logger: 1 record was dropped dropped=1"), disk.lines[0]);
});

for (const overflow of ["drop-newest", "drop-oldest"] as const) {
  Deno.test(`${overflow}: counts are exact over a long flood, by number and by bytes`, async () => {
    for (const options of [{ capacity: 64 }, { bytes: 3000 }]) {
      const { disk, sink, log } = start({ overflow, ...options });
      for (let i = 0; i < 20_000;) {
        const release = i % 3 === 0 ? disk.hold() : () => {};
        count(log, i, i += 1 + i % 97);
        await turn();
        count(log, i, i += i % 89);
        release();
        await turn();
      }
      log.info?.("Connected", { i: 30_000 });
      await sink[Symbol.asyncDispose]();
      const found = numbers(disk.lines);
      const offered = found.length + sink.dropped;
      assert(sink.dropped > 1000 && found.length > 1000);
      assert(offered > 20_000);
      assertEquals(reported(disk.lines), sink.dropped);
      assertEquals(found, found.toSorted((a, b) => a - b));
      assertEquals(new Set(found).size, found.length);
    }
  });
}

Deno.test("block: the caller writes the backlog out; none lost, none out of order", async () => {
  const { disk, sink, log } = start({ capacity: 10, overflow: "block" });
  const release = disk.hold();
  count(log, 0, 5);
  await turn();
  count(log, 5, 16);
  assertEquals([numbers(disk.lines), sink.waiting], [upTo(15), 1]);
  release();
  await sink[Symbol.asyncDispose]();
  assertEquals([numbers(disk.lines), sink.dropped], [upTo(16), 0]);
});

Deno.test("bytes: they bound the queue, in UTF-8; a longer line passes alone", async () => {
  const { disk, sink, log } = start({ bytes: 300, overflow: "drop-newest" });
  log.info?.("é".repeat(200));
  log.info?.("b");
  assertEquals([sink.waiting, sink.dropped], [1, 1]);
  await sink.flush();
  log.info?.("é".repeat(100));
  log.info?.("é".repeat(100));
  assertEquals([sink.waiting, sink.dropped], [1, 2]);
  await sink[Symbol.asyncDispose]();
  assertEquals(reported(disk.lines), 2);
});

Deno.test("drop-newest: a shorter line does not slip past a longer one that was dropped", async () => {
  const { disk, sink, log } = start({ bytes: 300, overflow: "drop-newest" });
  log.info?.("a".repeat(150));
  log.info?.("b".repeat(150));
  log.info?.("c");
  assertEquals([sink.waiting, sink.dropped], [1, 2]);
  await sink[Symbol.asyncDispose]();
  assertEquals([disk.lines.length, reported(disk.lines)], [2, 2]);
});

Deno.test("asyncSink: a full disk is told of once, counted, and never thrown at callers", async () => {
  const { disk, sink, log, told } = start();
  count(log, 0, 10);
  await sink.flush();
  disk.room = 100;
  for (let i = 10; i < 40; i += 10) {
    count(log, i, i + 10);
    await sink.flush();
  }
  const before = numbers(disk.lines).length;
  assertEquals(told, ["Cannot write the log: No space left on device"]);
  assertEquals([sink.failed, sink.dropped], [40 - before, 0]);

  disk.room = Infinity;
  count(log, 40, 50);
  await sink.flush();
  assertEquals([reported(disk.lines), told.length], [sink.failed, 1]);
  // The torn line is what it is, and nothing else is in it.
  const whole = disk.lines.filter((line) => /(?:i|dropped)=\d+$/.test(line));
  assertEquals(disk.lines.length - whole.length, 1);
  assertEquals(numbers(whole), [...upTo(before), ...upTo(50).slice(40)]);

  disk.room = 0;
  count(log, 50, 51);
  sink.flushSync();
  assertEquals([told.length, sink.failed], [2, 41 - before]);
  await sink[Symbol.asyncDispose]();
});

Deno.test("asyncSink: with any room left on the disk, what is counted as lost is lost", async () => {
  for (let room = 1; room < 400; room++) {
    const { disk, sink, log } = start({ capacity: 4, overflow: "drop-newest" });
    count(log, 0, 6);
    disk.room = room;
    await sink.flush();
    disk.room = Infinity;
    count(log, 6, 8);
    await sink[Symbol.asyncDispose]();
    const whole = disk.lines.filter((line) => /^19.* i=\d$/.test(line));
    assertEquals(whole.length + sink.failed + sink.dropped, 8, `With room for ${room}`);
    const reports = disk.lines.filter((line) => / dropped=\d+$/.test(line));
    assertEquals(reported(reports), sink.failed + sink.dropped, `With room for ${room}`);
  }
});

Deno.test("asyncSink: a full disk and block: the caller goes on", () => {
  const { disk, sink, log, told } = start({ capacity: 2, overflow: "block" });
  disk.room = 0;
  count(log, 0, 9);
  assertEquals([sink.failed, sink.waiting, told.length], [8, 1, 1]);
  disk.room = Infinity;
  sink.flushSync();
  assertEquals([numbers(disk.lines), reported(disk.lines)], [[8], 8]);
});

Deno.test("asyncSink: a disk that writes nothing without an error fails", async () => {
  const { disk, sink, log, told } = start();
  disk.append = () => Promise.resolve(0);
  count(log, 0, 1);
  await sink[Symbol.asyncDispose]();
  assertEquals([told, sink.failed], [["Cannot write the log: Nothing was written"], 1]);
});

Deno.test("asyncSink: what comes after the end is counted", async () => {
  const { disk, sink, log } = start();
  await sink[Symbol.asyncDispose]();
  count(log, 0, 3);
  assertEquals([sink.dropped, sink.waiting, disk.text], [3, 0, ""]);
});

Deno.test("asyncSink: bounds and overflow are checked", () => {
  const disk = new FakeDisk();
  for (const capacity of [0, -1, 1.5, NaN]) {
    assertThrows(() => asyncSink(disk, { capacity }), RangeError, "capacity");
  }
  assertThrows(() => asyncSink(disk, { bytes: 0 }), RangeError, "bytes");
  assertThrows(() => asyncSink(disk, { overflow: "wait" as Overflow }), TypeError, '"wait"');
  const inner = consoleSink() as BatchSink;
  assertThrows(() => asyncSink(inner), TypeError, "object has no append()");
  const misspelt = { overflows: "block" } as AsyncSinkOptions;
  assertThrows(() => asyncSink(disk, misspelt), TypeError, 'no option "overflows"');
});

Deno.test("Lines: first in, first out, round and round", () => {
  const lines = new Lines(3, 1000);
  let expected: string[] = [];
  for (let step = 0; step < 100; step++) {
    if (lines.fits(1)) {
      lines.push(`${step} `, 1);
      expected.push(`${step} `);
    }
    if (step % 3 === 0) {
      lines.shift();
      expected.shift();
    }
    assertEquals([lines.count, lines.fits(1)], [expected.length, expected.length < 3]);
    if (step % 11 !== 0) continue;
    assertEquals(lines.takeAll(), expected.join(""));
    expected = [];
  }
});
