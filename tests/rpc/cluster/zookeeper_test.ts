/** Calls while a real ZooKeeper is killed and comes back. */
import { assertEquals } from "@std/assert";
import { ZooKeeper } from "@zkst/zookeeper";
import { createClient, RpcChannel, RpcServer } from "@zkst/zookeeper/rpc";
import { lasting, testWithServer } from "../../integration/server.ts";
import { until } from "../../integration/waiting.ts";
import { Load } from "./cluster.ts";
import { Echo } from "./echo.ts";

testWithServer(
  "ZooKeeper is killed and comes back under load, and no call fails, whatever its method",
  async (server) => {
    await using zk = await ZooKeeper.connect(server.address, lasting.session);
    const names = ["a", "b"];
    const servers = names.map((name) => new RpcServer({ zk }).add(Echo, { put: () => name }));
    for (const server of servers) await server.listen({ hostname: "127.0.0.1" });
    await using channel = new RpcChannel("zk:/services", { zk });
    const client = createClient(Echo, channel);
    const load = new Load(() => client.put("x"), 5);
    await until("both answer", () => load.answers.size === 2);
    await server.kill();
    await until("the session knows", () => zk.state === "CONNECTING");
    const { calls } = load;
    await until("a thousand calls have been made", () => load.calls > calls + 1_000);
    await server.start();
    await until("the session is back", () => zk.state === "CONNECTED");
    await load.stop();
    assertEquals(load.failures, []);
    assertEquals(channel.stats().calls, { OK: load.calls });
    for (const server of servers) await server.shutdown();
  },
  lasting.server,
);
