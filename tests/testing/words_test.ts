/** Four-letter words: each on a connection of its own, in memory and over a socket. */
import { assertEquals, assertMatch } from "@std/assert";
import { ZooKeeper } from "@zkst/zookeeper";
import { TestServer } from "@zkst/zookeeper/testing";
import { ask, Raw } from "./raw.ts";

/** A server with a client that holds two watches and an ephemeral. */
async function furnished(version: "3.8" | "3.9"): Promise<[TestServer, ZooKeeper]> {
  const server = new TestServer({ version });
  const zk = await ZooKeeper.connect("a", { platform: server.platform });
  await zk.create("/e", null, { mode: "EPHEMERAL" });
  await zk.exists("/e", { watch: () => {} });
  await zk.getChildren("/", { watch: () => {} });
  return [server, zk];
}

Deno.test("Words that clients use: ruok, isro, srvr, mntr, wchs", async () => {
  const [server, zk] = await furnished("3.9");
  await using _server = server;
  assertEquals(await ask(server, "ruok"), "imok");
  assertEquals(await ask(server, "isro"), "rw");
  const srvr = await ask(server, "srvr");
  assertMatch(srvr, /^Zookeeper version: 3\.9\.5\S*, built on .+\nLatency min\/avg\/max: .+\n/);
  assertMatch(
    srvr,
    /\nConnections: 2\nOutstanding: 0\nZxid: 0x2\nMode: standalone\nNode count: 6\n$/,
  );
  const mntr = Object.fromEntries(
    (await ask(server, "mntr")).trimEnd().split("\n").map((line) => line.split("\t")),
  );
  assertEquals(mntr.zk_znode_count, "6");
  assertEquals(mntr.zk_watch_count, "2");
  assertEquals(mntr.zk_ephemerals_count, "1");
  assertEquals(mntr.zk_server_state, "standalone");
  assertEquals(await ask(server, "wchs"), "1 connections watching 1 paths\nTotal watches:1\n");
  await zk.close();
});

Deno.test("Words that administrators use: stat, cons, dump, conf, envi", async () => {
  const [server, zk] = await furnished("3.8");
  await using _server = server;
  const id = `0x${zk.session!.id.toString(16)}`;
  assertMatch(await ask(server, "stat"), /^Zookeeper version: 3\.8\.0.+\nClients:\n \/127/);
  assertMatch(await ask(server, "cons"), new RegExp(`sid=${id},`));
  assertMatch(await ask(server, "dump"), new RegExp(`\n${id}:\n\t/e\n`));
  assertMatch(await ask(server, "conf"), /^.*tickTime=2000\n/s);
  assertMatch(await ask(server, "envi"), /^Environment:\nzookeeper\.version=3\.8\.0/);
  await zk.close();
});

Deno.test("Words tell of a server that has lost its quorum", async () => {
  await using server = new TestServer({ reconfig: true });
  assertMatch(await ask(server, "srvr"), /\nMode: leader\n/);
  server.readOnly(true);
  assertEquals(await ask(server, "isro"), "ro");
  assertMatch(await ask(server, "srvr"), /\nMode: read-only\n/);
});

Deno.test("A word may come byte by byte; behind a handshake it is none", async () => {
  await using server = new TestServer();
  const slow = await Raw.open(server);
  for (const letter of "ruok") {
    await slow.write(new TextEncoder().encode(letter));
    await server.advance(0);
  }
  assertEquals(new TextDecoder().decode(await slow.readAll()), "imok");
  const raw = await Raw.connect(server);
  await raw.write(new TextEncoder().encode("ruok"));
  assertEquals((await raw.readAll()).length, 0);
  assertEquals(server.malformedCount, 1, "It is a length of 1.9 GB");
});

Deno.test("Words are answered over a socket, and a word that there is not closes it", async () => {
  await using server = new TestServer();
  const [hostname, port] = (await server.listen()).split(":") as [string, string];
  const said = async (word: string) => {
    using conn = await Deno.connect({ hostname, port: Number(port) });
    await conn.write(new TextEncoder().encode(word));
    return await new Response(conn.readable).text();
  };
  assertEquals([await said("ruok"), await said("isro"), await said("what")], ["imok", "rw", ""]);
});
