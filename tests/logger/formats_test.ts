/** The lines, letter by letter. */
import { assert, assertEquals, assertLessOrEqual, assertMatch } from "@std/assert";
import { cFormat, jsonFormat, textFormat, tinyRpcFormat } from "../../src/logger/mod.ts";
import { byteLength, cut, escape, lineOf } from "../../src/logger/line.ts";
import { record } from "./fakes.ts";

const utc = Date.UTC(2026, 2, 9, 4, 5, 6, 7);
const local = new Date(2026, 2, 9, 4, 5, 6, 7).getTime();
const fields = { server: "10.0.0.1:2181", rc: -4, reason: "broken pipe", at: null, more: [1, "a"] };

Deno.test("textFormat: time, level, category, message, fields", () => {
  assertEquals(
    textFormat(record({ time: utc, fields })),
    '2026-03-09T04:05:06.007Z INFO zk: Connected server=10.0.0.1:2181 rc=-4 reason="broken pipe" ' +
      'at=null more=[1,"a"]',
  );
  assertEquals(
    textFormat(record({ time: utc, level: "error", category: "" })),
    "2026-03-09T04:05:06.007Z ERROR: Connected",
  );
  assertMatch(textFormat(record({ fields: { "a b=c": "" } })), / "a b=c"=""$/);
});

Deno.test("jsonFormat: one object, its fields apart from the rest", () => {
  assertEquals(
    jsonFormat(record({ time: utc, level: "warn", fields: { time: "mine", n: 1 } }), 1024),
    '{"time":"2026-03-09T04:05:06.007Z","level":"warn","category":"zk","message":"Connected",' +
      '"fields":{"time":"mine","n":1}}',
  );
  assertEquals(JSON.parse(jsonFormat(record(), 1024)).fields, undefined);
});

Deno.test("jsonFormat: a line too long is still JSON", () => {
  for (const char of ["a", "\x1b", '"', "é", "😀"]) {
    const line = jsonFormat(record({ message: char.repeat(5000), fields: { a: "b" } }), 1024);
    assertLessOrEqual(lineOf(line, 1024).length, 1025);
    const { message, fields } = JSON.parse(lineOf(line, 1024));
    assert(message.startsWith(char) && message.endsWith("… [cut]"));
    assert(fields.cutFrom > 5000);
  }
  const short = JSON.parse(jsonFormat(record({ fields: { a: "b".repeat(2000) } }), 1024));
  assertEquals([short.message, Object.keys(short.fields)], ["Connected", ["cutFrom"]]);
});

Deno.test("cFormat: the C client's line, in local time", () => {
  assertEquals(
    cFormat(record({ time: local, fields: { rc: 0 } })),
    `2026-03-09 04:05:06,007:${Deno.pid}:ZOO_INFO@zk: Connected rc=0`,
  );
  const levels = (["error", "warn", "info", "debug"] as const)
    .map((level) => /ZOO_\w+@-/.exec(cFormat(record({ level, category: "" })))?.[0]);
  assertEquals(levels, ["ZOO_ERROR@-", "ZOO_WARN@-", "ZOO_INFO@-", "ZOO_DEBUG@-"]);
});

Deno.test("tinyRpcFormat: tiny_rpc's line, in local time", () => {
  assertEquals(tinyRpcFormat(record({ time: local })), "4:5:6 =>[info] Connected");
  assertEquals(tinyRpcFormat(record({ time: local, level: "error" })), "4:5:6 =>[error] Connected");
});

Deno.test("textFormat: a time that is none is said, not thrown", () => {
  assertMatch(textFormat(record({ time: NaN })), /^NaN INFO/);
  assertMatch(cFormat(record({ time: Infinity })), /^Infinity:/);
});

Deno.test("escape: nothing can end a line, colour it, or turn it round", () => {
  assertEquals(escape("a\nb\r\tc"), "a\\nb\\r\\tc");
  assertEquals(escape("\x1b[31m\x00\x7f\x9b"), "\\u001b[31m\\u0000\\u007f\\u009b");
  assertEquals(
    escape("\u2028\u2029\u202e\u2066\u200f\x85"),
    "\\u2028\\u2029\\u202e\\u2066\\u200f\\u0085",
  );
  assertEquals(escape("é 漢 😀 \\"), "é 漢 😀 \\");
});

Deno.test("cut: no longer than it may be, and no half of a pair", () => {
  assertEquals(cut("abc", 3), "abc");
  assertEquals(cut("a".repeat(20), 10), "aaa… [cut]");
  assert(cut("😀".repeat(20), 12).isWellFormed());
  assert(cut("😀".repeat(20), 13).isWellFormed());
});

Deno.test("byteLength: as TextEncoder has it", () => {
  for (const text of ["", "abc", "é", "漢字", "a😀b", "\ud800", "\udc00a", "\ud800\ud800\udc00"]) {
    assertEquals(byteLength(text), new TextEncoder().encode(text).length, JSON.stringify(text));
  }
});
