/**
 * Remote procedure calls with protobuf, found through ZooKeeper.
 *
 * @module
 */
export type { Metadata } from "./metadata.ts";
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
