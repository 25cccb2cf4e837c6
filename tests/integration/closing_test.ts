import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import type { ZooKeeper } from "@zkst/zookeeper";
import { Halting } from "./halting.ts";
import { connect, open, pause, test, testWithServer } from "./server.ts";
import { assertCode, Recorder, within } from "./waiting.ts";

test("close() may be awaited inside the body of the loop", async ({ connectString, zk: other, root }) => {
  // The loop comes round at the latest when a ping is due.
  const zk = open(connectString, { sessionTimeout: 400 });
  const created = zk.create(`${root}/e`, null, { mode: "EPHEMERAL" });
  let closing = false;
  created.then(() => closing = true);
  while (!zk.closed) {
    zk.process(await zk.interest().wait());
    if (closing) await within("close()", zk.close());
  }
  assertEquals([await created, zk.state], [`${root}/e`, "CLOSED"]);
  assertEquals(await other.exists(`${root}/e`), null);
});

test("close() with the loop waiting, halted, abandoned, or never begun", async ({ connectString }) => {
  const waiting = open(connectString);
  const running = waiting.run();
  await within("connecting", waiting.connected());
  await within("close()", waiting.close());
  await within("run()", running);

  const halted = await Halting.connect(connectString);
  await halted.halt();
  await within("close()", halted.zk.close());

  const abandoned = open(connectString);
  while (abandoned.state !== "CONNECTED") abandoned.process(await abandoned.interest().wait());
  const wait = abandoned.interest().wait();
  await within("close()", abandoned.close());
  await within("wait()", wait);

  const unused = open(connectString);
  await within("close()", unused.close());
  for (const zk of [waiting, halted.zk, abandoned, unused]) {
    assertEquals([zk.state, zk.closed, zk.server], ["CLOSED", true, null]);
  }
});

test("close() from a watcher, and twice", async (scene) => {
  const zk = await scene.connect();
  let closing: Promise<void> | null = null;
  await zk.getData(scene.root, { watch: () => closing = zk.close() });
  const reading = assertCode(zk.setData(scene.root, "x").then(() => zk.sync("/")), "CLOSING");
  await reading;
  assertStrictEquals(zk.close(), closing!);
  await within("close()", closing!);
  assertEquals(zk.state, "CLOSED");
});

test("close() fails what is pending in the order of submission", async (scene) => {
  const zk = await scene.connect();
  const log: string[] = [];
  for (let i = 0; i < 20; i++) {
    zk.getData(scene.root).catch(({ code, rc }) => log.push(`${i} ${code} ${rc}`));
  }
  await zk.close();
  assertEquals(log, Array.from({ length: 20 }, (_, i) => `${i} CLOSING -116`));
});

test("await using closes a session", async ({ connectString, zk: other, root }) => {
  let left: ZooKeeper;
  {
    await using zk = await connect(connectString);
    await zk.create(`${root}/e`, null, { mode: "EPHEMERAL" });
    left = zk;
  }
  assertEquals(left.closed, true);
  assertEquals(await other.exists(`${root}/e`), null);
});

testWithServer("close() takes no longer than T/3 of a server that is silent", async (server) => {
  const session = new Recorder();
  const zk = await connect(server.address, { sessionTimeout: 1500, watcher: session.watcher });
  await pause(server);
  const pending = assertCode(zk.create("/a"), "CLOSING");
  const start = performance.now();
  await within("close()", zk.close());
  const took = performance.now() - start;
  assert(took > 490 && took < 1000, `${took} ms`);
  await pending;
  assertEquals([zk.state, zk.closed, session.log], ["CLOSED", true, ["CONNECTED"]]);
});

testWithServer("close() takes no longer while a write is stuck", async (server) => {
  const zk = await connect(server.address, { sessionTimeout: 2400 });
  await zk.create("/a");
  await pause(server);
  const much = new Uint8Array(1_000_000);
  const stuck = Array.from({ length: 16 }, () => assertCode(zk.setData("/a", much), "CLOSING"));
  // One turn, and the first bytes have left.
  await new Promise((resolve) => setTimeout(resolve));
  const behind = assertCode(zk.setData("/a", "behind"), "CLOSING");
  const start = performance.now();
  await within("close()", zk.close());
  const took = performance.now() - start;
  assert(took < 1400, `${took} ms`);
  assertEquals((await Promise.all(stuck)).map(({ sent }) => sent), stuck.map(() => true));
  assertEquals((await behind).sent, false);
});

testWithServer("close() while there is no server is done at once", async (server) => {
  const session = new Recorder();
  const zk = await connect(server.address, { watcher: session.watcher });
  await server.kill();
  await session.until(({ state }) => state === "CONNECTING");
  const pending = assertCode(zk.create("/a"), "CLOSING");
  const start = performance.now();
  await zk.close();
  assert(performance.now() - start < 200);
  assertEquals((await pending).sent, false);
  assertEquals(zk.state, "CLOSED");
});

testWithServer("close() that the server does not live to answer", async (server) => {
  const zk = await connect(server.address, { sessionTimeout: 4000 });
  await pause(server);
  const start = performance.now();
  const closing = zk.close();
  await server.kill();
  await within("close()", closing);
  assert(performance.now() - start < 1000);
  assertEquals(zk.state, "CLOSED");
});
