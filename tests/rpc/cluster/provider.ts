/*
 * A provider as a process of its own, to be killed: serves test.Echo, answering with its process id
 * after some ms, says "serving PORT", and goes on until it is ended. SIGTERM shuts it down in order.
 *
 *     deno run --allow-net tests/rpc/cluster/provider.ts HOST:PORT PORT MS
 */
// deno-lint-ignore-file no-console
import { ZooKeeper } from "@zkst/zookeeper";
import { RpcServer } from "@zkst/zookeeper/rpc";
import { Echo } from "./echo.ts";

const [zookeeper, port, ms] = Deno.args;
await using zk = await ZooKeeper.connect(zookeeper!, { sessionTimeout: 10_000 });
const answer = async () => {
  await new Promise((resolve) => setTimeout(resolve, Number(ms)));
  return `${Deno.pid}`;
};
const server = new RpcServer({ zk }).add(Echo, { get: answer, put: answer });
const { address } = await server.listen({ hostname: "127.0.0.1", port: Number(port) });
const ended = Promise.withResolvers<void>();
Deno.addSignalListener("SIGTERM", () => ended.resolve());
console.log(`serving ${address.port}`);
await ended.promise;
await server.shutdown({ grace: 5_000 });
console.log("ended");
