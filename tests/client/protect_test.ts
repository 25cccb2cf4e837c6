/** create with `protect`: on either side of a lost connection there is one znode, and it is known. */
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import {
  type CreateMode,
  type CreateOptions,
  stripProtection,
  ZooKeeper,
  ZooKeeperError,
  type ZooKeeperOptions,
} from "@zkst/zookeeper";
import { TestServer } from "@zkst/zookeeper/testing";
import { protectionOf, uuidOf } from "../../src/client/protection.ts";

const uuid = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
const T = 10_000;

/** A server, and a session with it. */
class Scene implements AsyncDisposable {
  static async open(options: ZooKeeperOptions = {}): Promise<Scene> {
    const server = new TestServer();
    const { platform } = server;
    const all = { platform, sessionTimeout: T, ...options };
    return new Scene(server, await ZooKeeper.connect("test", all));
  }

  private constructor(readonly server: TestServer, readonly zk: ZooKeeper) {}

  /** What is asked for now is sent and done, and its answer is lost. */
  loseReply(): void {
    this.server.loseReply();
  }

  /** What is asked for now is sent and not done. */
  async loseRequest<R>(ask: () => Promise<R>): Promise<Promise<R>[]> {
    this.server.stall();
    const asked = ask();
    asked.catch(() => {});
    await this.server.advance(0);
    this.server.drop();
    this.server.resume();
    return [asked];
  }

  async names(path = "/"): Promise<string[]> {
    const names = await this.zk.getChildren(path);
    return names.filter((name) => name !== "zookeeper").sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.zk.close();
    await this.server.close();
  }
}

const modes: [CreateMode, Partial<CreateOptions>][] = [
  ["PERSISTENT", {}],
  ["EPHEMERAL", {}],
  ["PERSISTENT_SEQUENTIAL", {}],
  ["EPHEMERAL_SEQUENTIAL", {}],
  ["CONTAINER", {}],
  ["PERSISTENT_WITH_TTL", { ttl: 1000 }],
  ["PERSISTENT_SEQUENTIAL_WITH_TTL", { ttl: 1000 }],
];

Deno.test("protect: the name is Curator's, and stripProtection() takes it off again", async () => {
  await using scene = await Scene.open();
  const { zk } = scene;
  await zk.create("/locks");
  const path = await zk.create("/locks/n-", "1", { protect: true, mode: "EPHEMERAL_SEQUENTIAL" });
  assertMatch(path, new RegExp(`^/locks/_c_${uuid}-n-0000000000$`));
  assertEquals(stripProtection(path), "/locks/n-0000000000");
  assertEquals(stripProtection(path.slice("/locks/".length)), "n-0000000000");
  const bare = await zk.create("/locks/", null, { protect: true, mode: "PERSISTENT_SEQUENTIAL" });
  assertMatch(bare, new RegExp(`^/locks/_c_${uuid}-0000000001$`));
  const other = await zk.create("/a", "1", { protect: true });
  assertMatch(other, new RegExp(`^/_c_${uuid}-a$`));
  assertEquals(await scene.names(), [other.slice(1), "locks"].sort());
});

Deno.test("stripProtection() leaves alone what is not protected, as Curator does", () => {
  const id = "53345f98-9423-4e0c-a7b5-9f819e3ec2e1";
  assertEquals(protectionOf(id), `_c_${id}-`);
  assertEquals(stripProtection(`/a/_c_${id}-b`), "/a/b");
  assertEquals(stripProtection(`_c_${id.toUpperCase()}-b`), "b");
  assertEquals(stripProtection(`/_c_${id}-_c_${id}-b`), `/_c_${id}-b`);
  for (
    const path of [
      "/",
      "",
      "/a/b",
      `/a/_c_${id}-`,
      `/a/_c_${id}b`,
      `/_c_${id}-a/b`,
      "/a/_c_no-uuid-at-all-but-as-long-as-one-is-1-b",
      `/a/x_c_${id}-b`,
    ]
  ) assertEquals(stripProtection(path), path);
  const ids = new Set(Array.from({ length: 1000 }, () => uuidOf(Math.random)));
  assertEquals(ids.size, 1000);
  for (const one of ids) assertMatch(one, new RegExp(`^${uuid}$`));
  assertEquals(uuidOf(() => 0), "00000000-0000-4000-8000-000000000000");
  assertEquals(uuidOf(() => 1 - Number.EPSILON), "ffffffff-ffff-4fff-bfff-ffffffffffff");
});

for (const [mode, more] of modes) {
  for (const side of ["the answer", "the request"]) {
    Deno.test(`protect: ${mode}, ${side} is lost: there is one znode, and create says which`, async () => {
      await using scene = await Scene.open();
      const { zk, server } = scene;
      const options = { mode, protect: true, ...more };
      const create = () => zk.create2("/n", "1", options);
      if (side === "the answer") scene.loseReply();
      const creating = side === "the answer" ? create() : (await scene.loseRequest(create))[0]!;
      const outcome = creating.then((created) => created);
      await server.advance(1000);
      const { path, stat } = await outcome;
      assertEquals(await scene.names(), [path.slice(1)]);
      assertEquals(stat.ephemeralOwner, mode.startsWith("EPHEMERAL") ? zk.session!.id : 0n);
      assertEquals(stat.czxid, (await zk.exists(path))!.czxid);
      assertMatch(path, mode.includes("SEQUENTIAL") ? /-n\d{10}$/ : /-n$/);
    });
  }
}

Deno.test("without protect a create is never sent twice, retry or not", async () => {
  for (const retry of [false, true]) {
    await using scene = await Scene.open({ retry });
    scene.loseReply();
    const lost = assertRejects(() => scene.zk.create("/a"), ZooKeeperError, "CONNECTIONLOSS");
    await scene.server.advance(1000);
    await lost;
    const [unsent] = await scene.loseRequest(() => scene.zk.create("/b"));
    const failed = assertRejects(() => unsent!, ZooKeeperError, "CONNECTIONLOSS");
    await scene.server.advance(1000);
    await failed;
    assertEquals(await scene.names(), ["a"]);
  }
});

Deno.test("protect: lost again and again, while it is looked for too", async () => {
  await using scene = await Scene.open();
  const { zk, server } = scene;
  server.delay(50);
  scene.loseReply();
  const creating = zk.create("/n", "1", { protect: true, mode: "EPHEMERAL_SEQUENTIAL" });
  await server.advance(20);
  for (let i = 0; i < 3; i++) {
    while (zk.state !== "CONNECTED") await server.advance(10);
    // It asks, and the answers are on their way.
    await server.advance(20);
    server.drop();
    await server.advance(0);
    assertEquals(zk.state, "CONNECTING");
  }
  server.delay(0);
  // The pauses have grown meanwhile.
  await server.advance(T / 2);
  const path = await creating;
  assertEquals(await scene.names(), [path.slice(1)]);
});

Deno.test("protect: a chroot and views are no matter", async () => {
  await using scene = await Scene.open();
  const { zk, server } = scene;
  await zk.ensurePath("/app/locks");
  const view = zk.chroot("/app");
  for (const parent of ["", "/locks"]) {
    scene.loseReply();
    const creating = view.create(`${parent}/n-`, "1", {
      protect: true,
      mode: "EPHEMERAL_SEQUENTIAL",
    });
    await server.advance(1000);
    const path = await creating;
    assert((await view.exists(path)) !== null);
    assertMatch(path, new RegExp(`^${parent}/_c_${uuid}-n-\\d{10}$`));
  }
  assertEquals((await scene.names("/app")).length, 2);
  assertEquals((await scene.names("/app/locks")).length, 1);
});

Deno.test("protect: what it is made of may be overwritten once it has been called", async () => {
  await using scene = await Scene.open();
  const { zk, server } = scene;
  const data = new TextEncoder().encode("before");
  const [creating] = await scene.loseRequest(() => zk.create("/n", data, { protect: true }));
  data.fill(0);
  await server.advance(1000);
  const { data: found } = await zk.getData(await creating!);
  assertEquals(new TextDecoder().decode(found!), "before");
});

Deno.test("protect: never in another session: it rejects, and leaves nothing behind", async () => {
  for (const mode of ["EPHEMERAL", "PERSISTENT_SEQUENTIAL"] as const) {
    await using scene = await Scene.open();
    const { zk, server } = scene;
    const before = zk.session!.id;
    scene.loseReply();
    const creating = assertRejects(
      () => zk.create("/n", "1", { protect: true, mode }),
      ZooKeeperError,
      "SESSIONEXPIRED",
    );
    server.expire(before);
    await server.advance(1000);
    const error = await creating;
    assertEquals(error.sent, true);
    assertMatch(error.path!, new RegExp(`^/_c_${uuid}-n$`));
    assert(zk.session!.id !== before);
    await server.advance(1000);
    assertEquals(await scene.names(), []);
  }
});

Deno.test("protect: whoever gives up leaves nothing behind: a timeout, a signal, too many attempts", async () => {
  const mode = "PERSISTENT_SEQUENTIAL";
  await using scene = await Scene.open();
  const { zk, server } = scene;
  // What the server answers is on its way until the time is over.
  server.delay(500);
  const late = assertRejects(
    () => zk.create("/n", "1", { protect: true, mode, timeout: 300 }),
    ZooKeeperError,
    "REQUESTTIMEOUT",
  );
  await server.advance(400);
  await late;
  const controller = new AbortController();
  const aborted = assertRejects(
    () => zk.create("/n", "1", { protect: true, mode, signal: controller.signal }),
    Error,
    "enough",
  );
  await server.advance(100);
  controller.abort(new Error("enough"));
  await aborted;
  server.delay(0);
  await server.advance(1000);
  assertEquals(await scene.names(), []);
  const { signal } = controller;
  const early = zk.create("/n", "1", { protect: true, mode, signal });
  await assertRejects(() => early, Error, "enough");
  scene.loseReply();
  const once = assertRejects(
    () => zk.create("/n", "1", { protect: true, mode, retry: { attempts: 1 } }),
    ZooKeeperError,
    "CONNECTIONLOSS",
  );
  await server.advance(1000);
  assertEquals((await once).sent, true);
  await server.advance(1000);
  assertEquals(await scene.names(), []);
});

Deno.test("protect: a znode of another session is not taken for its own", async () => {
  const server = new TestServer();
  const platform = { ...server.platform, random: () => 0.5 };
  const zk = await ZooKeeper.connect("test", { platform, sessionTimeout: T });
  const other = await ZooKeeper.connect("test", { platform, sessionTimeout: T });
  const name = `/${protectionOf(uuidOf(() => 0.5))}n-`;
  const foreign = await other.create(name, null, { mode: "EPHEMERAL_SEQUENTIAL" });
  server.stall();
  const creating = zk.create("/n-", null, { mode: "EPHEMERAL_SEQUENTIAL", protect: true });
  await server.advance(0);
  server.drop();
  server.resume();
  await server.advance(1000);
  const path = await creating;
  assertEquals([foreign, path], [`${name}0000000000`, `${name}0000000001`]);
  await Promise.all([zk.close(), other.close()]);
  await server.close();
});

Deno.test("retry: ensurePath() and deleteRecursive() are repeated as a whole", async () => {
  await using scene = await Scene.open();
  const { zk, server } = scene;
  for (const retry of [undefined, true]) {
    const options = retry === undefined ? {} : { retry };
    for (
      const call of [
        () => zk.ensurePath("/a/b", options),
        () => zk.deleteRecursive("/a", options),
      ]
    ) {
      scene.loseReply();
      const outcome = call().then(() => "done", (error) => error.code);
      await server.advance(2000);
      assertEquals(await outcome, retry ? "done" : "CONNECTIONLOSS");
    }
    // Without it, one of several was done.
    await zk.deleteRecursive("/a");
  }
});

Deno.test("protect: the server's refusal is told as it is, and misuse is thrown at the call", async () => {
  await using scene = await Scene.open();
  const { zk, server } = scene;
  await assertRejects(() => zk.create("/no/n", "1", { protect: true }), ZooKeeperError, "NONODE");
  const [lost] = await scene.loseRequest(() => zk.create("/no/n", "1", { protect: true }));
  const refused = assertRejects(() => lost!, ZooKeeperError, "NONODE");
  await server.advance(1000);
  assertEquals((await refused).code, "NONODE");
  const wrong: [string, unknown][] = [
    ["n", { protect: true }],
    ["/n/", { protect: true }],
    ["/n", { protect: "yes" }],
    ["/n", { protect: true, mode: "SOMETIMES" }],
    ["/n", { protect: true, mode: "PERSISTENT_WITH_TTL" }],
    ["/n", { protect: true, once: 1 }],
    ["/n", { protect: true, retry: "often" }],
  ];
  for (const [path, options] of wrong) {
    assertThrows(() => zk.create(path, "1", options as CreateOptions), TypeError);
  }
  assertThrows(() => zk.create(7 as never, "1", { protect: true }), TypeError);
  assertThrows(() => zk.create("/n", 7 as never, { protect: true }), TypeError);
  assertEquals(await scene.names(), []);
});
