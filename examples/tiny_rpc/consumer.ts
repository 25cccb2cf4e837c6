/**
 * tiny_rpc's consumer: finds UserServiceRpc.Login in ZooKeeper and calls it, be its provider ours or
 * theirs.
 *
 *   deno run --allow-net --allow-read examples/tiny_rpc/consumer.ts -i examples/tiny_rpc/test.conf
 */
import { ZooKeeper } from "@zkst/zookeeper";
import {
  createClient,
  initTinyRpc,
  parseServices,
  RpcChannel,
  RpcController,
  tinyRpcUsage,
} from "@zkst/zookeeper/rpc";
import text from "./user.proto" with { type: "text" };

const { UserServiceRpc } = parseServices(text);

const config = await initTinyRpc(Deno.args);
if (config === null) {
  console.log(tinyRpcUsage);
  Deno.exit(1);
}
const zookeeper = `${config.load("zookeeperip")}:${config.port("zookeeperport")}`;
await using zk = await ZooKeeper.connect(zookeeper, { sessionTimeout: 30_000 });

// One session, one cache of addresses and one channel for all calls, where theirs has one for each.
await using channel = new RpcChannel("tinyrpc-zk:/", { zk });
const stub = createClient(UserServiceRpc, channel);

const controller = new RpcController();
try {
  const request = { name: "zhang san", pwd: "123456" };
  const { result, success } = await stub.login(request, { controller, timeout: 2000 });
  const errmsg = new TextDecoder().decode(result.errmsg);
  console.log(success ? "Logged in" : `Not logged in: ${result.errcode} ${errmsg}`);
} catch {
  console.log(`The call has failed: ${controller.errorText()}`);
  Deno.exitCode = 1;
}
