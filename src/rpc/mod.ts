/**
 * Remote procedure calls with protobuf, found through ZooKeeper: servers register themselves, and a
 * channel finds them, keeps a connection to each, and balances.
 *
 * @example
 * ```ts
 * import { ZooKeeper } from "@zkst/zookeeper";
 * import { createClient, parseServices, RpcChannel, RpcServer } from "@zkst/zookeeper/rpc";
 *
 * const { Greeter } = parseServices(`
 *   syntax = "proto3";
 *   package example;
 *   message HelloRequest { string name = 1; }
 *   message HelloReply { string text = 1; }
 *   service Greeter { rpc Hello(HelloRequest) returns (HelloReply); }
 * `);
 * await using zk = await ZooKeeper.connect("127.0.0.1:2181");
 * await using server = new RpcServer({ zk }).add(Greeter, {
 *   hello: ({ name }: { name: string }) => ({ text: `Hello, ${name}` }),
 * });
 * await server.listen({ hostname: "127.0.0.1", port: 0 });
 *
 * await using channel = new RpcChannel("zk:/services", { zk });
 * const client = createClient(Greeter, channel);
 * console.log((await client.hello({ name: "zxw" }, { timeout: 1000 })).text);
 * ```
 *
 * @module
 */
export type { Metadata } from "./metadata.ts";
export { fromRoot } from "./schema/from_root.ts";
export { fromStatic } from "./schema/from_static.ts";
export type { MessageInit, ProtoMethod } from "./schema/message_init.ts";
export { parseServices } from "./schema/parse_services.ts";
export type { ParseOptions } from "./schema/parse_services.ts";
export { shortName } from "./service.ts";
export type { AnyMethod, Codec, Methods, MethodSpec, ServiceSpec } from "./service.ts";
export { RpcError, StatusCode } from "./status.ts";
export type { RpcErrorOptions } from "./status.ts";
export { createClient } from "./calls/client.ts";
export type { CallChannel, Client, ClientMethod, ClientOptions } from "./calls/client.ts";
export type { BudgetOptions } from "./calls/budget.ts";
export type { CallContext } from "./calls/context.ts";
export type { HedgingOptions } from "./calls/hedging.ts";
export type { ClientCall, ClientInterceptor } from "./calls/interceptors.ts";
export type { CallController, RpcCallOptions } from "./calls/options.ts";
export type { RetryOptions } from "./calls/retries.ts";
export type { BalancerName } from "./channel/balancing.ts";
export { RpcChannel } from "./channel/channel.ts";
export type { ClientWire } from "./channel/client_wire.ts";
export type { ConnectivityState } from "./channel/endpoint.ts";
export type { RpcChannelOptions } from "./channel/options.ts";
export type { ChannelStats, EndpointStats } from "./channel/stats.ts";
export type {
  ClientConnection,
  ClientConnectionEvents,
  Outcome,
  OutgoingCall,
} from "./wires/wire.ts";
export type { Handler, Handlers, ServerContext, ServerInterceptor } from "./server/context.ts";
export type { RpcServerOptions } from "./server/options.ts";
export type { InstanceFields } from "./server/registering.ts";
export { RpcServer } from "./server/server.ts";
export type { ListenOptions, ServerState, ServerStats, ShutdownOptions } from "./server/server.ts";
export type { NativeWireOptions, WireName } from "./server/wires.ts";
export type { EmptyAs } from "./wires/tiny_rpc/client.ts";
export type { LegacyError } from "./wires/tiny_rpc/server.ts";
export type { Peer } from "./wires/wire.ts";
export { initTinyRpc, tinyRpcUsage } from "./tiny_rpc/command_line.ts";
export { TinyRpcConfig } from "./tiny_rpc/config.ts";
export { RpcController } from "./tiny_rpc/controller.ts";
