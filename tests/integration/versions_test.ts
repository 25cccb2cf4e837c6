import { assertEquals } from "@std/assert";
import { connect, pause, testWithServer } from "./server.ts";
import { assertCode, Recorder, within } from "./waiting.ts";
import { isReal } from "./world.ts";

testWithServer(
  "serverVersion: detect asks the server, and holds nothing back that it knows",
  async (server) => {
    const lines: string[] = [];
    const logger = { info: (line: string) => void lines.push(line) };
    const recorder = new Recorder();
    await using zk = await connect(server.address, {
      serverVersion: "detect",
      watcher: recorder.watcher,
      logger,
    });
    assertEquals(
      lines.filter((line) => /^The server's version is \d+\.\d+\.\d+$/.test(line)).length,
      1,
    );
    await zk.create2("/a");
    await zk.whoAmI();
    await zk.addWatch("/a", "PERSISTENT", () => {});
    assertEquals(recorder.log, ["CONNECTED"]);
  },
);

// Real servers count a connection some time after they have accepted it, and may accept a second one.
if (!isReal) {
  testWithServer("serverVersion: detect goes without where it may not ask", async (server) => {
    const lines: string[] = [];
    const logger = { info: (line: string) => void lines.push(line) };
    await using zk = await connect(server.address, { serverVersion: "detect", logger });
    assertEquals(
      lines.filter((line) => line.includes("Cannot tell the server's version")).length,
      1,
    );
    await zk.create2("/a");
  }, { maxConnections: 1 });
}

testWithServer(
  "serverVersion: what an old server would not know is UNIMPLEMENTED",
  async (server) => {
    const recorder = new Recorder();
    const options = { serverVersion: "3.4.14", watcher: recorder.watcher };
    await using zk = await connect(server.address, options);
    const path = await zk.create("/a-", "x", { mode: "EPHEMERAL_SEQUENTIAL" });
    const errors = [
      zk.create2("/b"),
      zk.create("/b", null, { mode: "CONTAINER" }),
      zk.create("/b", null, { mode: "PERSISTENT_WITH_TTL", ttl: 1000 }),
      zk.multiRead([]),
      zk.getEphemerals(),
      zk.whoAmI(),
    ];
    for (const error of errors) {
      assertEquals(
        (await assertCode(error, "UNIMPLEMENTED")).sent,
        false,
      );
    }
    assertEquals((await zk.exists(path))!.ephemeralOwner, zk.session!.id);
    assertEquals([await zk.exists("/b"), recorder.log], [null, ["CONNECTED"]]);
  },
);

// go-zookeeper: TestIntegration_SlowServer.
testWithServer(
  "A server that is slow, but not too slow, keeps its sessions and answers all",
  async (server) => {
    const recorder = new Recorder();
    const options = { sessionTimeout: 3000, watcher: recorder.watcher };
    await using zk = await connect(server.address, options);
    await zk.create("/slow", "0");
    await pause(server);
    const writes = Array.from({ length: 100 }, (_, i) => zk.setData("/slow", `${i}`));
    const resuming = setTimeout(() => server.resume(), 1000);
    const stats = await within("the replies", Promise.all(writes));
    clearTimeout(resuming);
    assertEquals(stats.map(({ version }) => version), writes.map((_, i) => i + 1));
    assertEquals(recorder.log, ["CONNECTED"]);
  },
);

testWithServer(
  "A stalled server makes promises wait their turn, and loses none",
  async (server) => {
    const outstanding = { requests: 50, bytes: 100_000 };
    await using zk = await connect(server.address, { outstanding, sessionTimeout: 4000 });
    await zk.create("/a");
    await pause(server);
    const writes = Array.from({ length: 1000 }, () => zk.setData("/a", new Uint8Array(5000)));
    const resuming = setTimeout(() => server.resume(), 300);
    const stats = await within("the replies", Promise.all(writes));
    clearTimeout(resuming);
    assertEquals(stats.map(({ version }) => version), writes.map((_, i) => i + 1));
  },
);
