/**
 * tiny_rpc's provider: publishes UserServiceRpc, for its consumers and ours, until it is interrupted.
 * The configuration file says where it listens and where ZooKeeper is.
 *
 *   deno run --allow-net --allow-read examples/tiny_rpc/provider.ts -i examples/tiny_rpc/test.conf
 */
import { ZooKeeper } from "@zkst/zookeeper";
import { tinyRpc } from "@zkst/zookeeper/discovery";
import { initTinyRpc, parseServices, RpcServer, tinyRpcUsage } from "@zkst/zookeeper/rpc";
import text from "./user.proto" with { type: "text" };

const { UserServiceRpc } = parseServices(text);

interface LoginRequest {
  name: Uint8Array;
  pwd: Uint8Array;
}

const config = await initTinyRpc(Deno.args);
if (config === null) {
  console.log(tinyRpcUsage);
  Deno.exit(1);
}
const zookeeper = `${config.load("zookeeperip")}:${config.port("zookeeperport")}`;
await using zk = await ZooKeeper.connect(zookeeper, { sessionTimeout: 30_000 });

// Handlers may answer at once or later, may fail, and know when their caller is gone.
await using server = new RpcServer({ zk, layout: tinyRpc(), logger: console });
server.add(UserServiceRpc, {
  login({ name, pwd }: LoginRequest) {
    const success = name.length > 0 && pwd.length > 0;
    const errmsg = success ? "" : "A name and a password, please";
    return { result: { errcode: success ? 0 : 1, errmsg }, success };
  },
});
await server.listen({
  hostname: config.load("rpcserverip"),
  port: config.port("rpcserverport"),
});

// Theirs blocks in Run(); this one ends in order when it is told to.
const told = Promise.withResolvers<void>();
for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, told.resolve);
await told.promise;
