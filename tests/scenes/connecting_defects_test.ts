/**
 * What the C client gets wrong on the way to a server and on its connection, those of it that no
 * other scene has: each test names the place in zookeeper.c, or the issue.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readConnectRequest } from "../requests.ts";
import { OpCode } from "../../src/proto/constants.ts";
import { writeStat } from "../../src/proto/stat.ts";
import { aset, asetACL, OPEN_ACL_UNSAFE, server, session, state } from "../../src/st.ts";
import { pong, reply, someStat } from "../scripted.ts";
import { accept, connect, start, T } from "./scene.ts";

// ZOOKEEPER-2466: each failure advances the list twice; with an even number of servers the one that
// lives may never have its turn.
Deno.test("with any number of servers, the one that lives has its turn in the first round", async () => {
  for (let count = 2; count <= 9; count++) {
    for (let living = 1; living <= count; living++) {
      const list = Array.from({ length: count }, (_, i) => `10.0.0.${i + 1}:${i + 1}`);
      const scene = await start({}, list.join(","), "refuse");
      assertEquals(scene.world.dials, list);
      scene.world.answer = ({ port }) => port === living ? "accept" : "refuse";
      await scene.world.clock.advance(T / 60);
      const round = scene.world.dials.slice(count);
      assertEquals(round, list.slice(0, living), "the second round ends with the one that lives");
      await accept(scene);
      assertEquals(server(scene.zh)!.port, living);
    }
  }
});

// ZOOKEEPER-4210 and its like: a write that fails outside zookeeper_process leaves the state at 999,
// tells nobody, and callbacks wait for the close.
Deno.test("a write that fails is a lost connection: told at once, completions and all", async () => {
  const { zh, world, codes, events } = await connect();
  world.wire.write = () => Promise.reject(new Error("Broken pipe"));
  const seen: unknown[] = [];
  aset(zh, "/a", "x", -1, (rc) => void seen.push(rc, events.at(-1)!.state));
  await world.clock.settle();
  assertEquals([seen, codes, state(zh)], [[-4, "CONNECTING"], [-4], "CONNECTING"]);
  assert(world.wires[0]!.closed);
});

// check_events: a length from the wire is not looked at; 0 ends in -2, one too long in a wait.
Deno.test("a frame without a header costs the connection at once, before and after the handshake", async () => {
  const frames = [[0, 0, 0, 0], [0, 0, 0, 5, 1, 2, 3, 4, 5]];
  for (const bytes of frames) {
    const { world, codes, lines } = await connect();
    world.wire.push(Uint8Array.from(bytes));
    await world.clock.settle();
    assertEquals([codes, world.wire.closed], [[-4], true]);
    assertStringIncludes(lines.join(), "cannot be read");
  }
  for (const bytes of [...frames, [0x7f, 0xff, 0xff, 0xff], [0x80, 0, 0, 0]]) {
    const scene = await start({}, "10.0.0.1:1,10.0.0.2:2");
    scene.world.wire.push(Uint8Array.from(bytes));
    await scene.world.clock.settle();
    assertEquals([scene.codes, scene.world.dials.length], [[-4], 2]);
  }
});

// A timeout of 0 for a new session, as a server without quorum sends it, is adopted as T.
Deno.test("a refused session leaves no trace: not its timeout, not its id", async () => {
  const scene = await start({}, "10.0.0.1:1,10.0.0.2:2");
  await accept(scene, { timeout: 0, sessionId: 0n });
  assertEquals(session(scene.zh), null);
  const asked = readConnectRequest(scene.world.wire.takeFrames()[0]!);
  assertEquals([asked.timeout, asked.sessionId], [T, 0n]);
});

// No brackets, so that an IPv6 address cannot stand before a port (getaddrs, strrchr).
Deno.test("an IPv6 address is dialled as it is, and looked up nowhere", async () => {
  const scene = await start({}, "[::1]:2182,[2001:db8::7]", "refuse");
  assertEquals(scene.world.dials, ["::1:2182", "2001:db8::7:2181"]);
  assertEquals(scene.world.lookups, []);
});

// zoo_aset_acl throws the Stat of its reply away.
Deno.test("asetACL() gives the Stat", async () => {
  const { zh, world } = await connect();
  const seen: unknown[] = [];
  asetACL(zh, "/a", -1, OPEN_ACL_UNSAFE, (rc, stat) => void seen.push(rc, stat));
  await world.clock.settle();
  const [request] = world.wire.take();
  assertEquals(request!.type, OpCode.setACL);
  world.wire.push(reply(request!.xid, (to) => writeStat(to, someStat)));
  await world.clock.settle();
  assertEquals(seen, [0, someStat]);
});

// Ping latency there is a time of day less a monotonic one.
Deno.test("a wall clock that is set means nothing: time is the platform's, and monotonic", async () => {
  const wall = Date.now;
  try {
    const { zh, world, codes } = await connect();
    Date.now = () => wall() + 3_600_000;
    await world.clock.advance(T / 3);
    world.wire.push(pong());
    await world.clock.settle();
    assertEquals([codes, state(zh)], [[], "CONNECTED"]);
  } finally {
    Date.now = wall;
  }
});
