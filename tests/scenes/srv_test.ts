/** "srv:name": DNS says where the servers are. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { ZooKeeper, ZooKeeperError } from "../../mod.ts";
import { aget, server, setServers, state } from "../../src/st.ts";
import { TestServer } from "../../src/testing/mod.ts";
import type { SrvRecord } from "../../src/types.ts";
import { answerAll, pong, Scripted } from "../scripted.ts";
import { accept, drive, make, type Scene, T } from "./scene.ts";

const service = "_zookeeper._tcp.example.org";

function record(target: string, port: number, priority = 0, weight = 0): SrvRecord {
  return { target, port, priority, weight };
}

/** A session on `srv:…`, as far as its first dial. */
async function start(
  records: Scripted["services"][string],
  names: Scripted["names"],
): Promise<Scene> {
  const scene = make({ shuffle: true }, `srv:${service}/app`);
  scene.world.services = { [service]: records };
  scene.world.names = names;
  drive(scene);
  await scene.world.clock.settle();
  return scene;
}

Deno.test("servers are looked up under the service, and their names in turn, with ports of their own", async () => {
  const scene = await start([record("b.", 7, 2), record("a", 5, 1), record("10.0.0.3", 9, 3)], {
    a: ["10.0.0.1", "::1"],
    b: ["10.0.0.2"],
  });
  const { world, zh } = scene;
  assertEquals(world.lookups, [`srv:${service}`, "a", "b"]);
  world.wire.end();
  await world.clock.settle();
  for (let i = 0; i < 2; i++) {
    world.wire.end();
    await world.clock.settle();
  }
  assertEquals(world.dials, ["10.0.0.1:5", "::1:5", "10.0.0.2:7", "10.0.0.3:9"]);
  await accept(scene);
  assertEquals(server(zh), { host: "10.0.0.3", address: "10.0.0.3", port: 9 });
  aget(zh, "/x", null, () => {});
  await world.clock.settle();
  assertEquals(world.wire.take().map(({ body }) => body.string()), ["/app/x"]);
});

Deno.test("the name that TLS needs is the server's, not the service's", async () => {
  const scene = await start([record("zoo1.example.org.", 5)], { "zoo1.example.org": ["10.0.0.1"] });
  await accept(scene);
  assertEquals(server(scene.zh), { host: "zoo1.example.org", address: "10.0.0.1", port: 5 });
});

Deno.test("weights say who is first how often, whatever shuffle does; priorities hold in each round", async () => {
  const records = [record("a", 1, 0, 30), record("b", 2, 0, 10), record("c", 3, 5, 999)];
  const names = { a: ["10.0.0.1"], b: ["10.0.0.2"], c: ["10.0.0.3"] };
  let first = 0;
  for (let seed = 1; seed <= 400; seed++) {
    const scene = make({ shuffle: true }, `srv:${service}`);
    const { world } = scene;
    Object.assign(world, { services: { [service]: records }, names });
    let state = seed * 7919;
    world.random = () => (state = state * 48271 % 0x7fffffff) / 0x7fffffff;
    world.answer = () => "refuse";
    drive(scene);
    await world.clock.settle();
    assertEquals(world.dials.length, 3);
    assertEquals(world.dials[2], "10.0.0.3:3");
    if (world.dials[0] === "10.0.0.1:1") first++;
  }
  assert(first > 270 && first < 330, `${first} of 400 are to be about 300`);
});

Deno.test("a session goes back to the servers of the least priority first, behind the one it lost", async () => {
  const scene = await start([record("a", 1, 1), record("b", 2, 1), record("c", 3, 2)], {
    a: ["10.0.0.1"],
    b: ["10.0.0.2"],
    c: ["10.0.0.3"],
  });
  const { world } = scene;
  const [first, second] = world.dials[0] === "10.0.0.1:1"
    ? ["10.0.0.1:1", "10.0.0.2:2"]
    : ["10.0.0.2:2", "10.0.0.1:1"];
  world.wire.end();
  await world.clock.settle();
  await accept(scene);
  assertEquals(world.dials, [first, second]);
  await world.clock.advance(T / 3);
  world.wire.push(pong());
  await world.clock.settle();
  world.answer = () => "refuse";
  world.wire.end();
  await world.clock.settle();
  assertEquals(world.dials.slice(2), [first, second, "10.0.0.3:3"]);
});

Deno.test("it is looked up anew for each round; while DNS fails, the servers found before are tried", async () => {
  const scene = await start([record("a", 1)], { a: ["10.0.0.1"] });
  const { world, lines } = scene;
  world.answer = () => "refuse";
  world.wire.end();
  await world.clock.settle();
  world.services = {};
  await world.clock.advance(T / 60);
  assertEquals(world.dials, ["10.0.0.1:1", "10.0.0.1:1"]);
  const line = `warn Cannot resolve srv:${service}: Unknown service ${service}`;
  assert(lines.includes(line), lines.join("\n"));
  // A server whose own name fails keeps its address; one that is gone is gone.
  world.services = { [service]: [record("a", 1), record("b", 2)] };
  world.names = { b: ["10.0.0.2"] };
  await world.clock.advance(T / 30);
  assertEquals(world.dials.slice(2).sort(), ["10.0.0.1:1", "10.0.0.2:2"]);
  assert(lines.includes("warn Cannot resolve a: Unknown host a"));
  world.services = { [service]: [record("b", 2)] };
  await world.clock.advance(T / 15);
  assertEquals(world.dials.slice(4), ["10.0.0.2:2"]);
});

Deno.test("connect() says what DNS has said, and that there is nothing", async () => {
  for (
    const [records, names, why] of [
      [undefined, {}, `srv:${service}: cannot resolve the name: Unknown service ${service}`],
      [[], {}, `srv:${service}: cannot resolve the name: DNS has no servers under this name`],
      [[record(".", 0)], {}, "DNS has no servers under this name, or does not tell"],
      ["hang", {}, `srv:${service}: cannot resolve the name: no answer in time`],
      [[record("a", 5)], {}, "a:5: cannot resolve the name: Unknown host a"],
      [[record("a", 5)], { a: ["10.0.0.1"] }, "a:5 (10.0.0.1): cannot connect: Connection refused"],
    ] as const
  ) {
    const world = new Scripted();
    world.answer = () => "refuse";
    if (records !== undefined) {
      world.services = { [service]: records === "hang" ? "hang" : [...records] };
    }
    world.names = names as Scripted["names"];
    const connecting = assertRejects(
      () => ZooKeeper.connect(`srv:${service}`, { platform: world, sessionTimeout: T }),
      ZooKeeperError,
    );
    await world.clock.advance(2 * T);
    const { message } = await connecting;
    assert(message.includes(why), message);
    assert(!message.includes("no answer yet"), message);
    assertEquals(world.clock.pending, 0);
  }
});

Deno.test("connect() says nothing of a lookup that failed before one that did not", async () => {
  const world = new Scripted();
  world.answer = () => "refuse";
  const connecting = assertRejects(
    () => ZooKeeper.connect(`srv:${service}`, { platform: world, sessionTimeout: T }),
    ZooKeeperError,
  );
  await world.clock.settle();
  world.services = { [service]: [record("10.0.0.1", 5)] };
  await world.clock.advance(2 * T);
  const { message } = await connecting;
  assert(message.endsWith("ms: 10.0.0.1:5: cannot connect: Connection refused"), message);
});

Deno.test("a platform that cannot look up services is told of", async () => {
  const { connect, resolve, clock, random } = new Scripted();
  const platform = { connect, resolve, clock, random };
  const failed = assertRejects(
    () => ZooKeeper.connect(`srv:${service}`, { platform, timeout: 100 }),
    ZooKeeperError,
    "the platform has no resolveSrv",
  );
  await clock.advance(100);
  await failed;
});

Deno.test("setServers() takes a service, and the session moves as with any other list", async () => {
  const scene = await start([record("a", 1)], { a: ["10.0.0.1"], b: ["10.0.0.2"] });
  await accept(scene);
  const { zh, world } = scene;
  setServers(zh, `srv:${service}/app`);
  await world.clock.settle();
  assertEquals(world.lookups.length, 2, "the same changes nothing");
  world.services["_other._tcp"] = [record("b", 2)];
  setServers(zh, "srv:_other._tcp");
  await world.clock.settle();
  assertEquals([world.dials.at(-1), scene.codes], ["10.0.0.2:2", [-4]]);
  await accept(scene);
  world.wire.push(...answerAll(world.wire.take()));
  assertEquals(state(zh), "CONNECTED");
});

Deno.test("a server in memory is found under any service", async () => {
  await using server = new TestServer();
  const { platform } = server;
  await using zk = await ZooKeeper.connect(`srv:${service}`, { platform });
  assertEquals(zk.server?.host, service);
});
