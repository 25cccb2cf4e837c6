/** A second request while the first one is not answered. */
import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import { RpcChannel } from "@zkst/zookeeper/rpc";
import { Fleet, watched } from "../fake_servers.ts";

const [a, b, c] = ["10.0.0.1:8000", "10.0.0.2:8000", "10.0.0.3:8000"] as const;

Deno.test("Hedging asks another instance after the delay, takes the first answer and cancels the other", async () => {
  await using fleet = new Fleet(a, b);
  const { client, channel } = fleet.client({ lb: "pick_first", hedging: { delay: 20 } });
  await client.put("warm");
  await fleet.clock.settle();
  fleet.at(a).handle = () => {};
  const call = watched(client.get("x"));
  await fleet.clock.advance(19);
  assertEquals(fleet.at(b).calls.length, 0);
  await fleet.clock.advance(5);
  assertEquals(call.now, "done");
  assertEquals([fleet.at(a).newest.cancelled, fleet.at(b).calls.length], [true, 1]);
  assertEquals(channel.stats().hedges, 1);
  const not = watched(client.put("y"));
  await fleet.clock.advance(100);
  assertEquals([not.now, channel.stats().hedges], ["waiting", 1], "It may not run twice");
});

Deno.test("Who has begun to answer is waited for alone", async () => {
  await using fleet = new Fleet(a, b);
  const { client } = fleet.client({ hedging: { delay: 10, ratio: 1 } });
  for (const server of fleet.all) server.handle = () => {};
  const call = watched(client.get("x"));
  await fleet.clock.settle();
  fleet.order[0]!.call.headers({});
  await fleet.clock.advance(1_000);
  assertEquals(fleet.order.length, 1);
  fleet.order[0]!.reply();
  await fleet.clock.settle();
  assertEquals(call.now, "done");
});

Deno.test("Hedging sends no more than its max, and a failure of one leaves the other", async () => {
  await using fleet = new Fleet(a, b, c);
  const { client } = fleet.client({ lb: "pick_first", hedging: { delay: 20, max: 2 } });
  await client.put("warm");
  await fleet.clock.settle();
  for (const server of fleet.all) server.handle = () => {};
  const call = watched(client.get("x"));
  await fleet.clock.advance(200);
  assertEquals(fleet.all.map(({ calls }) => calls.length), [2, 1, 1]);
  fleet.at(b).newest.fail("UNAVAILABLE");
  await fleet.clock.settle();
  assertEquals(call.now, "waiting");
  fleet.at(c).newest.fail("NOT_FOUND");
  await fleet.clock.settle();
  assertEquals(call.now, "NOT_FOUND", "What is final is final");
  assert(fleet.at(a).newest.cancelled);
});

Deno.test("Hedging is for a part of the calls: where all are slow it stops", async () => {
  await using fleet = new Fleet(a, b);
  const { client, channel } = fleet.client({ hedging: { delay: 10, ratio: 0.1 } });
  for (const server of fleet.all) {
    server.handle = (exchange) => {
      fleet.clock.timer(fleet.clock.now() + 50, () => exchange.reply());
    };
  }
  for (let i = 0; i < 200; i++) {
    for (let j = 0; j < 10; j++) client.get("x").catch(() => {});
    await fleet.clock.advance(100);
  }
  const { calls, hedges } = channel.stats();
  assertEquals(calls, { OK: 2000 });
  assertLess(hedges / 2000, 0.11);
  assert(hedges > 150, String(hedges));
});

Deno.test("Options of hedging are checked", () => {
  const bad = (hedging: unknown) => () =>
    void new RpcChannel("static:a:1", { hedging: hedging as never });
  assertThrows(bad({}), RangeError, "hedging.delay");
  assertThrows(bad({ delay: 1, max: 0 }), RangeError, "hedging.max");
  assertThrows(bad({ delay: 1, ratio: -1 }), RangeError, "ratio");
  assertThrows(bad({ delay: 1, cap: 1 }), TypeError, "delay, max, ratio");
});
