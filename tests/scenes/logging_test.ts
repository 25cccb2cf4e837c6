/** What a session logs, with the package's own logger: enough to understand, and no secrets. */
import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { cFormat, createLogger, memorySink, sampled } from "../../src/logger/mod.ts";
import { aaddAuth, acreate, aget, aset, OPEN_ACL_UNSAFE } from "../../src/st.ts";
import { answerAll, reply } from "../scripted.ts";
import { connect, start, T } from "./scene.ts";

Deno.test("a session logs neither data nor passwords nor authentications, at any level", async () => {
  const sink = memorySink();
  const logger = createLogger({ level: "debug", sink, redact: [] }).child({ category: "zk" });
  const scene = await connect({ logger, maxBuffer: 2000 });
  const { zh, world } = scene;
  aaddAuth(zh, "digest", "user:geheim", () => {});
  acreate(zh, "/a", "geheim", OPEN_ACL_UNSAFE, "PERSISTENT", () => {});
  aset(zh, "/a", "geheim".repeat(1000), -1, () => {});
  aget(zh, "no slash", null, () => {});
  await world.clock.settle();
  world.wire.push(reply(-4), ...answerAll(world.wire.take().filter(({ xid }) => xid > 0)));
  await world.clock.settle();
  world.wire.end();
  await world.clock.advance(T);
  const text = sink.lines.join("\n");
  for (const word of ["Connected to", "Lost", "over maxBuffer", "no slash"]) {
    assert(text.includes(word), `"${word}" is missing in\n${text}`);
  }
  assert(!/geheim|password/i.test(text), text);
  // The session's password is sixteen bytes of 1.
  assert(!text.includes("1,1,1") && !text.includes("0101"), text);
});

Deno.test("a reconnect storm is a few lines with a count", async () => {
  const sink = memorySink();
  const logger = createLogger({ level: "info", sink });
  using calm = sampled(logger, { interval: 60_000, now: () => 0 });
  const scene = await start({ logger: calm }, "10.0.0.1:1,10.0.0.2:1", "refuse");
  await scene.world.clock.advance(10 * T);
  assert(scene.world.dials.length > 50, `${scene.world.dials.length} dials`);
  assertLessOrEqual(sink.lines.length, 3, sink.lines.join("\n"));
  calm.flush();
  const repeated = sink.records.map(({ fields }) => Number(fields.repeated ?? 0));
  assert(Math.max(...repeated) > 20, JSON.stringify(repeated));
});

Deno.test("the logger's level may change while a session runs, and C's line is to be had", async () => {
  const sink = memorySink(cFormat);
  const log = createLogger({ level: "error", sink });
  const scene = await start({ logger: log.child({ category: "zk" }) }, "10.0.0.1:1", "refuse");
  assertEquals(sink.lines, []);
  log.setLevel("warn", "zk");
  await scene.world.clock.advance(T);
  assert(sink.lines.length > 0);
  for (const line of sink.lines) {
    assert(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}:\d+:ZOO_WARN@zk: No session with 10/.test(line),
      line,
    );
  }
});
