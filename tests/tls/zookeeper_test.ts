/*
 * Sessions under TLS with real servers, 3.8 under TLS 1.2 and 3.9 under 1.3: what works, what goes
 * on after a restart, and what each failure says.
 */

import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import {
  fourLetterWord,
  parseMntr,
  type State,
  type TlsOptions,
  type TlsSource,
  ZooKeeper,
  ZooKeeperError,
} from "@zkst/zookeeper";
import { Authority } from "../../tools/certificates.ts";
import type { Server } from "../../tools/servers.ts";
import { authority, connect, hosts, refusal, stranger, test, trusting } from "./scene.ts";

test(
  "A session under TLS does what a session does, by name and by address",
  "3.8",
  "none",
  async (server) => {
    for (const host of hosts) {
      await using zk = await connect(server, trusting, { host });
      const path = await zk.create("/tls-", "data", { mode: "EPHEMERAL_SEQUENTIAL" });
      const told = Promise.withResolvers<string>();
      await zk.getData(path, { watch: ({ type }) => told.resolve(type) });
      const long = crypto.getRandomValues(new Uint8Array(60_000));
      await Promise.all(Array.from({ length: 20 }, () => zk.setData(path, long)));
      assertEquals(await told.promise, "NodeDataChanged");
      const all = await Promise.all(Array.from({ length: 200 }, () => zk.getData(path)));
      for (const { data } of all) assert(data !== null && sameBytes(data, long));
      assertEquals(zk.server?.port, server.securePort);
    }

    const address = `localhost:${server.securePort}`;
    const values = parseMntr(await fourLetterWord(address, "mntr", { tls: trusting }));
    assertEquals(values.get("zk_server_state"), "standalone");
    for (const [to, tls] of [[address, trusting], [server.address, false]] as const) {
      const error = await assertRejects(() => fourLetterWord(to, "stat", { tls }), ZooKeeperError);
      assertEquals(error.code, "UNIMPLEMENTED");
      assertStringIncludes(
        error.message,
        "stat is not executed because it is not in the whitelist",
      );
    }

    const options = { tls: trusting, serverVersion: "detect" };
    const zk = new ZooKeeper(`127.0.0.1:${server.securePort}`, options);
    const states = new Set<State>([zk.state]);
    while (zk.state !== "CONNECTED") {
      zk.process(await zk.interest().wait());
      states.add(zk.state);
    }
    assertEquals([...states], ["NOTCONNECTED", "SSL_CONNECTING", "ASSOCIATING", "CONNECTED"]);
    assertEquals(zk.supports("whoAmI"), true);
    await zk.close();
  },
);

test(
  "Who comes late finds the answer that came in time, under TLS too",
  "3.8",
  "none",
  async (server) => {
    // The first handshake of a server takes seconds on a busy machine: not out of the time below.
    await (await connect(server, trusting)).close();
    const lines: string[] = [];
    const logger = { warn: (line: string) => void lines.push(line) };
    await using zk = await connect(server, trusting, { sessionTimeout: 4000, logger });
    lines.length = 0;
    server.pause();
    const request = zk.exists("/");
    // One turn, and it has left.
    await new Promise((resolve) => setTimeout(resolve));
    server.resume();
    // More than two thirds of the timeout.
    for (const end = performance.now() + 2800; performance.now() < end;);
    assertEquals((await request)?.version, 0);
    assertEquals(lines.filter((line) => !line.startsWith("Exceeded deadline")), []);
  },
);

test(
  "Renewed certificates are taken up within the same session, and a key is told to nobody",
  "3.8",
  "need",
  async (server) => {
    const own = await authority.issue("alice");
    let tls: TlsOptions = { ...trusting, ...own };
    let asked = 0;
    const renewing = () => {
      asked++;
      return Promise.resolve(tls);
    };
    const lines: string[] = [];
    const log = (message: string, fields?: unknown) => lines.push(message, Deno.inspect(fields));
    const logger = { error: log, warn: log, info: log, debug: log };
    await using zk = await connect(server, renewing, { logger });
    const path = await zk.create("/renewed-", null, { mode: "EPHEMERAL_SEQUENTIAL" });
    const { id } = zk.session!;
    assertEquals(await x509(zk), ["CN=alice"]);
    assertEquals(asked, 1);

    // All is new: the authority, the server's certificate, and ours.
    const next = await Authority.create("Next CA");
    server.renew({ ...await next.issue("zookeeper", { hosts }), caCerts: next.cert });
    const renewed = await next.issue("alice renewed");
    tls = { caCerts: next.cert, ...renewed };
    await server.restart();
    assert(await zk.exists(path) !== null);
    assertEquals(zk.session!.id, id);
    assertEquals(await x509(zk), ["CN=alice renewed"]);
    assert(asked > 1);

    const shown = Deno.inspect(zk, { depth: 20, showHidden: true }) + lines.join("\n");
    assertStringIncludes(shown, "Lost 127.0.0.1");
    for (const { key } of [own, renewed]) {
      for (const line of key.split("\n").slice(1, -2)) assert(!shown.includes(line));
    }
  },
);

test("Each refusal says what is wrong, under TLS 1.2", "3.8", "need", refusals);
test("Each refusal says what is wrong, under TLS 1.3", "3.9", "need", refusals);

async function refusals(server: Server): Promise<void> {
  const port = server.securePort!;
  const own = await authority.issue("alice");
  const mallory = await stranger.issue("mallory");
  const elsewhere = { ...trusting, ...own, serverName: "zk.example.org" };
  const rows: [port: number, tls: TlsSource, reason: string][] = [
    [
      port,
      { caCerts: stranger.cert },
      'signed by no authority that is trusted, but by "CN=Test CA"',
    ],
    [port, true, "signed by no authority that is trusted"],
    [port, elsewhere, 'not for "zk.example.org": it is for DNS:localhost, IP Address:127.0.0.1'],
    [port, trusting, "The server demands a certificate (alert BadCertificate): set tls.cert and"],
    [port, { ...trusting, ...mallory }, "The server refused our certificate (alert Certificate"],
    [port, () => ({ ...own, key: mallory.key }), '"tls.key" is not the key of the certificate'],
    [port, () => Promise.reject(new Error("No vault")), "No vault"],
    [port, () => ({ ca: "" }) as TlsOptions, 'The option "tls" must be { caCerts, cert, key,'],
    [server.port, trusting, "closed the connection in the TLS handshake: it may not speak TLS"],
    [port, false, "without an answer: it may have no quorum, or speak TLS alone"],
  ];
  for (const [to, tls, reason] of rows) assertStringIncludes(await refusal(to, tls), reason);

  await using zk = await connect(server, { ...elsewhere, verifyHostname: false });
  assertEquals(await x509(zk), ["CN=alice"]);
  const error = await assertRejects(
    () => ZooKeeper.connect(`127.0.0.1:${port}`, { tls: trusting, timeout: 500 }),
    ZooKeeperError,
  );
  assertMatch(error.message, /^Cannot connect within 500 ms: .*The server demands a certificate/);
}

test("examples/tls.ts runs as it stands, with files", "3.8", "need", async (server) => {
  const { cert, key } = await authority.issue("alice");
  const files = { "ca.pem": authority.cert, "client.pem": cert, "client.key": key };
  const paths = Object.keys(files).map((name) => `${server.directory}/${name}`);
  for (const [i, text] of Object.values(files).entries()) Deno.writeTextFileSync(paths[i]!, text);
  const flags = ["--no-lock", "--quiet", "--allow-net", "--allow-read"];
  const program = new URL("../../examples/tls.ts", import.meta.url).pathname;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, program, `localhost:${server.securePort}`, ...paths],
    env: { NO_COLOR: "1" },
  }).output();
  const [said, failed] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assertEquals(failed, "");
  assertMatch(said!, /^We are x509:CN=alice\nWe are ip:127.0.0.1\nZookeeper version: 3\.8/);
});

test("A certificate that is outdated says so", "3.8", "need", async (server) => {
  const day = 86_400_000;
  const [from, to] = [new Date(Date.now() - 9 * day), new Date(Date.now() - day)];
  server.renew(await authority.issue("zookeeper", { hosts, from, to }));
  await server.restart();
  assertMatch(
    await refusal(server.securePort!, trusting),
    /The server's certificate has expired, on \w{3} /,
  );
});

async function x509(zk: ZooKeeper): Promise<string[]> {
  const identities = await zk.whoAmI();
  return identities.filter(({ scheme }) => scheme === "x509").map(({ user }) => user);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
