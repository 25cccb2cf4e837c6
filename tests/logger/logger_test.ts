/** Loggers: levels that change, categories, fields, and callers that are never thrown at. */
import { assert, assertEquals, assertMatch, assertStrictEquals, assertThrows } from "@std/assert";
import {
  createLogger,
  jsonFormat,
  type LoggerOptions,
  type LogRecord,
  memorySink,
  type Sink,
  textFormat,
  type Threshold,
} from "../../src/logger/mod.ts";
import type { Logger } from "../../src/types.ts";

/** Which methods a logger has. */
function present(log: Logger): string {
  return (["error", "warn", "info", "debug"] as const).filter((level) => log[level]).join(" ");
}

Deno.test("createLogger: methods are there from a level on", () => {
  const at = (level?: Threshold) =>
    present(createLogger({ sink: memorySink(), ...(level && { level }) }));
  assertEquals(at("off"), "");
  assertEquals(at("error"), "error");
  assertEquals(at("warn"), "error warn");
  assertEquals(at(), "error warn info");
  assertEquals(at("debug"), "error warn info debug");
});

Deno.test("createLogger: reading a method allocates none", () => {
  const log = createLogger({ sink: memorySink() });
  assertStrictEquals(log.info, log.info);
});

Deno.test("setLevel: all loggers of the family follow, at run time", () => {
  const log = createLogger({ sink: memorySink(), level: "error" });
  const child = log.child({ category: "zk" }).child({ a: 1 });
  assertEquals([present(log), present(child)], ["error", "error"]);
  child.setLevel("info");
  assertEquals([present(log), present(child)], ["error warn info", "error warn info"]);
  log.setLevel("off");
  assertEquals([present(log), present(child)], ["", ""]);
});

Deno.test("setLevel: the longest prefix of the category counts, part by part", () => {
  const log = createLogger({ sink: memorySink(), levels: { zk: "error", "zk.session": "debug" } });
  const of = (category: string) => present(log.child({ category }));
  assertEquals(present(log), "error warn info");
  assertEquals(of("zk"), "error");
  assertEquals(of("zk.hosts"), "error");
  assertEquals(of("zk.session"), "error warn info debug");
  assertEquals(of("zk.session.watch"), "error warn info debug");
  assertEquals(of("zkother"), "error warn info");
  log.setLevel("off", "zk.session.watch");
  log.setLevel("warn");
  assertEquals([of("zk.session.watch"), of("zk.session"), of("rpc")], [
    "",
    "error warn info debug",
    "error warn",
  ]);
});

Deno.test("setLevel: a method that was kept obeys too", () => {
  const sink = memorySink();
  const log = createLogger({ sink });
  const { info } = log;
  info!("one");
  log.setLevel("warn");
  info!("two");
  log.setLevel("info");
  info!("three");
  assertEquals(sink.records.map(({ message }) => message), ["one", "three"]);
});

Deno.test("setLevel: there are no other levels", () => {
  const log = createLogger({ sink: memorySink() });
  assertThrows(() => log.setLevel("loud" as Threshold), TypeError, '"loud"');
  assertThrows(() => log.setLevel("toString" as Threshold), TypeError, '"toString"');
  const level = "trace" as Threshold;
  assertThrows(() => createLogger({ sink: memorySink(), level }), TypeError, '"trace"');
});

Deno.test("createLogger: a record has its time, level and fields of the call", () => {
  const sink = memorySink();
  let time = 100;
  const log = createLogger({ sink, now: () => time });
  const fields = { a: { b: 1 } };
  log.warn?.("Lost", fields);
  time = 200;
  fields.a.b = 2;
  log.setLevel("error");
  const expected: LogRecord = {
    time: 100,
    level: "warn",
    category: "",
    message: "Lost",
    fields: { a: { b: 1 } },
  };
  assertEquals(sink.records, [expected]);
  assertEquals(sink.lines, ['1970-01-01T00:00:00.100Z WARN: Lost a={"b":1}']);
});

Deno.test("createLogger: unless given, the time is the system's", () => {
  const sink = memorySink();
  const before = Date.now();
  createLogger({ sink }).info?.("Connected");
  const { time } = sink.records[0]!;
  assert(before <= time && time <= Date.now());
});

Deno.test("child: fields add up, the category is not among them", () => {
  const sink = memorySink();
  const log = createLogger({ sink });
  const zk = log.child({ category: "zk", id: 1, token: "s3cret" });
  zk.child(() => ({ peer: "b" })).info?.("Connected", { id: 2, category: "mine" });
  zk.child({ category: "rpc" }).info?.("Connected");
  log.info?.("Connected");
  assertEquals(sink.records.map(({ category, fields }) => [category, fields]), [
    ["zk", { id: 2, token: "[redacted]", peer: "b", category: "mine" }],
    ["rpc", { id: 1, token: "[redacted]" }],
    ["", {}],
  ]);
});

Deno.test("fields: lazy ones are asked at the call, once, and only if the level is on", () => {
  const sink = memorySink();
  const log = createLogger({ sink });
  let asked = 0;
  const fields = () => ({ asked: ++asked });
  log.debug?.("Not built", fields);
  assertEquals(asked, 0);
  log.info?.("Built", fields);
  assertEquals([asked, sink.records[0]!.fields], [1, { asked: 1 }]);
  log.info?.("Built", () => {
    throw new Error("no");
  });
  assertEquals(sink.records[1]!.fields, { fields: "[threw Error: no]" });
});

Deno.test("createLogger: a line cannot be forged, by whatever means and format", () => {
  const forged = "x\n2026-03-09T04:05:06.007Z INFO: all is well\x1b[2J";
  for (const format of [textFormat, jsonFormat, ({ message }: LogRecord) => message]) {
    const sink = memorySink(format);
    const log = createLogger({ sink }).child({ category: forged, [forged]: forged });
    log.info?.(forged, { [forged]: forged, list: [forged] });
    assertEquals(sink.lines.length, 1);
    // deno-lint-ignore no-control-regex
    assert(!/[\x00-\x1f]/.test(sink.lines[0]!), sink.lines[0]);
  }
});

Deno.test("createLogger: lines are cut, with a marker", () => {
  const sink = memorySink();
  createLogger({ sink, lineLengthMax: 1024 }).info?.("x".repeat(5000));
  assertEquals(sink.lines[0]!.length, 1024);
  assertMatch(sink.lines[0]!, /xxx… \[cut\]$/);
  assertThrows(() => createLogger({ sink, lineLengthMax: 10 }), RangeError, "lineLengthMax");
});

Deno.test("createLogger: what is no sink, and an option that there is not, are told at once", () => {
  const make = (options: unknown) => () => createLogger(options as LoggerOptions);
  assertThrows(make({ sink: console }), TypeError, "must have the methods format, write: object");
  assertThrows(make({}), TypeError, "undefined has no format()");
  assertThrows(make({ sink: { format: textFormat } }), TypeError, "has no write()");
  assertThrows(make(null), TypeError, "must be an object, not null");
  assertThrows(
    make({ sink: memorySink(), levl: "info" }),
    TypeError,
    'no option "levl"; there are',
  );
  const sink = memorySink();
  const rows: [object, string][] = [
    [{ sink, redact: "secret" }, 'The option "redact" must be an array of strings, not string'],
    [{ sink, redact: [/secret/] }, "must be an array of strings, not of something else"],
    [{ sink, complain: console }, 'The option "complain" must be a function, not object'],
    [{ sink, now: 5 }, 'The option "now" must be a function, not number'],
  ];
  for (const [options, message] of rows) assertThrows(make(options), TypeError, message);
});

Deno.test("createLogger: takes sinks and options of all kinds, and absent ones", () => {
  class Counting implements Sink {
    count = 0;
    get format() {
      return textFormat;
    }
    write(): void {
      this.count++;
    }
  }
  const sink = new Counting();
  const absent = { level: undefined, levels: undefined, redact: undefined, now: undefined };
  const all = [
    { sink },
    { sink, ...absent, lineLengthMax: undefined, complain: undefined },
    Object.assign(Object.create(null), { sink }),
    { sink: Object.assign(Object.create(null), { format: textFormat, write: () => sink.write() }) },
  ];
  for (const options of all) createLogger(options as LoggerOptions).info?.("x");
  assertEquals(sink.count, all.length);
});

Deno.test("createLogger: a sink or format that throws is told of once, and never to the caller", () => {
  const told: string[] = [];
  let broken = true;
  const sink: Sink = {
    format: textFormat,
    write() {
      if (broken) throw new Error("no");
    },
  };
  const log = createLogger({ sink, complain: (text) => told.push(text) });
  log.info?.("one");
  log.child({ a: 1 }).error?.("two");
  assertEquals(told, ["Cannot log: no"]);
  broken = false;
  log.info?.("three");
  broken = true;
  log.info?.("four");
  assertEquals(told.length, 2);
});

Deno.test("Logger: what takes any logger takes this one, and console", () => {
  const takes = (logger: Logger) => logger.debug?.("Not said", { a: 1 });
  takes(createLogger({ sink: memorySink() }));
  const fits: Logger = console;
  assert(fits.info);
});
