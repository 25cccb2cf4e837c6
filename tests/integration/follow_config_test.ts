import { assert, assertEquals } from "@std/assert";
import type { Ensemble, Server } from "../../tools/servers.ts";
import { connect, lasting, testWithEnsemble } from "./server.ts";
import { Recorder, until, within } from "./waiting.ts";

testWithEnsemble(
  "followConfig: a server that is removed is left at once, one that is added is known at once",
  async (ensemble) => {
    const leader = await ensemble.leader();
    const [first, second] = ensemble.servers.filter((server) => server !== leader);
    await using admin = await connect(leader.address, lasting.session);
    const recorder = new Recorder();
    const lists: string[] = [];
    await using zk = await connect(`${first!.address}/app`, {
      ...lasting.session,
      followConfig: true,
      watcher: recorder.watcher,
      // It never leaves a server only because there are more of them.
      platform: { random: () => 0.99 },
      logger: { info: (line) => line.startsWith("Following") && void lists.push(line) },
    });
    const session = zk.session;
    await until("the configuration is known", () => lists.length === 1);
    for (const { address } of ensemble.servers) assert(lists[0]!.includes(address));

    const line = await lineOf(admin, ensemble, first!);
    await within("a removal", admin.reconfig({ leavingServers: `${numberOf(ensemble, first!)}` }));
    await recorder.until(({ state }) => state === "CONNECTING");
    await within("another server", zk.connected());
    assertEquals((await zk.sync("/"), zk.session), session);
    assert([leader.port, second!.port].includes(zk.server!.port));
    assertEquals(recorder.log, ["CONNECTED", "CONNECTING", "CONNECTED"]);
    await until("the list is a shorter one", () => lists.length === 2);
    assert(!lists[1]!.includes(first!.address));

    await within("an addition", admin.reconfig({ joiningServers: line }));
    await until("the list is a longer one", () => lists.length === 3);
    assert(lists[2]!.includes(first!.address));
    assertEquals(recorder.log.length, 3);
  },
  { config: { reconfigEnabled: "true", standaloneEnabled: "false", skipACL: "yes" } },
);

function numberOf(ensemble: Ensemble, server: Server): number {
  return ensemble.servers.indexOf(server) + 1;
}

/** A server's line in the configuration. */
async function lineOf(
  admin: Awaited<ReturnType<typeof connect>>,
  ensemble: Ensemble,
  server: Server,
): Promise<string> {
  const text = new TextDecoder().decode((await admin.getConfig()).data!);
  const start = `server.${numberOf(ensemble, server)}=`;
  return text.split("\n").find((line) => line.startsWith(start))!;
}
