/** Deadlines of many calls with one timer, on a virtual clock. */
import { assert, assertEquals } from "@std/assert";
import { Deadlines, Timed } from "../../../src/rpc/time/deadlines.ts";
import { VirtualClock } from "../../virtual_clock.ts";

class Probe extends Timed {
  constructor(readonly name: string, readonly told: string[], readonly then?: () => void) {
    super();
  }
  override expired(): void {
    this.told.push(this.name);
    this.then?.();
  }
}

Deno.test("A deadline is told once it is past, never before, and not when it was taken out", async () => {
  const clock = new VirtualClock();
  const deadlines = new Deadlines(clock);
  const told: string[] = [];
  const [a, b, c] = ["a", "b", "c"].map((name) => new Probe(name, told));
  deadlines.add(a!, clock.now() + 100);
  deadlines.add(b!, clock.now() + 50);
  deadlines.add(c!, clock.now() + 100);
  assertEquals(clock.pending, 1, "One timer");
  await clock.advance(49);
  assertEquals(told, []);
  await clock.advance(5);
  assertEquals(told, ["b"]);
  deadlines.delete(a!);
  deadlines.delete(a!);
  await clock.advance(200);
  assertEquals(told, ["b", "c"]);
  assertEquals(clock.pending, 0, "No timer where there is no deadline");
});

Deno.test("Who is told may add and take out others", async () => {
  const clock = new VirtualClock();
  const deadlines = new Deadlines(clock);
  const told: string[] = [];
  const later = new Probe("later", told);
  const never = new Probe("never", told);
  const first = new Probe("first", told, () => {
    deadlines.delete(never);
    deadlines.add(later, clock.now() + 10);
  });
  deadlines.add(first, clock.now() + 10);
  deadlines.add(never, clock.now() + 10);
  deadlines.add(new Probe("infinite", told), Infinity);
  await clock.advance(30);
  assertEquals(told, ["first", "later"]);
  assertEquals(clock.pending, 0);
});

Deno.test("Long ones that end in time leave no slot behind for so long", () => {
  let now = 0;
  const deadlines = new Deadlines(
    { now: () => now, timer: () => ({ [Symbol.dispose]() {} }) } as never,
  );
  const long = new Probe("long", []);
  deadlines.add(long, 1e9);
  for (; now < 1e7; now += 100) {
    const one = new Probe("one", []);
    deadlines.add(one, now + 1e9 + 100);
    deadlines.delete(one);
  }
  assert(deadlines.slots < 3_000, `${deadlines.slots} slots`);
});

Deno.test("Many that end in time leave nothing behind", async () => {
  const clock = new VirtualClock();
  const deadlines = new Deadlines(clock);
  const told: string[] = [];
  for (let round = 0; round < 1000; round++) {
    const one = new Probe(String(round), told);
    deadlines.add(one, clock.now() + 5000);
    clock.jump(1);
    deadlines.delete(one);
  }
  await clock.advance(10_000);
  assertEquals(told, []);
  assert(clock.pending === 0);
});

Deno.test("Once stopped they call nobody, and no timer is left, whoever is added then", async () => {
  const clock = new VirtualClock();
  const deadlines = new Deadlines(clock);
  const told: string[] = [];
  deadlines.add(new Probe("before", told), clock.now() + 10);
  deadlines.stop();
  deadlines.add(new Probe("after", told), clock.now() + 10);
  assertEquals(clock.pending, 0);
  await clock.advance(100);
  assertEquals(told, []);
});
