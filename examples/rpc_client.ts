/**
 * Calls the service of examples/rpc_server.ts, whoever provides it at the moment. Without an address it
 * brings a ZooKeeper and two providers of its own, and restarts one of them meanwhile.
 *
 *   deno run --allow-net examples/rpc_client.ts
 *   deno run --allow-net examples/rpc_client.ts 127.0.0.1:2181
 */
import { ZooKeeper } from "@zkst/zookeeper";
import { createClient, RpcChannel, type RpcError } from "@zkst/zookeeper/rpc";
import { TestServer } from "@zkst/zookeeper/testing";
import { Greeter, serve } from "./rpc_server.ts";

const [address] = Deno.args;
await using embedded = address ? null : new TestServer();
const zookeeper = address ?? await embedded!.listen();
await using zk = await ZooKeeper.connect(zookeeper);
await using own = new AsyncDisposableStack();
const providers = address ? [] : [own.use(await serve(zk)), own.use(await serve(zk))];

// It follows the service's instances, and has a connection to each.
await using channel = new RpcChannel("zk:/services?lb=round_robin", { zk });
const client = createClient(Greeter, channel);

let failed = 0;
for (let i = 0; i < 10; i++) {
  if (i === 5) void providers[0]?.shutdown();
  try {
    // A call that could not be sent is repeated elsewhere; one that was, only if it is idempotent.
    const options = { timeout: 1000, waitForReady: !address, idempotent: true };
    const { text } = await client.hello({ name: `caller ${i}` }, options);
    console.log(text);
  } catch (error) {
    failed++;
    console.log(`${(error as RpcError).code}: ${(error as RpcError).message}`);
    if (address) break;
  }
}

// An error has gRPC's codes.
const refusal = await client.hello({ name: "" }).catch((error: RpcError) => error.code);
console.log(`Without a name: ${refusal}`);
if (failed > 0 && !address) Deno.exitCode = 1;
