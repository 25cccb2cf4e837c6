/**
 * The messages of all programs here: tiny_rpc's Login, with a user and an answer of a few bytes. What
 * is measured is the way there and back, and protobufjs at both ends of it.
 */
import protobuf from "protobufjs";
import { parseServices } from "../../src/rpc/mod.ts";

/** The same as peers/grpc/echo.proto. */
const proto = `
syntax = "proto3";
package echo;
message LoginRequest { bytes name = 1; bytes pwd = 2; }
message ResultCode { int32 errcode = 1; bytes errmsg = 2; }
message LoginResponse { ResultCode result = 1; bool success = 2; }
service UserServiceRpc { rpc Login(LoginRequest) returns (LoginResponse); }
`;

const { root } = protobuf.parse(proto);

/** The service, as ours have it. */
// deno-lint-ignore no-explicit-any -- Its methods are not known to the compiler.
export const UserServiceRpc: any = parseServices(proto).UserServiceRpc;

/** The request's type. */
export const LoginRequest: protobuf.Type = root.lookupType("echo.LoginRequest");
/** The response's type. */
export const LoginResponse: protobuf.Type = root.lookupType("echo.LoginResponse");

const encoder = new TextEncoder();
/** What is asked. */
export const request: Record<string, unknown> = {
  name: encoder.encode("zhang san"),
  pwd: encoder.encode("123456"),
};
/** What is answered. */
export const response: Record<string, unknown> = { result: { errcode: 0 }, success: true };

/** What goes with each call of those that have it. */
export const metadata: Record<string, string> = {
  "x-trace-id": "0af7651916cd43dd8448eb211c80319c",
};
/** How long a call may take, ms. */
export const timeout = 5_000;

/** What a client of a bench is asked to do, as its arguments. */
export interface RpcTask {
  readonly port: number;
  readonly depth: number;
  readonly seconds: number;
}

/** Reads PORT DEPTH SECONDS. */
export function readRpcTask([port, depth, seconds]: string[]): RpcTask {
  const task = { port: Number(port), depth: Number(depth), seconds: Number(seconds) };
  if (task.port > 0 && task.depth > 0 && task.seconds > 0) return task;
  throw new TypeError("The arguments must be PORT DEPTH SECONDS");
}

/** Looks at a response as any caller would. */
export function check(decoded: unknown): void {
  if ((decoded as { success: boolean }).success !== true) throw new Error("A call has failed");
}
