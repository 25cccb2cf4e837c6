/*
 * Secrets are planted wherever an application may give some, all that can go wrong with them goes
 * wrong, and nothing of it may show them.
 */

import { assert, assertEquals, assertGreater } from "@std/assert";
import {
  allow,
  digestId,
  digestMd5,
  type Logger,
  Op,
  Perms,
  Poll,
  saslId,
  ZooKeeper,
  type ZooKeeperOptions,
} from "@zkst/zookeeper";
import { ServiceDiscovery } from "@zkst/zookeeper/discovery";
import * as st from "@zkst/zookeeper/st";
import { Authority } from "../../tools/certificates.ts";
import { Server } from "../../tools/servers.ts";
import { Evidence, type Secret } from "./evidence.ts";
import { connect, lasting, testWithout } from "./server.ts";
import { until, within } from "./waiting.ts";
import { missing, world } from "./world.ts";

type Any = never;

const nowhere = { host: "localhost", address: "127.0.0.1", port: 2181 };

const planted = {
  sasl: "pLanted-sasl-1",
  wrongSasl: "pLanted-sasl-2",
  auth: "pLanted-auth-3",
  otherAuth: "pLanted-auth-4",
  acl: "pLanted-acl-5",
  session: "pLanted-sessn-66",
  key: "pLantedkey7",
};
const secrets: Secret[] = Object.entries(planted).map(([what, value]) => ({ what, value }));
const sasl = () => digestMd5({ username: "alice", password: planted.sasl });

testWithout("The search for secrets finds them in every form", () => {
  const bytes = new TextEncoder().encode(`frame: ${planted.auth}.`);
  const shown: unknown[] = [
    planted.auth,
    new Error(`No: ${planted.auth}`),
    new Error("No", { cause: planted.auth }),
    bytes,
    { deep: { map: new Map([["x", bytes]]) } },
    bytes.toBase64(),
    bytes.toHex(),
    { toJSON: () => bytes },
    Object.defineProperty({}, "hidden", { value: planted.auth }),
    {
      get password() {
        return planted.auth;
      },
    },
  ];
  for (const value of shown) {
    const evidence = new Evidence();
    evidence.see("it", value);
    assertEquals(evidence.find(secrets).slice(0, 1).length, 1, Deno.inspect(value));
  }
  return Promise.resolve();
});

if (world === "3.8") {
  Deno.test({
    name: "No secret shows in logs, errors or what is inspected",
    ignore: missing() !== null,
    async fn() {
      await using server = await Server.start({
        sasl: { alice: planted.sasl },
        config: lasting.server,
      });
      const evidence = new Evidence();
      const logger = evidence.logger();
      const options = { ...lasting.session, logger };
      const passwords = [
        await sessions(evidence, server, options),
        await handles(evidence, server, options),
      ];
      await refusals(evidence, server, { logger });
      await misuse(evidence, logger);
      await tls(evidence, server, logger);
      assertGreater(evidence.length, 300);
      const sessionPasswords = passwords.map((value) => ({ what: "a session's password", value }));
      assertEquals(evidence.find([...secrets, ...sessionPasswords]), []);
    },
  });
}

/** Sessions with promises, and what hangs on them. Returns the password that was seen to. */
async function sessions(
  evidence: Evidence,
  server: Server,
  options: ZooKeeperOptions,
): Promise<Uint8Array> {
  const mechanism = sasl();
  evidence.see("digestMd5()", mechanism);
  evidence.see("an exchange", mechanism.start(nowhere, new AbortController().signal));
  const zk = await connect(server.address, { ...options, sasl: mechanism });
  const { password } = zk.session!;
  const digest = new TextEncoder().encode(`carol:${planted.otherAuth}`);
  const adding = [zk.addAuth("digest", `bob:${planted.auth}`), zk.addAuth("digest", digest)];
  evidence.see("promises", adding);
  evidence.see("a session that authenticates", zk);
  await Promise.all(adding);
  const acl = [
    ...allow(Perms.ALL, saslId("alice")),
    ...allow(Perms.READ, digestId("dave", planted.acl)),
  ];
  evidence.see("an ACL", acl);
  const path = await zk.create("/secret-", null, { acl, mode: "PERSISTENT_SEQUENTIAL" });
  const poll = new Poll();
  const discovery = new ServiceDiscovery(zk);
  const watch = zk.watch("/")[Symbol.asyncIterator]();
  const surroundings = { zk, poll, discovery, watch, want: zk.interest(), view: zk.chroot("/a") };
  evidence.see("what is around a session", surroundings);
  await evidence.seeFailure("create", () => zk.create(path, null, { acl }));
  await evidence.seeFailure("multi", () => zk.multi([Op.create(path, null, { acl })]));
  await server.restart();
  evidence.see("a session that is disconnected", zk);
  await within("the connection", zk.connected());
  evidence.see("a session that is connected again", [zk, zk.platform, zk.server, zk.state]);
  await discovery[Symbol.asyncDispose]();
  await zk.close();
  evidence.see("a session that is closed", zk);
  await evidence.seeFailure("addAuth after the end", () => zk.addAuth("digest", planted.auth));
  return password;
}

/** Handles of the callback API, whose authentications wait, are parked, are on their way. */
async function handles(
  evidence: Evidence,
  server: Server,
  options: st.HandleOptions,
): Promise<Uint8Array> {
  const zh = st.init(server.address, {
    ...options,
    sasl: sasl(),
    outstanding: { requests: 1 },
  });
  let answered = 0;
  const add = () => st.aaddAuth(zh, "digest", `bob:${planted.auth}`, () => answered++);
  add();
  evidence.see("a handle that is not connected", zh);
  evidence.see("what holds a handle", { list: [zh], map: new Map([[zh, zh]]) });
  const seen = new Set<st.State>();
  while (answered === 0) {
    st.process(zh, await st.interest(zh).wait());
    if (!seen.has(st.state(zh))) evidence.see(`a handle that is ${st.state(zh)}`, zh);
    seen.add(st.state(zh));
  }
  assert(seen.has("ASSOCIATING"));
  const { password } = st.session(zh)!;
  st.asyncZnode(zh, "/", () => {});
  add();
  evidence.see("a handle that has something to send", zh);
  st.process(zh, 0);
  evidence.see("a handle that has sent something", zh);
  st.close(zh);
  while (!st.closed(zh)) st.process(zh, await st.interest(zh).wait());
  evidence.see("a handle that is closed", zh);
  return password;
}

/** What servers refuse. */
async function refusals(
  evidence: Evidence,
  server: Server,
  options: ZooKeeperOptions,
): Promise<void> {
  const wrong = digestMd5({ username: "alice", password: planted.wrongSasl });
  const { address } = server;
  const refused = () => ZooKeeper.connect(address, { ...options, sasl: wrong });
  await evidence.seeFailure("connect() with a wrong SASL password", refused);
  const zk = await connect(address, options);
  const requests = [zk.addAuth("nonesuch", planted.auth), zk.sync("/"), zk.connected()];
  for (const request of requests.slice(0, 2)) {
    await evidence.seeFailure("a refused authentication", () => request);
  }
  evidence.see("a session whose authentication was refused", zk);
  await zk.close();
  const password = new TextEncoder().encode(planted.session);
  const states: unknown[] = [];
  const again = await connect(address, {
    ...options,
    session: { id: 7n, password },
    watcher: (event) => void states.push(event),
  });
  evidence.see("a session that was not given back", [again, states]);
  await again.close();
}

/** What the caller gets wrong. */
async function misuse(evidence: Evidence, logger: Logger): Promise<void> {
  const zk = new ZooKeeper("127.0.0.1:1", { logger });
  const text = planted.auth;
  const calls: (() => unknown)[] = [
    () => zk.addAuth(new TextEncoder().encode(text) as Any, "digest"),
    () => zk.addAuth("digest", [text] as Any),
    () => zk.addAuth("digest", { text } as Any),
    () => zk.addAuth("digest", text, { text } as Any),
    () => zk.create("/a", null, { acl: `alice:${text}` as Any }),
    () => zk.create("/a", null, { acl: [{ perms: 1, id: { scheme: "digest", id: text } }] }),
    () => zk.setACL("/a", [{ perms: 1, id: { scheme: "digest", id: `alice:${text}` } }]),
    () => zk.setACL("/a", [{ perms: 1, id: { scheme: "ip", id: text } }]),
    () => zk.setACL("/a", [{ perms: 1, id: { scheme: "world", id: text } }]),
    () => zk.setACL("/a", [{ perms: text as Any, id: { scheme: "digest", id: text } }]),
    () => digestId(`alice:${text}`, ""),
    () => digestId("", text),
    () => digestMd5({ username: "", password: text }),
    () => digestMd5({ username: "alice", password: [text] as Any }),
    () => digestMd5({ username: "alice", password: text, realm: 5 as Any }),
    () => digestMd5(text as Any),
    () => new ZooKeeper("127.0.0.1:1", { sasl: text as Any }),
    () => new ZooKeeper("127.0.0.1:1", { sasl: { username: "alice", password: text } as Any }),
    () => new ZooKeeper("127.0.0.1:1", { session: { id: 1n, password: text as Any } }),
    () =>
      new ZooKeeper("127.0.0.1:1", { session: { id: text as Any, password: new Uint8Array(16) } }),
  ];
  for (const call of calls) await evidence.seeFailure("misuse", call);
  evidence.see("a session that was misused", zk);
  await zk.close();
}

/** Private keys, one of them malformed. */
async function tls(evidence: Evidence, server: Server, logger: Logger): Promise<void> {
  const authority = await Authority.create();
  const { cert, key } = await authority.issue("alice");
  secrets.push({ what: "a private key", value: key.split("\n")[1]! });
  const other = await authority.issue("bob");
  const malformed = `-----BEGIN PRIVATE KEY-----\n${planted.key}\n-----END PRIVATE KEY-----\n`;
  for (const tls of [{ cert, key }, { cert: other.cert, key }, { cert, key: malformed }]) {
    for (const source of [tls, () => tls]) {
      const options = { tls: source as typeof tls, logger, timeout: 150 };
      const connecting = () => ZooKeeper.connect(server.address, options);
      await evidence.seeFailure("connect() under TLS", connecting);
    }
  }
  const zk = new ZooKeeper(server.address, { tls: { cert, key }, logger });
  const zh = st.init(server.address, { tls: { cert, key }, logger });
  evidence.see("sessions under TLS", [zk, zh]);
  await zk.close();
  st.close(zh);
  await until("it is closed", () => (st.process(zh, 0), st.closed(zh)));
}
