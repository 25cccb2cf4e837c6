/*
 * Sessions under TLS with real servers: what works, what goes on after a restart, and what each
 * failure says.
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { deadline } from "@std/async";
import { READ, type State, ZooKeeper, ZooKeeperError } from "@zkst/zookeeper";
import { Authority } from "../../tools/certificates.ts";
import {
  authority,
  connect,
  hosts,
  refusal,
  startServer,
  stranger,
  test,
  trusting,
} from "./scene.ts";

test("A session under TLS does what a session does, by name and by address", async () => {
  await using server = await startServer();
  for (const host of hosts) {
    await using zk = await connect(server.securePort!, trusting, { host });
    const path = await zk.create("/tls-", "data", { mode: "EPHEMERAL_SEQUENTIAL" });
    const told = Promise.withResolvers<string>();
    await zk.getData(path, { watch: ({ type }) => told.resolve(type) });
    const long = crypto.getRandomValues(new Uint8Array(60_000));
    await Promise.all(Array.from({ length: 50 }, () => zk.setData(path, long)));
    assertEquals(await told.promise, "NodeDataChanged");
    const all = await Promise.all(Array.from({ length: 200 }, () => zk.getData(path)));
    for (const { data } of all) assertEquals(data, long);
    const { data } = await zk.getData(path);
    assertEquals(data, long);
    assertEquals(zk.server?.port, server.securePort);
  }
});

test("The state is SSL_CONNECTING while TLS is being set up, as in C", async () => {
  await using server = await startServer();
  const zk = new ZooKeeper(`127.0.0.1:${server.securePort}`, { tls: trusting });
  const states = new Set<State>([zk.state]);
  while (zk.state !== "CONNECTED") {
    zk.process(await zk.interest().wait());
    states.add(zk.state);
  }
  assertEquals([...states], ["NOTCONNECTED", "SSL_CONNECTING", "ASSOCIATING", "CONNECTED"]);
  assertEquals(zk.interest().events & READ, READ);
  await zk.close();
});

test("A client's certificate is its identity, and its key is told to nobody", async () => {
  await using server = await startServer({ clientAuth: "need" });
  const own = await authority.issue("alice");
  const lines: string[] = [];
  const log = (message: string, fields?: unknown) => lines.push(message, Deno.inspect(fields));
  const logger = { error: log, warn: log, info: log, debug: log };
  await using zk = await connect(server.securePort!, { ...trusting, ...own }, { logger });
  const identities = await zk.whoAmI();
  assertEquals(identities.filter(({ scheme }) => scheme === "x509").map(({ user }) => user), [
    "CN=alice",
  ]);
  const shown = Deno.inspect(zk, { depth: 20, showHidden: true }) + lines.join("\n");
  for (const line of own.key.trim().split("\n").slice(1, -1)) assert(!shown.includes(line));
});

test("Renewed certificates are taken up on the next connect, within the same session", async () => {
  await using server = await startServer({ clientAuth: "need" });
  let tls = { ...trusting, ...await authority.issue("alice") };
  let asked = 0;
  await using zk = await connect(server.securePort!, () => {
    asked++;
    return Promise.resolve(tls);
  }, { host: "127.0.0.1" });
  const path = await zk.create("/renewed-", null, { mode: "EPHEMERAL_SEQUENTIAL" });
  const { id } = zk.session!;
  assertEquals(asked, 1);

  // All is new: the authority, the server's certificate, and ours.
  const next = await Authority.create("Next CA");
  await server.stop();
  server.renew({ ...await next.issue("zookeeper", { hosts }), caCerts: next.cert });
  tls = { caCerts: next.cert, ...await next.issue("alice, renewed") };
  await server.start();
  await deadline(zk.connected(), 10_000);
  assertEquals(zk.session!.id, id);
  assert(await zk.exists(path) !== null);
  const identities = await zk.whoAmI();
  assert(identities.some(({ user }) => user === "CN=alice\\, renewed"), Deno.inspect(identities));
  assert(asked > 1);
});

test("A session goes on when its server comes back, and an answer that is lost is told", async () => {
  await using server = await startServer();
  await using zk = await connect(server.securePort!, trusting, { host: "127.0.0.1" });
  const { id } = zk.session!;
  server.pause();
  const lost = zk.getChildren("/").then(() => null, (error) => error);
  await server.kill();
  const error = await lost;
  assert(error instanceof ZooKeeperError && error.code === "CONNECTIONLOSS", String(error));
  await server.start();
  await zk.getChildren("/");
  assertEquals(zk.session!.id, id);
});

test("Each refusal says what is wrong", async () => {
  await using server = await startServer({ clientAuth: "need" });
  const port = server.securePort!;
  const own = await authority.issue("alice");
  const other = await stranger.issue("mallory");

  assertStringIncludes(
    await refusal(port, { caCerts: stranger.cert }),
    'signed by no authority that is trusted, but by "CN=Test CA"',
  );
  assertStringIncludes(await refusal(port, true), "signed by no authority that is trusted");
  assertMatch(
    await refusal(port, { ...trusting, ...own, serverName: "zk.example.org" }),
    /not for "zk.example.org": it is for DNS:localhost, IP Address:127.0.0.1/,
  );
  await using zk = await connect(port, {
    ...trusting,
    ...own,
    serverName: "zk.example.org",
    verifyHostname: false,
  });
  assertEquals(zk.state, "CONNECTED");
  assertStringIncludes(await refusal(port, trusting), "demands a certificate");
  assertStringIncludes(
    await refusal(port, { ...trusting, ...other }),
    "refused our certificate",
  );
  assertStringIncludes(await refusal(server.port, trusting), "it may not speak TLS on this port");
  assertStringIncludes(
    await refusal(port, false),
    "closed the connection without an answer: it may have no quorum, or speak TLS alone",
  );
});

test("An expired certificate, and one that is not valid yet, say so", async () => {
  await using server = await startServer();
  const day = 86_400_000;
  const expired = { hosts, from: new Date(Date.now() - 9 * day), to: new Date(Date.now() - day) };
  server.renew(await authority.issue("zookeeper", expired));
  await server.restart();
  assertMatch(await refusal(server.securePort!, trusting), /certificate has expired, on \w{3} /);
  const early = { hosts, from: new Date(Date.now() + day), to: new Date(Date.now() + 9 * day) };
  server.renew(await authority.issue("zookeeper", early));
  await server.restart();
  assertMatch(await refusal(server.securePort!, trusting), /is not valid before \w{3} /);
});
