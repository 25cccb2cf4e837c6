/** Fields of all kinds, hostile ones among them. */
import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { createLogger, jsonFormat, memorySink, redactedKeys } from "../../src/logger/mod.ts";

/** What becomes of fields. */
function plain(fields: Record<string, unknown>, redact: string[] = []): unknown {
  const sink = memorySink(jsonFormat);
  createLogger({ sink, redact }).info?.("Connected", fields);
  assertEquals(sink.records.length, 1);
  assertEquals(JSON.parse(sink.lines[0]!).message, "Connected");
  return sink.records[0]!.fields;
}

Deno.test("fields: values that are plain stay as they are", () => {
  const fields = { a: 1, b: "two", c: true, d: null, e: [1, [2]], f: { g: { h: -0.5 } } };
  assertEquals(plain(fields), fields);
});

Deno.test("fields: values that JSON does not know", () => {
  assertEquals(
    plain({
      id: -1n,
      nan: NaN,
      gone: undefined,
      items: [undefined, 1],
      date: new Date(0),
      noDate: new Date(NaN),
      symbol: Symbol("s"),
      call: function named() {},
      map: new Map<unknown, unknown>([["a", 1n], [{}, 2]]),
      set: new Set(["a"]),
      json: { toJSON: () => ({ b: 2n }) },
    }),
    {
      id: "-1",
      nan: "NaN",
      items: [null, 1],
      date: "1970-01-01T00:00:00.000Z",
      noDate: "[no date]",
      symbol: "Symbol(s)",
      call: "[function named]",
      map: { a: "1", "[object]": 2 },
      set: ["a"],
      json: { b: "2" },
    },
  );
});

Deno.test("fields: of bytes only their number is told", () => {
  const secret = new TextEncoder().encode("secret");
  assertEquals(
    plain({
      a: secret,
      b: secret.buffer,
      c: [new DataView(secret.buffer)],
      d: new BigInt64Array(1),
    }),
    { a: "[6 bytes]", b: "[6 bytes]", c: ["[6 bytes]"], d: "[8 bytes]" },
  );
});

Deno.test("fields: cycles end, what is only shared is told twice", () => {
  const shared = { a: 1 };
  const cyclic: Record<string, unknown> = { one: shared, two: [shared] };
  cyclic.self = cyclic;
  assertEquals(plain({ cyclic }), {
    cyclic: { one: { a: 1 }, two: [{ a: 1 }], self: "[circular]" },
  });
});

Deno.test("fields: an error tells its name, message, causes and own properties", () => {
  const error = Object.assign(new TypeError("outer", { cause: new Error("inner") }), { rc: -4 });
  const { name, message, cause, rc, stack } = (plain({ error }) as {
    error: { name: string; message: string; cause: Error; rc: number; stack: string };
  }).error;
  assertEquals([name, message, cause.message, rc], ["TypeError", "outer", "inner", -4]);
  assertStringIncludes(stack, "plain_test.ts");
  const circular = new Error("round");
  circular.cause = circular;
  assertEquals((plain({ circular }) as { circular: Error }).circular.cause, "[circular]");
});

Deno.test("fields: what throws is told, and costs its own value alone", () => {
  const throwing = {
    get bad() {
      throw new Error("no");
    },
    good: 1,
  };
  const { proxy } = Proxy.revocable({}, {});
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const hostile = {
    toJSON() {
      throw { toString: () => assert(false) };
    },
  };
  const fields = plain({ throwing, revoked: revoked.proxy, proxy, hostile, last: 1 }) as Record<
    string,
    unknown
  >;
  assertEquals(fields.throwing, { bad: "[threw Error: no]", good: 1 });
  assertStringIncludes(String(fields.revoked), "[threw TypeError");
  assertEquals([fields.proxy, fields.hostile, fields.last], [{}, "[threw]", 1]);
});

Deno.test("fields: a key cannot become a prototype", () => {
  const fields = plain(JSON.parse('{"__proto__": {"a": 1}}')) as { a?: number };
  assertEquals([Object.keys(fields), fields.a], [["__proto__"], undefined]);
});

Deno.test("redact: the keys of secrets, at any depth and in any case", () => {
  const error = Object.assign(new Error("e"), { token: "s3cret" });
  const secrets = {
    ...Object.fromEntries(redactedKeys.map((key) => [key, "s3cret"])),
    PassWord: ["s3cret"],
    deep: [{ session: { id: 1, passwd: { a: "s3cret" } } }],
    map: new Map([["digest", "s3cret"]]),
    json: { toJSON: () => ({ auth: "s3cret" }) },
    error,
    apiKey: "s3cret",
    tokens: 5,
  };
  const told = plain(secrets, ["APIkey"]);
  assert(!JSON.stringify(told).includes("s3cret"), JSON.stringify(told));
  assertEquals((told as { tokens: number }).tokens, 5);
  assert(JSON.stringify(plain({ apiKey: "s3cret" })).includes("s3cret"));
});

Deno.test("redact: a getter under such a key is not even asked", () => {
  let asked = false;
  plain({
    get password() {
      return asked = true;
    },
  });
  assertEquals(asked, false);
});

Deno.test("fields: huge ones cost no more than a line is worth", () => {
  const deep: Record<string, unknown> = {};
  let at = deep;
  for (let i = 0; i < 100; i++) at = at.in = {} as Record<string, unknown>;
  let asked = 0;
  const many = Array.from({ length: 100_000 }, () => ({
    get a() {
      return ++asked;
    },
  }));
  const sink = memorySink(jsonFormat);
  const log = createLogger({ sink, lineLengthMax: 2048 });
  log.info?.("Connected", { deep, many, text: "x".repeat(1e7) });
  log.info?.("y".repeat(1e7), { text: "x".repeat(1e7) });
  assertLess(asked, 1001);
  assertStringIncludes(JSON.stringify(sink.records[0]!.fields), "[deeper]");
  for (const line of sink.lines) assertLess(line.length, 2049);
  for (const record of sink.records) assertLess(JSON.stringify(record).length, 20_000);
});
