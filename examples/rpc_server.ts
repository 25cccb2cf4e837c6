/**
 * A provider of a service, until it is interrupted: start several, and stop and start them again while
 * examples/rpc_client.ts is calling. Without an address it brings a ZooKeeper of its own, and says where.
 *
 *   deno run --allow-net examples/rpc_server.ts
 *   deno run --allow-net examples/rpc_server.ts 127.0.0.1:2181
 */
import { ZooKeeper } from "@zkst/zookeeper";
import { parseServices, type ProtoMethod, RpcError, RpcServer } from "@zkst/zookeeper/rpc";
import type { ServiceSpec } from "@zkst/zookeeper/rpc";
import { TestServer } from "@zkst/zookeeper/testing";

type GreeterSpec = ServiceSpec<{ hello: ProtoMethod<{ name: string }, { text: string }> }>;

/** A service, from the text of its .proto. */
export const Greeter: GreeterSpec = parseServices<{ Greeter: GreeterSpec }>(`
  syntax = "proto3";
  package example;
  message HelloRequest { string name = 1; }
  message HelloReply { string text = 1; }
  service Greeter { rpc Hello(HelloRequest) returns (HelloReply); }
`).Greeter;

/** Serves it, registered in ZooKeeper. */
export async function serve(zk: ZooKeeper): Promise<RpcServer> {
  const server = new RpcServer({
    zk,
    maxConcurrentCalls: 1000, // more are told at once to go elsewhere
    interceptors: [(context, request, next) => {
      console.log(`${context.method}, ${Math.round(context.timeLeft)} ms left`);
      return next(request);
    }],
  });
  server.add(Greeter, {
    async hello({ name }, { signal }) {
      if (name === "") throw new RpcError("INVALID_ARGUMENT", "Who is it?");
      await new Promise((resolve) => setTimeout(resolve, 20));
      signal.throwIfAborted(); // the caller has cancelled, or is gone
      return { text: `Hello, ${name}` };
    },
  });
  const { address } = await server.listen({ hostname: "127.0.0.1", port: 0 });
  console.log(`Serving ${Greeter.name} on ${address.hostname}:${address.port}`);
  return server;
}

if (import.meta.main) {
  const [address] = Deno.args;
  await using embedded = address ? null : new TestServer();
  const zookeeper = address ?? await embedded!.listen();
  console.log(`ZooKeeper is ${zookeeper}`);
  await using zk = await ZooKeeper.connect(zookeeper);
  // It leaves ZooKeeper first, and finishes what is under way.
  await using _server = await serve(zk);
  const told = Promise.withResolvers<void>();
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, told.resolve);
  await told.promise;
}
