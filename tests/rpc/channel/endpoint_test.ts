/** Connections of a channel: made, lost, made again, and what calls have of that. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Fleet, watched } from "../fake_servers.ts";

const [a, b] = ["10.0.0.1:8000", "10.0.0.2:8000"] as const;

Deno.test("Nothing is connected before the first call, and then all are", async () => {
  await using fleet = new Fleet(a, b);
  const { client, channel } = fleet.client();
  await fleet.clock.advance(1000);
  assertEquals(fleet.all.map(({ dialled }) => dialled), [0, 0]);
  await client.get("x");
  await fleet.clock.settle();
  assertEquals(fleet.all.map(({ dialled }) => dialled), [1, 1]);
  for (let i = 0; i < 10; i++) await client.get("x");
  assertEquals(fleet.all.map(({ dialled }) => dialled), [1, 1], "One connection each");
  assert(fleet.all.every(({ calls }) => calls.length >= 5));
  assertEquals(channel.stats().endpoints, [
    { address: a, state: "READY", inFlight: 0, error: null },
    { address: b, state: "READY", inFlight: 0, error: null },
  ]);
});

Deno.test("Only instances that are connected get calls", async () => {
  await using fleet = new Fleet(a, b);
  fleet.at(b).dials = "hang";
  const { client } = fleet.client();
  for (let i = 0; i < 10; i++) await client.put("x");
  assertEquals(fleet.at(a).calls.length, 10);
});

Deno.test("Calls wait while the first connection is made, and fail at once where none can be", async () => {
  await using fleet = new Fleet(a, b);
  const { client, channel } = fleet.client();
  for (const server of fleet.all) server.dials = "refuse";
  const waited = watched(client.put("x"));
  assertEquals(channel.stats().waiting, 1);
  await fleet.clock.settle();
  assertEquals([waited.now, waited.error.sent], ["UNAVAILABLE", false]);
  assertStringIncludes(waited.error.message, `${a}: Connection refused; ${b}: Connection refused`);
  assertEquals(channel.state, "TRANSIENT_FAILURE");
  const atOnce = watched(client.put("x"));
  const patient = watched(client.put("y", { waitForReady: true, timeout: 20_000 }));
  const late = watched(client.put("z", { waitForReady: true, timeout: 50 }));
  await fleet.clock.settle();
  assertEquals([atOnce.now, patient.now], ["UNAVAILABLE", "waiting"]);
  await fleet.clock.advance(60);
  assertEquals(late.now, "DEADLINE_EXCEEDED");
  assertStringIncludes(late.error.message, "Connection refused");
  fleet.at(b).dials = "accept";
  await fleet.clock.advance(200);
  assertEquals(patient.now, "done");
});

Deno.test("Attempts to connect come after 100 ms, then 1.6 times that, up to 10 s", async () => {
  await using fleet = new Fleet(a);
  const { client } = fleet.client();
  const server = fleet.at(a);
  server.dials = "refuse";
  client.put("x").catch(() => {});
  await fleet.clock.advance(60_000);
  const times = server.dialTimes;
  const pauses = times.slice(1).map((time, i) => time - times[i]!);
  assertEquals(pauses.slice(0, 4).map(Math.round), [100, 160, 256, 410]);
  assertEquals(pauses.at(-1), 10_000);
});

Deno.test("The pauses vary by a fifth", async () => {
  for (const [random, pause] of [[0, 80], [1, 120]] as const) {
    await using fleet = new Fleet(a);
    fleet.random = () => random;
    const { client } = fleet.client();
    fleet.at(a).dials = "refuse";
    client.put("x").catch(() => {});
    await fleet.clock.advance(pause - 1);
    assertEquals(fleet.at(a).dialled, 1);
    await fleet.clock.advance(2);
    assertEquals(fleet.at(a).dialled, 2);
  }
});

Deno.test("A connection that has lasted is made again at once when it is lost, one that has not after a pause", async () => {
  await using fleet = new Fleet(a);
  const { client } = fleet.client();
  const server = fleet.at(a);
  await client.put("x");
  await fleet.clock.advance(5_000);
  for (const connection of server.connections) connection.lose("Reset");
  await fleet.clock.settle();
  assertEquals(server.dialled, 2);
  assertEquals(await client.put("y"), "y");
  // It accepts and closes, again and again.
  for (let round = 0; round < 100; round++) {
    for (const connection of server.connections) connection.lose("Reset");
    await fleet.clock.advance(100);
  }
  assert(server.dialled < 20, `${server.dialled} dials in ten seconds`);
});

Deno.test("While a lost connection is made again, calls wait for it", async () => {
  await using fleet = new Fleet(a);
  const { client } = fleet.client();
  await client.put("x");
  await fleet.clock.advance(5_000);
  for (const connection of fleet.at(a).connections) connection.lose("Reset");
  const call = watched(client.put("y"));
  await fleet.clock.settle();
  assertEquals(call.now, "done");
});

Deno.test("That an instance could not be reached once is no matter after it was", async () => {
  await using fleet = new Fleet(a);
  const { client } = fleet.client();
  const server = fleet.at(a);
  server.dials = "refuse";
  const refused = watched(client.put("x"));
  await fleet.clock.settle();
  assertEquals(refused.now, "UNAVAILABLE");
  server.dials = "accept";
  await fleet.clock.advance(5_000);
  assertEquals(await client.put("y"), "y");
  server.dials = "hang";
  for (const connection of server.connections) connection.lose("Reset");
  const waits = watched(client.put("z"));
  await fleet.clock.advance(1_000);
  assertEquals(waits.now, "waiting");
});

Deno.test("Connecting ends after its timeout", async () => {
  await using fleet = new Fleet(a);
  fleet.at(a).dials = "hang";
  const { client } = fleet.client();
  const call = watched(client.put("x"));
  await fleet.clock.advance(2_999);
  assertEquals(call.now, "waiting");
  await fleet.clock.advance(2);
  assertEquals(call.now, "UNAVAILABLE");
  assertStringIncludes(call.error.message, "No connection within 3000 ms");
});

Deno.test("A name's addresses are tried in turn, the next one while one hangs", async () => {
  await using fleet = new Fleet("10.0.0.1:80", "10.0.0.2:80", "[::2]:80");
  fleet.names["host"] = ["10.0.0.1", "10.0.0.2", "::2"];
  fleet.at("10.0.0.1:80").dials = "refuse";
  fleet.at("10.0.0.2:80").dials = "hang";
  const { client, channel } = fleet.client({ target: "static:host:80" });
  const call = watched(client.put("x"));
  await fleet.clock.advance(249);
  assertEquals([call.now, fleet.at("10.0.0.2:80").dialled], ["waiting", 1]);
  await fleet.clock.advance(1);
  assertEquals([call.now, fleet.at("[::2]:80").calls.length], ["done", 1]);
  assertEquals(channel.stats().endpoints.map(({ address }) => address), ["host:80"]);
});

Deno.test("A name that cannot be resolved, or has no address, is a failure like another", async () => {
  await using fleet = new Fleet(a);
  fleet.names["empty"] = [];
  const none = watched(fleet.client({ target: "static:nowhere:80" }).client.put("x"));
  const empty = watched(fleet.client({ target: "static:empty:80" }).client.put("x"));
  await fleet.clock.settle();
  assertStringIncludes(none.error.message, "Unknown host nowhere");
  assertStringIncludes(empty.error.message, "empty has no address");
});

Deno.test("After a GOAWAY calls under way end there, and new ones go to a new connection", async () => {
  await using fleet = new Fleet(a);
  const { client } = fleet.client();
  const server = fleet.at(a);
  await client.put("warm");
  await fleet.clock.advance(1_000);
  server.handle = () => {};
  const old = watched(client.put("old"));
  await fleet.clock.settle();
  const [connection] = server.connections;
  connection!.goAway();
  server.handle = (exchange) => exchange.reply();
  const fresh = watched(client.put("fresh"));
  await fleet.clock.settle();
  assertEquals([old.now, fresh.now, server.connections.size], ["waiting", "done", 2]);
  server.calls[1]!.reply();
  await fleet.clock.settle();
  assertEquals([old.now, server.connections.size], ["done", 1]);
});

Deno.test("A connection that is full is waited for; others are taken meanwhile", async () => {
  await using fleet = new Fleet(a, b);
  const { client, channel } = fleet.client({ maxWaiting: 2 });
  await client.put("warm");
  await fleet.clock.settle();
  for (const server of fleet.all) server.room = 2, server.handle = () => {};
  const calls = [1, 2, 3, 4, 5, 6, 7].map((i) => watched(client.put(String(i))));
  await fleet.clock.settle();
  const { waiting, endpoints } = channel.stats();
  assertEquals([waiting, ...endpoints.map(({ inFlight }) => inFlight)], [2, 2, 2]);
  assertEquals(calls[6]!.now, "RESOURCE_EXHAUSTED", "No more than maxWaiting");
  assertEquals(fleet.at(a).dialled, 1, "A full one is not replaced");
  for (const exchange of fleet.order) exchange.reply();
  await fleet.clock.settle();
  assertEquals(fleet.order.slice(-2).map(({ text }) => text), ["5", "6"], "In their order");
  for (const exchange of fleet.order) exchange.reply();
  await fleet.clock.settle();
  assertEquals(calls.slice(0, 6).map(({ now }) => now), Array(6).fill("done"));
});

Deno.test("A connection that closes for want of calls is made again for the next one", async () => {
  await using fleet = new Fleet(a);
  const { client, channel } = fleet.client();
  await client.put("x");
  for (const connection of fleet.at(a).connections) connection.lose("Idle", null);
  await fleet.clock.advance(10_000);
  assertEquals([channel.state, fleet.at(a).dialled], ["IDLE", 1]);
  assertEquals(await client.put("y"), "y");
  assertEquals(fleet.at(a).dialled, 2);
});

Deno.test("A thousand kills at random leave no call and no timer behind", async () => {
  await using fleet = new Fleet(a, b, "10.0.0.3:8000");
  const { client, channel } = fleet.client({ hedging: { delay: 5 } });
  let seed = 7;
  const random = () => (seed = seed * 48271 % 0x7fffffff) / 0x7fffffff;
  let settled = 0;
  for (const server of fleet.all) {
    server.handle = (exchange) => {
      fleet.clock.timer(fleet.clock.now() + random() * 20, () => exchange.reply());
    };
  }
  let made = 0;
  for (let kill = 0; kill < 1000; kill++) {
    for (let i = 0; i < 5; i++) {
      made++;
      client.get("x", { timeout: 10 + random() * 1000 }).catch(() => {}).finally(() => settled++);
    }
    await fleet.clock.advance(random() * 10);
    const server = fleet.all[Math.floor(random() * 3)]!;
    if (random() < 0.3) server.dials = server.dials === "accept" ? "refuse" : "accept";
    for (const connection of [...server.connections]) {
      if (random() < 0.5) connection.lose("Killed", new Error("Killed"), random() < 0.5);
      else connection.goAway();
    }
  }
  await fleet.clock.advance(2_000);
  assertEquals([settled, channel.stats().active, channel.stats().waiting], [made, 0, 0]);
  await channel.close();
  await fleet.clock.advance(100);
  assertEquals(fleet.clock.pending, 0);
  for (const server of fleet.all) assertEquals(server.connections.size, 0);
});

Deno.test("A channel that is closed while it connects leaves nothing behind", async () => {
  await using fleet = new Fleet(a);
  fleet.at(a).dials = "hang";
  const { client, channel } = fleet.client();
  const call = watched(client.put("x"));
  await fleet.clock.settle();
  await channel.close();
  await fleet.clock.settle();
  assertEquals([call.now, call.error.sent], ["CANCELLED", false]);
  assertEquals(fleet.clock.pending, 0);
});
