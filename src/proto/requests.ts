/**
 * The bodies of the requests. Many operations share a form; each function names the operations
 * whose body it writes, field by field in the order of zookeeper.jute.
 */
import { type ACL, writeACL } from "./acl.ts";
import type { Writer } from "./archive.ts";
import { OpCode, Xid } from "./constants.ts";

/** Data as a user may give it: bytes, a string for its UTF-8, or null. */
export type Data = Uint8Array | string | null;

/** The header of each request but the first. */
export function writeHeader(to: Writer, xid: number, type: number): void {
  to.int(xid);
  to.int(type);
}

/** getACL, sync, getAllChildrenNumber, getEphemerals (there a prefix). */
export function writePath(to: Writer, path: string): void {
  to.path(path);
}

/** exists, getData, getChildren, getChildren2. */
export function writePathWatch(to: Writer, path: string, watch: boolean): void {
  to.path(path);
  to.bool(watch);
}

/** delete; check, which stands in a multi only. */
export function writePathVersion(to: Writer, path: string, version: number): void {
  to.path(path);
  to.int(version);
}

/** setData. */
export function writeSetData(to: Writer, path: string, data: Data, version: number): void {
  to.path(path);
  to.buffer(data);
  to.int(version);
}

/** setACL. */
export function writeSetACL(
  to: Writer,
  path: string,
  acl: readonly ACL[],
  version: number,
): void {
  to.path(path);
  writeACL(to, acl);
  to.int(version);
}

/** create, create2, createContainer. */
export function writeCreate(
  to: Writer,
  path: string,
  data: Data,
  acl: readonly ACL[],
  flags: number,
): void {
  to.path(path);
  to.buffer(data);
  writeACL(to, acl);
  to.int(flags);
}

/** createTTL; `ttl` in ms. */
export function writeCreateTTL(
  to: Writer,
  path: string,
  data: Data,
  acl: readonly ACL[],
  flags: number,
  ttl: number,
): void {
  writeCreate(to, path, data, acl, flags);
  to.long(BigInt(ttl));
}

/** checkWatches, removeWatches; addWatch, where the number is a mode. */
export function writePathType(to: Writer, path: string, type: number): void {
  to.path(path);
  to.int(type);
}

/** A change of the ensemble's membership. */
export interface ReconfigRequest {
  /** Servers to add or change, "server.4=host:port:port;clientport", comma between. */
  readonly joiningServers: string | null;
  /** Ids of servers to remove, comma between. */
  readonly leavingServers: string | null;
  /** The whole new membership, in place of the two above. */
  readonly newMembers: string | null;
  /** Only if the present configuration has this id; -1n for any. */
  readonly curConfigId: bigint;
}

/** reconfig. */
export function writeReconfig(to: Writer, request: ReconfigRequest): void {
  to.buffer(request.joiningServers);
  to.buffer(request.leavingServers);
  to.buffer(request.newMembers);
  to.long(request.curConfigId);
}

/** sasl: the client's next token. */
export function writeSasl(to: Writer, token: Uint8Array | null): void {
  to.buffer(token);
}

/** A whole auth frame. */
export function writeAuth(to: Writer, scheme: string, auth: Uint8Array | string): void {
  const start = to.startFrame();
  writeHeader(to, Xid.auth, OpCode.auth);
  to.int(0);
  to.string(scheme);
  to.buffer(auth);
  to.endFrame(start);
}

/** A whole ping frame. */
export function writePing(to: Writer): void {
  const start = to.startFrame();
  writeHeader(to, Xid.ping, OpCode.ping);
  to.endFrame(start);
}

/** The watches to arm again on a new connection. */
export interface WatchPaths {
  readonly data: readonly string[];
  readonly exist: readonly string[];
  readonly child: readonly string[];
  readonly persistent: readonly string[];
  readonly recursive: readonly string[];
}

/**
 * A whole setWatches frame, or setWatches2 where there are persistent ones: servers before 3.6 do
 * not know setWatches2 and close the connection on it.
 */
export function writeSetWatches(to: Writer, zxid: bigint, paths: WatchPaths): void {
  const persistent = paths.persistent.length + paths.recursive.length > 0;
  const start = to.startFrame();
  writeHeader(to, Xid.setWatches, persistent ? OpCode.setWatches2 : OpCode.setWatches);
  to.long(zxid);
  to.vector(paths.data, writePath);
  to.vector(paths.exist, writePath);
  to.vector(paths.child, writePath);
  if (persistent) {
    to.vector(paths.persistent, writePath);
    to.vector(paths.recursive, writePath);
  }
  to.endFrame(start);
}
