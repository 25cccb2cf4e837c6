/** Which calls are sent once more, how often, when and where. */
import { assert, assertEquals, assertLess, assertRejects, assertThrows } from "@std/assert";
import { RpcChannel, RpcError } from "@zkst/zookeeper/rpc";
import { Fleet, watched } from "../fake_servers.ts";

const [a, b, c] = ["10.0.0.1:8000", "10.0.0.2:8000", "10.0.0.3:8000"] as const;

/** Where the calls of a text came, in order. */
function places(fleet: Fleet, text: string): string[] {
  return fleet.order.filter((exchange) => exchange.text === text)
    .map(({ connection }) => connection.server.name);
}

Deno.test("What no handler can have seen is sent again at once and elsewhere, whatever the method", async () => {
  await using fleet = new Fleet(a, b);
  const { client, channel } = fleet.client({ lb: "pick_first" });
  await client.put("warm");
  await fleet.clock.settle();
  fleet.at(a).handle = (exchange) => exchange.fail("UNAVAILABLE", { sent: false });
  const call = watched(client.put("x"));
  await fleet.clock.settle();
  assertEquals([call.now, places(fleet, "x")], ["done", [a, b]]);
  assertEquals([channel.stats().resends, channel.stats().retries], [1, 0]);
});

Deno.test("What nobody ever sees ends at last", async () => {
  await using fleet = new Fleet(a, b);
  const { client } = fleet.client();
  for (const server of fleet.all) {
    server.handle = (exchange) => exchange.fail("UNAVAILABLE", { sent: false });
  }
  const call = watched(client.put("x"));
  await fleet.clock.settle();
  assertEquals([call.now, call.error.sent], ["UNAVAILABLE", false]);
  assertEquals(fleet.order.length, 6);
});

Deno.test("What may have run is sent once more only if it may run twice, elsewhere, after a pause", async () => {
  await using fleet = new Fleet(a, b);
  const { client, channel } = fleet.client({ lb: "pick_first" });
  await client.put("warm");
  await fleet.clock.settle();
  fleet.at(a).handle = (exchange) => exchange.fail("UNAVAILABLE");
  const error = await assertRejects(() => client.put("once"), RpcError);
  assertEquals([error.code, error.sent], ["UNAVAILABLE", true]);
  const call = watched(client.get("twice"));
  await fleet.clock.advance(49);
  assertEquals([call.now, places(fleet, "twice")], ["waiting", [a]]);
  await fleet.clock.advance(10);
  assertEquals([call.now, places(fleet, "twice")], ["done", [a, b]]);
  const told = watched(client.put("by option", { idempotent: true }));
  const not = watched(client.get("not", { idempotent: false }));
  await fleet.clock.advance(100);
  assertEquals([told.now, not.now], ["done", "UNAVAILABLE"]);
  assertEquals(places(fleet, "once"), [a]);
  assertEquals(channel.stats().retries, 2);
});

Deno.test("A lone instance is asked again, at most three times, with pauses that double", async () => {
  await using fleet = new Fleet(a);
  const { client } = fleet.client();
  const times: number[] = [];
  fleet.at(a).handle = (exchange) => {
    times.push(fleet.clock.now());
    exchange.fail("UNAVAILABLE");
  };
  const call = watched(client.get("x"));
  await fleet.clock.advance(1000);
  assertEquals(call.now, "UNAVAILABLE");
  const pauses = times.slice(1).map((time, i) => time - times[i]!);
  assertEquals(pauses.length, 2);
  assert(pauses[0]! >= 50 && pauses[0]! <= 54, String(pauses));
  assert(pauses[1]! >= 100 && pauses[1]! <= 104, String(pauses));
});

Deno.test("Other codes are final, but for those that are asked for", async () => {
  await using fleet = new Fleet(a);
  const plain = fleet.client().client;
  const asked = fleet.client({ retry: { codes: ["ABORTED"], attempts: 2 } }).client;
  fleet.at(a).handle = (exchange) => exchange.fail("ABORTED");
  await assertRejects(() => plain.get("plain"), RpcError);
  const call = watched(asked.get("asked"));
  await fleet.clock.advance(1000);
  assertEquals(call.now, "ABORTED");
  assertEquals([places(fleet, "plain").length, places(fleet, "asked").length], [1, 2]);
});

Deno.test("What a server refused before a handler ran is sent elsewhere after a pause, whatever the method", async () => {
  await using fleet = new Fleet(a, b);
  const { client } = fleet.client({ lb: "pick_first" });
  await client.put("warm");
  await fleet.clock.settle();
  fleet.at(a).handle = (exchange) => exchange.fail("RESOURCE_EXHAUSTED", { sent: false });
  const call = watched(client.put("x"));
  await fleet.clock.settle();
  assertEquals(call.now, "waiting");
  await fleet.clock.advance(100);
  assertEquals([call.now, places(fleet, "x")], ["done", [a, b]]);
  fleet.at(b).handle = (exchange) => exchange.fail("RESOURCE_EXHAUSTED");
  fleet.at(a).handle = (exchange) => exchange.fail("RESOURCE_EXHAUSTED");
  await assertRejects(() => client.get("a handler's own"), RpcError);
});

Deno.test("A server's word on when to come again is kept", async () => {
  await using fleet = new Fleet(a);
  const { client } = fleet.client();
  const server = fleet.at(a);
  let pushback = 700;
  server.handle = (exchange) => exchange.fail("UNAVAILABLE", { pushback });
  const later = watched(client.get("later"));
  await fleet.clock.advance(699);
  assertEquals(server.calls.length, 1);
  server.handle = (exchange) => exchange.reply();
  await fleet.clock.advance(5);
  assertEquals(later.now, "done");
  pushback = -1;
  server.handle = (exchange) => exchange.fail("UNAVAILABLE", { pushback, sent: false });
  const never = watched(client.get("never"));
  await fleet.clock.advance(5000);
  assertEquals([never.now, places(fleet, "never").length], ["UNAVAILABLE", 1]);
});

Deno.test("Nothing is sent once more past the deadline: the last failure is what is told", async () => {
  await using fleet = new Fleet(a);
  const { client } = fleet.client();
  fleet.at(a).handle = (exchange) => exchange.fail("UNAVAILABLE", { message: "Busy" });
  const call = watched(client.get("x", { timeout: 40 }));
  await fleet.clock.settle();
  assertEquals([call.now, call.error.message], ["UNAVAILABLE", "Busy"]);
  const second = watched(client.get("y", { timeout: 60 }));
  await fleet.clock.advance(1);
  fleet.at(a).handle = () => {};
  await fleet.clock.advance(70);
  assertEquals(second.now, "DEADLINE_EXCEEDED");
});

Deno.test("A call that pauses hears of its signal, and of the channel's end", async () => {
  await using fleet = new Fleet(a);
  const { client, channel } = fleet.client();
  fleet.at(a).handle = (exchange) => exchange.fail("UNAVAILABLE");
  const abort = new AbortController();
  const aborted = watched(client.get("x", { signal: abort.signal }));
  const ended = watched(client.get("y"));
  await fleet.clock.advance(10);
  abort.abort(new Error("No more"));
  await fleet.clock.settle();
  assertEquals([aborted.error.message, ended.now], ["No more", "waiting"]);
  await channel.close();
  await fleet.clock.settle();
  assertEquals([ended.now, ended.error.sent], ["CANCELLED", true]);
  await fleet.clock.advance(1_000);
  assertEquals([fleet.order.length, fleet.clock.pending], [2, 0]);
});

Deno.test("retry: false sends only what no handler can have seen once more", async () => {
  await using fleet = new Fleet(a, b);
  const { client } = fleet.client({ retry: false, lb: "pick_first" });
  await client.put("warm");
  await fleet.clock.settle();
  fleet.at(a).handle = (exchange) =>
    exchange.fail("UNAVAILABLE", { sent: exchange.text === "seen" });
  const seen = watched(client.get("seen"));
  const unseen = watched(client.get("unseen"));
  await fleet.clock.advance(1000);
  assertEquals([seen.now, unseen.now], ["UNAVAILABLE", "done"]);
});

Deno.test("When all fails, there are at most 1.1 requests for a call", async () => {
  await using fleet = new Fleet(a, b, c);
  const { client, channel } = fleet.client({ timeout: 10_000 });
  await client.put("warm");
  await fleet.clock.settle();
  for (const server of fleet.all) server.handle = (exchange) => exchange.fail("UNAVAILABLE");
  const calls = 10_000;
  for (let made = 0; made < calls; made += 500) {
    for (let i = 0; i < 500; i++) client.get("x").catch(() => {});
    await fleet.clock.advance(500);
  }
  assertEquals(channel.stats().active, 0);
  const sent = fleet.order.length - 1;
  assert(sent > calls, "There were some");
  assertLess(sent / calls, 1.1);
});

Deno.test("Where one in twelve fails once, all calls succeed", async () => {
  await using fleet = new Fleet(a, b, c);
  const { client, channel } = fleet.client();
  const failed = new Set<string>();
  for (const server of fleet.all) {
    server.handle = (exchange) => {
      const { text } = exchange;
      if (Number(text) % 12 > 0 || failed.has(text)) return exchange.reply();
      failed.add(text);
      exchange.fail("UNAVAILABLE");
    };
  }
  for (let made = 0; made < 10_000; made += 500) {
    for (let i = 0; i < 500; i++) client.get(String(made + i)).catch(() => {});
    await fleet.clock.advance(500);
  }
  assertEquals(channel.stats().calls, { OK: 10_000 });
});

Deno.test("Options of retries are checked", () => {
  const bad = (retry: unknown) => () =>
    void new RpcChannel("static:a:1", { retry: retry as never });
  assertThrows(bad({ attempts: 0 }), RangeError, "retry.attempts");
  assertThrows(bad({ backoff: -1 }), RangeError, "retry.backoff");
  assertThrows(bad({ codes: ["OK"] }), TypeError, "retry.codes");
  assertThrows(bad({ codes: ["NONE"] }), TypeError, "NONE");
  assertThrows(bad({ budget: { ratio: 2 } }), RangeError, "ratio");
  assertThrows(bad({ budget: { tokens: -1 } }), RangeError, "tokens");
  assertThrows(bad({ tries: 1 }), TypeError, "attempts, backoff");
});
