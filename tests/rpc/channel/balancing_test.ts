/** Balancers of channels: by name, or a user's own; and what they are told. */
import { assert, assertEquals, assertGreater, assertLess, assertThrows } from "@std/assert";
import { pickFirst, type Source, subset } from "@zkst/zookeeper/discovery";
import { Fleet, watched } from "../fake_servers.ts";

const names = [1, 2, 3, 4, 5].map((i) => `10.0.0.${i}:8000`);

/** Calls that came to each server since the last look. */
function shares(fleet: Fleet): number[] {
  const shares = fleet.all.map((server) => server.calls.length);
  for (const server of fleet.all) server.calls.length = 0;
  return shares;
}

Deno.test("Every balancer with a name balances", async () => {
  const expected: Record<string, (shares: number[]) => boolean> = {
    round_robin: (shares) => shares.every((share) => share === 20),
    random: (shares) => shares.every((share) => share > 5),
    weighted_round_robin: (shares) => shares.every((share) => share === 20),
    weighted_random: (shares) => shares.every((share) => share > 5),
    least_loaded: (shares) => shares.every((share) => share > 5),
    p2c: (shares) => shares.every((share) => share > 0),
    pick_first: (shares) => shares[0] === 100,
    sticky: (shares) => shares.includes(100),
    ring_hash: (shares) => shares.includes(100),
    rendezvous: (shares) => shares.includes(100),
  };
  for (const [lb, judge] of Object.entries(expected)) {
    await using fleet = new Fleet(...names);
    let seed = 11;
    fleet.random = () => (seed = seed * 48271 % 0x7fffffff) / 0x7fffffff;
    const { client } = fleet.client({ target: `static:${names}?lb=${lb}` });
    const keyed = lb === "ring_hash" || lb === "rendezvous";
    const options = keyed ? { hashKey: "user-7" } : {};
    await client.get("warm", options);
    await fleet.clock.settle();
    shares(fleet);
    for (let i = 0; i < 100; i++) await client.get("x", options);
    const got = shares(fleet);
    assert(judge(got), `${lb}: ${got}`);
  }
});

Deno.test("A balancer that goes by a key wants one, and says so at the call", async () => {
  await using fleet = new Fleet(...names);
  const { client } = fleet.client({ lb: "ring_hash" });
  assertThrows(() => void client.get("x"), TypeError, '"hashKey"');
});

Deno.test("The same key finds the same instance, and another one while that is away", async () => {
  await using fleet = new Fleet(...names);
  const { client } = fleet.client({ lb: "ring_hash" });
  await client.get("warm", { hashKey: "a" });
  await fleet.clock.settle();
  shares(fleet);
  for (let i = 0; i < 50; i++) await client.get("x", { hashKey: `key-${i % 10}` });
  const before = shares(fleet);
  assert(before.filter((share) => share > 0).length > 1);
  const home = fleet.all[before.findIndex((share) => share > 0)]!;
  home.kill();
  await fleet.clock.settle();
  for (let i = 0; i < 50; i++) await client.get("x", { hashKey: `key-${i % 10}` });
  const meanwhile = shares(fleet);
  for (const [i, share] of before.entries()) {
    if (fleet.all[i] !== home) assert(meanwhile[i]! >= share, "Others keep their keys");
  }
  home.dials = "accept";
  await fleet.clock.advance(1000);
  for (let i = 0; i < 50; i++) await client.get("x", { hashKey: `key-${i % 10}` });
  assertEquals(shares(fleet), before);
});

Deno.test("A balancer of a user's own is made for each service, and what it throws is the call's", async () => {
  await using fleet = new Fleet(...names);
  const sources: Source[] = [];
  const { client } = fleet.client({
    balancer: (source) => {
      sources.push(source);
      const balancer = pickFirst(source);
      return {
        pick(options) {
          if (options?.key === "bad") throw new RangeError("No such key");
          return balancer.pick(options);
        },
        started: (instance) => balancer.started(instance),
        ended: (instance, latency, ok) => balancer.ended(instance, latency, ok),
      };
    },
  });
  await client.get("x");
  await client.put("x");
  assertEquals(sources.length, 1);
  fleet.all[0]!.kill();
  const connected = sources[0]!.snapshot.instances.map(({ id }) => id);
  assertEquals(connected, names.slice(1), "It sees those alone that are connected");
  const bad = watched(client.get("x", { hashKey: "bad" }));
  await fleet.clock.settle();
  assertEquals(bad.error.message, "No such key");
});

Deno.test("select: only some instances are connected", async () => {
  await using fleet = new Fleet(...names);
  const { client } = fleet.client({ select: (source) => subset(source, { client: "w", size: 2 }) });
  await client.get("x");
  await fleet.clock.settle();
  assertEquals(fleet.all.filter(({ dialled }) => dialled > 0).length, 2);
});

Deno.test("With p2c a node that becomes slow has lost nine tenths of its calls within a second", async () => {
  await using fleet = new Fleet(...names);
  let seed = 3;
  fleet.random = () => (seed = seed * 48271 % 0x7fffffff) / 0x7fffffff;
  const { clock } = fleet;
  const { client } = fleet.client({ lb: "p2c" });
  const latency = new Map(names.map((name) => [name, 5]));
  for (const server of fleet.all) {
    server.handle = (exchange) => {
      clock.timer(clock.now() + latency.get(server.name)!, () => exchange.reply());
    };
  }
  const load = async (ms: number) => {
    for (let time = 0; time < ms; time++) {
      client.get("x").catch(() => {});
      await clock.advance(1);
    }
  };
  await load(500);
  shares(fleet);
  await load(500);
  const before = shares(fleet)[2]!;
  assertGreater(before, 20);
  latency.set(names[2]!, 500);
  await load(1000);
  shares(fleet);
  await load(500);
  const after = shares(fleet)[2]!;
  assertLess(after, before / 10, `${before} calls before, ${after} after`);
});

Deno.test("outliers: an instance that fails is left out; an error that is the caller's does not count", async () => {
  await using fleet = new Fleet(...names);
  const { client } = fleet.client({ outliers: { consecutiveFailures: 3 }, retry: false });
  await client.get("warm");
  await fleet.clock.settle();
  const [bad, picky] = [fleet.all[0]!, fleet.all[1]!];
  bad.handle = (exchange) => exchange.fail("INTERNAL");
  picky.handle = (exchange) => exchange.fail("NOT_FOUND");
  for (let i = 0; i < 50; i++) await client.put("x").catch(() => {});
  shares(fleet);
  for (let i = 0; i < 50; i++) await client.put("x").catch(() => {});
  const left = shares(fleet);
  assertEquals(left[0], 0);
  assertGreater(left[1]!, 5);
});

Deno.test("What a user's balancer throws when it is told of calls, or a choice throws, costs no call", async () => {
  await using fleet = new Fleet(...names);
  let thrown = 0;
  const fails = () => {
    throw new Error(`Mine ${++thrown}`);
  };
  const reported: string[] = [];
  const report = (event: ErrorEvent) => {
    event.preventDefault();
    reported.push(event.error.message);
  };
  addEventListener("error", report);
  const { client } = fleet.client({
    balancer: (source) => {
      const balancer = pickFirst(source);
      return { pick: (options) => balancer.pick(options), started: fails, ended: fails };
    },
  });
  assertEquals(await client.put("x"), "x");
  removeEventListener("error", report);
  assertEquals(reported, ["Mine 1", "Mine 2"]);
  const errors: string[] = [];
  const { client: choosing } = fleet.client({
    select: fails,
    logger: { error: (message) => errors.push(message) },
  });
  const call = watched(choosing.put("x"));
  await fleet.clock.settle();
  assertEquals([call.now, call.error.cause.message], ["UNAVAILABLE", "Mine 3"]);
  assertEquals(errors, ['The option "select" has thrown: Mine 3']);
});

Deno.test("A logger that throws costs nothing but a report", async () => {
  await using fleet = new Fleet(names[0]!);
  let reported = 0;
  const report = (event: ErrorEvent) => {
    event.preventDefault();
    reported++;
  };
  addEventListener("error", report);
  const throws = () => {
    throw new Error("Mine");
  };
  const { client } = fleet.client({ logger: { debug: throws, info: throws, warn: throws } });
  assertEquals(await client.put("x"), "x");
  fleet.all[0]!.kill();
  await fleet.clock.advance(1_000);
  removeEventListener("error", report);
  assertGreater(reported, 2);
});
