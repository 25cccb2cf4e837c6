import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { ZooKeeper } from "@zkst/zookeeper";
import { type Ensemble, freePorts } from "../../tools/servers.ts";
import {
  connect,
  lasting,
  open,
  pause,
  type Server,
  test,
  testWithEnsemble,
  testWithServer,
} from "./server.ts";
import { Recorder, within } from "./waiting.ts";
import { startServer } from "./world.ts";

testWithServer("Servers that are down are passed over", async (server) => {
  const dead = freePorts(3).map((port) => `127.0.0.1:${port}`);
  const recorder = new Recorder();
  const options = { ...lasting.session, shuffle: false, watcher: recorder.watcher };
  await using zk = await connect([...dead, server.address].join(","), options);
  assertEquals(zk.server?.port, server.port);
  assertEquals(recorder.log, ["CONNECTED"]);
  await server.restart();
  assertEquals((await within("the reply", zk.exists("/")))?.version, 0);
  assertEquals(recorder.log, ["CONNECTED", "CONNECTING", "CONNECTED"]);
}, lasting.server);

testWithServer("A server that accepts and never answers is passed over", async (server) => {
  await using silent = await startServer();
  await pause(silent);
  const servers = `${silent.address},${server.address}`;
  const start = performance.now();
  await using zk = await connect(servers, { shuffle: false, sessionTimeout: 3000 });
  const took = performance.now() - start;
  assertEquals(zk.server?.port, server.port);
  // Each of the two has half of the session timeout.
  assert(took > 1450 && took < 1950, `it took ${took} ms`);
});

testWithServer("A name with several addresses is tried with all of them", async (server) => {
  // The server listens on 127.0.0.1 alone; where localhost is ::1 too, that fails.
  await using zk = await connect(`localhost:${server.port}`);
  assertEquals(zk.server, { host: "localhost", address: "127.0.0.1", port: server.port });
});

test("Names that cannot be resolved are passed over", async (scene) => {
  const resolve = (host: string) => Promise.reject(new Error(`${host} is nowhere`));
  const servers = `nowhere:2181,${scene.connectString}`;
  await using zk = await connect(servers, { platform: { resolve } });
  assertEquals((await zk.exists(scene.root))?.version, 0);
});

testWithServer(
  "A server that has too many connections is tried again",
  async (server) => {
    const lost = new Recorder();
    await using first = await connect(server.address);
    const refused = Promise.withResolvers<void>();
    const logger = {
      warn: (line: string) => line.includes(server.address) && refused.resolve(),
    };
    await using second = open(server.address, { logger, watcher: lost.watcher });
    const running = second.run();
    await within("a refusal", refused.promise);
    assertEquals([first.state, lost.log], ["CONNECTED", []]);
    await first.close();
    await within("connecting", second.connected());
    assertEquals((await second.exists("/"))?.version, 0);
    await second.close();
    await running;
  },
  { maxConnections: 1 },
);

testWithEnsemble(
  "A session goes on with another server when its own is killed",
  async (ensemble) => {
    const recorder = new Recorder();
    await using zk = await connect(ensemble.connectString, {
      ...lasting.session,
      watcher: recorder.watcher,
    });
    const session = zk.session!;
    await zk.create("/e", "x", { mode: "EPHEMERAL" });
    const changes = new Recorder();
    await zk.getData("/e", { watch: changes.watcher });
    const first = serverOf(ensemble, zk);
    await first.kill();
    assertEquals((await within("the reply", zk.exists("/e")))?.ephemeralOwner, session.id);
    assertNotEquals(zk.server?.port, first.port);
    assertEquals(zk.session, session);
    await within("a write", zk.setData("/e", "y"));
    assertEquals(changes.nodeLog, ["NodeDataChanged /e"]);
    assertEquals(zk.state, "CONNECTED");
    assert(!recorder.log.includes("EXPIRED_SESSION"));

    await first.start();
    const leader = await ensemble.leader();
    await leader.kill();
    await within("a write", retried(() => zk.setData("/e", "z")));
    assertEquals(zk.session, session);
  },
);

testWithEnsemble("A session survives that there is no quorum for a while", async (ensemble) => {
  await using zk = await connect(ensemble.connectString, lasting.session);
  const session = zk.session!;
  await zk.create("/e", null, { mode: "EPHEMERAL" });
  const down = ensemble.servers.filter((server) => server !== serverOf(ensemble, zk));
  await Promise.all(down.map((server) => server.kill()));
  const writing = retried(() => zk.setData("/e", "x"));
  await Promise.all(down.map((server) => server.start()));
  await within("a write", writing, 30_000);
  assertEquals((await zk.exists("/e"))?.ephemeralOwner, session.id);
  assertEquals(zk.session, session);
});

/** An operation that is made again while connections get lost, as an application would. */
async function retried<T>(operation: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await operation();
    } catch (error) {
      const { code } = error as { code?: string };
      if (code !== "CONNECTIONLOSS" && code !== "OPERATIONTIMEOUT") throw error;
    }
  }
}

function serverOf(ensemble: Ensemble, zk: ZooKeeper): Server {
  return ensemble.servers.find(({ port }) => port === zk.server?.port)!;
}
