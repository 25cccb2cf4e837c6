/** The checker of registers, on histories known to be good and known to be bad. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Random } from "../fuzz/random.ts";
import { findAnomaly, type RegisterOperation } from "./linearizable.ts";

const initial = { value: "0", version: 0 };

function read(called: number, ended: number, value: string, version: number): RegisterOperation {
  return { called, ended, did: { type: "read", value, version } };
}

function write(
  called: number,
  ended: number,
  value: string,
  result: number | "BADVERSION" | null,
  expected = -1,
): RegisterOperation {
  return { called, ended, did: { type: "write", value, expected, result } };
}

const good: Record<string, RegisterOperation[]> = {
  "nothing": [],
  "one after the other": [write(1, 2, "a", 1), read(3, 4, "a", 1), write(5, 6, "b", 2, 1)],
  "a read beside a write sees either": [
    write(1, 10, "a", 1),
    read(2, 3, "0", 0),
    read(4, 5, "a", 1),
  ],
  "writes beside each other in any order": [
    write(1, 10, "a", 2),
    write(2, 9, "b", 1),
    read(11, 12, "a", 2),
  ],
  "a write of which nobody knows, seen late": [
    write(1, Infinity, "a", null),
    read(2, 3, "0", 0),
    read(4, 5, "a", 1),
  ],
  "a write of which nobody knows, and that never was": [
    write(1, Infinity, "a", null),
    write(2, 3, "b", 1),
    read(4, 5, "b", 1),
  ],
  "a comparison that fails": [write(1, 2, "a", 1), write(3, 4, "b", "BADVERSION", 0)],
  "of two that compare with the same one wins": [
    write(1, 9, "a", 1, 0),
    write(2, 8, "b", "BADVERSION", 0),
  ],
};

const bad: Record<string, RegisterOperation[]> = {
  "a read of what was never written": [read(1, 2, "a", 1)],
  "a stale read": [write(1, 2, "a", 1), read(3, 4, "0", 0)],
  "reads that go back": [write(1, 10, "a", 1), read(2, 3, "a", 1), read(4, 5, "0", 0)],
  "a write that is lost": [write(1, 2, "a", 1), write(3, 4, "b", 1), read(5, 6, "b", 1)],
  "two that compare with the same and both win": [
    write(1, 9, "a", 1, 0),
    write(2, 8, "b", 1, 0),
  ],
  "a comparison that fails though nothing had changed": [write(1, 2, "a", "BADVERSION", 0)],
  "a write of which nobody knows, done twice": [
    write(1, Infinity, "a", null),
    read(2, 3, "a", 1),
    write(4, 5, "b", 2),
    read(6, 7, "a", 3),
  ],
  "a write seen before it was called": [read(1, 2, "a", 1), write(3, 4, "a", 1)],
};

Deno.test("findAnomaly() takes histories that are linearizable", () => {
  for (const [name, history] of Object.entries(good)) {
    assertEquals(findAnomaly(history, initial), null, name);
  }
});

Deno.test("findAnomaly() finds what is not, and says where", () => {
  for (const [name, history] of Object.entries(bad)) {
    assert(findAnomaly(history, initial) !== null, name);
  }
  assertStringIncludes(
    findAnomaly(bad["a stale read"]!, initial)!,
    `behind 1 of 2 operations the register holds {"value":"a","version":1}`,
  );
});

Deno.test("findAnomaly() is right about histories of a register, and about the same with one lie", () => {
  const random = new Random(1);
  let lies = 0;
  for (let round = 0; round < 200; round++) {
    const history = someHistory(random, 40);
    assertEquals(findAnomaly(history, initial), null, `round ${round}`);
    const reads = history.flatMap(({ did }, i) => did.type === "read" ? i : []);
    if (reads.length === 0) continue;
    const place = random.pick(reads);
    const lie = history.with(place, { ...history[place]!, did: { ...readNothing } });
    assert(findAnomaly(lie, initial) !== null, `round ${round}`);
    lies++;
  }
  assert(lies > 100);
});

Deno.test("findAnomaly() copes with thousands of operations of many clients", () => {
  const random = new Random(2);
  const history = someHistory(random, 5000);
  const before = performance.now();
  assertEquals(findAnomaly(history, initial), null);
  assert(performance.now() - before < 10_000);
});

const readNothing = { type: "read", value: "never", version: 1 } as const;

/** What several clients do to a register, each operation done at one time between call and end. */
function someHistory(random: Random, count: number): RegisterOperation[] {
  let state = initial;
  const ended = [0, 0, 0, 0, 0];
  const points = Array.from({ length: count }, () => {
    const client = random.below(ended.length);
    const called = ended[client]! + 1 + random.below(5);
    const at = called + random.below(10);
    ended[client] = at + random.below(10) + 1;
    return { called, at, ended: ended[client]! };
  }).sort((a, b) => a.at - b.at);
  return points.map(({ called, ended }, i) => {
    if (random.chance(0.5)) return read(called, ended, state.value, state.version);
    const expected = random.pick([-1, state.version, state.version - 1]);
    if (expected !== -1 && expected !== state.version) {
      return write(called, ended, `v${i}`, "BADVERSION", expected);
    }
    state = { value: `v${i}`, version: state.version + 1 };
    const isKnown = random.chance(0.9);
    return write(
      called,
      isKnown ? ended : Infinity,
      `v${i}`,
      isKnown ? state.version : null,
      expected,
    );
  });
}
