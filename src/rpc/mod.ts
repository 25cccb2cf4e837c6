/**
 * Remote procedure calls with protobuf, found through ZooKeeper.
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
