/** Options of a TestServer: wrong ones are named at the call, right ones do what they say. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { allow, digestId, Perms, ZooKeeper, ZooKeeperError } from "@zkst/zookeeper";
import { TestServer, type TestServerOptions } from "@zkst/zookeeper/testing";
import { Raw } from "./raw.ts";

Deno.test("TestServer: an option that is wrong is named, with what is allowed", () => {
  const refused: [unknown, typeof TypeError | typeof RangeError, string][] = [
    [null, TypeError, "The options must be an object, not null"],
    ["3.8", TypeError, "The options must be an object, not string"],
    [{ ticktime: 100 }, TypeError, 'There is no option "ticktime"; there are tickTime, version'],
    [{ superDigest: "x" }, TypeError, 'There is no option "superDigest"'],
    [{ version: "3.10" }, TypeError, 'The option "version" must be "3.8" or "3.9", not 3.10'],
    [{ tickTime: "100" }, TypeError, 'The option "tickTime" must be a number, not string'],
    [{ tickTime: 0 }, RangeError, 'The option "tickTime" must be a whole number of 1 to'],
    [{ tickTime: 1.5 }, RangeError, "tickTime"],
    [{ tickTime: 200_000_000 }, RangeError, "tickTime"],
    [{ minSessionTimeout: -1 }, RangeError, "minSessionTimeout"],
    [{ maxSessionTimeout: NaN }, RangeError, "maxSessionTimeout"],
    [{ minSessionTimeout: 50_000 }, RangeError, "minSessionTimeout (50000) is over maxSession"],
    [{ maxBuffer: 2 ** 31 }, RangeError, "maxBuffer"],
    [{ maxConnections: 0 }, RangeError, "maxConnections"],
    [{ containerInterval: 0 }, RangeError, "containerInterval"],
    [{ extendedTypes: 1 }, TypeError, 'The option "extendedTypes" must be true or false, not 1'],
    [{ reconfig: "yes" }, TypeError, "reconfig"],
    [{ realTime: null }, TypeError, "realTime"],
    [{ superPassword: 7 }, TypeError, 'The option "superPassword" must be a string, not number'],
    [{ seed: "a" }, TypeError, 'The option "seed" must be a number'],
    [{ seed: Infinity }, RangeError, "seed"],
    [{ logger: "console" }, TypeError, 'The option "logger" must be an object'],
    [{ snapshot: "bytes" }, TypeError, 'The option "snapshot" must be a Uint8Array'],
    [{ snapshot: new Uint8Array(0) }, TypeError, "Cannot read the snapshot"],
  ];
  for (const [options, type, message] of refused) {
    assertThrows(() => new TestServer(options as TestServerOptions), type, message);
  }
});

Deno.test("TestServer: an option that is undefined is as if it were not there", async () => {
  const names: (keyof TestServerOptions)[] = ["tickTime", "version", "snapshot", "seed", "logger"];
  const options = Object.fromEntries(names.map((name) => [name, undefined]));
  await using server = new TestServer(options);
  await using zk = await ZooKeeper.connect("a", { platform: server.platform });
  assertEquals(zk.sessionTimeout, 10_000);
});

Deno.test("TestServer: session timeouts are 2 to 20 ticks, or what the options say", async () => {
  await using server = new TestServer({ tickTime: 100 });
  await using other = new TestServer({ minSessionTimeout: 700, maxSessionTimeout: 900 });
  for (
    const [on, asked, granted] of [
      [server, 1, 200],
      [server, -5, 200],
      [server, 0x7fffffff, 2_000],
      [server, 1_234, 1_234],
      [other, 1, 700],
      [other, 800, 800],
      [other, 60_000, 900],
    ] as const
  ) {
    const raw = await Raw.open(on);
    assertEquals((await raw.shake({ timeout: asked }))!.timeout, granted);
  }
});

Deno.test("maxConnections: one more is closed, and there is room again when one has gone", async () => {
  const lines: string[] = [];
  const logger = { warn: (line: string) => void lines.push(line) };
  await using server = new TestServer({ maxConnections: 2, logger });
  const first = await Raw.connect(server);
  const second = await Raw.connect(server);
  const third = await Raw.open(server);
  assertEquals(await third.read(), null);
  assertEquals(lines, ["Closing the connection of 127.0.0.1: there are 2"]);
  assertEquals((await first.exists())!.rc, 0);
  second.close();
  await server.advance(0);
  assertEquals(server.connections, 1);
  assertEquals((await (await Raw.connect(server)).exists())!.rc, 0);
});

Deno.test("maxBuffer: a frame of so many bytes passes, one of one more costs the connection", async () => {
  await using server = new TestServer({ maxBuffer: 1_000 });
  const sized = (size: number) => (raw: Raw) => raw.exists(`/${"a".repeat(size - 14)}`);
  const raw = await Raw.connect(server);
  assertEquals((await sized(1_000)(raw))!.rc, -101);
  assertEquals(await sized(1_001)(raw), null);
  assertEquals(server.malformedCount, 1);
});

Deno.test("extendedTypes: false refuses TTLs and leaves the session alone", async () => {
  await using server = new TestServer({ extendedTypes: false });
  await using zk = await ZooKeeper.connect("a", { platform: server.platform });
  const creating = () => zk.create("/ttl", null, { mode: "PERSISTENT_WITH_TTL", ttl: 100 });
  assertEquals((await assertRejects(creating, ZooKeeperError)).code, "UNIMPLEMENTED");
  assertEquals(await zk.exists("/ttl"), null);
});

Deno.test("superPassword: whoever has it may do anything, nobody else", async () => {
  await using server = new TestServer({ superPassword: "secret" });
  await using zk = await ZooKeeper.connect("a", { platform: server.platform });
  const acl = allow(Perms.ALL, digestId("bob", "x"));
  await zk.create("/bobs", "data", { acl });
  await assertRejects(() => zk.getData("/bobs"), ZooKeeperError, "NOAUTH");
  await zk.addAuth("digest", "super:wrong");
  await assertRejects(() => zk.getData("/bobs"), ZooKeeperError, "NOAUTH");
  await zk.addAuth("digest", "super:secret");
  assertEquals(new TextDecoder().decode((await zk.getData("/bobs")).data!), "data");
  await zk.delete("/bobs");
});

Deno.test("seed: the same one makes the same session ids, another one others", async () => {
  const ids = await Promise.all([5, 5, 6].map(async (seed) => {
    await using server = new TestServer({ seed });
    return (await (await Raw.open(server)).shake())!.sessionId;
  }));
  assertEquals(ids[0], ids[1]);
  assertEquals(ids[0] === ids[2], false);
});
