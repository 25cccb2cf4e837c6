/** Sampling, in a time of its own. */
import { assertEquals, assertLessOrEqual, assertThrows } from "@std/assert";
import { createLogger, memorySink, sampled } from "../../src/logger/mod.ts";

function start(options: { key?: (message: string) => string } = {}) {
  const sink = memorySink();
  const inner = createLogger({ sink });
  const time = { now: 0 };
  const log = sampled(inner, { interval: 1000, now: () => time.now, ...options });
  const told = (): Record<string, unknown>[] =>
    sink.records.splice(0).map(({ message, fields }) => ({ message, ...fields }));
  return { log, inner, time, told };
}

Deno.test("sampled: a reconnect storm is one line per interval, with a count", () => {
  const { log, time, told } = start();
  for (; time.now < 3000; time.now++) log.warn?.("Lost 10.0.0.1:2181", { rc: -4 });
  assertEquals(told(), [
    { message: "Lost 10.0.0.1:2181", rc: -4 },
    { message: "Lost 10.0.0.1:2181", rc: -4, repeated: 999 },
    { message: "Lost 10.0.0.1:2181", rc: -4, repeated: 999 },
  ]);
  log.flush();
  assertEquals(told(), [{ message: "Lost 10.0.0.1:2181", repeated: 999 }]);
  log.flush();
  assertEquals(told(), []);
});

Deno.test("sampled: what differs is told at once, and the count with the next call of any kind", () => {
  const { log, time, told } = start();
  log.warn?.("Lost");
  log.warn?.("Lost");
  log.info?.("Lost");
  log.warn?.("Found");
  assertEquals(told().length, 3);
  time.now = 1000;
  log.info?.("Other");
  assertEquals(told(), [{ message: "Lost", repeated: 1 }, { message: "Other" }]);
});

Deno.test("sampled: the end tells what was held back", () => {
  const { log, told } = start();
  {
    using ending = log;
    ending.info?.("Lost");
    ending.info?.("Lost");
  }
  assertEquals(told(), [{ message: "Lost" }, { message: "Lost", repeated: 1 }]);
});

Deno.test("sampled: a key makes messages equal", () => {
  const { log, told } = start({ key: (message) => message.split(":")[0]! });
  for (let i = 0; i < 10; i++) log.info?.(`Lost: ${i}`);
  assertEquals(told(), [{ message: "Lost: 0" }]);
});

Deno.test("sampled: methods come and go with those of the logger", () => {
  const { log, inner } = start();
  assertEquals([log.debug, log.info === undefined], [undefined, false]);
  inner.setLevel("debug");
  assertEquals(log.debug === undefined, false);
  inner.setLevel("off");
  assertEquals([log.error, log.warn, log.info], [undefined, undefined, undefined]);
});

Deno.test("sampled: messages that differ each time do not pile up, nor do their counts get lost", () => {
  const { log, told } = start();
  for (let i = 0; i < 5000; i++) {
    log.info?.(`Lost ${i}`);
    log.info?.(`Lost ${i}`);
  }
  const held = told().length;
  log.flush();
  const rest = told();
  assertLessOrEqual(rest.length, 1000);
  assertEquals(held + rest.length, 10_000);
});

Deno.test("sampled: an interval is needed", () => {
  for (const interval of [0, -1, NaN]) {
    assertThrows(() => sampled(console, { interval }), RangeError, "interval");
  }
});
