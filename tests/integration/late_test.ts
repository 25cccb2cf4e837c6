import { assert, assertEquals } from "@std/assert";
import { Poll, type ZooKeeper } from "@zkst/zookeeper";
import { connect, open, pause, type Server, testWithServerApart } from "./server.ts";
import { Recorder, within } from "./waiting.ts";

/** More than two thirds of it is the time for which nothing runs. */
const sessionTimeout = 2000;
const busy = 1400;

for (const further of [false, true]) {
  const who = `Who comes late${further ? " with a further request" : ""}`;

  testWithServerApart(`${who} finds the answer that came in time`, async (server) => {
    const recorder = new Recorder();
    await using zk = await connect(server.address, { sessionTimeout, watcher: recorder.watcher });
    await answeredWhileBusy(server, zk, further);
    assertEquals(recorder.log, ["CONNECTED"]);
  });

  testWithServerApart(`${who} to a Poll finds the answer that came in time`, async (server) => {
    const recorder = new Recorder();
    const poll = new Poll<ZooKeeper>();
    const zk = open(server.address, { sessionTimeout, watcher: recorder.watcher });
    poll.add(zk);
    const driving = (async () => {
      while (!zk.closed) for (const [zk, events] of await poll.wait()) zk.process(events);
    })();
    try {
      await within("connecting", zk.connected());
      await answeredWhileBusy(server, zk, further);
      assertEquals(recorder.log, ["CONNECTED"]);
    } finally {
      await zk.close();
      await driving;
    }
  });
}

testWithServerApart(
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

/**
 * Has a request answered while nothing runs for a time, after which there is a further one or not.
 */
async function answeredWhileBusy(server: Server, zk: ZooKeeper, further: boolean): Promise<void> {
  await pause(server);
  const requests = [zk.exists("/")];
  // One turn, and it has left.
  await new Promise((resolve) => setTimeout(resolve));
  server.resume();
  block();
  if (further) requests.push(zk.exists("/"));
  const stats = await within("the replies", Promise.all(requests));
  assertEquals(stats.map((stat) => stat?.version), requests.map(() => 0));
}

function block(): void {
  for (const end = performance.now() + busy; performance.now() < end;);
}
