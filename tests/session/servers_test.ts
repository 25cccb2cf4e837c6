import { assertAlmostEquals, assertEquals, fail } from "@std/assert";
import { Servers } from "../../src/session/servers.ts";
import type { Endpoint } from "../../src/types.ts";
import { Random } from "../fuzz/random.ts";

/** Endpoints by their last digit. */
function endpoints(digits: string): Endpoint[] {
  return [...digits].map((d) => ({ host: `zk${d}`, address: `10.0.0.${d}`, port: 2181 }));
}

function servers(digits: string, random: () => number = () => 0, shuffle = false): Servers {
  return new Servers(endpoints(digits), random, shuffle);
}

/** The last digits of the servers that are left of the round. */
function restOfRound(of: Servers): string {
  let digits = "";
  for (let next = of.next(); next !== null; next = of.next()) digits += next.address.at(-1);
  return digits;
}

// C: TestZookeeperInit.cc testPermuteAddrsList, where random() gives 0, 1, 1.
Deno.test("Servers are shuffled as C does, 3210 for its random numbers 0, 1, 1", () => {
  const randoms = [0 / 4, 1 / 3, 1 / 2];
  const permuted = servers("0123", () => randoms.shift()!, true);
  permuted.startRound(endpoints("0123"));
  assertEquals(restOfRound(permuted), "3210");
  assertEquals(randoms, [], "One number for each place but the first");
});

Deno.test("Servers come in each order equally often", () => {
  const random = new Random(99);
  const counts = new Map<string, number>();
  for (let i = 0; i < 24_000; i++) {
    const shuffled = servers("0123", () => random.next(), true);
    shuffled.startRound(endpoints("0123"));
    const order = restOfRound(shuffled);
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  assertEquals(counts.size, 24);
  for (const count of counts.values()) assertAlmostEquals(count, 1000, 150);
});

Deno.test("Servers stay in their order when they are not to be shuffled", () => {
  const fixed = servers("210", () => 0.7);
  assertEquals([fixed.hasNext, fixed.next()], [false, null]);
  fixed.startRound(endpoints("210"));
  assertEquals(fixed.hasNext, true);
  assertEquals(restOfRound(fixed), "210");
  assertEquals([fixed.hasNext, fixed.next()], [false, null]);
});

// C: TestReconfig.cc testcycleNextServer, and ZOOKEEPER-2466.
Deno.test("Servers come once per round, however many there are and wherever it begins", () => {
  const random = new Random(5);
  for (let count = 1; count <= 9; count++) {
    const digits = "012345678".slice(0, count);
    const some = servers(digits, () => random.next(), true);
    for (let round = 0; round < 20; round++) {
      some.startRound(endpoints(digits));
      const taken = random.chance(0.5) ? count : random.below(count);
      const tried = Array.from({ length: taken }, () => some.next()!.address);
      assertEquals(new Set(tried).size, taken, "No server comes twice in a round");
      if (taken < count) some.settled();
    }
    some.startRound(endpoints(digits));
    assertEquals([...restOfRound(some)].sort().join(""), digits);
  }
});

Deno.test("Servers.startRound() goes on behind the server that was tried last", () => {
  const some = servers("0123");
  some.startRound(endpoints("0123"));
  assertEquals([some.next()!.address, some.next()!.address], ["10.0.0.0", "10.0.0.1"]);
  some.settled();
  assertEquals(some.hasNext, false);
  some.startRound(endpoints("0123"));
  assertEquals(restOfRound(some), "2301");
  some.startRound(endpoints("0123"));
  assertEquals(restOfRound(some), "2301");
});

Deno.test("Servers.startRound() does not shuffle again while the addresses are the same", () => {
  const randoms = [0.1, 0.6, 0.4];
  const some = servers("0123", () => randoms.shift() ?? fail(), true);
  some.startRound(endpoints("0123"));
  const order = restOfRound(some);
  for (let round = 0; round < 5; round++) {
    some.startRound(endpoints("3201"));
    assertEquals(restOfRound(some), order);
  }
});

Deno.test("Servers.startRound() takes new addresses in and leaves old ones out", () => {
  const some = servers("012");
  some.startRound(endpoints("012"));
  assertEquals(some.next()!.address, "10.0.0.0");
  some.startRound(endpoints("0345"));
  assertEquals(restOfRound(some), "3450");
  some.startRound(endpoints("12"));
  assertEquals(restOfRound(some), "12");
  some.startRound([]);
  assertEquals([some.hasNext, restOfRound(some)], [false, ""]);
});

Deno.test("Servers.startRound() counts an address once, and its ports apart", () => {
  const [zero, one] = endpoints("01");
  const some = servers("01");
  some.startRound([zero!, one!, { ...zero!, host: "alias" }]);
  assertEquals(some.count, 2);
  assertEquals(restOfRound(some), "01");
  some.startRound([zero!, { ...zero!, port: 2182 }]);
  assertEquals(some.count, 2);
  assertEquals([some.next()!.port, some.next()!.port, some.next()], [2182, 2181, null]);
});

Deno.test("Servers.count is that of the connect string until the names are resolved", () => {
  const some = servers("01");
  assertEquals(some.count, 2);
  some.startRound(endpoints("01234"));
  assertEquals(some.count, 5);
});

function pauses(of: Servers, timeout: number, count: number): number[] {
  return Array.from({ length: count }, () => of.pause(timeout));
}

Deno.test("Servers.pause() doubles from T/60 up to T/3, with jitter over its upper half", () => {
  const longest = servers("0", () => 1 - Number.EPSILON);
  assertEquals(pauses(longest, 6000, 8), [99, 199, 399, 799, 1599, 1999, 1999, 1999]);
  const shortest = servers("0", () => 0);
  assertEquals(pauses(shortest, 6000, 8), [50, 100, 200, 400, 800, 1000, 1000, 1000]);
  const middle = servers("0", () => 0.5);
  assertEquals(pauses(middle, 6000, 3), [75, 150, 300]);
});

Deno.test("Servers.pause() is never over 10 s", () => {
  const some = servers("0", () => 1 - Number.EPSILON);
  assertEquals(pauses(some, 120_000, 6), [1999, 3999, 7999, 9999, 9999, 9999]);
  assertEquals(pauses(some, 3_600_000, 2), [9999, 9999]);
});

Deno.test("Servers.pause() stays the longest one after thousands of rounds", () => {
  const some = servers("0", () => 0);
  pauses(some, 6000, 5000);
  assertEquals(some.pause(6000), 1000);
  assertEquals(some.pause(12_000_000), 5000);
});

Deno.test("Servers.pause() is short again after settled()", () => {
  const some = servers("0", () => 0);
  pauses(some, 6000, 7);
  some.settled();
  assertEquals(pauses(some, 6000, 2), [50, 100]);
});
