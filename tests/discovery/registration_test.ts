/** Registrations, whatever befalls their sessions and their znodes. */
import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { Op, ZooKeeper } from "@zkst/zookeeper";
import { curator, type Layout, ServiceDiscovery } from "@zkst/zookeeper/discovery";
import { OpCode } from "../../src/proto/constants.ts";
import { json, log, outcome, Scene, T, user } from "./scene.ts";

const path = "/services/user/one";

Deno.test("register() writes what Curator does: one create with data, below containers", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a");
  await using registration = await discovery.register({ ...user, payload: { zone: "java" } });
  const { stat } = await zk.getData(path);
  assertEquals([registration.state, registration.path], ["registered", path]);
  assertEquals([stat.version, stat.ephemeralOwner], [0, zk.session!.id]);
  const { registrationTimeUTC, ...rest } = await json(zk, path);
  assertEquals(typeof registrationTimeUTC, "number");
  assertEquals(rest, {
    name: "user",
    id: "one",
    address: "10.0.0.5",
    port: 8000,
    sslPort: null,
    payload: { "@class": "java.util.LinkedHashMap", zone: "java" },
    serviceType: "DYNAMIC",
    uriSpec: {
      parts: [
        { value: "scheme", variable: true },
        { value: "://", variable: false },
        { value: "address", variable: true },
        { value: ":", variable: false },
        { value: "port", variable: true },
      ],
    },
  });
  await registration.close();
  assertEquals([registration.state, await zk.exists(path)], ["closed", null]);
  // Empty containers do not pile up (CURATOR-163).
  await scene.advance(130_000);
  assertEquals(await zk.exists("/services"), null);
});

Deno.test("Parents are persistent where the server is known to have no containers", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a", { serverVersion: "3.4.14" });
  const registration = await discovery.register(user);
  await registration.close();
  await scene.advance(130_000);
  assert(await zk.exists("/services/user"));
});

Deno.test("A chroot that is missing is created, too", async () => {
  await using scene = new Scene();
  const { zk } = await scene.someone("a");
  const { discovery } = scene.on(zk.chroot("/deep/down"));
  await discovery.register(user);
  assert(await zk.exists(`/deep/down${path}`));
});

Deno.test("A reconnect within the session writes nothing (Curator re-registers on RECONNECTED, CURATOR-320)", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a");
  const registration = await discovery.register(user);
  const events = log(registration);
  const before = await zk.exists(path);
  const { zxid } = scene.server;
  for (let i = 0; i < 5; i++) {
    scene.server.drop();
    await scene.advance(2_000);
  }
  assertEquals(zk.state, "CONNECTED");
  assertEquals(await zk.exists(path), before);
  assertEquals([scene.server.zxid, events], [zxid, []]);
});

Deno.test("A reconnect within the session asks for nothing but the watches", async () => {
  await using scene = new Scene();
  const { platform } = scene.server;
  const asked: number[] = [];
  const { discovery, zk } = await scene.someone("a", {
    platform: {
      ...platform,
      random: () => platform.random(),
      async connect(endpoint, signal) {
        const transport = await platform.connect(endpoint, signal);
        const write = (p: Uint8Array) => {
          asked.push(...operationsIn(p));
          return transport.write(p);
        };
        return { read: (p) => transport.read(p), write, close: () => transport.close() };
      },
    },
  });
  await discovery.register(user);
  asked.length = 0;
  scene.server.drop();
  await scene.advance(2_000);
  assertEquals(zk.state, "CONNECTED");
  const { ping, setWatches } = OpCode;
  // The first frame of a connection, the connect request, has 0 there.
  assertEquals(asked.filter((type) => type !== ping && type !== 0), [setWatches]);
});

/** The operations in the frames of one write. */
function operationsIn(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: number[] = [];
  for (let at = 0; at + 12 <= bytes.length; at += 4 + view.getInt32(at)) {
    found.push(view.getInt32(at + 8));
  }
  return found;
}

Deno.test("After expiry it is registered again, with the latest data (CURATOR-164, CURATOR-154)", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a");
  const registration = await discovery.register(user);
  const events = log(registration);
  const { id } = zk.session!;
  scene.server.refuse();
  const updated = outcome(registration.update({ payload: { load: 1 }, port: 8001 }));
  scene.server.expire(id);
  await scene.advance(5_000);
  assertEquals([registration.state, updated.now], ["registered", "waiting"]);
  scene.server.heal();
  await scene.advance(12_000);
  assertNotEquals(zk.session!.id, id);
  const { payload, port } = await json(zk, path);
  assertEquals([payload, port], [{ "@class": "java.util.LinkedHashMap", load: 1 }, 8001]);
  assertEquals((await zk.exists(path))!.ephemeralOwner, zk.session!.id);
  assertEquals([updated.now, events], ["done", ["lost expired", "registered"]]);
});

Deno.test("An expiry takes no STATIC znode away, and none is lost; it is watched on", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a");
  const operator = (await scene.someone("operator")).zk;
  const registration = await discovery.register({ ...user, serviceType: "STATIC" });
  const { czxid, mzxid } = (await zk.exists(path))!;
  const events = log(registration);
  const { id } = zk.session!;
  scene.server.expire(id);
  await scene.advance(2 * T);
  assertNotEquals(zk.session!.id, id);
  const stat = (await zk.exists(path))!;
  assertEquals([stat.czxid, stat.mzxid, registration.state], [czxid, mzxid, "registered"]);
  assertEquals(events, []);
  await operator.delete(path);
  await scene.advance(100);
  assertEquals(events, ["lost deleted", "registered"]);
});

Deno.test("After a long outage all of them come back (30-min outage after ZK restart, KAFKA-1387)", async () => {
  await using scene = new Scene();
  const all = await Promise.all(["a", "b", "c"].map((host) => scene.someone(host)));
  for (const [i, { discovery }] of all.entries()) {
    await discovery.register({ ...user, id: `${i}` });
  }
  scene.server.refuse();
  await scene.advance(30 * 60_000);
  scene.server.heal();
  await scene.advance(60_000);
  const names = await all[0]!.zk.getChildren("/services/user");
  assertEquals(names.sort(), ["0", "1", "2"]);
  for (const [i, { zk }] of all.entries()) {
    const { ephemeralOwner } = (await zk.exists(`/services/user/${i}`))!;
    assertEquals(ephemeralOwner, zk.session!.id);
  }
  // No storm of connections, and one session each (dubbo-js 71, 80, 128).
  assertEquals([scene.server.sessions.length, scene.server.connections], [3, 3]);
});

Deno.test("A session id that is changed silently is an expiry (ClickHouse Keeper 116690)", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a");
  await discovery.register(user);
  const { id } = zk.session!;
  scene.server.changeSessionId(id);
  scene.server.drop();
  await scene.advance(2 * T);
  assertNotEquals(zk.session!.id, id);
  assertEquals((await zk.exists(path))!.ephemeralOwner, zk.session!.id);
});

Deno.test("The first connection after a cold start registers (CURATOR-175)", async () => {
  await using scene = new Scene();
  scene.server.refuse();
  const zk = new ZooKeeper("a", { platform: scene.server.platform, sessionTimeout: T });
  zk.run();
  const { discovery } = scene.on(zk);
  const registering = outcome(discovery.register(user));
  await scene.advance(60_000);
  assertEquals(registering.now, "waiting");
  scene.server.heal();
  await scene.advance(10_000);
  assertEquals(registering.now, "done");
  assert(await zk.exists(path));
});

Deno.test("A znode that a dead session still owns is waited for, and watched (Dubbo 5125, KAFKA-7165)", async () => {
  await using scene = new Scene();
  const old = await scene.someone("old");
  await old.discovery.register(user);
  // As after kill -9: nobody speaks for the session, and it has some time left.
  scene.server.refuse({ host: "old:2181" });
  const { zk, discovery } = await scene.someone("new");
  const registration = discovery.announce({ ...user, port: 9000 });
  const events = log(registration);
  await scene.advance(1_000);
  assertEquals([registration.state, events], ["pending", ["waiting"]]);
  const { port } = await json(zk, path);
  assertEquals(port, 8000, "It is left alone");
  await scene.advance(T + 4_000);
  assertEquals([registration.state, events], ["registered", ["waiting", "registered"]]);
  const { stat } = await zk.getData(path);
  assertEquals([stat.ephemeralOwner, stat.version], [zk.session!.id, 0]);
});

Deno.test("Our own expired session's znode is exchanged at once, with no gap (STORM-1941)", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a");
  await using watcher = (await scene.someone("b")).zk;
  const registration = await discovery.register(user);
  const { id, password } = zk.session!;
  // The client has given its session up; a server that is slow to clean up has not.
  const keeper = await ZooKeeper.connect("keeper", {
    platform: scene.server.platform,
    session: { id, password },
  });
  scene.server.refuse({ host: "a:2181" });
  await scene.advance(2 * T);
  assertEquals(registration.state, "lost");
  assertEquals((await watcher.exists(path))!.ephemeralOwner, id);
  scene.server.heal();
  await scene.advance(5_000);
  assertEquals(registration.state, "registered");
  assertEquals((await watcher.exists(path))!.ephemeralOwner, zk.session!.id);
  assertNotEquals(zk.session!.id, id);
  await keeper.close();
  assert(await watcher.exists(path), "The old session's end takes nothing with it");
});

Deno.test("takeOver exchanges another session's znode at once", async () => {
  await using scene = new Scene();
  const old = await scene.someone("old");
  await old.discovery.register(user);
  scene.server.refuse({ host: "old:2181" });
  const { zk, discovery } = await scene.someone("new");
  await discovery.register({ ...user, port: 9000 }, { takeOver: true });
  assertEquals((await json(zk, path))["port"], 9000);
  assertEquals((await zk.exists(path))!.ephemeralOwner, zk.session!.id);
});

Deno.test("An owner that stays is an error that names it; and when it goes, all is well", async () => {
  await using scene = new Scene();
  const first = await scene.someone("first");
  const theirs = await first.discovery.register(user);
  const { discovery } = await scene.someone("second");
  const registration = discovery.announce(user);
  const refused = assertRejects(() => registration.ready, Error, "belongs to another session, 0x");
  const registering = assertRejects(
    () => discovery.register({ ...user, id: "two" }, { signal: AbortSignal.abort("enough") }),
  ).catch((reason) => reason);
  await scene.advance(2 * T + 1_000);
  await refused;
  await registering;
  await theirs.close();
  await scene.advance(0);
  assertEquals(registration.state, "registered");
});

Deno.test("An owner that follows another is given its own time", async () => {
  await using scene = new Scene();
  const [first, second] = [await scene.someone("first"), await scene.someone("second")];
  await first.zk.ensurePath("/services/user");
  await first.zk.create(path, "first", { mode: "EPHEMERAL" });
  const { discovery } = await scene.someone("a");
  const registration = discovery.announce(user);
  const events = log(registration);
  await scene.advance(1.5 * T);
  await first.zk.delete(path);
  await second.zk.create(path, "second", { mode: "EPHEMERAL" });
  await scene.advance(1.5 * T);
  assertEquals(events, ["waiting", "waiting"]);
  await scene.advance(T);
  assertEquals(events, ["waiting", "waiting", "refused"]);
});

Deno.test("A znode that is not ephemeral is somebody's for good: an error", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a");
  await zk.ensurePath(path);
  await assertRejects(() => discovery.register(user), Error, "is there and is not ephemeral");
  assert(await zk.exists(path));
  const registration = await discovery.register({ ...user, serviceType: "STATIC" });
  assertEquals((await json(zk, path))["serviceType"], "STATIC");
  await registration.close();
  assertEquals(await zk.exists(path), null);
  const permanent = await discovery.register({ ...user, serviceType: "PERMANENT" });
  await permanent.close();
  assert(await zk.exists(path));
});

Deno.test("A znode that another app makes anew is noticed by its owner (Dubbo 7124)", async () => {
  await using scene = new Scene();
  const { discovery } = await scene.someone("a");
  const other = await scene.someone("b");
  const registration = await discovery.register(user);
  const events = log(registration);
  const { stat, data } = await other.zk.getData(path);
  await other.zk.multi([
    Op.delete(path, stat.version),
    Op.create(path, data, { mode: "EPHEMERAL" }),
  ]);
  await scene.advance(100);
  assertEquals([registration.state, events], ["lost", ["lost deleted", "waiting"]]);
  await other.zk.delete(path);
  await scene.advance(2_000);
  assertEquals(registration.state, "registered");
});

Deno.test("An operator's delete is repaired (Dubbo 2972); an edit, too; and not as fast as others can break it", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a");
  const operator = await scene.someone("b");
  const registration = await discovery.register(user);
  const events = log(registration);
  await operator.zk.delete(path);
  await scene.advance(0);
  assertEquals(events.splice(0), ["lost deleted", "registered"]);
  await operator.zk.setData(path, "rubbish");
  await scene.advance(0);
  assertEquals(events.splice(0), ["repaired"]);
  assertEquals((await json(zk, path))["port"], 8000);
  let broken = 0;
  for (let i = 0; i < 100; i++) {
    await operator.zk.setData(path, `rubbish ${i}`).then(() => broken++);
    await scene.advance(50);
  }
  assertEquals(broken, 100);
  assert(events.length < 10, `repaired ${events.length} times in 5 s`);
  await scene.advance(20_000);
  assertEquals((await json(zk, path))["port"], 8000);
});

Deno.test("Edited and deleted at once it is lost and registered again, though one watch tells one thing", async () => {
  await using scene = new Scene();
  const { discovery } = await scene.someone("a");
  const { zk } = await scene.someone("operator");
  const registration = await discovery.register({ ...user, serviceType: "DYNAMIC_SEQUENTIAL" });
  const { path } = registration;
  const events = log(registration);
  await zk.multi([Op.setData(path, "edited"), Op.delete(path)]);
  await scene.advance(100);
  assertNotEquals(registration.path, path);
  assertEquals(events, ["lost deleted", "registered"]);
});

Deno.test("Repairs of an hour ago delay none", async () => {
  await using scene = new Scene();
  const { discovery } = await scene.someone("a");
  const { zk } = await scene.someone("operator");
  await discovery.register(user);
  for (let i = 0; i < 6; i++) {
    await zk.setData(path, "edited");
    await scene.advance(4_000);
  }
  await scene.advance(3_600_000);
  await zk.setData(path, "edited");
  await scene.advance(100);
  assertEquals((await json(zk, path))["id"], "one");
});

Deno.test("A parent that is deleted with all below it comes back", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a");
  const operator = await scene.someone("b");
  await discovery.register(user);
  await operator.zk.deleteRecursive("/services");
  await scene.advance(1_000);
  assertEquals((await json(zk, path))["port"], 8000);
});

Deno.test("A ZooKeeper that has forgotten everything is filled again", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a");
  await discovery.register(user);
  for (let i = 0; i < 5; i++) await zk.create("/more-", null, { mode: "PERSISTENT_SEQUENTIAL" });
  scene.server.wipe();
  await scene.advance(3 * T);
  assertEquals((await zk.exists(path))?.ephemeralOwner, zk.session!.id);
});

Deno.test("A lost reply never makes two znodes, with a fixed name and with a number (CURATOR-498)", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a");
  await zk.ensurePath("/services/user");
  scene.server.loseReply();
  const fixed = discovery.announce(user);
  await scene.advance(5_000);
  assertEquals([fixed.state, (await zk.exists(path))?.version], ["registered", 0]);
  scene.server.loseReply();
  const numbered = discovery.announce({ ...user, id: "two", serviceType: "DYNAMIC_SEQUENTIAL" });
  await scene.advance(5_000);
  assertEquals(numbered.state, "registered");
  const names = await zk.getChildren("/services/user");
  assertEquals(names.length, 2, names.join());
  const name = names.find((name) => name !== "one")!;
  assertMatch(name, /^_c_[0-9a-f-]{36}-two\d{10}$/);
  // It is the real path that goes (CURATOR-190, CURATOR-483).
  assertEquals(numbered.path, `/services/user/${name}`);
  await numbered.close();
  assertEquals(await zk.getChildren("/services/user"), ["one"]);
});

Deno.test("A lost reply and an expiry: the znode of the dead session is not taken for ours (CURATOR-498)", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a");
  await zk.ensurePath("/services/user");
  scene.server.loseReply();
  const numbered = discovery.announce({ ...user, serviceType: "DYNAMIC_SEQUENTIAL" });
  await scene.advance(0);
  scene.server.expire(zk.session!.id);
  await scene.advance(2 * T);
  const names = await zk.getChildren("/services/user");
  assertEquals([numbered.state, names.length], ["registered", 1]);
  assertEquals((await zk.exists(numbered.path))!.ephemeralOwner, zk.session!.id);
});

Deno.test("A lost reply, and a dead session that still has its znode: it is taken away, not taken over", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a");
  const other = await scene.someone("b");
  await zk.ensurePath("/services/user");
  const { id, password } = zk.session!;
  scene.server.loseReply({ session: id });
  const numbered = discovery.announce({ ...user, serviceType: "DYNAMIC_SEQUENTIAL" });
  await scene.advance(0);
  const [before] = await other.zk.getChildren("/services/user");
  const { platform } = scene.server;
  const keeper = await ZooKeeper.connect("keeper", { platform, session: { id, password } });
  scene.server.refuse({ host: "a:2181" });
  await scene.advance(2 * T);
  assertEquals(await other.zk.getChildren("/services/user"), [before]);
  scene.server.heal();
  await scene.advance(5_000);
  const [after, ...more] = await other.zk.getChildren("/services/user");
  assertEquals([numbered.state, more], ["registered", []]);
  assertNotEquals(after, before);
  assertEquals((await zk.exists(numbered.path))!.ephemeralOwner, zk.session!.id);
  await keeper.close();
});

Deno.test("An update that hits another's znode, made anew meanwhile, does not count (Dubbo 7124)", async () => {
  await using scene = new Scene();
  const { discovery } = await scene.someone("a");
  const other = await scene.someone("b");
  const registration = await discovery.register(user);
  scene.server.delay(1_000, { host: "a:2181" });
  const updated = outcome(registration.update({ port: 1 }));
  await scene.advance(500);
  const ops = [Op.delete(path), Op.create(path, "{}", { mode: "EPHEMERAL" })];
  await other.zk.multi(ops);
  await scene.advance(2_000);
  scene.server.heal();
  await scene.advance(2_000);
  assertEquals([updated.now, registration.state], ["waiting", "lost"]);
  await other.zk.delete(path);
  await scene.advance(2_000);
  assertEquals([updated.now, registration.state], ["done", "registered"]);
});

Deno.test("Slow, byte by byte, half open, garbage: one znode in the end, with the latest data", async () => {
  await using scene = new Scene();
  const { server } = scene;
  const { zk, discovery } = await scene.someone("a");
  const other = await scene.someone("b");
  const fixed = await discovery.register(user);
  const numbered = await discovery.register({
    ...user,
    id: "two",
    serviceType: "DYNAMIC_SEQUENTIAL",
  });
  const at = { host: "a:2181" };
  const faults = [
    () => server.delay(3_000, at),
    () => server.trickle(at),
    () => server.halfOpen(at),
    () => server.corrupt(at),
    () => server.dropAfter(10, at),
    () => server.loseReply({ session: zk.session!.id }),
    () => server.move(zk.session!.id),
    () => server.stall(at),
    () => server.expire(zk.session!.id),
  ];
  for (const [i, fault] of faults.entries()) {
    fault();
    const updates = [fixed, numbered].map((one) => outcome(one.update({ port: i + 1 })));
    await scene.advance(5_000);
    server.heal();
    server.resume(at);
    await scene.advance(2 * T);
    assertEquals(updates.map(({ now }) => now), ["done", "done"], `${i}`);
    const names = await other.zk.getChildren("/services/user");
    assertEquals(names.length, 2, `${i}: ${names}`);
    for (const { path } of [fixed, numbered]) {
      assertEquals((await json(other.zk, path))["port"], i + 1);
      assertEquals((await other.zk.exists(path))!.ephemeralOwner, zk.session!.id);
    }
  }
});

Deno.test("A sequential one has one znode after an expiry, and close() finds it (CURATOR-190)", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a");
  const numbered = await discovery.register({ ...user, serviceType: "DYNAMIC_SEQUENTIAL" });
  const before = numbered.path;
  scene.server.expire(zk.session!.id);
  await scene.advance(2 * T);
  assertNotEquals(numbered.path, before);
  assertEquals((await zk.getChildren("/services/user")).length, 1);
  await numbered.close();
  assertEquals(await zk.getChildren("/services/user"), []);
});

Deno.test("close() racing with a reconnect leaves nothing (CURATOR-181, CURATOR-146, Netflix/curator 200)", async () => {
  for (let ms = 0; ms < 2_000; ms += 97) {
    await using scene = new Scene({ seed: ms });
    const { zk, discovery } = await scene.someone("a");
    const registration = await discovery.register(user);
    scene.server.expire(zk.session!.id);
    await scene.advance(ms);
    const closing = outcome(registration.close());
    await scene.advance(0);
    assertEquals(closing.now, "done");
    await scene.advance(2 * T);
    await registration.gone;
    assertEquals([zk.state, await zk.exists(path)], ["CONNECTED", null], `after ${ms} ms`);
  }
});

Deno.test("close() while disconnected resolves, and the znode goes when the session is back", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a");
  const other = await scene.someone("b");
  const registration = await discovery.register(user);
  scene.server.refuse({ host: "a:2181" });
  await scene.advance(100);
  const gone = outcome(registration.gone);
  await registration.close();
  assertEquals(gone.now, "waiting");
  assert(await other.zk.exists(path));
  scene.server.heal();
  await scene.advance(5_000);
  assertEquals([zk.state, gone.now], ["CONNECTED", "done"]);
  assertEquals(await other.zk.exists(path), null);
});

Deno.test("close() whose delete is not answered is done all the same", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a");
  const registration = await discovery.register(user);
  scene.server.loseReply();
  const closing = outcome(registration.close());
  await scene.advance(5_000);
  await registration.gone;
  assertEquals([closing.now, await zk.exists(path)], ["done", null]);
});

Deno.test("A create that was not answered when close() came leaves nothing", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a");
  const other = await scene.someone("b");
  await zk.ensurePath("/services/user");
  for (const serviceType of ["DYNAMIC", "DYNAMIC_SEQUENTIAL"] as const) {
    scene.server.loseReply({ session: zk.session!.id });
    const registration = discovery.announce({ ...user, serviceType });
    await scene.advance(0);
    assertEquals((await other.zk.getChildren("/services/user")).length, 1);
    registration.close();
    await scene.advance(5_000);
    await registration.gone;
    assertEquals(await other.zk.getChildren("/services/user"), []);
  }
});

Deno.test("update(): the latest of many counts; it outlives lost connections and lost replies", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a");
  const registration = await discovery.register(user);
  const { czxid } = (await zk.exists(path))!;
  scene.server.loseReply();
  const updates = [1, 2, 3].map((port) => outcome(registration.update({ port })));
  await scene.advance(0);
  scene.server.drop();
  await scene.advance(5_000);
  assertEquals(updates.map(({ now }) => now), ["done", "done", "done"]);
  assertEquals([(await json(zk, path))["port"], (await zk.exists(path))!.czxid], [3, czxid]);
});

Deno.test("To drain: DRAINING is seen before the znode goes, and Curator passes it over", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a");
  const registration = await discovery.register(user);
  await registration.setStatus("DRAINING");
  const { status, enabled } = await json(zk, path);
  assertEquals([status, enabled], ["DRAINING", false]);
  await registration.close();
  assertEquals(await zk.exists(path), null);
  await assertRejects(() => registration.setStatus("UP"), Error, "is closed");
});

Deno.test("A health check withdraws it after several noes in a row, and lets it come back", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a");
  let well: boolean | Promise<boolean> | Error = false;
  const check = () => {
    if (well instanceof Error) throw well;
    return well;
  };
  const registration = discovery.announce(user, { health: { check, interval: 1_000 } });
  const events = log(registration);
  const there = async () => await zk.exists(path) !== null;
  await scene.advance(5_500);
  assertEquals(await there(), false);
  well = true;
  await scene.advance(1_000);
  assertEquals(await there(), true);
  well = new Error("broken");
  await scene.advance(2_000);
  assertEquals(await there(), true, "Two noes do not count");
  await scene.advance(1_000);
  assertEquals([await there(), registration.state], [false, "pending"]);
  well = Promise.resolve(true);
  await scene.advance(1_000);
  assertEquals(await there(), false);
  await scene.advance(1_000);
  assertEquals(await there(), true);
  well = new Promise(() => {});
  await scene.advance(5_000);
  assertEquals(await there(), false, "No answer is a no");
  assertEquals(events, ["registered", "withheld", "registered", "withheld"]);
});

Deno.test("Well again before it is withdrawn: nobody else has deleted it", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a");
  const operator = (await scene.someone("operator")).zk;
  let well = true;
  const health = { check: () => well, interval: 1_000, rise: 1, fall: 1 };
  const registration = await discovery.register(user, { health });
  const events = log(registration);
  scene.server.delay(2_000, { host: "a:2181" });
  well = false;
  await scene.advance(1_500);
  well = true;
  await scene.advance(10_000);
  scene.server.heal();
  await scene.advance(1_000);
  assertEquals([events, await zk.exists(path) !== null], [["withheld", "registered"], true]);
  await operator.delete(path);
  await scene.advance(100);
  assertEquals(events.slice(2), ["lost deleted", "registered"]);
});

Deno.test("report() writes now and then, the last one counts", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a");
  const registration = await discovery.register<{ load: number }>({
    ...user,
    payload: { load: 0 },
  });
  for (let load = 1; load <= 60; load++) {
    registration.report({ load });
    await scene.advance(1_000);
  }
  const { version } = (await zk.exists(path))!;
  assert(version >= 5 && version <= 7, `${version} writes in a minute`);
  await scene.advance(10_000);
  assertEquals((await json(zk, path))["payload"], {
    "@class": "java.util.LinkedHashMap",
    load: 60,
  });
});

Deno.test("report() keeps to its interval however often it is called, and is no repair", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a");
  const registration = await discovery.register({ ...user, payload: { load: 0 } });
  const events = log(registration);
  // So that what is reported next comes before the watch that tells of the last write.
  scene.server.delay(10);
  for (let load = 1; load <= 6_000; load++) {
    registration.report({ load });
    await scene.advance(5);
  }
  scene.server.heal();
  const { version } = (await zk.exists(path))!;
  assert(version >= 3 && version <= 4, `${version} writes in half a minute`);
  assertEquals(events, []);
  scene.server.expire(zk.session!.id);
  await scene.advance(2 * T);
  assertEquals((await json(zk, path))["payload"], {
    "@class": "java.util.LinkedHashMap",
    load: 6_000,
  });
});

Deno.test("A payload that its owner changes is written when that is said, and not before", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a");
  for (const [at, layout] of [curator(), twofold].entries()) {
    const { discovery } = scene.on(zk, { basePath: `/base${at}`, layout });
    const payload = { calls: 0 };
    const registration = await discovery.register({ ...user, payload });
    const events = log(registration);
    const { path } = registration;
    const companion = `/base${at}/loads/${path.slice(path.lastIndexOf("/") + 1)}`;
    const watched = layout === twofold ? companion : path;
    scene.server.delay(10);
    for (; payload.calls < 2_000; payload.calls++) {
      registration.report(payload);
      await scene.advance(10);
    }
    scene.server.heal();
    const { version } = (await zk.exists(watched))!;
    assert(version >= 1 && version <= 3, `${version} writes in 20 s`);
    await scene.advance(10_000);
    const written = await json(zk, watched);
    const { calls } = (written["payload"] ?? written) as typeof payload;
    assertEquals([calls, events], [1_999, []]);
  }
  await discovery.close();
});

Deno.test("A session that is handed over keeps its znode (kazoo 435)", async () => {
  await using scene = new Scene();
  const old = await scene.someone("a");
  await old.discovery.register(user);
  const { czxid } = (await old.zk.exists(path))!;
  const session = await old.zk.detach();
  const { zk, discovery } = await scene.someone("a", { session });
  const registration = await discovery.register({ ...user, port: 9000 });
  assertEquals((await zk.exists(path))!.czxid, czxid);
  assertEquals((await json(zk, path))["port"], 9000);
  await registration.close();
});

Deno.test("An ACL is the znode's; what the server refuses rejects, and is tried again", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a");
  await zk.addAuth("digest", "me:secret");
  const acl = [{ perms: 31, id: { scheme: "auth", id: "" } }];
  await discovery.register(user, { acl });
  assertEquals((await zk.getACL(path)).acl[0]!.id.scheme, "digest");
  const other = await scene.someone("b");
  await zk.create("/locked", null, { acl: [{ perms: 31, id: { scheme: "auth", id: "" } }] });
  const locked = new ServiceDiscovery(other.zk, { basePath: "/locked" });
  await assertRejects(() => locked.register(user), Error, "NOAUTH");
  const registration = locked.announce(user);
  const events = log(registration);
  await scene.advance(60_000);
  assertEquals(registration.state, "pending");
  assert(events.length >= 9 && events.length <= 14, `${events.length} times in a minute`);
  await zk.setACL("/locked", [{ perms: 31, id: { scheme: "world", id: "anyone" } }]);
  await scene.advance(40_000);
  assertEquals(registration.state, "registered");
  await locked.close();
});

Deno.test("With its session a registration is over", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a");
  const registration = await discovery.register(user);
  const told: string[] = [];
  const loop = (async () => {
    for await (const { type } of registration.events()) told.push(type);
  })();
  await zk.close();
  await loop;
  await registration.gone;
  await registration.close();
  assertEquals([registration.state, told.at(-1), told.includes("refused")], [
    "closed",
    "closed",
    false,
  ]);
});

Deno.test("await using takes it away at the end of a block, and discovery.close() all of them", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a");
  {
    await using _registration = await discovery.register(user);
    assert(await zk.exists(path));
  }
  assertEquals(await zk.exists(path), null);
  await discovery.register(user);
  await discovery.register({ ...user, id: "two" });
  await discovery.close();
  assertEquals(await zk.getChildren("/services/user"), []);
});

Deno.test("close() that is refused rejects, and is done when it is allowed", async () => {
  await using scene = new Scene();
  const { discovery } = await scene.someone("a");
  const { zk } = await scene.someone("b");
  const registration = await discovery.register(user);
  const events = log(registration);
  await zk.setACL("/services/user", [{ perms: 1 | 4, id: { scheme: "world", id: "anyone" } }]);
  await assertRejects(() => registration.close(), Error, "NOAUTH");
  assertEquals(events, ["refused"]);
  await zk.addAuth("digest", "x:x");
  scene.server.expire(scene.server.sessions[0]!);
  await scene.advance(2 * T);
  await registration.gone;
  assertEquals(await zk.exists(path), null);
});

/** One with its own path in its data, a number in its name, and a znode beside it. */
const twofold: Layout = {
  name: "twofold",
  servicePath: (base, service) => `${base}/nodes/${service}`,
  names: (base) => ({ path: `${base}/nodes`, depth: 1 }),
  nameOf: (below) => below,
  leaf: ({ id }) => ({ name: `${id}-`, sequential: true }),
  encode: ({ port }, path) => JSON.stringify({ port, path }),
  decode: (_service, leaf, data) => ({
    id: leaf,
    address: "h",
    ...JSON.parse(new TextDecoder().decode(data!)),
  }),
  companion: (base, { payload }, path) => ({
    path: `${base}/loads/${path.slice(path.lastIndexOf("/") + 1)}`,
    data: JSON.stringify(payload),
  }),
  persistentParents: true,
};

Deno.test("A layout's companion comes, is kept, and goes with its instance", async () => {
  await using scene = new Scene();
  const { zk } = await scene.someone("a");
  const operator = (await scene.someone("b")).zk;
  const { discovery } = scene.on(zk, { basePath: "/base", layout: twofold });
  const registration = await discovery.register({ ...user, payload: { load: 0 } });
  const events = log(registration);
  const companions = async () => await zk.getChildren("/base/loads");
  const name = () => registration.path.slice(registration.path.lastIndexOf("/") + 1);
  assertEquals(await json(zk, registration.path), { port: 8000, path: registration.path });
  assertEquals(await companions(), [name()]);

  // A report is written beside the instance, whose own znode stays as it is.
  const { mzxid } = (await zk.exists(registration.path))!;
  registration.report({ load: 1 });
  await scene.advance(20_000);
  assertEquals(await json(zk, `/base/loads/${name()}`), { load: 1 });
  assertEquals((await zk.exists(registration.path))!.mzxid, mzxid);

  await operator.delete(`/base/loads/${name()}`);
  await scene.advance(100);
  assertEquals([await companions(), events], [[name()], []]);

  const before = name();
  scene.server.expire(zk.session!.id);
  await scene.advance(2 * T);
  assertNotEquals(name(), before);
  assertEquals([await companions(), await zk.getChildren("/base/nodes/user")], [[name()], [
    name(),
  ]]);
  assertEquals(await json(zk, registration.path), { port: 8000, path: registration.path });

  await registration.close();
  assertEquals([await companions(), await zk.getChildren("/base/nodes/user")], [[], []]);
  await scene.advance(130_000);
  assert(await zk.exists("/base/loads"), "Its parents are persistent");
});
