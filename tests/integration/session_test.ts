import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { ZooKeeperError } from "@zkst/zookeeper";
import { Halting } from "./halting.ts";
import { connect, lasting, open, pause, received, Scene, testWithServer } from "./server.ts";
import { assertCode, Recorder, until, within } from "./waiting.ts";

testWithServer("A second client takes a session over by id and password", async (server) => {
  await using first = await Halting.connect(server.address);
  await first.zk.create("/e", "x", { mode: "EPHEMERAL" });
  const session = first.zk.session!;
  assertEquals(session.password.length, 16);
  await first.halt();
  await using second = await connect(server.address, { session });
  assertEquals(second.session, session);
  assertEquals(await second.getEphemerals(), ["/e"]);
  assertEquals((await second.exists("/e"))?.ephemeralOwner, session.id);
  await second.close();
  await using third = await connect(server.address);
  assertEquals(await third.exists("/e"), null);
});

testWithServer(
  "A wrong password is a session that has expired, which is the end unless it is renewed",
  async (server) => {
    await using owner = await connect(server.address);
    const { id } = owner.session!;
    const recorder = new Recorder();
    const session = { id, password: new Uint8Array(16) };
    const options = { session, renewSession: false };
    const zk = open(server.address, { ...options, watcher: recorder.watcher });
    const reading = assertCode(zk.exists("/"), "SESSIONEXPIRED");
    const running = zk.run();
    assertEquals((await reading).sent, false);
    await within("the end", running);
    assertEquals([zk.state, zk.closed], ["EXPIRED_SESSION", true]);
    assertEquals(recorder.log, ["EXPIRED_SESSION"]);
    await assertCode(zk.exists("/"), "SESSIONEXPIRED");
    await zk.close();
    await assertCode(connect(server.address, options), "SESSIONEXPIRED");
    await using renewed = await connect(server.address, { session });
    assertNotEquals(renewed.session!.id, id);
    await within("the owner's connection", owner.connected());
    assertEquals([(await owner.exists("/"))?.version, owner.session!.id], [0, id]);
  },
);

testWithServer("An idle session is kept by pings alone", async (server) => {
  const recorder = new Recorder();
  const options = { sessionTimeout: 400, watcher: recorder.watcher };
  await using zk = await connect(server.address, options);
  assertEquals(zk.sessionTimeout, 400);
  const { id } = zk.session!;
  const start = performance.now();
  // The handshake, and then only pings.
  await until("it has pinged 12 times", async () => (await received(server)).get(id)! >= 13);
  const idle = performance.now() - start;
  assert(idle > 3 * 400 && idle < 12 * 400 / 3 * 2, `12 pings in ${idle} ms`);
  assertEquals(recorder.log, ["CONNECTED"]);
  assertEquals(zk.session!.id, id);
});

testWithServer("A session and its ephemerals outlive a restart of the server", async (server) => {
  const recorder = new Recorder();
  const options = { ...lasting.session, watcher: recorder.watcher };
  await using zk = await connect(server.address, options);
  const session = zk.session!;
  await zk.create("/e", null, { mode: "EPHEMERAL" });
  await server.kill();
  await recorder.until(({ state }) => state === "CONNECTING");
  assertEquals([zk.state, zk.closed, zk.server], ["CONNECTING", false, null]);
  const waiting = zk.exists("/e");
  await server.start();
  assertEquals((await within("the reply", waiting))?.ephemeralOwner, session.id);
  await server.stop();
  await server.start();
  assertEquals((await within("the reply", zk.exists("/e")))?.ephemeralOwner, session.id);
  assertEquals(zk.session, session);
  assertEquals(zk.server?.port, server.port);
  const twice = ["CONNECTING", "CONNECTED"];
  assertEquals(recorder.log, ["CONNECTED", ...twice, ...twice]);
}, lasting.server);

testWithServer(
  "What is pending when the server dies fails, in order, event first",
  async (server) => {
    const log: string[] = [];
    await using scene = await Scene.open(server.address, {
      watcher: ({ state }) => void log.push(state),
    });
    const { zk, root } = scene;
    await pause(server);
    const pending = Array.from(
      { length: 50 },
      (_, i) =>
        zk.create(`${root}/${i}`).catch((error) => log.push(`${i} ${error.code} ${error.sent}`)),
    );
    // They have left when a turn has passed, and nobody answers.
    await new Promise((resolve) => setTimeout(resolve));
    await server.kill();
    await within("their ends", Promise.all(pending));
    const ends = pending.map((_, i) => `${i} CONNECTIONLOSS true`);
    assertEquals(log, ["CONNECTED", "CONNECTING", ...ends]);
    // For the cleaning up.
    await server.start();
  },
);

testWithServer("A server that is silent for 2/3 T is given up", async (server) => {
  const recorder = new Recorder();
  await using zk = await connect(server.address, { watcher: recorder.watcher });
  await zk.create("/e", null, { mode: "EPHEMERAL" });
  const session = zk.session!;
  const start = performance.now();
  await pause(server);
  const error = await assertCode(zk.exists("/e"), "OPERATIONTIMEOUT");
  const silence = performance.now() - start;
  assert(silence > 2500 && silence < 3500, `given up after ${silence} ms`);
  assertEquals([error.rc, error.sent], [-7, true]);
  // It may already have been accepted again, where nobody answers.
  assert(["CONNECTING", "ASSOCIATING"].includes(zk.state), zk.state);
  assertEquals(zk.closed, false);
  server.resume();
  // It is back before the session's time is over.
  assertEquals((await within("the reply", zk.exists("/e")))?.ephemeralOwner, session.id);
  assertEquals(recorder.log.slice(0, 2), ["CONNECTED", "CONNECTING"]);
  assertEquals(zk.session, session);
});

testWithServer(
  "A session that is not heard of for T expires, and that ends it with renewSession: false",
  async (server) => {
    const recorder = new Recorder();
    await using other = await connect(server.address);
    await using away = await Halting.connect(server.address, {
      sessionTimeout: 400,
      renewSession: false,
      watcher: recorder.watcher,
    });
    const { zk } = away;
    const gone = new Recorder();
    await zk.create("/e", null, { mode: "EPHEMERAL" });
    await other.exists("/e", { watch: gone.watcher });
    await away.halt();
    const pending = assertRejects(() => zk.exists("/e"), ZooKeeperError);
    await gone.until(({ type }) => type === "NodeDeleted");
    away.go();
    const { code } = await pending as ZooKeeperError;
    assert(["CONNECTIONLOSS", "OPERATIONTIMEOUT", "SESSIONEXPIRED"].includes(code), code);
    await recorder.until(({ state }) => state === "EXPIRED_SESSION");
    await until("it is closed", () => zk.closed);
    assertEquals(recorder.log, ["CONNECTED", "CONNECTING", "EXPIRED_SESSION"]);
    assertEquals((await assertCode(zk.exists("/"), "SESSIONEXPIRED")).sent, false);
    const want = zk.interest();
    assertEquals([want.events, want.deadline, await want.wait()], [0, Infinity, 0]);
  },
);

testWithServer("addAuth() holds after a restart of the server", async (server) => {
  await using zk = await connect(server.address, lasting.session);
  await zk.addAuth("digest", "alice:secret");
  await zk.addAuth("digest", "bob:secret");
  const before = await zk.whoAmI();
  const mine = [{ perms: 31, id: { scheme: "auth", id: "" } }];
  await zk.create("/a", "0", { acl: mine });
  for (let round = 1; round <= 2; round++) {
    await server.restart();
    const writing = zk.setData("/a", `${round}`);
    assertEquals((await within("the reply", writing)).version, round);
    assertEquals(await zk.whoAmI(), before);
  }
  await server.kill();
  await until("it has noticed", () => zk.state === "CONNECTING");
  const late = zk.addAuth("digest", "carol:secret");
  await server.start();
  await within("the reply", late);
  assertEquals((await zk.whoAmI()).length, before.length + 1);
  await using other = await connect(server.address);
  await assertCode(other.getData("/a"), "NOAUTH");
  assertNotEquals(await other.whoAmI(), before);
}, lasting.server);
