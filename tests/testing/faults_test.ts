/** The faults of a TestServer, as a client of this package lives through them. */
import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { type WatchedEvent, ZooKeeper, type ZooKeeperOptions } from "@zkst/zookeeper";
import { TestServer } from "@zkst/zookeeper/testing";
import { Rc } from "../../src/proto/constants.ts";
import { outcome } from "./network/echo.ts";
import { ask, Raw } from "./raw.ts";

/** A client and the states it has been in. */
class Client implements AsyncDisposable {
  readonly states: string[] = [];
  constructor(readonly zk: ZooKeeper, readonly id: bigint) {}

  static async of(server: TestServer, host = "a", more: ZooKeeperOptions = {}): Promise<Client> {
    const states: string[] = [];
    const watcher = ({ state }: WatchedEvent) => void states.push(state);
    const zk = await ZooKeeper.connect(host, { platform: server.platform, watcher, ...more });
    const client = new Client(zk, zk.session!.id);
    states.length = 0;
    return Object.assign(client, { states });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.zk.close();
  }
}

const once = ["CONNECTING", "CONNECTED"];
const code = (promise: Promise<unknown>) => promise.then(() => "OK", (error) => error.code);

Deno.test("expire(): the session and its ephemerals are gone, its client told", async () => {
  await using server = new TestServer();
  await using other = await Client.of(server);
  await using client = await Client.of(server);
  await client.zk.create("/e", null, { mode: "EPHEMERAL" });
  server.expire(client.id);
  assertEquals(server.sessions, [other.id]);
  assertEquals(await other.zk.exists("/e"), null);
  await server.advance(2_000);
  assertEquals(client.states, ["CONNECTING", "EXPIRED_SESSION", "CONNECTED"]);
  assertNotEquals(client.zk.session!.id, client.id);
  assertThrows(() => server.expire(client.id), TypeError, "There is no session 0x");
  assertThrows(() => server.move(5 as never), TypeError, "A session's id is a bigint, not 5");
});

Deno.test("drop(): a reconnect goes on with the session; limited, it concerns one alone", async () => {
  await using server = new TestServer();
  await using a = await Client.of(server, "a");
  await using b = await Client.of(server, "b:2182");
  await using c = await Client.of(server, "c");
  server.drop({ session: a.id });
  server.drop({ host: "b:2182" });
  server.drop({ host: "c:2182" });
  await server.advance(2_000);
  assertEquals([a.states, b.states, c.states], [once, once, []]);
  server.drop();
  await server.advance(2_000);
  assertEquals([a.states.length, b.states.length, c.states], [4, 4, once]);
  assertEquals(server.sessions.length, 3);
});

Deno.test("dropAfter(): a reply is cut in the middle, and the client does not know", async () => {
  await using server = new TestServer();
  await using client = await Client.of(server);
  server.dropAfter(30, { session: client.id });
  assertEquals(await code(client.zk.create2("/cut", null)), "CONNECTIONLOSS");
  await server.advance(2_000);
  assertEquals(client.states, once);
  assert(await client.zk.exists("/cut"), "It was created all the same");
  assertThrows(() => server.dropAfter(-1), RangeError, "-1 bytes");
});

Deno.test("loseReply(): a create is done, its reply left out, the connection closed", async () => {
  await using server = new TestServer();
  await using client = await Client.of(server);
  await using other = await Client.of(server);
  server.loseReply({ session: client.id });
  // What was asked before is still answered, and reads do not count.
  const [before, lost, behind] = [
    client.zk.getChildren("/"),
    client.zk.create("/lost-", null, { mode: "PERSISTENT_SEQUENTIAL" }),
    client.zk.create("/behind", null),
  ];
  assertEquals(await before, ["zookeeper"]);
  assertEquals([await code(lost), await code(behind)], ["CONNECTIONLOSS", "CONNECTIONLOSS"]);
  assertEquals(await other.zk.getChildren("/"), ["zookeeper", "lost-0000000000"]);
  await other.zk.create("/other", null);
  await server.advance(2_000);
  assertEquals([client.states, other.states], [once, []]);
  await client.zk.create("/again", null);
});

Deno.test("stall(): accepted and never answered; after resume() all is answered in order", async () => {
  await using server = new TestServer();
  await using client = await Client.of(server);
  server.stall();
  const order: number[] = [];
  const asked = [1, 2, 3].map((number) =>
    client.zk.create("/s-", null, { mode: "PERSISTENT_SEQUENTIAL" })
      .finally(() => void order.push(number))
  );
  const raw = await Raw.open(server);
  const shaken = outcome(raw.shake());
  await server.advance(1_000);
  assertEquals([order, shaken], [[], {}]);
  server.resume();
  const paths = await Promise.all(asked);
  assertEquals(paths, ["/s-0000000000", "/s-0000000001", "/s-0000000002"]);
  assertEquals(order, [1, 2, 3]);
  await server.advance(0);
  assert(shaken.value!.sessionId !== 0n);
});

Deno.test("stall(): a client gives up after two thirds of its timeout; its session expires", async () => {
  await using server = new TestServer();
  await using client = await Client.of(server, "a", { sessionTimeout: 9_000 });
  server.stall({ host: "a:2181" });
  const asked = code(client.zk.getData("/"));
  await server.advance(7_000);
  assertEquals(await asked, "OPERATIONTIMEOUT");
  await server.advance(7_000);
  assertEquals(server.sessions, []);
});

Deno.test("halfOpen(): nobody is told; the client finds out, and goes on over a new connection", async () => {
  await using server = new TestServer();
  await using client = await Client.of(server, "a", { sessionTimeout: 9_000 });
  server.halfOpen();
  const asked = code(client.zk.exists("/"));
  await server.advance(5_900);
  assertEquals([client.states, server.connections], [[], 1]);
  await server.advance(2_000);
  assertEquals(await asked, "OPERATIONTIMEOUT");
  assertEquals([client.states, client.zk.session!.id], [once, client.id]);
});

Deno.test("delay(): replies come so much later, in order, until it is ended", async () => {
  await using server = new TestServer();
  await using client = await Client.of(server);
  const { clock } = server.platform;
  const start = clock.now();
  server.delay(250, { host: "a:2181" });
  const asked = client.zk.exists("/").then(() => clock.now() - start);
  await server.advance(249);
  assertEquals(server.connections, 1);
  await server.advance(100);
  assertEquals(await asked, 250);
  server.delay(0);
  await client.zk.exists("/");
});

Deno.test("trickle(): byte by byte makes no difference but in speed", async () => {
  await using server = new TestServer();
  await using client = await Client.of(server);
  server.trickle();
  await client.zk.create("/slow", "x".repeat(500));
  assertEquals((await client.zk.getData("/slow")).data!.length, 500);
  const raw = await Raw.open(server);
  await raw.write(new TextEncoder().encode("ruok"));
  assertEquals((await raw.read())!.length, 1);
  server.heal();
  assertEquals((await raw.read())!.length, 3);
  assertEquals(client.states, []);
});

Deno.test("halfOpen(): a client that leaves before it has a session leaves nothing behind", async () => {
  await using server = new TestServer();
  server.stall();
  const [early, late] = [await Raw.open(server), await Raw.open(server)];
  early.close();
  server.halfOpen();
  server.heal();
  await server.advance(0);
  assertEquals(server.connections, 1);
  late.close();
  await server.advance(0);
  assertEquals(server.connections, 0);
});

Deno.test("corrupt(): garbage costs the client one clean reconnect, and nothing else", async () => {
  await using server = new TestServer();
  await using client = await Client.of(server);
  await using other = await Client.of(server);
  server.corrupt({ session: client.id });
  const asked = code(client.zk.create("/c", null));
  await other.zk.exists("/");
  assertNotEquals(await asked, "OK");
  await server.advance(2_000);
  assertEquals([client.states, other.states], [once, []]);
  assertEquals([client.zk.session!.id, server.malformedCount], [client.id, 0]);
  assert(await client.zk.exists("/c"));
});

Deno.test("refuse(): as a server that is down; after heal() sessions go on", async () => {
  await using server = new TestServer();
  await using client = await Client.of(server, "a");
  await using other = await Client.of(server, "b");
  await client.zk.create("/e", null, { mode: "EPHEMERAL" });
  server.refuse({ host: "a:2181" });
  await server.advance(3_000);
  assertEquals([client.states, other.states], [["CONNECTING"], []]);
  assertEquals([server.connections, server.sessions.length], [1, 2]);
  server.heal();
  await server.advance(3_000);
  assertEquals([client.states, client.zk.session!.id], [once, client.id]);
  assert(await client.zk.exists("/e"));
});

Deno.test("readOnly(): reads alone, for those who take that; nothing expires meanwhile", async () => {
  await using server = new TestServer();
  await using client = await Client.of(server, "a");
  await using reader = await Client.of(server, "b", { readOnly: true });
  await client.zk.create("/e", null, { mode: "EPHEMERAL" });
  server.readOnly(true);
  await server.advance(3_000);
  await using fresh = await Client.of(server, "c", { readOnly: true });
  // Sessions of the ensemble it does not serve, though they are not over.
  assertEquals([client.zk.state, reader.zk.state, fresh.zk.state], [
    "CONNECTING",
    "CONNECTING",
    "READONLY",
  ]);
  assert(await fresh.zk.exists("/e"));
  assertEquals(await code(fresh.zk.create("/x", null)), "NOTREADONLY");
  await server.advance(60_000);
  assertEquals([reader.states.at(-2), reader.zk.state], ["EXPIRED_SESSION", "READONLY"]);
  assertEquals(await ask(server, "isro"), "ro");
  server.readOnly(false);
  await server.advance(20_000);
  assertEquals([client, reader, fresh].map(({ zk }) => zk.state), Array(3).fill("CONNECTED"));
});

Deno.test("readOnly(): what a server refuses by its operation alone, and what it does not know", async () => {
  const [check, deleteContainer] = [13, 20];
  for (const version of ["3.8", "3.9"] as const) {
    await using server = new TestServer({ version });
    server.readOnly(true);
    const raw = await Raw.connect(server, { readOnly: true });
    const refused = await raw.ask(deleteContainer, (to) => to.string("/"));
    assertEquals(refused!.rc, Rc.NOTREADONLY);
    const known = version === "3.8";
    assertEquals((await raw.ask(check))!.rc, known ? Rc.NOTREADONLY : Rc.UNIMPLEMENTED);
    assertEquals((await raw.exists())?.rc, known ? Rc.OK : undefined);
  }
});

Deno.test("wipe(): everything is forgotten, and every session expires", async () => {
  await using server = new TestServer();
  await using client = await Client.of(server);
  await client.zk.create("/data", "x");
  server.wipe();
  assertEquals([server.znodeCount, server.sessions, server.watchCount], [4, [], 0]);
  await server.advance(0);
  const fresh = await Raw.connect(server);
  assertEquals((await fresh.exists("/data"))!.rc, -101);
  assertEquals((await fresh.exists())!.zxid, 1n);
});

Deno.test("heal(): ends everything that lasts, and calls off a corrupt that has met nothing", async () => {
  await using server = new TestServer();
  await using client = await Client.of(server);
  server.stall();
  server.delay(10_000);
  server.trickle();
  server.corrupt();
  server.heal();
  assert(await client.zk.exists("/"));
  server.refuse({ host: "elsewhere:1" });
  server.heal();
  assertEquals(client.states, []);
});

Deno.test("A fault that is limited in a way that there is not, is refused at the call", async () => {
  await using server = new TestServer();
  const at = (wrong: unknown) => wrong as { host: string };
  assertThrows(() => server.drop(at("a:2181")), TypeError, "{ session, host }");
  assertThrows(() => server.stall(at({ session: 5 })), TypeError, "a bigint, not 5");
  assertThrows(() => server.loseReply(at({ host: "a" })), TypeError, '"host:port"');
  assertThrows(() => server.refuse(at({ hots: "a:1" })), TypeError, '"hots"');
  assertThrows(() => server.delay(NaN), RangeError, "NaN ms");
});
