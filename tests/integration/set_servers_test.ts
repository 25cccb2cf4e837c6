import { assertEquals } from "@std/assert";
import { connect, testWithEnsemble } from "./server.ts";
import { Recorder, within } from "./waiting.ts";

testWithEnsemble("setServers() moves a session, which stays the same", async (ensemble) => {
  const [first, ...others] = ensemble.servers;
  const recorder = new Recorder();
  await using zk = await connect(first!.address, { watcher: recorder.watcher });
  const session = zk.session;
  await zk.create("/e", "x", { mode: "EPHEMERAL" });
  const changes = new Recorder();
  await zk.getData("/e", { watch: changes.watcher });
  zk.setServers(others.map(({ address }) => address).join(","));
  // It waits for the server that the session moves to, or is lost with the one it leaves.
  const moved = zk.exists("/e").then(() => null, (error) => error.code);
  assertEquals(await within("the answer", moved), "CONNECTIONLOSS");
  assertEquals((await within("the reply", zk.exists("/e")))?.ephemeralOwner, session!.id);
  assertEquals([others.some(({ port }) => port === zk.server!.port), zk.session], [true, session]);
  await zk.setData("/e", "y");
  assertEquals(changes.nodeLog, ["NodeDataChanged /e"]);
  assertEquals(recorder.log, ["CONNECTED", "CONNECTING", "CONNECTED"]);
  // With its server in the list, as long as before, it stays.
  const { port } = zk.server!;
  zk.setServers(
    ensemble.servers.filter((server) => server.port === port).concat(first!)
      .map(({ address }) => address).join(","),
  );
  assertEquals((await within("the reply", zk.exists("/e")))?.version, 1);
  assertEquals(recorder.log.length, 3);
});
