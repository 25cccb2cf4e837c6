import { assert, assertEquals } from "@std/assert";
import { ZooKeeper } from "@zkst/zookeeper";
import { srvResolver } from "../../src/deno.ts";
import { freePorts } from "../../tools/servers.ts";
import { assertCode } from "./waiting.ts";
import { connect, testWithout, testWithServer } from "./server.ts";
import { NameServer } from "./name_server.ts";
import { world } from "./world.ts";

const service = "_zookeeper._tcp.example.org";

testWithServer(
  "A name server says where the servers are, and which comes first",
  async (server) => {
    await using names = await NameServer.start();
    const [dead] = freePorts(1);
    const record = (port: number, priority: number) => ({
      target: "localhost.",
      port,
      priority,
      weight: 0,
    });
    names.records = [record(server.port, 20), record(dead!, 10)];
    const lines: string[] = [];
    await using zk = await connect(`srv:${service}/`, {
      platform: { resolveSrv: srvResolver(names.options) },
      logger: { warn: (line) => void lines.push(line) },
    });
    assertEquals([zk.server?.host, zk.server?.port], ["localhost", server.port]);
    // The one of the lesser priority was tried before, at each of its addresses.
    assert(lines.some((line) => line.includes(`localhost:${dead} (127.0.0.1)`)), `${lines}`);
    assertEquals((await zk.exists("/"))?.version, 0);
  },
);

testWithout(
  "A name that DNS does not know, and why nothing was asked, is in connect()'s error",
  async () => {
    await using names = await NameServer.start();
    const options = { timeout: 500, platform: { resolveSrv: srvResolver(names.options) } };
    const { message } = await assertCode(
      ZooKeeper.connect(`srv:${service}`, options),
      "CONNECTIONLOSS",
    );
    assert(
      message.includes(`srv:${service}: cannot resolve the name: DNS has no servers`),
      message,
    );
  },
);

// It needs no ZooKeeper: once is enough.
if (world === "3.8") {
  Deno.test({
    name: "Without the permission to ask the name server, connect() says which it would be",
    permissions: { net: false },
    async fn() {
      const { message } = await assertCode(
        ZooKeeper.connect(`srv:${service}`, { timeout: 500 }),
        "CONNECTIONLOSS",
      );
      assert(message.includes("Requires net access"), message);
    },
  });
}
