import { assert, assertEquals } from "@std/assert";
import { Halting } from "./halting.ts";
import { ask, connect, lasting, testWithServer } from "./server.ts";
import { Recorder, until, within } from "./waiting.ts";

testWithServer("A hundred watches survive a restart of the server", async (server) => {
  await using zk = await connect(server.address, lasting.session);
  await using other = await connect(server.address, lasting.session);
  const paths = Array.from({ length: 100 }, (_, i) => `/${i}`);
  const recorders = paths.map(() => new Recorder());
  await Promise.all(paths.map(async (path, i) => {
    await zk.create(path);
    await zk.getData(path, { watch: recorders[i]!.watcher });
  }));
  const { id } = zk.session!;
  await server.restart();
  await Promise.all(paths.map((path) => other.setData(path, "x")));
  await Promise.all(recorders.map((recorder) => recorder.count(3)));
  await zk.sync("/");
  for (const [i, { log }] of recorders.entries()) {
    assertEquals(log, ["CONNECTING", "CONNECTED", `NodeDataChanged ${paths[i]}`]);
  }
  assertEquals(zk.session!.id, id);
}, lasting.server);

testWithServer("What changed while a session was away is told when it is back", async (server) => {
  await using away = await Halting.connect(server.address, lasting.session);
  await using other = await connect(server.address, lasting.session);
  const { zk } = away;
  for (const path of ["/set", "/deleted", "/parent", "/parent/gone", "/same"]) {
    await zk.create(path);
  }
  const [told, untold] = [new Recorder(), new Recorder()];
  const [watch, quiet] = [told.watcher, untold.watcher];
  await Promise.all([
    zk.getData("/set", { watch }),
    zk.getData("/deleted", { watch }),
    zk.getChildren("/deleted", { watch }),
    zk.exists("/created", { watch }),
    zk.getChildren("/parent", { watch }),
    zk.exists("/parent/gone", { watch }),
    zk.getData("/same", { watch: quiet }),
    zk.getChildren("/same", { watch: quiet }),
    zk.exists("/absent", { watch: quiet }),
    zk.getData("/parent", { watch: quiet }),
  ]);
  await away.halt();
  await server.restart();
  await other.setData("/set", "x");
  await other.delete("/deleted");
  await other.create("/created");
  await other.delete("/parent/gone");
  await other.delete(await other.create("/absent"));
  away.go();
  await told.count(2);
  const reading = zk.getData("/set").then(() => [...told.nodeLog].sort());
  const all = [
    "NodeChildrenChanged /parent",
    "NodeCreated /created",
    "NodeDataChanged /set",
    "NodeDeleted /deleted",
    "NodeDeleted /parent/gone",
  ];
  assertEquals(await within("a reply", reading), all);
  assertEquals(told.log.slice(0, 2), ["CONNECTING", "CONNECTED"]);
  assertEquals(untold.log, ["CONNECTING", "CONNECTED"]);
  // Those that had nothing to tell are still armed, and those that had are not.
  await other.setData("/same", "x");
  await other.create("/same/child");
  await other.create("/absent");
  await other.setData("/parent", "x");
  await other.setData("/set", "y");
  await zk.sync("/");
  const armed = ["/absent", "/parent", "/same", "/same"];
  assertEquals(untold.nodeLog.map((line) => line.split(" ")[1]!).sort(), armed);
  assertEquals(told.nodeLog.length, all.length);
}, lasting.server);

testWithServer(
  "Persistent watches are armed again after a restart, and are told Resync",
  async (server) => {
    await using zk = await connect(server.address, lasting.session);
    await using other = await connect(server.address, lasting.session);
    const [one, tree, once] = [new Recorder(), new Recorder(), new Recorder()];
    await zk.create("/a");
    await zk.create("/once");
    await zk.addWatch("/a", "PERSISTENT", one.watcher);
    await zk.addWatch("/tree", "PERSISTENT_RECURSIVE", tree.watcher);
    await zk.getData("/once", { watch: once.watcher });
    for (let round = 1; round <= 2; round++) {
      await server.restart();
      await until(
        "the watches are armed",
        () =>
          [one, tree].every(({ log }) =>
            log.filter((line) => line.startsWith("Resync")).length === round
          ),
      );
      await other.setData("/a", "x");
      await other.create(`/a/${round}`);
      if (round === 1) await other.create("/tree");
      await other.create(`/tree/${round}`);
      await other.setData("/once", "x");
      await zk.sync("/");
    }
    const changes = ["NodeDataChanged /a", "NodeChildrenChanged /a"];
    assertEquals(one.nodeLog, ["Resync /a", ...changes, "Resync /a", ...changes]);
    const [first, second] = [["NodeCreated /tree", "NodeCreated /tree/1"], ["NodeCreated /tree/2"]];
    assertEquals(tree.nodeLog, ["Resync /tree", ...first, "Resync /tree", ...second]);
    assertEquals(once.nodeLog, ["NodeDataChanged /once"]);
  },
  lasting.server,
);

testWithServer(
  "More watches than one packet takes are armed again, all of them",
  async (server) => {
    await using zk = await connect(server.address, lasting.session);
    const paths = Array.from({ length: 3000 }, (_, i) => `/${"long".repeat(100)}-${i}`);
    const recorder = new Recorder();
    const { watcher: watch } = recorder;
    await Promise.all(paths.map((path, i) => i % 2 ? zk.create(path) : null));
    await Promise.all(paths.map((path) => zk.exists(path, { watch })));
    await zk.addWatch("/persistent", "PERSISTENT", watch);
    await server.restart();
    await within("the reply", zk.sync("/"));
    const answer = await ask(server, "mntr");
    // The persistent one counts as a data and as a child watch.
    assertEquals(answer.match(/^zk_watch_count\s+(\d+)/m)![1], "3002");
    await Promise.all(paths.map((path, i) => i % 2 ? zk.setData(path, "x") : zk.create(path)));
    await zk.create("/persistent");
    const told = new Set(recorder.nodeLog);
    // Beside its change, the persistent one was told that it may have missed something.
    assertEquals([recorder.nodeLog.length, told.size], [3002, 3002]);
    assert(
      paths.every((path, i) => told.has(`${i % 2 ? "NodeDataChanged" : "NodeCreated"} ${path}`)),
    );
  },
  lasting.server,
);
