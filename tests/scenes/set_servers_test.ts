/** Another list of servers for a session that goes on: setServers(), and names that have moved. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { ZooKeeper } from "../../mod.ts";
import { readConnectRequest } from "../requests.ts";
import {
  aget,
  aset,
  close,
  type HandleOptions,
  interest,
  process,
  server,
  setServers,
  state,
} from "../../src/st.ts";
import { answerAll, pong, Scripted } from "../scripted.ts";
import { accept, drive, make, type Scene, start, T } from "./scene.ts";

const [a, b, c] = ["10.0.0.1:1", "10.0.0.2:2", "10.0.0.3:3"] as const;

/** A session that is with the first of `servers`. */
async function connectedTo(servers: string, options: HandleOptions = {}): Promise<Scene> {
  const scene = await start(options, servers);
  await accept(scene);
  return scene;
}

// C closes the socket and forgets the rest: pending requests hang, no CONNECTING is told, and a late
// reply meets the next connection's requests (zookeeper.c, update_addrs).
Deno.test("a session that moves fails what is pending, tells CONNECTING, and reconnects once", async () => {
  const scene = await connectedTo(a);
  const { zh, world } = scene;
  const seen: unknown[] = [];
  aget(zh, "/sent", null, (rc) => void seen.push("sent", rc, scene.events.at(-1)!.state));
  await world.clock.settle();
  const old = world.wire;
  aset(zh, "/unsent", null, -1, (rc) => void seen.push("unsent", rc));
  setServers(zh, b);
  assertEquals([seen, state(zh)], [[], "CONNECTED"], "nothing happens in the call");
  await world.clock.settle();
  assertEquals(seen, ["sent", -4, "CONNECTING", "unsent", -4]);
  assertEquals([old.closed, world.dials], [true, [a, b]]);
  aget(zh, "/next", null, (rc) => void seen.push("next", rc));
  const asked = readConnectRequest(world.wire.takeFrames()[0]!);
  assertEquals(asked.sessionId, 7n, "the session is the same");
  await accept(scene);
  world.wire.push(...answerAll(world.wire.take()));
  await world.clock.settle();
  assertEquals(seen.slice(5), ["next", 0]);
  assertEquals(scene.events.map((event) => event.state), ["CONNECTED", "CONNECTING", "CONNECTED"]);
  assertEquals([scene.codes, server(zh)!.port], [[-4], 2]);
});

Deno.test("a session that has lived for long moves at once, too", async () => {
  const scene = await connectedTo(a);
  for (let i = 0; i < 4; i++) {
    await scene.world.clock.advance(T / 3);
    scene.world.wire.push(pong());
  }
  await scene.world.clock.settle();
  setServers(scene.zh, `${b},${c}`);
  await scene.world.clock.settle();
  assertEquals(scene.world.dials, [a, b]);
});

Deno.test("a session whose server is in the new list stays, unless chance has it lower the load", async () => {
  // One of three is new: of the sessions with an old one a third leaves, for the new one.
  for (const [random, dials] of [[0.34, [a]], [0.33, [a, c]]] as const) {
    const scene = await connectedTo(`${a},${b}`);
    const seen: number[] = [];
    aget(scene.zh, "/a", null, (rc) => void seen.push(rc));
    scene.world.randoms = [random];
    setServers(scene.zh, `${a},${b},${c}`);
    await scene.world.clock.settle();
    assertEquals([scene.world.dials, seen], [dials, random < 1 / 3 ? [-4] : []]);
  }
});

Deno.test("the same list changes nothing, in whatever order it comes", async () => {
  const scene = await connectedTo(`${a},${b}`);
  scene.world.randoms = [0];
  for (const list of [`${a},${b}`, `${b},${a}`, ` ${b} , ${a} `]) setServers(scene.zh, list);
  await scene.world.clock.settle();
  assertEquals([scene.world.dials, scene.codes], [[a], []]);
});

// C's addrvec_contains looks at the address alone.
Deno.test("the same address with another port is another server", async () => {
  const scene = await connectedTo("10.0.0.1:1");
  setServers(scene.zh, "10.0.0.1:2");
  await scene.world.clock.settle();
  assertEquals(scene.world.dials, ["10.0.0.1:1", "10.0.0.1:2"]);
});

// In C a bad string makes every later interest() fail.
Deno.test("a bad list throws and changes nothing", async () => {
  const scene = await connectedTo(`${a},${b}`);
  for (const list of ["", "10.0.0.3:99999", "a b", "zoo://a", `${c},`, 7 as never]) {
    assertThrows(() => setServers(scene.zh, list), TypeError, "connect string");
  }
  await scene.world.clock.settle();
  assertEquals(scene.codes, []);
  scene.world.wire.end();
  await scene.world.clock.advance(T / 60);
  assertEquals(scene.world.dials, [a, b]);
});

Deno.test("a chroot may be repeated, and not be changed", async () => {
  const plain = await connectedTo(a);
  assertThrows(() => setServers(plain.zh, `${b}/app`), TypeError, `has the chroot "/app", but`);
  setServers(plain.zh, `${a},${b}/`);
  const { zh } = await connectedTo(`${a}/app`);
  assertThrows(() => setServers(zh, `${b}/other`), TypeError, `its own, which is "/app"`);
  assertThrows(() => setServers(zh, `${b}/`), TypeError, `has the chroot "/"`);
  setServers(zh, `${a},${b}/app`);
  setServers(zh, `${a},${c}`);
});

Deno.test("a list set while a dial hangs calls that off; one set in a pause ends the pause", async () => {
  const hanging = await start({}, a, "hang");
  setServers(hanging.zh, b);
  await hanging.world.clock.settle();
  assertEquals([hanging.world.dials, hanging.events], [[a, b], []]);

  const pausing = await start({}, a, "refuse");
  await pausing.world.clock.advance(10 * T);
  const before = pausing.world.dials.length;
  setServers(pausing.zh, b);
  await pausing.world.clock.settle();
  assertEquals(pausing.world.dials.slice(before), [b]);
});

Deno.test("a list set before the first dial counts; one set after the end does no harm", async () => {
  const scene = make({}, a);
  setServers(scene.zh, b);
  process(scene.zh, 0);
  assertEquals(scene.world.dials, [b]);
  const world = new Scripted();
  const zk = new ZooKeeper(a, { platform: world });
  zk.setServers(b);
  const closing = zk.close();
  await world.clock.settle();
  await closing;
  zk.setServers(c);
  assertEquals([world.dials, zk.state], [[], "CLOSED"]);
});

Deno.test("names of a new list are looked up while the connection goes on", async () => {
  const scene = await connectedTo(a);
  const { zh, world } = scene;
  world.names = { zoo: "hang" };
  setServers(zh, "zoo:5");
  const seen: number[] = [];
  // At this time, so that no ping is due when the lookup's time is over.
  await world.clock.advance(1000);
  aget(zh, "/a", null, (rc) => void seen.push(rc));
  await world.clock.settle();
  world.wire.push(...answerAll(world.wire.take()));
  await world.clock.settle();
  assertEquals([seen, world.lookups], [[0], ["zoo"]]);
  // It is given up, and the connection stays: no server of the new list is known.
  await world.clock.advance(T / 3);
  world.wire.push(pong());
  const line = "warn Cannot resolve zoo: no answer in time";
  await world.clock.advance(T / 3 - 1001);
  assert(!scene.lines.includes(line));
  await world.clock.advance(1);
  assertEquals([state(zh), world.dials], ["CONNECTED", [a]]);
  assert(scene.lines.includes(line));
  world.names = { zoo: ["10.0.0.5", "10.0.0.6"] };
  world.wire.end();
  await world.clock.advance(T / 60);
  assertEquals(world.dials, [a, "10.0.0.5:5"]);
});

Deno.test("a name of the new list that cannot be resolved keeps the addresses it had", async () => {
  const scene = make({}, "zoo:1");
  scene.world.names = { zoo: ["10.0.0.1"] };
  const other = await startWith(scene);
  await accept(other);
  other.world.names = {};
  setServers(other.zh, `${b},zoo:1`);
  other.world.randoms = [0.9];
  await other.world.clock.settle();
  assertEquals([other.world.dials, state(other.zh)], [[a], "CONNECTED"]);
});

// C resolves in every interest(), blocking; with DNS down no ping leaves and the session is lost.
Deno.test("while connected nothing is looked up, so that DNS may be down", async () => {
  const scene = make({}, "zoo:1");
  scene.world.names = { zoo: ["10.0.0.1"] };
  const { world, zh } = await startWith(scene);
  await accept(scene);
  world.names = { zoo: "hang" };
  for (let i = 0; i < 30; i++) {
    await world.clock.advance(T / 3);
    world.wire.push(pong());
  }
  await world.clock.settle();
  assertEquals([world.lookups, state(zh), scene.codes], [["zoo"], "CONNECTED", []]);
});

Deno.test("addresses that a name has gained are tried with the probabilities of a new list", async () => {
  // Two become three: a third of the sessions goes to the new one, the rest goes on in turn.
  for (const [random, next] of [[0.33, "10.0.0.3:1"], [0.34, "10.0.0.2:1"]] as const) {
    const scene = make({}, "zoo:1");
    const { world } = scene;
    world.names = { zoo: ["10.0.0.1", "10.0.0.2"] };
    await startWith(scene);
    await accept(scene);
    await world.clock.advance(T / 3);
    world.wire.push(pong());
    await world.clock.settle();
    world.names = { zoo: ["10.0.0.1", "10.0.0.2", "10.0.0.3"] };
    world.randoms = [random];
    world.wire.end();
    await world.clock.settle();
    assertEquals(world.dials, ["10.0.0.1:1", next]);
  }
});

Deno.test("a list set from a completion, and one set again before it is looked up, do no harm", async () => {
  const scene = await connectedTo(a);
  const { zh, world } = scene;
  aget(zh, "/a", null, () => {
    setServers(zh, b);
    setServers(zh, c);
    setServers(zh, `${a},${c}`);
  });
  world.randoms = [0.9];
  await world.clock.settle();
  world.wire.push(...answerAll(world.wire.take()));
  await world.clock.settle();
  assertEquals([world.dials, state(zh)], [[a], "CONNECTED"]);
  setServers(zh, b);
  close(zh);
  await world.clock.settle();
  world.wire.end();
  await world.clock.settle();
  assertEquals([state(zh), world.dials, world.clock.pending], ["CLOSED", [a], 0]);
  assertEquals(interest(zh).deadline, Infinity);
});

/** Drives a scene that was made by hand. */
async function startWith(scene: Scene): Promise<Scene> {
  drive(scene);
  await scene.world.clock.settle();
  return scene;
}
