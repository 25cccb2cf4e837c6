/** The server's clock: turns, timers, moving the time, and going over to the real one. */
import { cpuUsage } from "node:process";
import { assert, assertEquals, assertLess, assertRejects, assertThrows } from "@std/assert";
import { TestClock } from "../../../src/testing/network/clock.ts";
import { Timers } from "../../../src/testing/network/timers.ts";
import { Random } from "../../fuzz/random.ts";

Deno.test("TestClock: timers fire when the time reaches them, and not before", async () => {
  const clock = new TestClock();
  const start = clock.now();
  const fired: [string, number][] = [];
  const note = (name: string) => () => void fired.push([name, clock.now() - start]);
  clock.timer(start + 30, note("b"));
  clock.timer(start + 10, note("a"));
  clock.timer(start + 30, note("c"));
  clock.timer(start + 31, note("d"));
  clock.timer(start + 20, note("off"))[Symbol.dispose]();
  await clock.advance(0);
  assertEquals(fired, []);
  await clock.advance(30);
  assertEquals(fired, [["a", 10], ["b", 30], ["c", 30]]);
  assertEquals(clock.now() - start, 30);
  assertEquals(clock.pending, 1);
  await clock.advance(0.5);
  assertEquals(fired.length, 3);
  await clock.advance(0.5);
  assertEquals(fired.at(-1), ["d", 31]);
  assertEquals(clock.pending, 0);
});

Deno.test("TestClock: what a timer sets off runs before time goes on", async () => {
  const clock = new TestClock();
  const start = clock.now();
  const seen: number[] = [];
  clock.timer(start + 10, async () => {
    for (let turns = 0; turns < 20; turns++) {
      await new Promise<void>((resolve) => void clock.turn(resolve));
      await Promise.resolve();
    }
    seen.push(clock.now() - start);
  });
  clock.timer(start + 11, () => void seen.push(clock.now() - start));
  await clock.advance(100);
  assertEquals(seen, [10, 11]);
});

Deno.test("TestClock: turns, and timers that are past, come without advance()", async () => {
  const clock = new TestClock();
  const seen: string[] = [];
  clock.turn(() => seen.push("turn"));
  clock.turn(() => seen.push("off"))[Symbol.dispose]();
  clock.timer(clock.now(), () => seen.push("timer"));
  clock.timer(clock.now() - 5, () => seen.push("off"))[Symbol.dispose]();
  Promise.resolve().then(() => seen.push("microtask"));
  await new Promise<void>((resolve) => void clock.turn(resolve));
  assertEquals(seen, ["microtask", "turn", "timer"]);
  assertEquals(clock.pending, 0);
});

Deno.test("TestClock: a turn called off in its own turn does no harm", async () => {
  const clock = new TestClock();
  const turn: Disposable = clock.turn(() => turn[Symbol.dispose]());
  await clock.advance(0);
  turn[Symbol.dispose]();
  assertEquals(clock.pending, 0);
});

Deno.test("TestClock: advance() ends, and time passes, although a loop never comes to rest", async () => {
  const clock = new TestClock();
  const start = clock.now();
  let on = true;
  let turns = 0;
  let fired = 0;
  const again = () => {
    turns++;
    if (on) clock.turn(again);
  };
  again();
  const zero = () => void (on && clock.timer(clock.now(), zero));
  zero();
  clock.timer(start + 501, () => void (fired = clock.now() - start));
  await clock.advance(1000);
  assertEquals(clock.now() - start, 1000);
  assertEquals(fired, 501);
  // 2 ms each, after a hundred at the beginning.
  assert(turns >= 500 && turns < 800, `${turns} turns`);
  on = false;
  await clock.advance(0);
  assertEquals(clock.pending, 0);
});

Deno.test("TestClock: a thousand seconds of pings pass in well under a second", async () => {
  const clock = new TestClock();
  let pings = 0;
  const ping = async () => {
    for (let turn = 0; turn < 6; turn++) {
      await new Promise<void>((resolve) => void clock.turn(resolve));
    }
    pings++;
    clock.timer(clock.now() + 333, ping);
  };
  for (let session = 0; session < 3; session++) ping();
  // Of the processor's time: the machine may be busy with something else.
  const before = cpuUsage();
  await clock.advance(1_000_000);
  assertEquals(pings, 3 * 3004);
  const { user, system } = cpuUsage(before);
  assertLess((user + system) / 1000, 1_000);
});

Deno.test("TestClock: the date begins with 2024 and moves along", async () => {
  const clock = new TestClock();
  assertEquals(new Date(clock.epoch()).toISOString(), "2024-01-01T00:00:00.000Z");
  await clock.advance(1500.7);
  assertEquals(new Date(clock.epoch()).toISOString(), "2024-01-01T00:00:01.500Z");
});

Deno.test("TestClock: misuse throws at the call and leaves the clock as it was", async () => {
  const clock = new TestClock();
  const first = clock.advance(10);
  assertThrows(() => clock.advance(10), TypeError, "twice at once");
  await first;
  assertThrows(() => clock.advance(-1), RangeError, "-1 ms");
  assertThrows(() => clock.advance(NaN), RangeError);
  assertThrows(() => clock.advance(Infinity), RangeError);
  await clock.advance(1);
  assertEquals(clock.now(), 1011);
});

Deno.test("TestClock: in real time it goes on from where it is, timers too", async () => {
  const clock = new TestClock();
  await clock.advance(5_000);
  const at = clock.now();
  const fired = Promise.withResolvers<number>();
  clock.timer(at + 20, () => fired.resolve(clock.now()));
  clock.timer(at + 10, () => fired.reject(new Error("It was called off")))[Symbol.dispose]();
  const idle = clock.timer(at + 1e12, () => {});
  idle.unref();
  clock.toRealTime();
  clock.toRealTime();
  assert(clock.real);
  assertThrows(() => clock.advance(1), TypeError, "it is the real one");
  assert(await fired.promise >= at + 20);
  const next = Promise.withResolvers<void>();
  clock.timer(clock.now() - 1, next.resolve);
  await next.promise;
  assertLess(Math.abs(clock.epoch() - Date.now()), 1_000);
  idle[Symbol.dispose]();
  assertEquals(clock.pending, 0);
});

Deno.test("TestClock: an advance() under way is told that time has become real", async () => {
  const clock = new TestClock();
  clock.turn(() => clock.toRealTime());
  await assertRejects(() => clock.advance(1_000), TypeError, "it is the real one");
});

Deno.test("Timers come out in order of time and of making, whatever is called off", () => {
  const random = new Random(7);
  const timers = new Timers<{ at: number; number: number; place: number }>();
  const model = new Set<{ at: number; number: number; place: number }>();
  for (let number = 0; number < 3_000; number++) {
    const timer = { at: random.below(500), number, place: -1 };
    timers.add(timer);
    model.add(timer);
    if (random.below(3) === 0) {
      const gone = [...model][random.below(model.size)]!;
      timers.delete(gone);
      timers.delete(gone);
      model.delete(gone);
    }
  }
  const expected = [...model].sort((a, b) => a.at - b.at || a.number - b.number);
  const found = [];
  for (let { first } = timers; first !== undefined; first = timers.first) {
    timers.delete(first);
    found.push(first);
  }
  assertEquals(found.map(({ number }) => number), expected.map(({ number }) => number));
  assertEquals(timers.size, 0);
});
