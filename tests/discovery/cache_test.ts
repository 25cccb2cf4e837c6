/** Caches, whatever befalls them: each scene with one-shot watches and with a recursive one. */
import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { Op, ZooKeeper, type ZooKeeperOptions } from "@zkst/zookeeper";
import type { CacheOptions, ServiceCache, Snapshot } from "@zkst/zookeeper/discovery";
import { engines, ids, log, outcome, Scene, type Someone, T, user } from "./scene.ts";

/** What a scene has: one who looks, and one who provides. */
interface Stage {
  readonly scene: Scene;
  readonly looking: Someone;
  readonly offering: Someone;
  readonly recursive: boolean;
  cache(options?: CacheOptions): Promise<ServiceCache>;
}

function test(name: string, body: (stage: Stage) => Promise<void>): void {
  for (const [engine, options] of Object.entries(engines)) {
    Deno.test(`${name}, with ${engine}`, async () => {
      await using scene = new Scene();
      const looking = await scene.someone("looking", options);
      const offering = await scene.someone("offering");
      const cache = (more: CacheOptions = {}) => looking.discovery.cache("user", more);
      const recursive = options.serverVersion !== undefined;
      await body({ scene, looking, offering, recursive, cache });
    });
  }
}

const instance = (id: string, port = 8000): string =>
  JSON.stringify({ name: "user", id, address: "10.0.0.5", port });

test("cache() has what there is, frozen, and follows", async ({ scene, offering, cache }) => {
  const one = await offering.discovery.register({ ...user, payload: { zone: "a" } });
  const users = await cache();
  const events = log(users);
  const [first] = users.snapshot.instances;
  const stat = (await offering.zk.exists(one.path))!;
  assertEquals(first, {
    name: "user",
    id: "one",
    address: "10.0.0.5",
    port: 8000,
    sslPort: null,
    endpoints: {},
    payload: { zone: "a" },
    status: "UP",
    weight: 1,
    zone: null,
    tags: [],
    registeredAt: one.instance.registeredAt,
    path: "/services/user/one",
    czxid: stat.czxid,
    mzxid: stat.mzxid,
    owner: offering.zk.session!.id,
  });
  const { snapshot } = users;
  assertEquals([snapshot.stale, snapshot.staleSince, snapshot.zxid], [false, null, stat.mzxid]);
  assert(
    Object.isFrozen(snapshot) && Object.isFrozen(snapshot.instances) && Object.isFrozen(first),
  );
  await offering.discovery.register({ ...user, id: "two" });
  await scene.advance(100);
  assertEquals(ids(users), ["one", "two"]);
  assertEquals(users.snapshot.instances[0], first, "What has not changed is the same");
  assert(users.snapshot.instances[0] === first);
  await one.setStatus("DRAINING");
  await scene.advance(100);
  assertEquals(users.snapshot.instances[0]!.status, "DRAINING");
  await one.close();
  await scene.advance(100);
  assertEquals(events, ["added two", "updated one", "removed one"]);
  assertEquals(snapshot.instances, [first!], "A snapshot is what it was");
});

test("A service that is missing is found when it comes (kimserver's defect 3, kazoo 149)", async (stage) => {
  const { scene, offering, looking, cache } = stage;
  const users = await cache();
  assertEquals([users.snapshot.instances, users.snapshot.stale], [[], false]);
  assertEquals(await looking.zk.exists("/services"), null, "Looking creates nothing");
  const one = await offering.discovery.register(user);
  await scene.advance(200);
  assertEquals(ids(users), ["one"]);
  // Gone with its parents, and there again.
  await one.close();
  await offering.zk.deleteRecursive("/services");
  await scene.advance(200);
  assertEquals(ids(users), []);
  await offering.discovery.register({ ...user, id: "two" });
  await scene.advance(200);
  assertEquals(ids(users), ["two"]);
});

test("While disconnected the last snapshot stays, stale (Dubbo 1508, nacos 4470, linkerd 847)", async (stage) => {
  const { scene, offering, cache } = stage;
  await offering.discovery.register(user);
  const users = await cache();
  const events = log(users);
  scene.server.refuse({ host: "looking:2181" });
  await scene.advance(60_000);
  assertEquals([ids(users), users.snapshot.stale], [["one"], true]);
  const { staleTime } = users.metrics;
  assert(staleTime > 50_000 && staleTime <= 60_000, `${staleTime} ms`);
  await offering.discovery.register({ ...user, id: "two" });
  scene.server.heal();
  await scene.advance(20_000);
  assertEquals([ids(users), users.snapshot.stale], [["one", "two"], false]);
  assertEquals(events, ["stale", "added two", "resynced"]);
  assertEquals([users.metrics.resyncs, users.metrics.staleTime], [1, 0]);
});

test("A short disconnection loses no change (kazoo 151, CURATOR-97, node-zookeeper 140)", async (stage) => {
  const { scene, offering, looking, cache } = stage;
  const one = await offering.discovery.register(user);
  await offering.discovery.register({ ...user, id: "two" });
  const users = await cache();
  const { id } = looking.zk.session!;
  const events = log(users);
  scene.server.refuse({ host: "looking:2181" });
  await scene.advance(100);
  await one.update({ port: 1 });
  await offering.discovery.register({ ...user, id: "three" });
  await offering.zk.delete("/services/user/two");
  await scene.advance(1_000);
  scene.server.heal();
  await scene.advance(4_000);
  assertEquals(looking.zk.session!.id, id);
  assertEquals(users.snapshot.instances.map(({ id, port }) => `${id} ${port}`), [
    "one 1",
    "three 8000",
    "two 8000",
  ]);
  assertEquals(events, ["stale", "updated one", "added three", "updated two", "resynced"]);
});

test("An expired session of the cache's is followed by another that knows all", async (stage) => {
  const { scene, offering, looking, cache } = stage;
  const one = await offering.discovery.register(user);
  const users = await cache();
  const { id } = looking.zk.session!;
  scene.server.expire(id);
  await one.update({ port: 1 });
  await scene.advance(2 * T);
  assertNotEquals(looking.zk.session!.id, id);
  assertEquals([users.snapshot.instances[0]!.port, users.snapshot.stale], [1, false]);
  await one.update({ port: 2 });
  await scene.advance(200);
  assertEquals(users.snapshot.instances[0]!.port, 2, "The watches are there again");
});

test("One made anew in between is another one: zxids are compared, not versions (CURATOR-391)", async (stage) => {
  const { scene, offering, cache } = stage;
  await offering.zk.ensurePath("/services/user");
  await offering.zk.create("/services/user/one", instance("one", 1));
  const users = await cache();
  const events = log(users);
  await offering.zk.multi([
    Op.delete("/services/user/one"),
    Op.create("/services/user/one", instance("one", 2)),
  ]);
  await scene.advance(200);
  assertEquals([users.snapshot.instances[0]!.port, events], [2, ["updated one"]]);
});

test("A bad neighbour is skipped, reported, and seen when it is mended (Curator's ServiceCache throws, CURATOR-452)", async (stage) => {
  const { scene, offering, cache } = stage;
  await offering.zk.ensurePath("/services/user");
  const bad = ["", "{", "[]", "{}", `{"id":"x"}`, `{"id":"x","address":"a","port":70000}`, "\xff"];
  for (const [i, data] of bad.entries()) {
    await offering.zk.create(`/services/user/bad${i}`, data || null);
  }
  await offering.zk.create("/services/user/worse", new Uint8Array([0x22, 0xff, 0x22]));
  await offering.discovery.register(user);
  const users = await cache();
  const events = log(users);
  assertEquals([ids(users), users.metrics.invalid], [["one"], bad.length + 1]);
  await offering.zk.setData("/services/user/bad3", instance("three"));
  await scene.advance(200);
  assertEquals([ids(users), events], [["one", "three"], ["added three"]]);
  assertEquals(users.metrics.invalid, bad.length);
  await offering.zk.setData("/services/user/bad3", "{");
  await scene.advance(200);
  assertEquals([ids(users), events.slice(1)], [["one"], ["invalid", "removed three"]]);
});

test("A neighbour that must not be read is skipped, reported, and costs nobody else", async (stage) => {
  const { scene, offering, cache } = stage;
  const { zk } = offering;
  await zk.addAuth("digest", "me:secret");
  const acl = [{ perms: 31, id: { scheme: "auth", id: "" } }];
  await zk.ensurePath("/services/user");
  await zk.create("/services/user/secret", instance("secret"), { acl });
  await assertRejects(() => cache(), Error, "NOAUTH");
  await zk.create("/services/user/one", instance("one"));
  await zk.create("/services/user/two", instance("two"));
  const users = await cache();
  const events = log(users);
  assertEquals([ids(users), users.metrics.invalid], [["one", "two"], 1]);
  await zk.delete("/services/user/two");
  await zk.create("/services/user/two", instance("two", 9_000), { acl });
  await zk.create("/services/user/three", instance("three"));
  await scene.advance(200);
  scene.server.drop();
  await scene.advance(4_000);
  assertEquals([ids(users), users.metrics.invalid], [["one", "three"], 2]);
  assertEquals(events.filter((line) => line === "invalid").length, 1);
  // If that is so of all, the last snapshot stays.
  await zk.setACL("/services/user/one", acl);
  await zk.setACL("/services/user/three", acl);
  scene.server.expire(stage.looking.zk.session!.id);
  await scene.advance(2 * T);
  assertEquals([ids(users), users.snapshot.stale], [["one", "three"], true]);
  const anyone = [{ perms: 31, id: { scheme: "world", id: "anyone" } }];
  await zk.setACL("/services/user/one", anyone);
  await zk.setACL("/services/user/three", anyone);
  await scene.advance(40_000);
  for (const id of ["secret", "two"]) await zk.delete(`/services/user/${id}`);
  await zk.create("/services/user/two", instance("two"));
  await scene.advance(200);
  assertEquals(ids(users), ["one", "three", "two"]);
  scene.server.drop();
  await scene.advance(4_000);
  assertEquals([users.metrics.invalid, users.snapshot.stale], [0, false]);
});

test("A thousand that restart at once: few reads each, watches counted, nobody lost (druid 6647, spring-cloud-zookeeper 296)", async (stage) => {
  const { scene, offering, cache, recursive } = stage;
  const { zk } = offering;
  await zk.ensurePath("/services/user");
  const names = Array.from({ length: 1000 }, (_, i) => `${i}`.padStart(4, "0"));
  await Promise.all(names.map((name) => zk.create(`/services/user/${name}`, instance(name))));
  const users = await cache();
  const { version } = users.snapshot;
  assertEquals([users.snapshot.instances.length, users.metrics.reads], [1000, 1000]);
  assertEquals(scene.server.watchCount, recursive ? 1 : 1001);
  for (const name of names) {
    const path = `/services/user/${name}`;
    zk.delete(path);
    zk.create(path, instance(name, 9000));
  }
  await zk.sync("/");
  await scene.advance(1_000);
  const { instances } = users.snapshot;
  assertEquals(instances.filter(({ port }) => port === 9000).length, 1000);
  const steps = users.snapshot.version - version;
  assert(steps <= 3, `${steps} snapshots`);
  assert(users.metrics.reads <= 3_000, `${users.metrics.reads} reads`);
  assertEquals(scene.server.watchCount, recursive ? 1 : 1001);
  await users.close();
  await scene.advance(1_000);
  assertEquals(scene.server.watchCount, 0, "It leaves no watch behind (kazoo 542)");
});

test("After an outage many that have vanished are held for a while, and then let go (Finagle's limbo; Dubbo 9965)", async (stage) => {
  const { scene, offering, cache } = stage;
  const { zk } = offering;
  await zk.ensurePath("/services/user");
  for (const [i, id] of ["a", "b", "c", "d"].entries()) {
    await zk.create(`/services/user/${id}`, instance(id, 8000 + i));
  }
  const users = await cache();
  const events = log(users);
  scene.server.refuse({ host: "looking:2181" });
  await scene.advance(1_000);
  for (const id of ["a", "b", "c"]) await zk.delete(`/services/user/${id}`);
  scene.server.heal();
  await scene.advance(3_000);
  assertEquals([ids(users), users.metrics.held], [["a", "b", "c", "d"], 3]);
  assertEquals(users.snapshot.stale, false);
  // One is back under the same name, one under another at the same place.
  await zk.create("/services/user/a", instance("a", 1));
  await zk.create("/services/user/b2", instance("b", 2));
  await scene.advance(1_000);
  assertEquals([ids(users), users.metrics.held], [["a", "b", "c", "d"], 1]);
  await scene.advance(T);
  assertEquals([ids(users), users.metrics.held], [["a", "b", "d"], 0]);
  assertEquals(events.at(-1), "removed c");
});

test("All gone after an outage: held, but not for ever; all gone in plain sight: believed (Dubbo 9213, 9623, 10031)", async (stage) => {
  const { scene, offering, cache } = stage;
  const { zk } = offering;
  await zk.ensurePath("/services/user");
  await zk.create("/services/user/a", instance("a"));
  const users = await cache();
  scene.server.refuse({ host: "looking:2181" });
  await scene.advance(1_000);
  await zk.delete("/services/user/a");
  scene.server.heal();
  await scene.advance(3_000);
  assertEquals(ids(users), ["a"]);
  await scene.advance(T);
  assertEquals(ids(users), []);
  await zk.create("/services/user/a", instance("a"));
  await scene.advance(T);
  assertEquals(ids(users), ["a"]);
  await zk.delete("/services/user/a");
  await scene.advance(100);
  assertEquals(ids(users), []);
});

test("holdDown: { time: 0 } holds nothing", async ({ scene, offering, cache }) => {
  const { zk } = offering;
  await zk.ensurePath("/services/user");
  await zk.create("/services/user/a", instance("a"));
  const users = await cache({ holdDown: { time: 0 } });
  scene.server.refuse({ host: "looking:2181" });
  await scene.advance(1_000);
  await zk.delete("/services/user/a");
  scene.server.heal();
  await scene.advance(3_000);
  assertEquals(ids(users), []);
});

test("A ZooKeeper that has forgotten everything does not empty the pool before the others are back", async (stage) => {
  const { scene, offering, looking, cache } = stage;
  const registration = await offering.discovery.register(user);
  const users = await cache();
  const counts = new Set<number>();
  users.subscribe(() => counts.add(users.snapshot.instances.length));
  scene.server.wipe();
  await scene.advance(6 * T);
  assertEquals([looking.zk.state, registration.state], ["CONNECTED", "registered"]);
  assertEquals([ids(users), users.snapshot.stale, [...counts]], [["one"], false, [1]]);
  assertEquals(users.snapshot.instances[0]!.owner, offering.zk.session!.id);
});

test("kill -9: gone when the session is, and no sooner (spring-cloud-zookeeper 279)", async (stage) => {
  const { scene, offering, cache } = stage;
  await offering.discovery.register(user);
  const users = await cache();
  scene.server.refuse({ host: "offering:2181" });
  await scene.advance(T - 1_000);
  assertEquals(ids(users), ["one"]);
  await scene.advance(2 * 2_000 + 1_000);
  assertEquals(ids(users), []);
});

test("Several at one address: with uniqueAddress the newest counts, whatever its clock says", async (stage) => {
  const { scene, offering, cache } = stage;
  const { zk } = offering;
  await zk.ensurePath("/services/user");
  await zk.create("/services/user/old", instance("old"));
  await zk.create("/services/user/new", instance("new"));
  const [all, newest] = [await cache(), await cache({ uniqueAddress: true })];
  assertEquals([ids(all), ids(newest)], [["new", "old"], ["new"]]);
  await zk.delete("/services/user/new");
  await scene.advance(200);
  assertEquals([ids(all), ids(newest)], [["old"], ["old"]]);
});

test("maxInstances guards the memory, and says so", async ({ scene, offering, cache }) => {
  const { zk } = offering;
  await zk.ensurePath("/services/user");
  for (const id of ["a", "b", "c"]) await zk.create(`/services/user/${id}`, instance(id));
  const users = await cache({ maxInstances: 2 });
  const events = log(users);
  assertEquals(ids(users), ["a", "b"]);
  await zk.delete("/services/user/a");
  await scene.advance(200);
  scene.server.drop();
  await scene.advance(4_000);
  assertEquals(ids(users), ["b", "c"]);
  assertEquals(events.filter((line) => line === "invalid").length <= 2, true);
});

test("maxInstances guards it from those that come later, too; one that goes makes room", async (stage) => {
  const { scene, offering, cache } = stage;
  const { zk } = offering;
  await zk.ensurePath("/services/user");
  for (const id of ["a", "c"]) await zk.create(`/services/user/${id}`, instance(id));
  const users = await cache({ maxInstances: 2 });
  const events = log(users);
  await zk.create("/services/user/b", instance("b"));
  await zk.create("/services/user/d", instance("d"));
  await scene.advance(200);
  assertEquals(ids(users), ["a", "b"]);
  assertEquals(events.at(0), "invalid");
  await zk.setData("/services/user/d", instance("d", 9_000));
  await scene.advance(200);
  assertEquals(ids(users), ["a", "b"]);
  await zk.delete("/services/user/a");
  await scene.advance(200);
  assertEquals(ids(users), ["b", "c"]);
  await zk.delete("/services/user/b");
  await scene.advance(200);
  assertEquals(ids(users), ["c", "d"]);
  assertEquals(users.snapshot.instances[1]!.port, 9_000);
});

test("for await has the snapshot of the moment and each later one, and leaves with the cache", async (stage) => {
  const { scene, offering, cache } = stage;
  const users = await cache();
  const seen: string[] = [];
  const loop = (async () => {
    for await (const snapshot of users) {
      seen.push(snapshot.instances.map(({ id }) => id).join(), `${snapshot.stale}`);
    }
  })();
  const one = await offering.discovery.register(user);
  await scene.advance(200);
  await one.close();
  await scene.advance(200);
  await users.close();
  await loop;
  assertEquals(seen, ["", "false", "one", "false", "", "false"]);
  const later: Snapshot[] = [];
  for await (const snapshot of users) later.push(snapshot);
  assertEquals(later.length, 1);
});

test("A listener that throws is reported, and hurts nobody", async ({ scene, offering, cache }) => {
  const reported: unknown[] = [];
  const listen = (event: ErrorEvent) => {
    event.preventDefault();
    reported.push(event.error.message);
  };
  addEventListener("error", listen);
  const users = await cache();
  users.subscribe(() => {
    throw new Error("mine");
  });
  const events = log(users);
  await offering.discovery.register(user);
  await scene.advance(200);
  removeEventListener("error", listen);
  assertEquals([events, reported], [["added one"], ["mine"]]);
});

test("A refused read is tried again until it is allowed (Dubbo 7665)", async (stage) => {
  const { scene, offering, looking, cache } = stage;
  const { zk } = offering;
  await zk.addAuth("digest", "me:secret");
  await zk.ensurePath("/services/user");
  await zk.create("/services/user/one", instance("one"));
  const users = await cache();
  const events = log(users);
  const mine = [{ perms: 31, id: { scheme: "auth", id: "" } }];
  await zk.setACL("/services/user", mine);
  await zk.create("/services/user/two", instance("two"));
  scene.server.expire(looking.zk.session!.id);
  await scene.advance(2 * T);
  assertEquals([ids(users), users.snapshot.stale], [["one"], true]);
  await assertRejects(() => cache(), Error, "NOAUTH");
  await zk.setACL("/services/user", [{ perms: 31, id: { scheme: "world", id: "anyone" } }]);
  await scene.advance(60_000);
  assertEquals([ids(users), users.snapshot.stale], [["one", "two"], false]);
  assertEquals(events.at(-1), "resynced");
});

test("Slow, byte by byte, half open, garbage: it is up to date in the end", async (stage) => {
  const { scene, offering, cache } = stage;
  const { server } = scene;
  const one = await offering.discovery.register(user);
  const users = await cache();
  const at = { host: "looking:2181" };
  const faults = [
    () => server.delay(3_000, at),
    () => server.trickle(at),
    () => server.halfOpen(at),
    () => server.corrupt(at),
    () => server.dropAfter(50, at),
    () => server.stall(at),
  ];
  for (const [i, fault] of faults.entries()) {
    fault();
    await one.update({ port: i + 1 });
    await scene.advance(5_000);
    server.heal();
    server.resume(at);
    await scene.advance(2 * T);
    assertEquals([users.snapshot.instances[0]!.port, users.snapshot.stale], [i + 1, false], `${i}`);
  }
});

test("A session id that is changed silently loses nothing (ClickHouse Keeper 116690)", async (stage) => {
  const { scene, offering, looking, cache } = stage;
  const one = await offering.discovery.register(user);
  const users = await cache();
  scene.server.changeSessionId(looking.zk.session!.id);
  scene.server.drop({ host: "looking:2181" });
  await one.update({ port: 1 });
  await scene.advance(2 * T);
  assertEquals([users.snapshot.instances[0]!.port, users.snapshot.stale], [1, false]);
  await one.update({ port: 2 });
  await scene.advance(200);
  assertEquals(users.snapshot.instances[0]!.port, 2);
});

test("A host that cannot be resolved is an instance like others (linkerd 1516)", async (stage) => {
  await stage.offering.discovery.register(user);
  await stage.offering.discovery.register({ ...user, id: "two", address: "no.such.host" });
  assertEquals(ids(await stage.cache()), ["one", "two"]);
});

test("Many that were away together do not read at one time (druid 6647)", async (stage) => {
  const { scene, offering, looking } = stage;
  await offering.discovery.register(user);
  const times = new Map<number, number>();
  const start = scene.server.platform.clock.now();
  for (let i = 0; i < 20; i++) {
    const users = await looking.discovery.cache("user", { spread: 10_000 });
    users.subscribe(({ type }) => {
      if (type === "resynced") times.set(i, scene.server.platform.clock.now() - start);
    });
  }
  scene.server.expire(looking.zk.session!.id);
  await scene.advance(3 * T);
  assertEquals(times.size, 20);
  const sorted = [...times.values()].sort((a, b) => a - b);
  const spread = sorted.at(-1)! - sorted[0]!;
  assert(spread > 5_000, `spread over ${spread} ms`);
});

Deno.test("From a server without a quorum it reads, and stays stale", async () => {
  for (const options of Object.values(engines)) {
    await using scene = new Scene();
    const { zk, discovery } = await scene.someone("looking", { ...options, readOnly: true });
    await zk.ensurePath("/services/user");
    await zk.create("/services/user/one", instance("one"));
    const users = await discovery.cache("user");
    scene.server.readOnly(true);
    // Its session is not known there, and lasts 4/3 T; then there is another one.
    await scene.advance(20_000);
    assertEquals([zk.state, ids(users), users.snapshot.stale], ["READONLY", ["one"], true]);
    scene.server.readOnly(false);
    await scene.advance(20_000);
    assertEquals([zk.state, ids(users), users.snapshot.stale], ["CONNECTED", ["one"], false]);
  }
});

test("Picks go on for a minute without ZooKeeper", async ({ scene, offering, cache }) => {
  await offering.discovery.register(user);
  const users = await cache();
  scene.server.refuse();
  let picks = 0;
  for (let second = 0; second < 60; second++) {
    await scene.advance(1_000);
    if (users.snapshot.instances.length === 1) picks++;
  }
  scene.server.heal();
  await scene.advance(3 * T);
  assertEquals([picks, ids(users), users.snapshot.stale], [60, ["one"], false]);
});

Deno.test("The recursive watch is used only where the server is known to have it", async () => {
  const cases: [ZooKeeperOptions, number][] = [
    [{}, 3],
    [{ serverVersion: "3.5.9" }, 3],
    [{ serverVersion: "3.6.0" }, 1],
    [{ serverVersion: "3.9" }, 1],
    [{ serverVersion: "detect" }, 1],
  ];
  for (const [options, watches] of cases) {
    await using scene = new Scene();
    const { zk, discovery } = await scene.someone("a", options);
    await zk.ensurePath("/services/user");
    for (const id of ["a", "b"]) await zk.create(`/services/user/${id}`, instance(id));
    const users = await discovery.cache("user");
    assertEquals([scene.server.watchCount, users.metrics.watches], [watches, watches]);
  }
});

Deno.test("Two caches of one service, and one that goes, do not disturb each other", async () => {
  for (const options of Object.values(engines)) {
    await using scene = new Scene();
    const { discovery } = await scene.someone("a", options);
    const [one, two] = [await discovery.cache("user"), await discovery.cache("user")];
    await one.close();
    await discovery.register(user);
    await scene.advance(200);
    assertEquals([ids(one), ids(two)], [[], ["one"]]);
  }
});

Deno.test("Before ZooKeeper can be asked, `initial` is what there is", async () => {
  await using scene = new Scene();
  const known = await scene.someone("a");
  await known.discovery.register(user);
  const { instances } = (await known.discovery.cache("user")).snapshot;
  scene.server.refuse({ host: "b:2181" });
  const zk = new ZooKeeper("b", { platform: scene.server.platform, sessionTimeout: T });
  zk.run();
  const { discovery } = scene.on(zk);
  const users = await discovery.cache("user", { initial: instances });
  const none = outcome(discovery.cache("user"));
  await scene.advance(10_000);
  assertEquals([ids(users), users.snapshot.stale, none.now], [["one"], true, "waiting"]);
  scene.server.heal();
  await scene.advance(10_000);
  assertEquals([ids(users), users.snapshot.stale, none.now], [["one"], false, "done"]);
});

Deno.test("A signal closes a cache, also one that is not ready, and one aborted before", async () => {
  await using scene = new Scene();
  const { discovery } = await scene.someone("a");
  await assertRejects(
    () => discovery.cache("user", { signal: AbortSignal.abort(new Error("before")) }),
    Error,
    "before",
  );
  const end = new AbortController();
  const users = await discovery.cache("user", { signal: end.signal });
  const loop = (async () => {
    for await (const _ of users);
  })();
  end.abort();
  await loop;
  scene.server.stall();
  const early = new AbortController();
  const waiting = discovery.cache("user", { signal: early.signal });
  early.abort(new Error("enough"));
  await assertRejects(() => waiting, Error, "enough");
  assertThrows(() => discovery.cache("user", { window: -1 }), RangeError, `"window"`);
  scene.server.resume();
});

Deno.test("With its session a cache is over, and stale", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a");
  await discovery.register(user);
  const users = await discovery.cache("user");
  await zk.close();
  await scene.advance(1_000);
  assertEquals(users.snapshot.stale, true);
});

Deno.test("Znodes too long to be read together are read all the same", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a", { serverVersion: "3.9" });
  await zk.ensurePath("/services/user");
  const payload = "x".repeat(300_000);
  for (let i = 0; i < 12; i++) {
    const data = JSON.stringify({ id: `${i}`, address: "a", payload });
    await zk.create(`/services/user/${i}`, data);
  }
  const caching = discovery.cache("user");
  await scene.advance(20_000);
  assertEquals((await caching).snapshot.instances.length, 12);
});
