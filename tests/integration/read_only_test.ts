import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { ZooKeeper } from "@zkst/zookeeper";
import { connect, testWithEnsemble, testWithServer } from "./server.ts";
import { assertCode, Recorder, within } from "./waiting.ts";
import { startServer } from "./world.ts";

testWithServer(
  "A server without quorum serves reads, and one that can write is found while it does",
  async (server) => {
    await using writable = await startServer({ words: "isro,srvr" });
    const recorder = new Recorder();
    await using zk = await connect(`${server.address},localhost:${writable.port}`, {
      readOnly: true,
      shuffle: false,
      watcher: recorder.watcher,
    });
    assertEquals(zk.state, "READONLY");
    const reads = new Reads(zk);
    await assertCode(zk.create("/a", null), "NOTREADONLY");
    await within("a server that can write", recorder.until(({ state }) => state === "CONNECTED"));
    assertEquals(zk.server?.port, writable.port);
    await zk.create("/a", null, { mode: "EPHEMERAL" });
    await reads.end();
    assertEquals(recorder.log, ["READONLY", "CONNECTING", "CONNECTED"]);
  },
  { readOnly: true },
);

testWithEnsemble(
  "Of three servers two are killed: reads go on with the third, and all does when one is back",
  async (ensemble) => {
    const [third, ...others] = ensemble.servers;
    const options = { readOnly: true, sessionTimeout: 2000 };
    const before = new Recorder();
    await using old = await connect(ensemble.connectString, {
      ...options,
      watcher: before.watcher,
    });
    await old.create("/a", "x");
    const changes = new Recorder();
    await old.addWatch("/a", "PERSISTENT", changes.watcher);
    await Promise.all(others.map((server) => server.kill()));
    const recorder = new Recorder();
    // The third one waits for the others for two seconds before it serves reads alone.
    await using zk = await connect(ensemble.connectString, {
      ...options,
      watcher: recorder.watcher,
    });
    assertEquals([zk.state, zk.server?.port], ["READONLY", third!.port]);
    const reads = new Reads(zk);
    const written = assertCode(zk.setData("/a", "y"), "NOTREADONLY");
    assertEquals((await written).message.includes("read-only"), true);
    assertEquals((await zk.getData("/a")).stat.version, 0);
    // A session of the ensemble is not known to a server alone: it is over, and another follows.
    await before.until(({ state }) => state === "READONLY");
    assert(before.log.includes("EXPIRED_SESSION"));
    const alone = [zk.session!.id, old.session!.id];
    const { length } = before.events;

    await others[0]!.start();
    await within("a quorum", recorder.until(({ state }) => state === "CONNECTED"));
    // Its watch is armed there, and told what happens from now on.
    await before.until(({ state }) => state === "CONNECTED", length);
    await zk.setData("/a", "z");
    await reads.end();
    assertNotEquals(zk.session!.id, alone[0]);
    await changes.until(({ type }) => type === "NodeDataChanged");
    assertNotEquals(old.session!.id, alone[1]);
    assert(!recorder.log.includes("EXPIRED_SESSION"));
  },
  {
    config: { localSessionsEnabled: "true", localSessionsUpgradingEnabled: "true" },
    flags: ["-Dreadonlymode.enabled=true"],
  },
);

/** Reads one after the other, several at once, whatever becomes of them. */
class Reads {
  readonly codes = new Map<string, number>();
  #ended = false;
  readonly #loops: Promise<void>[];

  constructor(readonly zk: ZooKeeper) {
    this.#loops = Array.from({ length: 8 }, () => this.#loop());
  }

  async #loop(): Promise<void> {
    while (!this.#ended && !this.zk.closed) {
      const code = await this.zk.exists("/").then(() => "OK", ({ code }) => code);
      this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
    }
  }

  /** Resolves when each has been answered. */
  async end(): Promise<void> {
    this.#ended = true;
    await within("the answer to every read", Promise.all(this.#loops));
    assert(this.codes.get("OK")! > 0);
  }
}
