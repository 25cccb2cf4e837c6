/* Clients of tiny_rpc's wire on real sockets, byte by byte, and servers that say what they log. */
import { delay } from "@std/async";
import type { Logger } from "@zkst/zookeeper";
import {
  type AnyMethod,
  type Handlers,
  parseServices,
  type Peer,
  RpcServer,
  type RpcServerOptions,
  type ServiceSpec,
} from "@zkst/zookeeper/rpc";
import { encodeNames, encodeRequest } from "../../../src/rpc/wires/tiny_rpc/header.ts";

/** tiny_rpc's own example. */
export const userProto = `
  syntax = "proto3";
  package fixbug;
  message ResultCode { int32 errcode = 1; bytes errmsg = 2; }
  message LoginRequest { bytes name = 1; bytes pwd = 2; }
  message LoginResponse { ResultCode result = 1; bool success = 2; }
  service UserServiceRpc {
    rpc Login(LoginRequest) returns (LoginResponse);
    rpc Register(LoginRequest) returns (LoginResponse);
  }`;

export const UserServiceRpc: ServiceSpec<{ login: AnyMethod; register: AnyMethod }> =
  parseServices(userProto).UserServiceRpc;

/** A server of UserServiceRpc, which listens, and its log. */
export async function start(
  handlers: Handlers<typeof UserServiceRpc.methods>,
  options: RpcServerOptions = {},
): Promise<{ server: RpcServer; address: Peer; lines: string[] }> {
  const lines: string[] = [];
  const logger = logTo(lines);
  const server = new RpcServer({ logger, ...options }).add(UserServiceRpc, handlers);
  const { address } = await server.listen({ hostname: "127.0.0.1", port: 0 });
  return { server, address, lines };
}

export function logTo(lines: string[]): Logger {
  const log = (line: string) => void lines.push(line);
  return { error: log, warn: log, info: log };
}

/** Connects, sends bytes, and reads up to the end: null for a connection that was reset. */
export async function send(
  { hostname, port }: Peer,
  ...pieces: Uint8Array[]
): Promise<number[] | null> {
  using conn = await Deno.connect({ hostname, port });
  for (const piece of pieces) {
    await conn.write(piece);
    if (pieces.length > 1) await delay(1);
  }
  return await readAll(conn);
}

export async function readAll(conn: Deno.Conn): Promise<number[] | null> {
  const all: number[] = [];
  const bytes = new Uint8Array(65536);
  try {
    for (;;) {
      const count = await conn.read(bytes);
      if (count === null) return all;
      all.push(...bytes.subarray(0, count));
    }
  } catch {
    return null;
  }
}

/** The bytes of a call of Login. */
export function loginRequest(
  name = "zxw",
  method = "Login",
  service = "UserServiceRpc",
): Uint8Array {
  const args = UserServiceRpc.methods.login.request.encode({ name, pwd: "zz" });
  return encodeRequest(encodeNames(service, method), args);
}

/**
 * How long something takes, ms, which is to be within a limit: the quickest of some times, since a
 * machine that is busy elsewhere is slow now and then, but not each time.
 */
export async function quickest(time: () => Promise<number>, limit: number): Promise<number> {
  let least = Infinity;
  for (let times = 0; times < 8 && least >= limit; times++) least = Math.min(least, await time());
  return least;
}

/** Waits until something is so. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (await isSo()) return;
    await delay(10);
  }
  throw new Error(`It is never so: ${isSo}`);
}
