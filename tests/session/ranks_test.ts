import { assertAlmostEquals, assertEquals } from "@std/assert";
import { byPriority, ranked, setPriority } from "../../src/session/ranks.ts";
import type { Endpoint, SrvRecord } from "../../src/types.ts";
import { Random } from "../fuzz/random.ts";

function record(target: string, priority: number, weight: number): SrvRecord {
  return { target, port: 2181, priority, weight };
}

/** How often each comes first, of a thousand times. */
function shares(records: SrvRecord[]): Record<string, number> {
  const random = new Random(7);
  const counts: Record<string, number> = {};
  for (let i = 0; i < 20_000; i++) {
    const [first] = ranked(records, () => random.next());
    counts[first!.target] = (counts[first!.target] ?? 0) + 1 / 20;
  }
  return counts;
}

Deno.test("ranked() has those of the least priority first, and the others by it", () => {
  const records = [
    record("c", 20, 9),
    record("a", 1, 0),
    record("d", 65535, 1),
    record("b", 10, 5),
  ];
  const random = new Random(3);
  for (let i = 0; i < 100; i++) {
    const order = ranked(records, () => random.next()).map(({ target }) => target);
    assertEquals(order, ["a", "b", "c", "d"]);
  }
});

Deno.test("ranked() has each as often first as its weight says, among equals", () => {
  const counts = shares([
    record("a", 0, 10),
    record("b", 0, 60),
    record("c", 0, 30),
    record("d", 1, 99),
  ]);
  assertAlmostEquals(counts["a"]!, 100, 15);
  assertAlmostEquals(counts["b"]!, 600, 20);
  assertAlmostEquals(counts["c"]!, 300, 20);
  assertEquals(counts["d"], undefined);
});

Deno.test("ranked() has those without a weight first equally often, and seldom beside others", () => {
  const even = shares([record("a", 0, 0), record("b", 0, 0), record("c", 0, 0), record("d", 0, 0)]);
  for (const share of Object.values(even)) assertAlmostEquals(share, 250, 15);
  assertEquals(Object.keys(even).length, 4);
  const { b = 0 } = shares([record("a", 0, 1), record("b", 0, 0)]);
  assertAlmostEquals(b, 1, 2);
});

Deno.test("byPriority() leaves those that have none as they are", () => {
  const [a, b, c, d] = ["a", "b", "c", "d"].map((host): Endpoint => ({
    host,
    address: "::1",
    port: 1,
  }));
  setPriority(c!, 1);
  setPriority(a!, 2);
  assertEquals([a!, b!, c!, d!].sort(byPriority), [b!, d!, c!, a!]);
});
