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
