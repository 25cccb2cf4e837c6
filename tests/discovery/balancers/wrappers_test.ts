import { assert, assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import type { OutlierOptions } from "../../../src/discovery/balancers/outlier_options.ts";
import { filter } from "../../../src/discovery/balancers/filter.ts";
import { type Outliers, outliers } from "../../../src/discovery/balancers/outliers.ts";
import { leastLoaded } from "../../../src/discovery/balancers/power_of_two.ts";
import { weightedRandom } from "../../../src/discovery/balancers/random.ts";
import { recoveryThrottle } from "../../../src/discovery/balancers/recovery_throttle.ts";
import { roundRobin } from "../../../src/discovery/balancers/round_robin.ts";
import { warmUp } from "../../../src/discovery/balancers/warm_up.ts";
import { VirtualClock } from "../../virtual_clock.ts";
import { instance, instances, Pool, seeded, tally } from "./instances.ts";

/** Outliers of a pool of so many, with time that is moved. */
function scene(count: number, options: Partial<OutlierOptions> = {}) {
  const clock = new VirtualClock();
  const all = instances(count);
  const pool = new Pool(...all);
  const healthy = outliers(pool, { clock, ...options });
  const calls = (i: number, succeeded: number, failed: number) => {
    // Taken in turns, so that few are in a row.
    for (let n = Math.max(succeeded, failed); n > 0; n--) {
      if (n <= failed) healthy.ended(all[i]!, 1, false);
      if (n <= succeeded) healthy.ended(all[i]!, 1, true);
    }
  };
  /** Lets an interval pass; judging takes a call that ends after it. */
  const interval = (i = 0) => {
    clock.jump(10_000);
    healthy.ended(all[i]!, 1, true);
  };
  return { clock, all, pool, healthy, calls, interval };
}

function left(healthy: Outliers): string {
  return healthy.snapshot.instances.map(({ id }) => id).join(" ");
}

Deno.test("outliers() leaves out who fails five times in a row, for 30 s", () => {
  const { clock, all, healthy, calls } = scene(5);
  calls(2, 0, 4);
  calls(2, 1, 0);
  calls(2, 0, 4);
  assertEquals(healthy.ejected, []);
  calls(2, 0, 1);
  assertEquals([healthy.ejected, left(healthy)], [["i2"], "i0 i1 i3 i4"]);
  const { snapshot } = healthy;
  assert(snapshot === healthy.snapshot);
  clock.jump(29_999);
  assertEquals(healthy.ejected, ["i2"]);
  clock.jump(1);
  assertEquals(healthy.ejected, []);
  assertEquals(healthy.snapshot.instances, all);
});

Deno.test("outliers() doubles the time up to 300 s, and forgets it while all is well", () => {
  const { clock, healthy, calls, interval } = scene(5);
  const times: number[] = [];
  for (let i = 0; i < 6; i++) {
    calls(2, 0, 5);
    let time = 0;
    for (; healthy.ejected.length > 0; time += 1000) clock.jump(1000);
    times.push(time / 1000);
  }
  assertEquals(times, [30, 60, 120, 240, 300, 300]);
  for (let i = 0; i < 6; i++) interval();
  calls(2, 0, 5);
  clock.jump(59_000);
  assertEquals(healthy.ejected, ["i2"], "Six times less five, and one");
  clock.jump(1_000);
  assertEquals(healthy.ejected, []);
});

Deno.test("outliers() judges by the mean and the deviation of success rates, with enough calls", () => {
  const { healthy, calls, interval } = scene(10);
  for (let i = 0; i < 10; i++) calls(i, i === 4 ? 70 : 98, i === 4 ? 30 : 2);
  assertEquals(healthy.ejected, [], "Not before the interval is over");
  interval();
  assertEquals(healthy.ejected, ["i4"]);
  const few = scene(10);
  for (let i = 0; i < 10; i++) few.calls(i, i === 4 ? 7 : 9, i === 4 ? 2 : 0);
  few.interval();
  assertEquals(few.healthy.ejected, []);
  const small = scene(4, { ejectedPercentMax: 100 });
  for (let i = 0; i < 4; i++) small.calls(i, i === 2 ? 70 : 98, i === 2 ? 30 : 2);
  small.interval();
  assertEquals(small.healthy.ejected, [], "Four are too few for a deviation");
});

Deno.test("outliers() judges by the percentage of failures", () => {
  const options = {
    successRate: false,
    consecutiveFailures: false,
    ejectedPercentMax: 100,
  } as const;
  const { healthy, calls, interval } = scene(6, options);
  for (let i = 0; i < 6; i++) calls(i, 0, 0);
  for (let i = 0; i < 6; i++) calls(i, i < 2 ? 7 : 60, i < 2 ? 53 : 0);
  interval(5);
  assertEquals(healthy.ejected, ["i0", "i1"]);
  const none = scene(6, { ...options, failurePercentage: false });
  for (let i = 0; i < 6; i++) none.calls(i, i < 2 ? 0 : 60, i < 2 ? 60 : 0);
  none.interval(5);
  assertEquals(none.healthy.ejected, []);
});

Deno.test("outliers() leaves out a tenth at most, and one in any case", () => {
  const { healthy, calls } = scene(30);
  for (let i = 0; i < 30; i++) calls(i, 0, 5);
  assertEquals(healthy.ejected, ["i0", "i1", "i2"]);
  const { healthy: few, calls: call } = scene(3);
  for (let i = 0; i < 3; i++) call(i, 0, 5);
  assertEquals(few.ejected, ["i0"]);
});

Deno.test("outliers() gives all when it would leave less than half", () => {
  const { all, healthy, calls } = scene(10, { ejectedPercentMax: 100 });
  for (let i = 0; i < 5; i++) calls(i, 0, 5);
  assertEquals(left(healthy), "i5 i6 i7 i8 i9");
  calls(5, 0, 5);
  assertEquals(healthy.snapshot.instances, all);
  assertEquals(healthy.ejected.length, 6);
  const { healthy: lone, calls: call, all: one } = scene(1);
  call(0, 0, 5);
  assertEquals(lone.snapshot.instances, one, "The only one is better than none");
});

Deno.test("outliers() forgets who is gone, and who was registered anew", () => {
  const { all, pool, healthy, calls } = scene(3);
  calls(1, 0, 5);
  assertEquals(healthy.ejected, ["i1"]);
  pool.set(all[0]!, all[2]!);
  assertEquals(healthy.ejected, []);
  pool.set(...all);
  assertEquals(healthy.ejected, []);
  calls(1, 0, 5);
  pool.set(all[0]!, instance("i1", { address: "10.0.0.1" }), all[2]!);
  assertEquals(left(healthy), "i0 i1 i2");
});

Deno.test("outliers() hears of calls through the balancers upon it, and tells its logger", () => {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const log = (line: string) => void lines.push(line);
  const pool = new Pool(...instances(4));
  const healthy = outliers(pool, {
    clock,
    logger: { warn: log, info: log },
    consecutiveFailures: 3,
  });
  const balancer = leastLoaded(healthy);
  for (let i = 0; i < 100; i++) {
    const picked = balancer.pick()!;
    balancer.started(picked);
    balancer.ended(picked, 1, picked.id !== "i3");
  }
  assertEquals(healthy.ejected, ["i3"]);
  for (let i = 0; i < 100; i++) assert(balancer.pick()!.id !== "i3");
  clock.jump(30_000);
  assertEquals(healthy.snapshot.instances.length, 4);
  assertEquals(lines, [
    "Leaving i3 out for 30000 ms: 3 failures in a row",
    "i3 is not left out any more",
  ]);
});

Deno.test("outliers() says what is wrong with its numbers", () => {
  const clock = new VirtualClock();
  const make = (options: object) => () => outliers(new Pool(), options as OutlierOptions);
  assertThrows(make({}), TypeError, "zk.platform.clock");
  assertThrows(make({ clock, interval: 0 }), RangeError, "interval must be at least 1, got 0");
  assertThrows(make({ clock, ejectedPercentMax: 101 }), RangeError, "from 0 to 100");
  assertThrows(make({ clock, successRate: { callsMin: NaN } }), RangeError, "callsMin");
});

Deno.test("warmUp() lets a new instance's weight grow, and no others'", () => {
  const clock = new VirtualClock();
  const [a, b] = instances(2);
  const pool = new Pool(a!);
  const warm = warmUp(pool, { clock, time: 10_000 });
  const weights = () => warm.snapshot.instances.map(({ weight }) => Math.round(weight * 100));
  assertEquals(weights(), [100], "Those that were there first are warm");
  pool.set(a!, { ...b!, weight: 2 });
  assertEquals(weights(), [100, 20]);
  const { snapshot } = warm;
  clock.jump(499);
  assert(warm.snapshot === snapshot);
  clock.jump(4_501);
  assertEquals(weights(), [100, 100]);
  const counts = tally(
    9000,
    ((picker) => () => picker.pick())(weightedRandom(warm, { random: seeded(1) })),
  );
  assertAlmostEquals(counts.get("i1")!, 4500, 200);
  clock.jump(5_000);
  assertEquals(weights(), [100, 200]);
  assert(warm.snapshot === warm.snapshot);
  pool.set(a!, instance("i1"));
  assertEquals(weights(), [100, 10], "Registered anew it is new");
});

Deno.test("warmUp() says what is wrong with its numbers", () => {
  const clock = new VirtualClock();
  assertThrows(() => warmUp(new Pool(), {} as { clock: VirtualClock }), TypeError, "clock");
  assertThrows(() => warmUp(new Pool(), { clock, time: 0 }), RangeError, "time");
  assertThrows(() => warmUp(new Pool(), { clock, from: 0 }), RangeError, "from");
});

Deno.test("recoveryThrottle() lets through what those that are back can bear", () => {
  const clock = new VirtualClock();
  const all = instances(4);
  const pool = new Pool(...all.slice(0, 1));
  const options = { clock, workingMin: 4, hold: 1_000, random: seeded(3) };
  const balancer = recoveryThrottle(pool, roundRobin, options);
  const through = () => 4000 - (tally(4000, () => balancer.pick()).get("none") ?? 0);
  assertEquals(through(), 4000, "One was never brought down");
  pool.set();
  assertEquals(through(), 0);
  pool.set(all[0]!);
  assertAlmostEquals(through(), 1000, 120);
  clock.jump(900);
  pool.set(all[0]!, all[1]!);
  assertAlmostEquals(through(), 2000, 120);
  clock.jump(999);
  assertLess(through(), 4000);
  clock.jump(1);
  assertEquals(through(), 4000, "Their number has been the same for a second");
  pool.set();
  balancer.pick();
  pool.set(...all);
  assertEquals(through(), 4000, "Enough are there");
});

Deno.test("recoveryThrottle() says what is wrong with its numbers", () => {
  const clock = new VirtualClock();
  const make = (options: object) => () =>
    recoveryThrottle(
      new Pool(),
      roundRobin,
      options as { clock: VirtualClock; workingMin: number },
    );
  assertThrows(make({ workingMin: 1 }), TypeError, "clock");
  assertThrows(make({ clock }), RangeError, "workingMin");
  assertThrows(make({ clock, workingMin: 1, hold: -1 }), RangeError, "hold");
});

Deno.test("What is no source is refused at the call, and the error says what one is", () => {
  for (const source of [[], null, undefined, {}, { snapshot: [] }]) {
    assertThrows(() => roundRobin(source as never), TypeError, "source must have a snapshot");
    assertThrows(() => filter(source as never), TypeError, "is { snapshot: { instances } }");
  }
  const fixed = { snapshot: { instances: instances(2) } };
  assertEquals(roundRobin(fixed).pick() === null, false);
});
