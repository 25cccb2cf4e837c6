// These tests hold for the genuine package and for the stand-ins alike: they check verdicts,
// returned errors and the parts of messages that both have.

import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertExists,
  assertGreater,
  assertGreaterOrEqual,
  assertInstanceOf,
  AssertionError,
  assertLess,
  assertLessOrEqual,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
  equal,
  fail,
  unreachable,
} from "@std/assert";

class Point {
  constructor(readonly x: number, readonly y: number) {}
}

class Hidden {
  #value: number;
  constructor(value: number) {
    this.#value = value;
  }
  get value() {
    return this.#value;
  }
}

function cycle(end: number): unknown {
  const node: Record<string, unknown> = { end };
  node["self"] = node;
  return node;
}

const bytes = (...values: number[]) => new Uint8Array(values);

/** Pairs of equal values, each built twice. */
const alike: [string, () => unknown][] = [
  ["bigints", () => 2n ** 63n],
  ["NaN", () => ({ a: [NaN] })],
  ["strings", () => "a"],
  ["nothing", () => [null, undefined]],
  ["bytes", () => bytes(1, 2, 3)],
  ["floats", () => new Float64Array([NaN, 1.5])],
  ["big integers", () => new BigInt64Array([-1n])],
  ["buffers", () => bytes(1, 2).buffer],
  ["views", () => new DataView(bytes(1, 2).buffer)],
  ["dates", () => new Date(0)],
  ["invalid dates", () => new Date(NaN)],
  ["expressions", () => /a+/gi],
  ["addresses", () => new URL("http://localhost/a?b")],
  ["maps", () => new Map<unknown, unknown>([["a", { b: 1 }], [1n, []]])],
  ["maps with objects as keys", () => new Map([[{ a: 1 }, 1], [{ a: 2 }, 2]])],
  ["sets", () => new Set([1, "1", 1n])],
  ["sets of objects", () => new Set([{ a: 1 }, { a: 2 }])],
  ["nested objects", () => ({ a: { b: [{ c: 1n }, bytes(0)] } })],
  ["symbols as keys", () => ({ [Symbol.for("a")]: 1 })],
  ["instances", () => new Point(1, 2)],
  ["hidden state", () => new Hidden(1)],
  ["cycles", () => cycle(1)],
];

/** Pairs of unequal values. */
const unlike: [string, unknown, unknown][] = [
  ["types", 1, "1"],
  ["bigint and number", 1n, 1],
  ["nothing and nothing", null, undefined],
  ["bytes", bytes(1, 2), bytes(1, 3)],
  ["lengths of bytes", bytes(1, 2), bytes(1, 2, 0)],
  ["bytes and list", bytes(1), [1]],
  ["buffers", bytes(1).buffer, bytes(2).buffer],
  ["views", new DataView(bytes(1).buffer), new DataView(bytes(2).buffer)],
  ["dates", new Date(0), new Date(1)],
  ["date and nothing", new Date(0), {}],
  ["expressions", /a/, /a/g],
  ["addresses", new URL("http://localhost/a"), new URL("http://localhost/b")],
  ["values of maps", new Map([["a", 1]]), new Map([["a", 2]])],
  ["keys of maps", new Map([["a", 1]]), new Map([["b", 1]])],
  ["sizes of maps", new Map([["a", 1]]), new Map([["a", 1], ["b", 2]])],
  ["keys of maps that are objects", new Map([[{ a: 1 }, 1]]), new Map([[{ a: 2 }, 1]])],
  ["sets", new Set([1, 2]), new Set([1, 3])],
  ["sizes of sets", new Set([1]), new Set([1, 2])],
  ["sets of objects", new Set([{ a: 1 }]), new Set([{ a: 2 }])],
  ["queries", new URLSearchParams("a=1"), new URLSearchParams("a=2")],
  ["list and object", [], {}],
  ["lists", [1, 2], [2, 1]],
  ["lengths of lists", [1], [1, undefined]],
  ["gaps in lists", [undefined, 1], Object.assign([], { 1: 1 })],
  ["missing keys", { a: undefined }, {}],
  ["nested values", { a: { b: [{ c: 1n }] } }, { a: { b: [{ c: 2n }] } }],
  ["symbols as keys", { [Symbol.for("a")]: 1 }, { [Symbol.for("a")]: 2 }],
  ["instance and plain object", new Point(1, 2), { x: 1, y: 2 }],
  ["hidden state", new Hidden(1), new Hidden(2)],
  ["cycles", cycle(1), cycle(2)],
  ["functions", () => 1, () => 1],
];

Deno.test("equal() holds for values built alike", () => {
  for (const [what, make] of alike) {
    assertStrictEquals(equal(make(), make()), true, what);
  }
});

Deno.test("equal() tells values apart, whichever stands first", () => {
  for (const [what, a, b] of unlike) {
    assertStrictEquals(equal(a, b), false, what);
    assertStrictEquals(equal(b, a), false, what);
  }
});

Deno.test("equal() takes 0 and -0, and objects with and without a prototype, for the same", () => {
  assert(equal(0, -0));
  assert(equal({ a: 1 }, Object.assign(Object.create(null), { a: 1 })));
});

Deno.test("equal() compares expressions by their text, not by how far they have searched", () => {
  const used = /a/g;
  used.test("a");
  assert(equal(used, /a/g));
});

Deno.test("equal() refuses what cannot be looked into", () => {
  assertThrows(() => equal(new WeakMap(), new WeakMap()), TypeError, "WeakMap");
  assertThrows(() => equal(new WeakSet(), new WeakSet()), TypeError, "WeakSet");
});

Deno.test("assertEquals() and assertNotEquals() follow equal()", () => {
  for (const [what, make] of alike) {
    assertEquals(make(), make());
    assertThrows(() => assertNotEquals(make(), make()), AssertionError, undefined, what);
  }
  for (const [what, a, b] of unlike) {
    assertNotEquals(a, b);
    assertThrows(() => assertEquals(a, b), AssertionError, "Values are not equal", what);
  }
});

Deno.test("assertEquals() shows both values and the caller's message", () => {
  const error = assertThrows(
    () => assertEquals({ name: "a", size: 11n }, { name: "a", size: 12n }, "After the write"),
    AssertionError,
  );
  assertStringIncludes(error.message, "Values are not equal: After the write");
  assertMatch(error.message, /^[^+]*-.*11n/m);
  assertMatch(error.message, /^\+.*12n/m);
});

Deno.test("assertStrictEquals() wants the same value, not one alike", () => {
  const one = {};
  assertStrictEquals(one, one);
  assertStrictEquals(NaN, NaN);
  assertThrows(() => assertStrictEquals(one, {}), AssertionError, "not reference-equal");
  assertThrows(() => assertStrictEquals(0, -0), AssertionError, "not strictly equal");
  assertThrows(() => assertStrictEquals(1, 2, "Sizes"), AssertionError, ": Sizes");
});

Deno.test("assertThrows() returns the error that it asked for", () => {
  const error = new RangeError("Too far out");
  const toss = () => {
    throw error;
  };
  assertStrictEquals(assertThrows(toss), error);
  assertStrictEquals(assertThrows(toss, RangeError, "far"), error);
  assertStrictEquals(assertThrows(toss, Error), error);
  assertThrows(() => assertThrows(toss, TypeError), AssertionError, 'of "TypeError"');
  assertThrows(() => assertThrows(toss, RangeError, "near"), AssertionError, '"near"');
});

Deno.test("assertThrows() fails when nothing, or no error, is thrown", () => {
  assertThrows(() => assertThrows(() => {}, "Here"), AssertionError, "to throw: Here");
  const toss = () => {
    throw "text";
  };
  assertStrictEquals(assertThrows(toss), "text");
  assertThrows(() => assertThrows(toss, Error), AssertionError, "non-Error object was thrown");
});

Deno.test("assertRejects() returns the error that it asked for", async () => {
  const error = new RangeError("Too far out");
  const reject = () => Promise.reject(error);
  assertStrictEquals(await assertRejects(reject), error);
  assertStrictEquals(await assertRejects(reject, RangeError, "far"), error);
  const asked = assertRejects(() => assertRejects(reject, TypeError), AssertionError);
  assertStringIncludes((await asked).message, 'of "TypeError"');
  await assertRejects(() => assertRejects(reject, RangeError, "near"), AssertionError, '"near"');
});

Deno.test("assertRejects() fails when the promise resolves or rejects with no error", async () => {
  const resolve = () => Promise.resolve();
  await assertRejects(() => assertRejects(resolve), AssertionError, "function to reject");
  const reject = () => Promise.reject("text");
  assertStrictEquals(await assertRejects(reject), "text");
  await assertRejects(() => assertRejects(reject, Error), AssertionError, "was rejected");
});

Deno.test("assertRejects() fails when the function throws, or returns no promise", async () => {
  const toss = () => {
    throw new RangeError("Too early");
  };
  const throws = "Function throws when expected to reject";
  await assertRejects(() => assertRejects(toss, RangeError), AssertionError, throws);
  const give = (() => 1) as unknown as () => Promise<number>;
  await assertRejects(() => assertRejects(give), AssertionError, throws);
});

Deno.test("assert() wants what is truthy", () => {
  for (const value of [1, "a", {}, [], true, 1n]) assert(value);
  for (const value of [0, "", null, undefined, false, NaN, 0n]) {
    assertThrows(() => assert(value, "Oh"), AssertionError, "Oh");
  }
});

Deno.test("assertExists() refuses null and undefined alone", () => {
  for (const value of [0, "", false]) assertExists(value);
  for (const value of [null, undefined]) {
    assertThrows(() => assertExists(value, "Oh"), AssertionError, `"${value}" to not be null`);
  }
});

Deno.test("assertInstanceOf() names both classes", () => {
  assertInstanceOf(new TypeError(), Error);
  assertThrows(() => assertInstanceOf({}, Error), AssertionError, '"Error" but was "Object"');
  assertThrows(() => assertInstanceOf(null, Error), AssertionError, '"Error" but was "null"');
  assertThrows(() => assertInstanceOf(1, Error, "Oh"), AssertionError, '"number": Oh');
});

Deno.test("assertStringIncludes() and assertMatch() look into strings", () => {
  assertStringIncludes("abc", "bc");
  assertThrows(() => assertStringIncludes("abc", "cb"), AssertionError, 'contain: "cb"');
  assertMatch("abc", /^a.c$/);
  assertThrows(() => assertMatch("abc", /^b/), AssertionError, 'match: "/^b/"');
});

Deno.test("assertGreater() and its like compare", () => {
  assertGreater(2, 1);
  assertGreaterOrEqual(2n, 2n);
  assertLess("a", "b");
  assertLessOrEqual(2, 2);
  assertThrows(() => assertGreater(2, 2), AssertionError, "Expect 2 > 2");
  assertThrows(() => assertGreaterOrEqual(1n, 2n), AssertionError, "Expect 1n >= 2n");
  assertThrows(() => assertLess(2, 2), AssertionError, "Expect 2 < 2");
  assertThrows(() => assertLessOrEqual(NaN, 2), AssertionError, "Expect NaN <= 2");
  assertThrows(() => assertLess(2, 1, "Too slow"), AssertionError, "Too slow");
});

Deno.test("assertAlmostEquals() allows for rounding", () => {
  assertAlmostEquals(0.1 + 0.2, 0.3);
  assertAlmostEquals(1, 1.05, 0.1);
  assertAlmostEquals(Infinity, Infinity);
  assertThrows(() => assertAlmostEquals(1, Infinity), AssertionError);
  assertThrows(() => assertAlmostEquals(1, 1.05), AssertionError, "to be close to");
  assertThrows(() => assertAlmostEquals(1, 1.2, 0.1, "Oh"), AssertionError, "Oh");
});

Deno.test("fail() and unreachable() always throw", () => {
  assertThrows(() => fail("Oh"), AssertionError, "Failed assertion: Oh");
  assertThrows(() => unreachable("Oh"), AssertionError, "Unreachable: Oh");
});

Deno.test("AssertionError has its name and its cause", () => {
  const error = new AssertionError("Oh", { cause: 1 });
  assertInstanceOf(error, Error);
  assertEquals([error.name, error.message, error.cause], ["AssertionError", "Oh", 1]);
});
