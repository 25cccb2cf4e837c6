/** RpcServer under TLS: who is who, and who may not come in. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { connectTls, type TlsOptions } from "@zkst/zookeeper";
import {
  createClient,
  type Peer,
  RpcChannel,
  RpcServer,
  type ServerContext,
} from "@zkst/zookeeper/rpc";
import { Authority } from "../../../tools/certificates.ts";
import { loginRequest, logTo, readAll, until, UserServiceRpc } from "./sockets.ts";

const authority = await Authority.create();
const stranger = await Authority.create("Stranger CA");

async function send({ hostname, port }: Peer, tls: TlsOptions): Promise<number[]> {
  const endpoint = { host: "localhost", address: hostname, port };
  const transport = await connectTls(endpoint, tls, AbortSignal.timeout(5000));
  try {
    await transport.write(loginRequest());
    const bytes = new Uint8Array(100);
    const count = await transport.read(bytes);
    return [...bytes.subarray(0, count ?? 0)];
  } finally {
    transport.close();
  }
}

Deno.test("A server under TLS knows its callers by their certificates, and lets no other in", async () => {
  const peers: Peer[] = [];
  const lines: string[] = [];
  const server = new RpcServer({ logger: logTo(lines) }).add(UserServiceRpc, {
    login: (_: unknown, { peer }: ServerContext) => {
      peers.push(peer);
      return { success: true };
    },
  });
  const own = await authority.issue("server", { hosts: ["localhost", "127.0.0.1"] });
  const { address } = await server.listen({
    hostname: "127.0.0.1",
    tls: { ...own, caCerts: authority.cert, requireClientCert: true },
  });
  const alice = await authority.issue("alice");
  assertEquals(await send(address, { caCerts: authority.cert, ...alice }), [0x10, 0x01]);
  assertEquals(peers[0]!.certificate!.subject, "CN=alice");
  {
    const target = `static:127.0.0.1:${address.port}`;
    const tls = { caCerts: authority.cert, ...alice };
    await using channel = new RpcChannel(target, { tls });
    assertEquals((await createClient(UserServiceRpc, channel).login({})).success, true);
    assertEquals(peers.pop()!.certificate!.subject, "CN=alice", "Over the native wire, too");
  }

  const mallory = await stranger.issue("alice");
  for (const credentials of [mallory, {}]) {
    const answer = send(address, { caCerts: authority.cert, ...credentials });
    assertEquals(await answer.catch(() => []), []);
  }
  using plain = await Deno.connect(address);
  await plain.write(loginRequest());
  await until(() => server.stats().connections === 0);
  assertEquals(peers.length, 1);
  assert(lines.filter((line) => line.startsWith("A connection")).length >= 3, lines.join("\n"));
  await server.shutdown();
});

Deno.test("Who never begins a handshake is closed", async () => {
  const lines: string[] = [];
  const server = new RpcServer({ logger: logTo(lines), helloTimeout: 100 });
  server.add(UserServiceRpc, { login: () => ({}) });
  const tls = await authority.issue("127.0.0.1");
  const { address } = await server.listen({ hostname: "127.0.0.1", tls });
  using silent = await Deno.connect(address);
  assertEquals((await readAll(silent) ?? []).length, 0);
  assert(lines.some((line) => line.includes("said nothing for 100 ms")), lines.join("\n"));
  await server.shutdown();
});

Deno.test("A certificate that is none is an error of listen()", async () => {
  const server = new RpcServer().add(UserServiceRpc, { login: () => ({}) });
  const tls = { cert: "no", key: "no" };
  await assertRejects(() => server.listen({ hostname: "127.0.0.1", tls }), TypeError, "tls.cert");
  await server.shutdown();
});
