/** Services by name, all of them together, and what cannot be asked for. */
import { assertEquals, assertMatch, assertRejects, assertThrows, fail } from "@std/assert";
import { curator, ServiceDiscovery, type ServiceRegistration } from "@zkst/zookeeper/discovery";
import { engines, ids, log, outcome, Scene, T, user } from "./scene.ts";

Deno.test("names() are those that there are; of a base that is missing, none", async () => {
  await using scene = new Scene();
  const { discovery } = await scene.someone("a");
  assertEquals(await discovery.names(), []);
  await discovery.register(user);
  await discovery.register({ ...user, name: "billing" });
  assertEquals(await discovery.names(), ["billing", "user"]);
});

Deno.test("watchNames() follows over a missing base, lost connections and an expiry", async () => {
  await using scene = new Scene();
  const looking = await scene.someone("looking");
  const offering = await scene.someone("offering");
  const end = new AbortController();
  const seen: string[] = [];
  const loop = (async () => {
    for await (const names of looking.discovery.watchNames({ signal: end.signal })) {
      seen.push(names.join());
    }
  })();
  await scene.advance(1_000);
  await offering.discovery.register(user);
  await scene.advance(1_000);
  scene.server.refuse({ host: "looking:2181" });
  await offering.discovery.register({ ...user, name: "billing" });
  await scene.advance(1_000);
  scene.server.heal();
  await scene.advance(5_000);
  scene.server.expire(looking.zk.session!.id);
  await scene.advance(2 * T);
  await offering.discovery.register({ ...user, name: "mail" });
  await scene.advance(1_000);
  end.abort();
  await loop;
  assertEquals(seen, ["", "user", "billing,user", "billing,mail,user"]);
  await scene.advance(1_000);
  assertEquals(scene.server.watchCount, 3, "The registrations' own are left");
});

Deno.test("watchNames() leaves nothing: aborted before, begun too late, on a session that is over", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a");
  for await (const _ of discovery.watchNames({ signal: AbortSignal.abort() })) fail();
  await scene.advance(1_000);
  assertEquals(scene.server.watchCount, 0);
  const late = discovery.watchNames();
  await discovery.close();
  assertThrows(() => late[Symbol.asyncIterator](), TypeError, "closed");

  const other = scene.on(zk).discovery;
  const loops: { now: string }[] = [];
  const loop = async () => {
    for await (const names of other.watchNames()) assertEquals(names, []);
  };
  loops.push(outcome(loop()));
  await scene.advance(1_000);
  await zk.close();
  await scene.advance(1_000);
  loops.push(outcome(loop()));
  await scene.advance(1_000);
  assertEquals(loops, [{ now: "done" }, { now: "done" }]);
});

Deno.test("watchNames() says that it is refused, and that a layout has no names", async () => {
  await using scene = new Scene();
  const { zk } = await scene.someone("a");
  const { zk: owner } = await scene.someone("owner");
  await owner.addAuth("digest", "me:secret");
  await owner.create("/services", null, { acl: [{ perms: 31, id: { scheme: "auth", id: "" } }] });
  const { discovery } = scene.on(zk);
  await assertRejects(
    async () => {
      for await (const _ of discovery.watchNames()) fail();
    },
    Error,
    "NOAUTH",
  );
  const nameless = scene.on(zk, { layout: { ...curator(), names: () => null } }).discovery;
  assertThrows(() => nameless.watchNames(), TypeError, "cannot tell which services");
  await assertRejects(() => nameless.names(), TypeError, "cannot tell which services");
});

Deno.test("On a session that is over nothing waits for ever, and nothing is said to be there", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a");
  const before = outcome(discovery.required(["user"]));
  await scene.advance(1_000);
  await zk.close();
  await scene.advance(1_000);
  assertMatch(before.now, /closed before an instance of user was UP/);
  await assertRejects(() => discovery.cache("user"), Error);
  await assertRejects(() => discovery.required(["user"]), Error);
  await assertRejects(() => discovery.register(user), Error, "closed");
});

Deno.test("required() waits until each has one that is UP, and says which have none", async () => {
  await using scene = new Scene();
  const looking = await scene.someone("looking");
  const offering = await scene.someone("offering");
  const starting = await offering.discovery.register({ ...user, status: "STARTING" });
  const both = outcome(looking.discovery.required(["user", "billing"]));
  const late = assertRejects(
    () => looking.discovery.required(["user", "billing", "billing"], { timeout: 5_000 }),
    Error,
    "No instance is UP of billing",
  );
  await scene.advance(1_000);
  await starting.setStatus("UP");
  await scene.advance(10_000);
  await late;
  assertEquals(both.now, "waiting");
  await offering.discovery.register({ ...user, name: "billing" });
  await scene.advance(1_000);
  assertEquals(both.now, "done");
  await looking.discovery.required([]);
  const signal = AbortSignal.abort(new Error("enough"));
  await assertRejects(() => looking.discovery.required(["x"], { signal }), Error, "enough");
});

Deno.test("An alias stands for a service's name", async () => {
  await using scene = new Scene();
  const { zk } = await scene.someone("a");
  const { discovery } = scene.on(zk, { aliases: { db: "mysql-main" } });
  await discovery.register({ ...user, name: "db" });
  assertEquals(await discovery.names(), ["mysql-main"]);
  assertEquals(ids(await discovery.cache("db")), ["one"]);
});

Deno.test("What is registered is checked at the call", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a");
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  const cases: [Partial<ServiceRegistration> & object, typeof TypeError, string][] = [
    [{ name: "" }, TypeError, "name must not be empty"],
    [{ port: "80" as never }, RangeError, '1 to 65535, not "80"'],
    [{ name: "a/b" }, TypeError, `must not have "/"`],
    [{ name: ".." }, TypeError, `segment "." or ".."`],
    [{ name: "a\0" }, TypeError, "U+0000"],
    [{ name: 5 as never }, TypeError, "must be a string, not number"],
    [{ id: "" }, TypeError, "id must not be empty"],
    [{ id: "x/y" }, TypeError, `must not have "/"`],
    [{ port: 0 }, RangeError, "1 to 65535, not 0"],
    [{ port: 65536 }, RangeError, "not 65536"],
    [{ port: 80.5 }, RangeError, "not 80.5"],
    [{ sslPort: -1 }, RangeError, "sslPort"],
    [{ port: "80" as never }, RangeError, "port"],
    [{ address: "" }, TypeError, "host's name"],
    [{ address: "0.0.0.0" }, TypeError, "where to listen"],
    [{ address: "::" }, TypeError, "where to listen"],
    [{ address: "[::]" }, TypeError, "where to listen"],
    [{ address: "0:0:0:0:0:0:0:0" }, TypeError, "where to listen"],
    [{ address: "::ffff:0.0.0.0" }, TypeError, "where to listen"],
    [{ address: "10.0.0.5:80" }, TypeError, "has a port in it"],
    [{ address: "http://a" }, TypeError, "host's name"],
    [{ address: undefined as never }, TypeError, "must be a string"],
    [{ status: "up" as never }, TypeError, "UP, STARTING, DRAINING, DOWN, not up"],
    [{ serviceType: "STATIK" as never }, TypeError, "DYNAMIC_SEQUENTIAL"],
    [{ weight: 0 }, RangeError, "weight"],
    [{ weight: NaN }, RangeError, "weight"],
    [{ zone: 1 as never }, TypeError, "zone"],
    [{ tags: "a" as never }, TypeError, "tags"],
    [{ endpoints: { admin: { address: "::", port: 1 } } }, TypeError, "where to listen"],
    [{ endpoints: { admin: { address: "a", port: 0 } } }, RangeError, "0"],
    [{ endpoints: { admin: null as never } }, TypeError, "admin"],
    [{ uriSpec: "http://{address}" as never }, TypeError, "uriSpec must be { parts"],
    [{ uriSpec: { parts: [{ value: "port" }] } as never }, TypeError, "uriSpec must be { parts"],
    [{ payload: circle }, TypeError, "circular"],
    [{ payload: 5n }, TypeError, "BigInt"],
    [{ payload: () => {} }, TypeError, "cannot be written"],
    [{ payload: Symbol("s") }, TypeError, "cannot be written"],
    [{ payload: "x".repeat(zk.maxBuffer) }, RangeError, "maxBuffer"],
    [{ prot: 80 } as never, TypeError, `no "prot"`],
  ];
  for (const [wrong, kind, message] of cases) {
    const given = { ...user, ...wrong };
    assertThrows(() => void discovery.register(given).catch(() => {}), kind, message, message);
    assertThrows(() => discovery.announce(given), kind, message);
  }
  assertThrows(() => discovery.register(null as never), TypeError, "must be an object, not null");
  assertEquals(await zk.getChildren("/"), ["zookeeper"], "Nothing was created");
  for (const name of ["", "a/b", "."]) assertThrows(() => discovery.cache(name), TypeError, "name");
  const holdDown = { tim: 0 } as never;
  assertThrows(() => discovery.cache("user", { holdDown }), TypeError, `no option "tim"`);
  const [listener, signal] = [5, {}] as never[];
  assertThrows(() => discovery.cache("user", { listener: listener! }), TypeError, "function");
  assertThrows(() => discovery.cache("user", { signal: signal! }), TypeError, "an AbortSignal");
  const health = { check: () => true, intervall: 1 } as never;
  assertThrows(() => discovery.register(user, { health }), TypeError, `no option "intervall"`);
  const options: [object, typeof TypeError, string][] = [
    [{ basePath: "services" }, TypeError, "must start with"],
    [{ base: "/" }, TypeError, `no option "base"`],
    [{ layout: {} }, TypeError, "layout"],
  ];
  for (const [wrong, kind, message] of options) {
    assertThrows(() => new ServiceDiscovery(zk, wrong), kind, message);
  }
});

Deno.test("What is updated is checked at the call, and what was there stays", async () => {
  await using scene = new Scene();
  const { discovery } = await scene.someone("a");
  const registration = await discovery.register(user);
  assertThrows(() => registration.update({ port: 0 }), RangeError, "port");
  assertThrows(() => registration.update({ payload: { big: 5n } }), TypeError, "BigInt");
  assertThrows(() => registration.update({ name: "x" } as never), TypeError, "name");
  assertThrows(() => registration.report({ big: 5n }), TypeError, "BigInt");
  assertThrows(() => registration.subscribe(null as never), TypeError, "listener");
  assertThrows(() => discovery.register(user), TypeError, "registered here already");
  const health = { check: null as never };
  assertThrows(() => discovery.register({ ...user, id: "x" }, { health }), TypeError, "function");
  await registration.update({ port: 1 });
  assertEquals(registration.instance.port, 1);
  await registration.close();
  await discovery.register(user);
  await discovery.close();
  assertThrows(() => discovery.register(user), TypeError, "is closed");
});

Deno.test("IPv6 addresses lose their brackets", async () => {
  await using scene = new Scene();
  const { discovery } = await scene.someone("a");
  await discovery.register({ ...user, address: "[2001:db8::1]" });
  const cache = await discovery.cache("user");
  assertEquals(cache.snapshot.instances[0]!.address, "2001:db8::1");
});

Deno.test("curator: what it has no fields for comes back, and what others write is taken", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a");
  const endpoints = { admin: { address: "10.0.0.6", port: 9000 } };
  const whole = { ...user, endpoints, weight: 2, zone: "b", tags: ["canary"], sslPort: 8443 };
  await discovery.register({ ...whole, status: "DRAINING", payload: { a: [1] } });
  const write = (id: string, more: object) =>
    zk.create(`/services/user/${id}`, JSON.stringify({ id, address: "h", ...more }));
  await write("spring", {
    payload: { "@class": "x.Y", metadata: { instance_status: "OUT_OF_SERVICE" } },
  });
  await write("disabled", { enabled: false, port: null });
  await write("plain", { enabled: true, uriSpec: null, unknown: 1, payload: "text", port: 1 });
  await write("odd", { weight: "2", zone: 5, tags: [1, "a"], endpoints: { x: 1 }, port: 1 });
  const cache = await discovery.cache("user");
  const [disabled, odd, one, plain, spring] = cache.snapshot.instances;
  assertEquals(disabled!.status, "DOWN");
  assertEquals([odd!.weight, odd!.zone, odd!.tags, odd!.endpoints], [1, null, ["a"], {}]);
  assertEquals([one!.endpoints, one!.weight, one!.zone, one!.tags, one!.sslPort, one!.status], [
    endpoints,
    2,
    "b",
    ["canary"],
    8443,
    "DRAINING",
  ]);
  assertEquals(one!.payload, { a: [1] });
  assertEquals([plain!.payload, plain!.status, plain!.port], ["text", "UP", 1]);
  assertEquals([spring!.status, spring!.payload], [
    "DOWN",
    { metadata: { instance_status: "OUT_OF_SERVICE" } },
  ]);
});

Deno.test("curator: a payload's class is what it says, or what the option says", async () => {
  await using scene = new Scene();
  const { zk } = await scene.someone("a");
  const cases: [string | null | undefined, unknown, unknown][] = [
    [undefined, { a: 1 }, { "@class": "java.util.LinkedHashMap", a: 1 }],
    [null, { a: 1 }, { a: 1 }],
    ["com.x.Y", { a: 1 }, { "@class": "com.x.Y", a: 1 }],
    ["com.x.Y", { "@class": "com.x.Z" }, { "@class": "com.x.Z" }],
    [undefined, "text", "text"],
    [undefined, [1, 2], ["java.util.ArrayList", [1, 2]]],
    [null, ["a.b", 2], ["java.util.ArrayList", ["a.b", 2]]],
    [undefined, undefined, null],
  ];
  for (const [i, [payloadClass, payload, written]] of cases.entries()) {
    const layout = curator(payloadClass === undefined ? {} : { payloadClass });
    const { discovery } = scene.on(zk, { basePath: `/base${i}`, layout });
    const { path } = await discovery.register({ ...user, payload: payload as never });
    const data = JSON.parse(new TextDecoder().decode((await zk.getData(path)).data!));
    assertEquals(data.payload, written);
    const [read] = (await discovery.cache("user")).snapshot.instances;
    const { "@class": _, ...bare } = payload as Record<string, unknown> ?? {};
    const isObject = typeof payload === "object" && !Array.isArray(payload);
    assertEquals(read!.payload, isObject ? bare : payload ?? null);
  }
});

Deno.test("curator: what Jackson writes for its own use is no part of a payload", async () => {
  await using scene = new Scene();
  const { zk, discovery } = await scene.someone("a");
  await zk.ensurePath("/services/user");
  // As Curator 5.4 has written them.
  const payloads: Record<string, [written: string, read: unknown]> = {
    array: [`["[Ljava.lang.String;",["x"]]`, ["x"]],
    bytes: [`["[B","AQI="]`, "AQI="],
    date: [`["java.util.Date",5]`, 5],
    inner: [`["com.x.Color$Kind","RED"]`, "RED"],
    ints: [`["[I",[1]]`, [1]],
    map: [`{"@class":"java.util.EnumMap<com.x.E,java.lang.Object>","A":1}`, { A: 1 }],
    none: [`["not a class",[1]]`, ["not a class", [1]]],
    set: [`["java.util.EnumSet<com.x.E>",["A"]]`, ["A"]],
  };
  for (const [id, [written]] of Object.entries(payloads)) {
    const data = `{"id":"${id}","address":"h","port":"8000","payload":${written}}`;
    await zk.create(`/services/user/${id}`, data);
  }
  const { instances } = (await discovery.cache("user")).snapshot;
  assertEquals(
    instances.map(({ payload }) => payload),
    Object.values(payloads).map(([, read]) => read),
  );
  assertEquals(instances[0]!.port, 8000);
});

Deno.test("curator: a payload that says itself how it is written is written so", async () => {
  await using scene = new Scene();
  const { discovery } = await scene.someone("a");
  const own = { toJSON: () => ({ a: 1 }) };
  await discovery.register({ ...user, id: "own", payload: own });
  await discovery.register({ ...user, id: "url", payload: new URL("http://host/x") });
  const { instances } = (await discovery.cache("user")).snapshot;
  assertEquals(instances.map(({ payload }) => payload), [{ a: 1 }, "http://host/x"]);
});

Deno.test("A listener hears of bad entries from the first read on", async () => {
  for (const options of Object.values(engines)) {
    await using scene = new Scene();
    const { zk, discovery } = await scene.someone("a", options);
    await zk.ensurePath("/services/user/bad");
    const told: string[] = [];
    await discovery.cache("user", { listener: ({ type }) => void told.push(type) });
    assertEquals(told, ["invalid"]);
  }
});

Deno.test("Fifty services, ten instances each, one who watches all: every change arrives", async () => {
  await using scene = new Scene();
  const offering = await scene.someone("offering");
  const looking = await scene.someone("looking");
  const names = Array.from({ length: 50 }, (_, i) => `service${i}`);
  const registrations = await Promise.all(
    names.flatMap((name) =>
      Array.from(
        { length: 10 },
        (_, i) => offering.discovery.register({ ...user, name, id: `${i}` }),
      )
    ),
  );
  const caches = await Promise.all(names.map((name) => looking.discovery.cache(name)));
  const logs = caches.map(log);
  scene.server.expire(offering.zk.session!.id);
  await scene.advance(2 * T);
  assertEquals(registrations.filter(({ state }) => state !== "registered"), []);
  assertEquals(caches.map((cache) => ids(cache).length), names.map(() => 10));
  assertEquals(logs.filter((lines) => lines.length === 0), []);
});
