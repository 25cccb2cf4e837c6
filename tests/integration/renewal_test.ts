import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { Halting } from "./halting.ts";
import { connect, testWithServer } from "./server.ts";
import { assertCode, Recorder, until, within } from "./waiting.ts";
import { restartWiped } from "./world.ts";

testWithServer(
  "A session that has expired is followed by another behind the same object",
  async (server) => {
    await using other = await connect(server.address);
    const recorder = new Recorder();
    const [persistent, once, gone] = [new Recorder(), new Recorder(), new Recorder()];
    await using away = await Halting.connect(server.address, {
      sessionTimeout: 400,
      watcher: recorder.watcher,
    });
    const { zk } = away;
    const { id } = zk.session!;
    await zk.addAuth("digest", "alice:secret");
    const identities = await zk.whoAmI();
    await zk.create("/e", null, { mode: "EPHEMERAL" });
    await zk.addWatch("/a", "PERSISTENT_RECURSIVE", persistent.watcher);
    await zk.exists("/a", { watch: once.watcher });
    await other.exists("/e", { watch: gone.watcher });
    const told: string[] = [];
    const watching = (async () => {
      for await (const { type, path } of zk.watch("/a")) told.push(`${type} ${path}`);
    })();
    await zk.sync("/");
    await away.halt();
    await gone.until(({ type }) => type === "NodeDeleted");
    // Nobody is told of it: the session that would have been is gone.
    await other.create("/a");
    away.go();
    await recorder.until(({ state }) => state === "EXPIRED_SESSION");
    const stat = await within("a reply on the new session", zk.exists("/a"));
    assertNotEquals(zk.session!.id, id);
    assertEquals([zk.closed, zk.state], [false, "CONNECTED"]);
    assertEquals(recorder.log, ["CONNECTED", "CONNECTING", "EXPIRED_SESSION", "CONNECTED"]);
    assertEquals(await zk.whoAmI(), identities);
    assertEquals(await zk.getEphemerals(), []);
    await other.setData("/a", "1");
    await other.create("/a/b");
    await zk.sync("/");
    assertEquals(stat?.version, 0);
    assertEquals(persistent.nodeLog, ["Resync /a", "NodeDataChanged /a", "NodeCreated /a/b"]);
    assertEquals(told, ["Resync /a", "NodeDataChanged /a", "NodeChildrenChanged /a"]);
    assertEquals([once.nodeLog, once.log.at(-1)], [[], "EXPIRED_SESSION"]);
    await zk.close();
    await within("the end of watch()", watching);
  },
);

testWithServer(
  "Without a server a session is given up after 4/3 T, and another follows when there is one",
  async (server) => {
    const recorder = new Recorder();
    await using zk = await connect(server.address, {
      sessionTimeout: 600,
      watcher: recorder.watcher,
    });
    const { id } = zk.session!;
    await server.kill();
    await recorder.until(({ state }) => state === "CONNECTING");
    const lost = performance.now();
    const waiting = zk.exists("/");
    await assertCode(waiting, "SESSIONEXPIRED");
    const took = performance.now() - lost;
    // The server was heard up to T/3 before it was lost.
    assert(took > 500 && took < 1500, `given up after ${took} ms`);
    assertEquals([zk.session, zk.closed], [null, false]);
    await server.start();
    await within("a new session", zk.connected());
    assertNotEquals(zk.session!.id, id);
    assertEquals(recorder.log, ["CONNECTED", "CONNECTING", "EXPIRED_SESSION", "CONNECTED"]);
    await until("the pauses end", () => zk.state === "CONNECTED");
  },
);

testWithServer(
  "A server that has lost its data does not lock a session out for ever",
  async (server) => {
    await using zk = await connect(server.address, { sessionTimeout: 1000 });
    await zk.create("/a");
    await zk.create("/b");
    assertEquals((await zk.exists("/a"))?.version, 0);
    await restartWiped(server);
    // To one that has seen more than it, a server closes without an answer.
    assertEquals(await within("a reply", retried(() => zk.exists("/a")), 30_000), null);
  },
);

async function retried<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch {
    return await retried(operation);
  }
}
