import { assert, assertEquals } from "@std/assert";
import { Poll, ZooKeeper } from "@zkst/zookeeper";
import type { Server } from "../../tools/servers.ts";
import { connect, testWithServer } from "./server.ts";
import { Recorder, within } from "./waiting.ts";

/** More than two thirds of it is the time for which nothing runs. */
const sessionTimeout = 1500;
const busy = 1100;

testWithServer("Who comes late finds the answer that came in time", async (server) => {
  const recorder = new Recorder();
  await using zk = await connect(server.address, { sessionTimeout, watcher: recorder.watcher });
  const answered = zk.exists("/");
  await answeredWhileBusy(server);
  assertEquals((await within("the reply", answered))?.version, 0);
  assertEquals((await within("the reply", zk.exists("/")))?.version, 0);
  assertEquals(recorder.log, ["CONNECTED"]);
});

testWithServer("Who comes late with a further request does, too", async (server) => {
  const recorder = new Recorder();
  await using zk = await connect(server.address, { sessionTimeout, watcher: recorder.watcher });
  const answered = zk.exists("/");
  await answeredWhileBusy(server);
  const further = zk.exists("/");
  const both = await within("the replies", Promise.all([answered, further]));
  assertEquals(both.map((stat) => stat?.version), [0, 0]);
  assertEquals(recorder.log, ["CONNECTED"]);
});

for (const more of [false, true]) {
  const what = more ? " with a further request" : "";
  testWithServer(`Who comes late to a Poll${what} finds the answer, too`, async (server) => {
    const recorder = new Recorder();
    const poll = new Poll<ZooKeeper>();
    const zk = new ZooKeeper(server.address, { sessionTimeout, watcher: recorder.watcher });
    poll.add(zk);
    const driving = (async () => {
      while (!zk.closed) for (const [zk, events] of await poll.wait()) zk.process(events);
    })();
    try {
      await within("connecting", zk.connected());
      const answered = zk.exists("/");
      await answeredWhileBusy(server);
      const further = more ? zk.exists("/") : answered;
      const both = await within("the replies", Promise.all([answered, further]));
      assertEquals(both.map((stat) => stat?.version), [0, 0]);
      assertEquals(recorder.log, ["CONNECTED"]);
    } finally {
      await zk.close();
      await driving;
    }
  });
}

testWithServer(
  "Who comes late and has asked nothing loses a connection, no session",
  async (server) => {
    const recorder = new Recorder();
    const lines: string[] = [];
    const logger = { warn: (line: string) => void lines.push(line) };
    const options = { sessionTimeout, watcher: recorder.watcher, logger };
    await using zk = await connect(server.address, options);
    await zk.create("/e", null, { mode: "EPHEMERAL" });
    const { id } = zk.session!;
    block();
    await recorder.until(({ state }) => state === "CONNECTING");
    assertEquals((await within("the reply", zk.exists("/e")))?.ephemeralOwner, id);
    assertEquals(recorder.log, ["CONNECTED", "CONNECTING", "CONNECTED"]);
    assert(lines.some((line) => /Exceeded deadline by \d+ms/.test(line)), lines.join("\n"));
  },
);

/** Lets what was asked leave, and nothing run while the server answers. */
async function answeredWhileBusy(server: Server): Promise<void> {
  server.pause();
  await new Promise((resolve) => setTimeout(resolve));
  server.resume();
  block();
}

function block(): void {
  for (const end = performance.now() + busy; performance.now() < end;);
}
