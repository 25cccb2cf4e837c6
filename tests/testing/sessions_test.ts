/** Sessions: when they expire, who may take them up again, and what becomes of the old connection. */
import { assertEquals, assertNotEquals } from "@std/assert";
import { ZooKeeper } from "@zkst/zookeeper";
import { TestServer } from "@zkst/zookeeper/testing";
import { Raw } from "./raw.ts";

Deno.test("A session expires at the first tick past its timeout, and not before", async () => {
  await using server = new TestServer({ tickTime: 100 });
  const raw = await Raw.open(server);
  const { sessionId } = (await raw.shake({ timeout: 1_050 }))!;
  // The clock has begun at a whole tick: 1050 ms end within the eleventh.
  await server.advance(1_099);
  assertEquals(server.sessions, [sessionId]);
  await server.advance(1);
  assertEquals([server.sessions, await raw.read()], [[], null]);
});

Deno.test("Whatever a client sends keeps its session alive, a ping as well", async () => {
  await using server = new TestServer({ tickTime: 100 });
  const raw = await Raw.connect(server, { timeout: 1_000 });
  for (let round = 0; round < 10; round++) {
    await server.advance(900);
    const answer = round % 2 ? await raw.exists() : await raw.ask(11, () => {}, -2);
    assertEquals(answer!.rc, 0);
  }
  await server.advance(1_100);
  assertEquals(server.sessions, []);
});

Deno.test("A session that is closed is gone at once, its ephemerals with it", async () => {
  await using server = new TestServer();
  const options = { platform: server.platform };
  await using zk = await ZooKeeper.connect("a", options);
  const other = await ZooKeeper.connect("a", options);
  await other.create("/e", null, { mode: "EPHEMERAL" });
  assertEquals((await zk.exists("/e"))!.ephemeralOwner, other.session!.id);
  await other.close();
  assertEquals(server.sessions, [zk.session!.id]);
  assertEquals(await zk.exists("/e"), null);
});

Deno.test("Taking a session up again closes its old connection and keeps its ephemerals", async () => {
  await using server = new TestServer();
  const first = await Raw.open(server);
  const { sessionId, password } = (await first.shake())!;
  const second = await Raw.open(server);
  const granted = (await second.shake({ sessionId, password, timeout: 6_000 }))!;
  assertEquals([granted.sessionId, granted.timeout, granted.password], [
    sessionId,
    6_000,
    password,
  ]);
  assertEquals(await first.read(), null);
  assertEquals((await second.exists())!.rc, 0);
  assertEquals(server.connections, 1);
});

Deno.test("A wrong password is refused, and cuts the live connection off", async () => {
  await using server = new TestServer();
  for (const password of [new Uint8Array(16), new Uint8Array(3), null]) {
    const owner = await Raw.open(server);
    const { sessionId } = (await owner.shake())!;
    const thief = await Raw.open(server);
    const refused = (await thief.shake({ sessionId, password }))!;
    assertEquals([refused.timeout, refused.sessionId], [0, 0n]);
    assertEquals([await thief.read(), await owner.read()], [null, null]);
    assertEquals(server.sessions.includes(sessionId), true);
  }
});

Deno.test("A session that there is not is refused as one that has expired", async () => {
  await using server = new TestServer();
  const raw = await Raw.open(server);
  const refused = (await raw.shake({ sessionId: 7n }))!;
  assertEquals([refused.timeout, refused.sessionId, refused.password], [0, 0n, new Uint8Array(16)]);
  assertEquals([await raw.read(), server.sessions], [null, []]);
});

Deno.test("A client that has seen more than the server has is turned away without a word", async () => {
  await using server = new TestServer();
  const raw = await Raw.open(server);
  assertEquals(await raw.shake({ lastZxidSeen: 1n }), null);
  assertEquals([server.sessions, server.malformedCount], [[], 0]);
});

Deno.test("move(): the next request costs the connection, and a reconnect takes the session back", async () => {
  await using server = new TestServer();
  await using zk = await ZooKeeper.connect("a", { platform: server.platform });
  const { id } = zk.session!;
  await zk.create("/e", null, { mode: "EPHEMERAL" });
  server.move(id);
  const lost = await zk.exists("/e").catch(({ code }) => code);
  assertEquals(lost, "CONNECTIONLOSS");
  await server.advance(2_000);
  assertEquals([zk.state, zk.session!.id], ["CONNECTED", id]);
  assertEquals((await zk.exists("/e"))!.ephemeralOwner, id);
});

Deno.test("changeSessionId(): a reconnect silently gets a new session, the old ephemerals are gone", async () => {
  await using server = new TestServer();
  const first = await Raw.open(server);
  const { sessionId, password } = (await first.shake())!;
  server.changeSessionId(sessionId);
  assertEquals((await first.exists())!.rc, 0, "Nothing happens before the reconnect");
  const second = await Raw.open(server);
  const granted = (await second.shake({ sessionId, password }))!;
  assertNotEquals(granted.sessionId, sessionId);
  assertEquals(server.sessions, [granted.sessionId]);
  assertEquals(await first.read(), null);
});

Deno.test("Session ids are not used twice, be it after a snapshot", async () => {
  await using server = new TestServer();
  const ids = new Set<bigint>();
  for (let i = 0; i < 20; i++) ids.add((await (await Raw.open(server)).shake())!.sessionId);
  await using later = new TestServer({ snapshot: server.snapshot() });
  ids.add((await (await Raw.open(later)).shake())!.sessionId);
  assertEquals(ids.size, 21);
});
