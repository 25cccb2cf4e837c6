/** The way to a server, and back to one: rounds, pauses, deadlines, refusals, expiry. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ZooKeeper, ZooKeeperError } from "../../mod.ts";
import { readConnectRequest } from "../requests.ts";
import { aget, closed, session, sessionTimeout, state } from "../../src/st.ts";
import { connectResponse, frame, pong, reply, Scripted } from "../scripted.ts";
import { accept, connect, start, T } from "./scene.ts";

const three = "10.0.0.1:1,10.0.0.2:2,10.0.0.3:3";

Deno.test("every server is dialled once per round, then comes a pause that doubles up to its cap", async () => {
  const { world, zh } = await start({}, three, "refuse");
  const round = ["10.0.0.1:1", "10.0.0.2:2", "10.0.0.3:3"];
  assertEquals(world.dials, round);
  // Jitter 0.5: three quarters of T/60, doubling, up to T/3.
  for (const pause of [112, 225, 450, 900, 1800, 2250, 2250]) {
    const before = world.dials.length;
    await world.clock.advance(pause - 1);
    assertEquals(world.dials.length, before, `after ${pause - 1} ms`);
    await world.clock.advance(1);
    assertEquals(world.dials.slice(before), round);
  }
  assertEquals(state(zh), "CONNECTING");
});

Deno.test("a dial and its handshake have T / number of servers, and 2/3 T at most", async () => {
  const { world, codes } = await start({}, three, "hang");
  await world.clock.advance(T / 3 - 1);
  assertEquals(world.dials.length, 1);
  await world.clock.advance(1);
  assertEquals([world.dials.length, codes], [2, [-7]]);

  const one = await start({}, "10.0.0.1:1", "accept");
  await one.world.clock.advance(T * 2 / 3 - 1);
  assertEquals([state(one.zh), one.codes], ["ASSOCIATING", []]);
  await one.world.clock.advance(1);
  assertEquals([one.codes, one.world.wire.closed], [[-7], true]);
});

Deno.test("a transport that comes after its dial was given up is closed", async () => {
  const { world, zh } = await start({}, three, "hang");
  const late: { closed: boolean }[] = [];
  world.connect = () => {
    const wire = {
      closed: false,
      read: never,
      write: never,
      close: () => void (wire.closed = true),
    };
    late.push(wire);
    return new Promise((resolve) => world.clock.timer(world.clock.now() + T, () => resolve(wire)));
  };
  const never = () => new Promise<number>(() => {});
  await world.clock.advance(T / 3);
  await world.clock.advance(2 * T);
  assertEquals([late[0]!.closed, state(zh)], [true, "CONNECTING"]);
});

Deno.test("names are resolved to all addresses, anew for each round; one that does not is skipped", async () => {
  const { world, lines } = await start({}, "zoo:2181,10.0.0.9:1,gone:5", "refuse");
  world.names = { zoo: ["10.0.0.1", "10.0.0.2"] };
  await world.clock.advance(T / 60);
  assertEquals(world.lookups.slice(0, 4), ["zoo", "gone", "zoo", "gone"]);
  assertEquals(world.dials, ["10.0.0.9:1", "10.0.0.1:2181", "10.0.0.2:2181", "10.0.0.9:1"]);
  assert(lines.includes("warn Cannot resolve gone: Unknown host gone"));
});

Deno.test("a lookup that hangs does not keep the others from being dialled", async () => {
  const { world } = await start({}, "slow:1,10.0.0.9:1", "refuse");
  world.names = { slow: "hang" };
  await world.clock.advance(T / 60);
  const before = world.dials.length;
  await world.clock.advance(T * 2 / 3);
  assert(world.dials.length > before);
});

Deno.test("an established connection that is lost goes on with the next server at once", async () => {
  const scene = await start({}, three);
  await accept(scene);
  await scene.world.clock.advance(T / 3);
  scene.world.wire.push(pong());
  await scene.world.clock.settle();
  scene.world.wire.end();
  await scene.world.clock.settle();
  assertEquals(scene.world.dials, ["10.0.0.1:1", "10.0.0.2:2"]);
});

Deno.test("a server that accepts and hangs up again and again is paused for, too", async () => {
  const scene = await start({}, "10.0.0.1:1");
  for (let i = 0; i < 20; i++) {
    if (!scene.world.wire.closed) {
      await accept(scene);
      scene.world.wire.end();
    }
    await scene.world.clock.advance(500);
  }
  assert(scene.world.dials.length <= 9, `${scene.world.dials.length} dials in 10 s`);
});

Deno.test("a server that grants a millisecond does not make the session spin", async () => {
  const scene = await start({}, "10.0.0.1:1");
  const { world } = scene;
  for (let i = 0; i < 200; i++) {
    if (!world.wire.closed) await accept(scene, { timeout: 1 });
    await world.clock.advance(1);
  }
  assert(world.dials.length <= 50, `${world.dials.length} dials in 200 ms`);
});

Deno.test("a reconnect asks for the same session, with the timeout asked for at first (zookeeper.c:3047)", async () => {
  const scene = await connect({}, { timeout: 6000, sessionId: 99n });
  assertEquals([sessionTimeout(scene.zh), session(scene.zh)!.id], [6000, 99n]);
  aget(scene.zh, "/a", null, () => {});
  await scene.world.clock.settle();
  const [request] = scene.world.wire.take();
  scene.world.wire.push(reply(request!.xid, undefined, -101, 77n));
  await scene.world.clock.settle();
  scene.world.wire.end();
  await scene.world.clock.advance(T / 60);
  const [asked] = scene.world.wire.takeFrames();
  assertEquals(readConnectRequest(asked!), {
    protocolVersion: 0,
    lastZxidSeen: 77n,
    timeout: T,
    sessionId: 99n,
    password: new Uint8Array(16).fill(1),
    readOnly: false,
  });
  await accept(scene, { sessionId: 99n });
  assertEquals(scene.events.map(({ state }) => state), ["CONNECTED", "CONNECTING", "CONNECTED"]);
});

Deno.test("expiry is told, fails what is pending, sent or not, and ends the session", async () => {
  const ways = [{ timeout: 0, sessionId: 0n }, { timeout: 9000, sessionId: 8n }];
  for (const grant of ways) {
    const scene = await connect();
    const { zh, world } = scene;
    world.wire.end();
    await world.clock.advance(T / 60);
    const seen: unknown[] = [];
    aget(zh, "/a", null, (rc) => void seen.push(rc, scene.events.at(-1)!.state));
    await accept(scene, grant);
    assertEquals(seen, [-112, "EXPIRED_SESSION"]);
    assertEquals(scene.codes, [-4, -112]);
    assertEquals([state(zh), closed(zh), world.wire.closed], ["EXPIRED_SESSION", true, true]);
    assertEquals(world.clock.pending, 0);
  }
});

Deno.test("a new session that is refused is no expiry: the next server is tried (zookeeper.c:3047)", async () => {
  const scene = await start({}, three);
  await accept(scene, { timeout: 0, sessionId: 0n });
  assertEquals([state(scene.zh), sessionTimeout(scene.zh)], ["ASSOCIATING", T]);
  assertEquals(scene.world.dials.length, 2);
});

Deno.test("a bare error header in place of a connect response is a refusal", async () => {
  const scene = await start({ readOnly: true }, three);
  scene.world.wire.push(reply(0, undefined, -119, 0n));
  await scene.world.clock.settle();
  assertEquals([scene.codes, scene.world.dials.length], [[-4], 2]);
  assertStringIncludes(scene.lines.join(), "refused the session with code -119");
});

Deno.test("a read-only server makes the state READONLY; its session id is not asked for again", async () => {
  const scene = await start({ readOnly: true }, three);
  await accept(scene, { readOnly: true, sessionId: 5n });
  assertEquals(state(scene.zh), "READONLY");
  scene.world.wire.end();
  await scene.world.clock.settle();
  const asked = readConnectRequest(scene.world.wire.takeFrames()[0]!);
  assertEquals([asked.sessionId, asked.readOnly], [0n, true]);
});

Deno.test("garbage for a frame length drops the connection at once, with a line that says why (zookeeper.c:1856)", async () => {
  for (const length of [-1, 0x100000, 0x7fffffff, -0x80000000]) {
    const { world, codes, lines } = await connect();
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setInt32(0, length);
    world.wire.push(bytes);
    await world.clock.settle();
    assertEquals([codes, world.wire.closed], [[-4], true]);
    assertStringIncludes(lines.join(), `A frame of ${length} bytes where 0 to 1048575 are allowed`);
  }
});

Deno.test("a reply whose lengths lie drops the connection; its request fails with it, once", async () => {
  for (const length of [-2, 1 << 30, 100]) {
    const { zh, world, codes } = await connect();
    const seen: number[] = [];
    aget(zh, "/a", null, (rc) => void seen.push(rc));
    await world.clock.settle();
    const [request] = world.wire.take();
    world.wire.push(frame((to) => {
      to.int(request!.xid);
      to.long(1n);
      to.int(0);
      to.int(length);
    }));
    await world.clock.settle();
    assertEquals([seen, codes], [[-4], [-4]]);
  }
});

Deno.test("an app that comes late is told so in C's words", async () => {
  const { world, lines } = await connect();
  world.clock.jump(T / 3 + 500);
  await world.clock.settle();
  assert(lines.includes("warn Exceeded deadline by 500ms"), lines.join("\n"));
});

Deno.test("ZooKeeper.connect() says which servers were tried and why each failed, and closes", async () => {
  const world = new Scripted();
  world.answer = ({ port }) => port === 1 ? "refuse" : "hang";
  const connecting = assertRejects(
    () => ZooKeeper.connect("10.0.0.1:1,nowhere:3,10.0.0.2:2", { platform: world, timeout: 8000 }),
    ZooKeeperError,
  );
  await world.clock.advance(8000);
  const { code, message } = await connecting;
  assertEquals(code, "CONNECTIONLOSS");
  assertStringIncludes(message, "Cannot connect within 8000 ms");
  assertStringIncludes(message, "10.0.0.1:1: cannot connect: Connection refused");
  assertStringIncludes(message, "nowhere:3: cannot resolve the name: Unknown host nowhere");
  assertStringIncludes(message, "10.0.0.2:2: cannot connect: no answer in time");
  assertEquals(world.clock.pending, 0);
});

Deno.test("ZooKeeper.connect() takes a signal; run() resolves on one and leaves the session open", async () => {
  const world = new Scripted();
  world.answer = () => "hang";
  const controller = new AbortController();
  const { signal } = controller;
  const connecting = assertRejects(
    () => ZooKeeper.connect("10.0.0.1:1", { platform: world, signal }),
    Error,
    "enough",
  );
  await world.clock.settle();
  controller.abort(new Error("enough"));
  await world.clock.settle();
  await connecting;

  world.answer = () => "accept";
  const zk = new ZooKeeper("10.0.0.1:1", { platform: world });
  const stop = new AbortController();
  const running = zk.run({ signal: stop.signal });
  await world.clock.settle();
  world.wire.push(connectResponse());
  await world.clock.settle();
  stop.abort();
  await running;
  assertEquals([zk.state, zk.closed], ["CONNECTED", false]);
  const leave = new AbortController();
  const waiting = zk.interest().wait({ signal: leave.signal });
  leave.abort(new Error("left"));
  await assertRejects(() => waiting, Error, "left");
  const closing = zk.close();
  await world.clock.settle();
  world.wire.end();
  await world.clock.settle();
  await closing;
  assertEquals(world.clock.pending, 0);
});
