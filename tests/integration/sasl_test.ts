import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  allow,
  AUTH_IDS,
  digestMd5,
  Perms,
  saslId,
  type SaslMechanism,
  type WatchedEvent,
  x509Id,
  ZooKeeper,
  type ZooKeeperOptions,
} from "@zkst/zookeeper";
import { Authority } from "../../tools/certificates.ts";
import { Server, type ServerOptions } from "../../tools/servers.ts";
import { text } from "./data.ts";
import { connect, lasting, test } from "./server.ts";
import { assertCode, Recorder, until, within } from "./waiting.ts";
import { isReal, missing, version, world } from "./world.ts";

const users = { alice: "secret", käthe: "schlüssel", jürgen: "geheim € ü" };
const alice = (): SaslMechanism => digestMd5({ username: "alice", password: "secret" });

/** A server that knows SASL, which there are of real ones alone. */
function start(options: ServerOptions = {}): Promise<Server> {
  const flags = ["-Dfile.encoding=UTF-8", ...options.flags ?? []];
  return Server.start({ version, sasl: users, config: lasting.server, ...options, flags });
}

/** The one for the tests that leave it as it is. */
const shared = isReal && missing() === null
  ? await start({
    config: { "authProvider.x509": "org.apache.zookeeper.server.auth.X509AuthenticationProvider" },
  })
  : null;
if (shared !== null) Deno.test.afterAll(() => shared[Symbol.asyncDispose]());

function testWithShared(name: string, body: (server: Server) => Promise<void>): void {
  if (isReal) Deno.test({ name, ignore: shared === null, fn: () => body(shared!) });
}

/** A test with a server of its own; these are about the client, so that one version will do. */
function testWithSasl(
  name: string,
  body: (server: Server) => Promise<void>,
  options: ServerOptions = {},
): void {
  if (world !== "3.8") return;
  Deno.test({
    name,
    ignore: missing() !== null,
    async fn() {
      await using server = await start(options);
      await body(server);
    },
  });
}

/** A session that cannot be had, and what became of it. */
async function refused(address: string, options: ZooKeeperOptions): Promise<[string[], string]> {
  const session = new Recorder();
  const dials: string[] = [];
  const debug = (line: string) => void (line.startsWith("Connecting to") && dials.push(line));
  const logger = { debug };
  const zk = ZooKeeper.connect(address, { watcher: session.watcher, logger, ...options });
  const error = await assertCode(zk, "AUTHFAILED");
  assertEquals(dials.length, 1, "It is not tried again");
  return [session.log, error.message];
}

const forAlice = allow(Perms.ALL, saslId("alice"));

testWithShared("digestMd5() authenticates, and an ACL knows it", async (server) => {
  await using zk = await connect(server.address, { sasl: alice() });
  const who = await zk.whoAmI();
  assertEquals(who.filter(({ scheme }) => scheme === "sasl").map(({ user }) => user), ["alice"]);
  await zk.create("/hers", "x", { acl: forAlice });
  for (const [username, password] of Object.entries(users)) {
    await using other = await connect(server.address, { sasl: digestMd5({ username, password }) });
    if (username === "alice") assertEquals(text((await other.getData("/hers")).data), "x");
    else await assertCode(other.getData("/hers"), "NOAUTH");
  }
  await using anybody = await connect(server.address);
  await assertCode(anybody.getData("/hers"), "NOAUTH");
});

testWithShared(
  "digestMd5() with a wrong password or user ends in AUTH_FAILED, once",
  async (server) => {
    for (
      const given of [{ username: "alice", password: "wrong" }, { username: "eve", password: "" }]
    ) {
      const [log, message] = await refused(server.address, { sasl: digestMd5(given) });
      assertEquals(log, ["AUTH_FAILED"]);
      assertStringIncludes(message, `the server refused SASL DIGEST-MD5 with ${server.address}`);
    }
    // Whoever does not wait for the connection is told the same.
    const sasl = digestMd5({ username: "alice", password: "wrong" });
    const zk = new ZooKeeper(server.address, { sasl });
    const requests = [zk.getData("/"), zk.addAuth("digest", "a:b"), zk.sync("/")];
    const running = zk.run();
    for (const request of requests) await assertCode(request, "AUTHFAILED");
    assertEquals([zk.state, zk.closed], ["AUTH_FAILED", true]);
    await assertCode(zk.exists("/"), "AUTHFAILED");
    await within("the end of run()", running);
  },
);

testWithSasl("SASL runs again on each connection, before everything else", async (server) => {
  const session = new Recorder();
  const events: WatchedEvent[] = [];
  const options = { ...lasting.session, watcher: session.watcher, sasl: alice() };
  await using zk = await connect(server.address, options);
  await zk.addAuth("digest", "carol:pass");
  await zk.create("/hers", "x", { acl: forAlice });
  await zk.create("/carols", "y", { acl: allow(Perms.ALL, AUTH_IDS) });
  await zk.create("/alive", null, { mode: "EPHEMERAL" });
  // The server lets only alice set this watch, and checks it when it is armed again.
  await zk.getData("/hers", { watch: (event) => void events.push(event) });
  const { id } = zk.session!;
  await server.restart();
  // Submitted while nobody answers: they must wait for SASL, all of them.
  const reads = Array.from({ length: 100 }, () => zk.getData("/hers"));
  const settled = await within("the reads", Promise.allSettled(reads), 40_000);
  // Those from before the loss was noticed are lost with the connection, and none otherwise.
  for (const result of settled) {
    if (result.status === "rejected") assertEquals(result.reason.code, "CONNECTIONLOSS");
  }
  await within("the connection", zk.connected());
  assertEquals(text((await zk.getData("/hers")).data), "x");
  assertEquals(text((await zk.getData("/carols")).data), "y");
  assert(await zk.exists("/alive"));
  assertEquals(zk.session!.id, id);
  await zk.setData("/hers", "z");
  await until("the watch has come", () => events.some(({ type }) => type === "NodeDataChanged"));
  assertEquals(session.log, ["CONNECTED", "CONNECTING", "CONNECTED"]);
});

testWithShared("x509Id() is nobody who comes without that certificate", async (server) => {
  await using zk = await connect(server.address, { sasl: alice() });
  const acl = allow(Perms.ALL, x509Id("CN=carol,O=Example"));
  await zk.create("/carols", "x", { acl });
  await assertCode(zk.getData("/carols"), "NOAUTH");
});

testWithShared("A session that is renewed is authenticated, too", async (server) => {
  const session = new Recorder();
  await using zk = await connect(server.address, { sasl: alice(), watcher: session.watcher });
  await zk.create("/also-hers", "x", { acl: forAlice });
  const { id, password } = zk.session!;
  // Whoever takes the session over may end it.
  await using other = await connect(server.address, { session: { id, password } });
  await other.close();
  await until("a new session", () => zk.session !== null && zk.session.id !== id);
  await within("the connection", zk.connected());
  assertEquals(text((await zk.getData("/also-hers")).data), "x");
  assertEquals(session.log.slice(-2), ["EXPIRED_SESSION", "CONNECTED"]);
});

/** By TLS without SASL a server knows who has a certificate; with SASL it knows both. */
if (world === "3.8") {
  Deno.test({
    name: "SASL and a certificate go together, and x509Id() is who has it",
    ignore: missing() !== null,
    async fn() {
      const authority = await Authority.create();
      const tls = { caCerts: authority.cert };
      const hosts = ["127.0.0.1"];
      const own = await authority.issue("zookeeper", { hosts });
      await using server = await start({ tls: { ...tls, ...own, clientAuth: "want" } });
      const address = `127.0.0.1:${server.securePort}`;
      const carol = { ...tls, ...await authority.issue("carol") };
      await using zk = await connect(address, { tls: carol, sasl: alice() });
      const who = (await zk.whoAmI()).map(({ scheme, user }) => `${scheme}:${user}`);
      assertEquals(who.filter((one) => /^(sasl|x509)/.test(one)).sort(), [
        "sasl:alice",
        "x509:CN=carol",
      ]);
      await zk.create("/carols", "x", { acl: allow(Perms.ALL, x509Id("CN=carol")) });
      await zk.create("/alices", "y", { acl: forAlice });
      await using other = await connect(address, { tls: carol });
      assertEquals(text((await other.getData("/carols")).data), "x");
      await assertCode(other.getData("/alices"), "NOAUTH");
      await using another = await connect(address, { tls, sasl: alice() });
      assertEquals(text((await another.getData("/alices")).data), "y");
      await assertCode(another.getData("/carols"), "NOAUTH");
      const wrong = digestMd5({ username: "alice", password: "wrong" });
      const [log] = await refused(address, { tls, sasl: wrong });
      assertEquals(log, ["AUTH_FAILED"]);
    },
  });
}

testWithSasl(
  "A server that requires SASL serves those who have it, and says so to the others",
  async (server) => {
    await using zk = await connect(server.address, { sasl: alice() });
    await zk.create("/a", "x");
    const session = new Recorder();
    await using none = await connect(server.address, { watcher: session.watcher });
    const { message, rc } = await assertCode(none.getData("/a"), "SESSIONCLOSEDREQUIRESASLAUTH");
    assertEquals(rc, -124);
    assertStringIncludes(message, "the server demands an authentication, by SASL most likely");
    assertEquals(session.log, ["CONNECTED", "AUTH_FAILED"]);
    await assertCode(none.getData("/a"), "SESSIONCLOSEDREQUIRESASLAUTH");
    // Another authentication does not do.
    await using digest = await connect(server.address);
    const results = await Promise.allSettled([digest.addAuth("digest", "a:b"), digest.sync("/")]);
    assertEquals(results.map((result) => result.status), ["fulfilled", "rejected"]);
    assertEquals(digest.state, "AUTH_FAILED");
    const sasl = digestMd5({ username: "alice", password: "wrong" });
    const [log] = await refused(server.address, { sasl });
    assertEquals(log, ["AUTH_FAILED"]);
    // It need not ask for anything: the ping is refused.
    await using idle = await connect(server.address, { sessionTimeout: 600 });
    await until("the end", () => idle.state === "AUTH_FAILED");
  },
  { flags: ["-Dzookeeper.sessionRequireClientSASLAuth=true"] },
);

testWithSasl(
  "A server that enforces other schemes is served by addAuth() before the first request",
  async (server) => {
    await using zk = await connect(server.address);
    await zk.addAuth("digest", "carol:pass");
    await zk.create("/a", "x");
    await using none = await connect(server.address);
    await assertCode(none.getData("/a"), "SESSIONCLOSEDREQUIRESASLAUTH");
    await using sasl = await connect(server.address, { sasl: alice() });
    await assertCode(sasl.getData("/a"), "SESSIONCLOSEDREQUIRESASLAUTH");
    await using closing = await connect(server.address);
    await within("closing", closing.close());
    assertEquals(closing.state, "CLOSED");
  },
  {
    flags: [
      "-Dzookeeper.enforce.auth.enabled=true",
      "-Dzookeeper.enforce.auth.schemes=digest",
    ],
  },
);

testWithSasl("A server that lets those pass who fail is not taken for one that knows us", async (
  server,
) => {
  const sasl = digestMd5({ username: "alice", password: "wrong" });
  const [log, message] = await refused(server.address, { sasl });
  assertEquals(log, ["AUTH_FAILED"]);
  assertStringIncludes(message, "the server did not accept the username and password");
}, { flags: ["-Dzookeeper.allowSaslFailedClients=true"] });

if (isReal) {
  test("A server without SASL is not used without it", async ({ connectString }) => {
    const [log, message] = await refused(connectString, { sasl: alice() });
    assertEquals(log, ["AUTH_FAILED"]);
    assertStringIncludes(message, "the server has no SASL, or expects no DIGEST-MD5");
  });
}
