import { assertEquals } from "@std/assert";
import { type WatchedEvent, ZooKeeper } from "@zkst/zookeeper";
import { fourLetterWord, freePorts, Server } from "../../tools/servers.ts";
import { until, within } from "../integration/waiting.ts";
import { authority, hosts, test, trusting } from "./scene.ts";

test(
  "Under TLS, too, a server that can write is found while one without quorum serves reads",
  "3.8",
  "none",
  async (writable) => {
    await using alone = await startAlone();
    const seen: string[] = [];
    const moved = Promise.withResolvers<void>();
    const watcher = ({ state }: WatchedEvent) => {
      seen.push(state);
      if (state === "CONNECTED") moved.resolve();
    };
    const servers = `127.0.0.1:${alone.securePort},localhost:${writable.securePort}`;
    const options = { tls: trusting, readOnly: true, shuffle: false, watcher };
    await using zk = await ZooKeeper.connect(servers, options);
    assertEquals([zk.state, (await zk.exists("/"))?.version], ["READONLY", 0]);
    await within("a server that can write", moved.promise);
    assertEquals([zk.server?.host, zk.server?.port], ["localhost", writable.securePort]);
    await zk.create("/a");
    assertEquals(seen, ["READONLY", "CONNECTING", "CONNECTED"]);
  },
);

/** A member of an ensemble that has lost the others. */
async function startAlone(): Promise<Server> {
  const ports = freePorts(4);
  const own = await authority.issue("zookeeper", { hosts });
  const server = await Server.start({
    id: 1,
    config: {
      initLimit: 20,
      syncLimit: 10,
      localSessionsEnabled: "true",
      "server.1": `127.0.0.1:${ports[0]}:${ports[1]}`,
      "server.2": `127.0.0.1:${ports[2]}:${ports[3]}`,
    },
    flags: ["-Dreadonlymode.enabled=true"],
    tls: { ...own, caCerts: authority.cert, clientAuth: "none" },
  });
  await until("it serves reads", async () => await fourLetterWord(server.address, "isro") === "ro");
  return server;
}
