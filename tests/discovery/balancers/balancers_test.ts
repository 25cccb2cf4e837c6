import { assert, assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import { filter } from "../../../src/discovery/balancers/filter.ts";
import { leastLoaded, peakEwma } from "../../../src/discovery/balancers/power_of_two.ts";
import { random, weightedRandom } from "../../../src/discovery/balancers/random.ts";
import { rendezvous } from "../../../src/discovery/balancers/rendezvous.ts";
import { ring } from "../../../src/discovery/balancers/ring.ts";
import { pickFirst, roundRobin } from "../../../src/discovery/balancers/round_robin.ts";
import type { Balancer, PickOptions, Source } from "../../../src/discovery/balancers/source.ts";
import { sticky } from "../../../src/discovery/balancers/sticky.ts";
import { subset } from "../../../src/discovery/balancers/subset.ts";
import { weightedRoundRobin } from "../../../src/discovery/balancers/weighted_round_robin.ts";
import { zoneAware } from "../../../src/discovery/balancers/zone_aware.ts";
import { VirtualClock } from "../../virtual_clock.ts";
import { instance, instances, Pool, seeded, tally } from "./instances.ts";

const clock = new VirtualClock();
const makers: Record<string, (source: Source) => Balancer> = {
  roundRobin,
  pickFirst,
  random,
  weightedRandom,
  weightedRoundRobin,
  leastLoaded,
  peakEwma: (source) => peakEwma(source, { clock }),
  ring,
  rendezvous,
  sticky,
  zoneAware: (source) => zoneAware(source, { zone: "a" }),
};

for (const [name, make] of Object.entries(makers)) {
  Deno.test(`${name}() picks each instance once when those it picked are excluded, then null`, () => {
    for (let count = 0; count < 6; count++) {
      const balancer = make(new Pool(...instances(count)));
      const exclude = new Set<string>();
      for (let i = 0; i < count; i++) exclude.add(balancer.pick({ exclude, key: "k" })!.id);
      assertEquals(exclude.size, count);
      assertEquals(balancer.pick({ exclude, key: "k" }), null);
    }
  });

  Deno.test(`${name}() follows its source: what is gone or not "UP" is not picked`, () => {
    const [a, b, c] = [instance("a"), instance("b"), instance("c")];
    const pool = new Pool(a);
    const balancer = make(pool);
    assertEquals(balancer.pick({ key: "k" }), a);
    pool.set(b, { ...c, status: "DRAINING" }, { ...a, status: "DOWN" });
    for (let i = 0; i < 10; i++) assertEquals(balancer.pick({ key: `${i}` }), b);
    pool.set();
    assertEquals(balancer.pick({ key: "k" }), null);
    pool.set(c);
    assertEquals(balancer.pick({ key: "k" }), c);
    balancer.started(a);
    balancer.ended(a, 1, true);
  });

  Deno.test(`${name}() hands down what it is told`, () => {
    const told: unknown[] = [];
    const [a] = instances(1);
    const pool: Source = {
      snapshot: { instances: [a!] },
      started: ({ id }) => void told.push(id),
      ended: ({ id }, latency, ok) => void told.push(id, latency, ok),
    };
    const balancer = make(filter(pool));
    balancer.pick({ key: "k" });
    balancer.started(a!);
    balancer.ended(a!, 7, false);
    assertEquals(told, ["i0", "i0", 7, false]);
  });
}

Deno.test("filter() takes those that are UP, unless told otherwise", () => {
  const [a, b, c] = instances(3);
  const pool = new Pool(
    { ...a!, tags: ["canary", "v2"], zone: "x" },
    { ...b!, status: "DRAINING", tags: ["canary"] },
    { ...c!, zone: "y" },
  );
  const ids = (source: Source) => source.snapshot.instances.map(({ id }) => id);
  assertEquals(ids(filter(pool)), ["i0", "i2"]);
  assertEquals(ids(filter(pool, { status: ["DRAINING", "UP"] })), ["i0", "i1", "i2"]);
  assertEquals(ids(filter(pool, { status: "DRAINING" })), ["i1"]);
  assertEquals(ids(filter(pool, { tags: ["v2", "canary"] })), ["i0"]);
  assertEquals(ids(filter(pool, { zone: ["y", "z"] })), ["i2"]);
  assertEquals(ids(filter(pool, () => true)), ["i0", "i1", "i2"]);
  assertEquals(roundRobin(filter(pool, { status: "DRAINING" })).pick()!.id, "i1");
  assertThrows(() => filter(pool, { status: "OK" as "UP" }), TypeError, "UP, STARTING");
  assertThrows(() => filter(pool, { tags: "v2" as never }), TypeError, "list");
});

Deno.test("filter() has the same snapshot until one of its instances changes", () => {
  const [a, b, c] = instances(3);
  const pool = new Pool(a!, b!);
  let asked = 0;
  const chosen = filter(pool, ({ id }) => (asked++, id !== "i1"));
  const { snapshot } = chosen;
  assertEquals([chosen.snapshot === snapshot, asked], [true, 2]);
  pool.set(a!);
  assert(chosen.snapshot === snapshot, "What went was not in it");
  pool.set(a!, c!);
  assert(chosen.snapshot !== snapshot);
});

Deno.test("roundRobin() is fair to the call, and starts anywhere", () => {
  const balancer = roundRobin(new Pool(...instances(7)));
  assertEquals(new Set(tally(700, () => balancer.pick()).values()), new Set([100]));
  const random = seeded(2);
  const starts = tally(7000, () => roundRobin(new Pool(...instances(7)), { random }).pick());
  for (const count of starts.values()) assertAlmostEquals(count, 1000, 150);
});

Deno.test("random() and weightedRandom() keep to the odds, also among those not excluded", () => {
  const all = instances(4).map((one, i) => ({ ...one, weight: [1, 2, 3, 0][i]! }));
  const exclude = new Set(["i0"]);
  const options = { random: seeded(3) };
  const [any, weighted] = [
    random(new Pool(...all), options),
    weightedRandom(new Pool(...all), options),
  ];
  const shares = (balancer: Balancer, options?: PickOptions) => {
    const counts = tally(60_000, () => balancer.pick(options));
    return all.map(({ id }) => Math.round((counts.get(id) ?? 0) / 600));
  };
  const near = (found: number[], expected: number[]) =>
    expected.forEach((share, i) => assertAlmostEquals(found[i]!, share, 1.1));
  near(shares(any), [25, 25, 25, 25]);
  near(shares(any, { exclude }), [0, 33, 33, 33]);
  near(shares(weighted), [17, 33, 50, 0]);
  near(shares(weighted, { exclude }), [0, 40, 60, 0]);
});

Deno.test("weightedRoundRobin() is exact and smooth, and stays so when instances come and go", () => {
  const [a, b, c] = instances(3);
  const pool = new Pool({ ...a!, weight: 5 }, b!, c!);
  const balancer = weightedRoundRobin(pool, { random: () => 0 });
  const run = (picks: number) => Array.from({ length: picks }, () => balancer.pick()!.id).join(" ");
  assertEquals(run(7), "i0 i0 i1 i0 i2 i0 i0");
  pool.set({ ...a!, weight: 2 }, c!);
  const counts = tally(300, () => balancer.pick());
  assertAlmostEquals(counts.get("i0")!, 200, 2);
  pool.set({ ...a!, weight: 0 }, { ...c!, weight: 0 });
  assertEquals(balancer.pick(), null);
});

Deno.test("leastLoaded() evens out calls by weight, and avoids the one that hangs", () => {
  const all = instances(10).map((one, i) => ({ ...one, weight: i === 9 ? 2 : 1 }));
  const balancer = leastLoaded(new Pool(...all), { random: seeded(4) });
  const counts = tally(1100, () => {
    const picked = balancer.pick()!;
    balancer.started(picked);
    return picked;
  });
  for (let i = 0; i < 9; i++) assertAlmostEquals(counts.get(`i${i}`)!, 100, 15);
  assertAlmostEquals(counts.get("i9")!, 200, 30);
  const hanging = leastLoaded(new Pool(...instances(10)), { random: seeded(5) });
  const picks = tally(1000, () => {
    const picked = hanging.pick()!;
    hanging.started(picked);
    if (picked.id !== "i3") hanging.ended(picked, 1, true);
    return picked;
  });
  assertEquals(picks.get("i3"), 1, "It has one call, all others none: it loses each comparison");
});

Deno.test("leastLoaded() remembers the calls of an instance that is gone for a moment", () => {
  const [a, b] = instances(2);
  const pool = new Pool(a!, b!);
  const balancer = leastLoaded(pool);
  balancer.pick();
  for (let i = 0; i < 3; i++) balancer.started(a!);
  pool.set(b!);
  balancer.pick();
  balancer.ended(a!, 1, true);
  pool.set(a!, b!);
  for (let i = 0; i < 50; i++) assertEquals(balancer.pick(), b);
  balancer.ended(a!, 1, true);
  balancer.ended(a!, 1, true);
  balancer.ended(a!, 1, true);
  assertEquals(tally(1000, () => balancer.pick()).size, 2);
});

Deno.test("peakEwma() sheds more than nine tenths of a slow instance's calls, and comes back", async () => {
  const clock = new VirtualClock();
  const balancer = peakEwma(new Pool(...instances(10)), { clock, random: seeded(6) });
  const noise = seeded(9);
  let slow = 1;
  const run = async (calls: number) => {
    const counts = new Map<string, number>();
    for (let i = 0; i < calls; i++) {
      const picked = balancer.pick()!;
      counts.set(picked.id, (counts.get(picked.id) ?? 0) + 1);
      balancer.started(picked);
      balancer.ended(picked, (picked.id === "i4" ? slow : 1) * (0.5 + noise()), true);
      clock.jump(1);
    }
    await clock.settle();
    return counts;
  };
  assertAlmostEquals((await run(2000)).get("i4")!, 200, 100);
  slow = 100;
  await run(20);
  assertLess((await run(1000)).get("i4") ?? 0, 10);
  slow = 1;
  await clock.advance(60_000);
  await run(100);
  assertAlmostEquals((await run(10_000)).get("i4")!, 1000, 400);
});

Deno.test("peakEwma() does not run to an instance because it fails fast", () => {
  const balancer = peakEwma(new Pool(...instances(5)), { clock, random: seeded(7) });
  const counts = tally(1000, () => {
    const picked = balancer.pick()!;
    balancer.started(picked);
    balancer.ended(picked, picked.id === "i2" ? 0.1 : 20, picked.id !== "i2");
    return picked;
  });
  assertLess(counts.get("i2")!, 10);
});

Deno.test("peakEwma() tries a new instance with one call at a time", () => {
  const [a, b] = instances(2);
  const pool = new Pool(a!);
  const balancer = peakEwma(pool, { clock });
  balancer.pick();
  balancer.started(a!);
  balancer.ended(a!, 5, true);
  pool.set(a!, b!);
  assertEquals(balancer.pick(), b);
  balancer.started(b!);
  for (let i = 0; i < 20; i++) assertEquals(balancer.pick(), a);
  balancer.ended(b!, 1, true);
  assertEquals(balancer.pick(), b);
});

Deno.test("peakEwma() says what it lacks", () => {
  const make = (options: object) => () => peakEwma(new Pool(), options as { clock: VirtualClock });
  assertThrows(make({}), TypeError, "zk.platform.clock");
  assertThrows(make({ clock, tau: 0 }), RangeError, "tau");
  assertThrows(make({ clock, failureCost: NaN }), RangeError, "failureCost");
});

Deno.test("rendezvous() keeps to weights, and moves only what it must", () => {
  const all = instances(10).map((one, i) => ({ ...one, weight: i === 0 ? 3 : 1 }));
  const pool = new Pool(...all);
  const balancer = rendezvous(pool);
  const keys = Array.from({ length: 24_000 }, (_, i) => `user-${i}`);
  const ids = () => keys.map((key) => balancer.pick({ key })!.id);
  const before = ids();
  const share = (id: string) => before.filter((other) => other === id).length;
  assertAlmostEquals(share("i0"), 6000, 300);
  for (let i = 1; i < 10; i++) assertAlmostEquals(share(`i${i}`), 2000, 200);
  pool.set(...all.filter(({ id }) => id !== "i4").reverse());
  const after = ids();
  before.forEach((id, i) => id === "i4" || assertEquals(after[i], id));
  pool.set(...all, instance("new", { address: "10.9.9.9" }));
  const more = ids();
  const moved = more.filter((id, i) => id !== before[i]);
  assertEquals(new Set(moved), new Set(["new"]));
  assertAlmostEquals(moved.length, 24_000 / 13, 200);
});

Deno.test("sticky() stays until its instance is gone or was registered anew", () => {
  const all = instances(10);
  const pool = new Pool(...all);
  const balancer = sticky(pool);
  const first = balancer.pick()!;
  for (let i = 0; i < 20; i++) assertEquals(balancer.pick(), first);
  pool.set(...all.map((one) => one === first ? { ...one, payload: 1 } : one).reverse());
  assertEquals(balancer.pick()!.payload, 1, "The same one, as it is now");
  assert(balancer.pick({ exclude: new Set([first.id]) })!.id !== first.id);
  assertEquals(balancer.pick()!.id, first.id);
  pool.set(...all.filter((one) => one !== first));
  const second = balancer.pick()!;
  assert(second.id !== first.id);
  pool.set(...all);
  assertEquals(balancer.pick(), second);
  const chosen = sticky(pool, pickFirst);
  assertEquals(chosen.pick()!.id, "i0");
});

Deno.test("zoneAware() keeps to its zone as far as that can bear it", () => {
  const zones = (...counts: number[]) =>
    new Pool(...counts.flatMap((count, z) =>
      instances(count).map((one) => ({
        ...one,
        id: `${"abc"[z]}${one.id}`,
        zone: "abc"[z]!,
      }))
    ));
  const shares = (pool: Pool, zone: string, exclude?: Set<string>) => {
    const balancer = zoneAware(pool, { zone, random: seeded(8) });
    const counts = new Map<string, number>();
    for (let i = 0; i < 10_000; i++) {
      const zone = balancer.pick({ exclude })?.zone ?? "none";
      counts.set(zone, (counts.get(zone) ?? 0) + 1);
    }
    return ["a", "b", "c"].map((zone) => Math.round((counts.get(zone) ?? 0) / 100));
  };
  const near = (found: number[], expected: number[]) =>
    expected.forEach((share, i) => assertAlmostEquals(found[i]!, share, 2));
  assertEquals(shares(zones(4, 4, 4), "a"), [100, 0, 0]);
  // A sixth of all bears half of its third; the rest goes to those with more than a third.
  near(shares(zones(2, 6, 4), "a"), [50, 50, 0]);
  near(shares(zones(2, 5, 5), "a"), [50, 25, 25]);
  assertEquals(shares(zones(2, 5, 5), "b"), [0, 100, 0]);
  near(shares(zones(0, 3, 1), "a"), [0, 75, 25]);
  assertEquals(shares(zones(2, 2, 0), "a", new Set(["ai0", "ai1"])), [0, 100, 0]);
});

Deno.test("zoneAware() keeps each zone's balancer over changes of others", () => {
  const all = instances(4).map((one, i) => ({ ...one, zone: i < 2 ? "a" : "b" }));
  const pool = new Pool(...all);
  const balancer = zoneAware(pool, { zone: "a", choose: leastLoaded });
  balancer.pick();
  balancer.started(all[0]!);
  pool.set(...all.slice(0, 3), instance("new", { zone: "b" }));
  for (let i = 0; i < 30; i++) assertEquals(balancer.pick(), all[1]);
});

Deno.test("zoneAware() does not look at zones when instances are few, or it is told no zone", () => {
  const all = instances(4).map((one, i) => ({ ...one, zone: i < 2 ? "a" : "b" }));
  const balancer = zoneAware(new Pool(...all), { zone: "a", instancesMin: 5 });
  assertEquals(tally(100, () => balancer.pick()).size, 4);
  assertThrows(() => zoneAware(new Pool(), {} as { zone: string }), TypeError, "zone");
});

Deno.test("subset() gives each client its own few, evenly, and changes one at a time", () => {
  const all = instances(100);
  const pool = new Pool(...all);
  const counts = new Map<string, number>();
  for (let client = 0; client < 1000; client++) {
    const { instances } = subset(pool, { client: `web-${client}`, size: 10 }).snapshot;
    assertEquals(instances.length, 10);
    for (const { id } of instances) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  for (const { id } of all) assertAlmostEquals(counts.get(id)!, 100, 40);

  const few = subset(pool, { client: "web-1", size: 10 });
  const before = few.snapshot;
  const again = subset(new Pool(...all.toReversed()), { client: "web-1", size: 10 });
  const ids = (source: Source) => source.snapshot.instances.map(({ id }) => id).sort();
  assertEquals(ids(again), ids(few));
  const [gone] = before.instances;
  pool.set(...all.filter((one) => one !== gone));
  const kept = few.snapshot.instances.filter((one) => before.instances.includes(one));
  assertEquals([few.snapshot.instances.length, kept.length], [10, 9]);
  pool.set(...all.slice(0, 7));
  assertEquals(few.snapshot.instances.length, 7);
  assertThrows(() => subset(pool, { client: "a", size: 0 }), RangeError, "size");
});

Deno.test("pick() allocates nothing: five million picks leave the heap as it was", async () => {
  const code = `
    import { leastLoaded, peakEwma } from "./src/discovery/balancers/power_of_two.ts";
    import { random, weightedRandom } from "./src/discovery/balancers/random.ts";
    import { ring } from "./src/discovery/balancers/ring.ts";
    import { rendezvous } from "./src/discovery/balancers/rendezvous.ts";
    import { roundRobin } from "./src/discovery/balancers/round_robin.ts";
    import { weightedRoundRobin } from "./src/discovery/balancers/weighted_round_robin.ts";
    import { zoneAware } from "./src/discovery/balancers/zone_aware.ts";
    import { instances, Pool } from "./tests/discovery/balancers/instances.ts";
    const pool = new Pool(...instances(1000));
    const few = new Pool(...instances(20));
    const clock = { now: () => performance.now() };
    const options = { key: "user-4711", exclude: new Set(["i1", "i2"]) };
    const found = {};
    for (const [name, picks, balancer] of [
      ["roundRobin", 5e6, roundRobin(pool)], ["random", 1e6, random(pool)],
      ["weightedRandom", 1e6, weightedRandom(pool)], ["leastLoaded", 5e6, leastLoaded(pool)],
      ["peakEwma", 1e6, peakEwma(pool, { clock })], ["ring", 5e6, ring(pool)],
      ["weightedRoundRobin", 1e6, weightedRoundRobin(few)],
      ["rendezvous", 1e6, rendezvous(few)], ["zoneAware", 1e6, zoneAware(pool, { zone: "a" })],
    ]) {
      for (let i = 0; i < 2e5; i++) balancer.pick(options);
      gc();
      const before = Deno.memoryUsage().heapUsed;
      for (let i = 0; i < picks; i++) balancer.pick(options);
      found[name] = Math.max(0, Deno.memoryUsage().heapUsed - before) / picks;
    }
    console.log(JSON.stringify(found));`;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    // A young generation that takes all: what is allocated is not collected behind our back.
    args: [
      "eval",
      "--no-lock",
      "--v8-flags=--expose-gc,--semi-space-growth-factor=1,--min-semi-space-size=256",
      code,
    ],
    cwd: new URL("../../..", import.meta.url),
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  const found: Record<string, number> = JSON.parse(new TextDecoder().decode(stdout));
  for (const [name, bytes] of Object.entries(found)) {
    // The clock allocates, each sixteenth time.
    assertLess(bytes, name === "peakEwma" ? 3 : 0.1, `${name} allocates ${bytes} bytes a pick`);
  }
});
