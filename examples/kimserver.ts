/**
 * What kimserver's manager process does with ZooKeeper, done by three nodes in one program: each one
 * registers under its node type, follows the types that it sends to, keeps the addresses of their
 * nodes, and goes on when its session has expired. The log has the lines of the C client.
 *
 *   deno run --allow-net examples/kimserver.ts
 *   deno run --allow-net examples/kimserver.ts 127.0.0.1:2181
 */
import { ZooKeeper } from "@zkst/zookeeper";
import { hostPort, kimserver, ring, ServiceDiscovery } from "@zkst/zookeeper/discovery";
import type { KimserverPayload, RingBalancer, ServiceCache } from "@zkst/zookeeper/discovery";
import { cFormat, consoleSink, createLogger } from "@zkst/zookeeper/logger";
import { TestServer } from "@zkst/zookeeper/testing";

/** As in kimserver's bin/config.json. */
const config = {
  server_name: "kimserver",
  worker_cnt: 2,
  nodes: { root: "/kimserver/nodes", subscribe_node_type: ["gate", "logic"] },
};
const layout = kimserver({ serverName: config.server_name });
const log = createLogger({ sink: consoleSink(cFormat) });

const [address] = Deno.args;
await using embedded = address ? null : new TestServer();
const servers = address ?? await embedded!.listen();

await using gate = await start("gate", 3344);
await using logic1 = await start("logic", 3355);
await using _logic2 = await start("logic", 3366);
await until(() => gate.knows("logic", 2));
gate.send("logic", "user-4711");

// A session expires when others close it, too. The node comes back by itself, as another znode.
const before = logic1.registration.path;
const thief = await ZooKeeper.connect(servers, { session: logic1.zk.session! });
await thief.close();
await until(() =>
  logic1.registration.state === "registered" && logic1.registration.path !== before
);
await until(() => gate.knows("logic", 2));
gate.send("logic", "user-4711");

/** A node: its registration, and those that it can send to. */
async function start(type: string, port: number) {
  const logger = log.child({ category: `${type}:${port}` });
  const zk = await ZooKeeper.connect(servers, { logger, sessionTimeout: 10_000 });
  const discovery = new ServiceDiscovery(zk, { basePath: config.nodes.root, layout });
  const node = { name: type, address: "127.0.0.1", port, weight: config.worker_cnt };
  const registration = await discovery.register<KimserverPayload>(node);
  registration.subscribe(({ type, ...rest }) => logger.info?.(`The node is ${type}`, rest));
  registration.report({ manager: { worker_index: 0, conn_cnt: 0 } }); // once in 10 s at most

  const peers = new Map<string, { cache: ServiceCache; ring: RingBalancer }>();
  for (const type of config.nodes.subscribe_node_type) {
    const cache = await discovery.cache(type);
    cache.subscribe((event) => {
      const which = "instance" in event ? hostPort(event.instance) : "all";
      logger.info?.(`${type}: ${event.type} ${which}`);
    });
    peers.set(type, { cache, ring: ring(cache) });
  }
  return {
    zk,
    registration,
    knows: (type: string, count: number) =>
      peers.get(type)!.cache.snapshot.instances.length >= count,
    send: (type: string, key: string) =>
      logger.info?.(`${key} goes to ${peers.get(type)!.ring.locate({ key })?.id}`),
    [Symbol.asyncDispose]: async () => {
      await discovery.close();
      await zk.close();
    },
  };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 50));
}
