/** The operations that read, in the callback form: exists, get, children, ACL and the rest. */
import type { ACL } from "../proto/acl.ts";
import { OpCode } from "../proto/constants.ts";
import type { ReadResult } from "../proto/multi.ts";
import { writeMulti } from "../proto/multi.ts";
import { writePath, writePathWatch } from "../proto/requests.ts";
import {
  aclStatResponse,
  childrenResponse,
  childrenStatResponse,
  type ClientInfo,
  clientInfoResponse,
  dataStatResponse,
  multiReadResponse,
  numberResponse,
  pathResponse,
  type Response,
  statResponse,
} from "../proto/responses.ts";
import type { Stat } from "../proto/stat.ts";
import type { Watcher } from "../types.ts";
import { expectedMode } from "./arming.ts";
import { accept, checkAll, checkPath, checkWatcher, wrongOp } from "./checks.ts";
import type { Handle, Refusal } from "./handle.ts";
import type { ReadOp } from "./ops.ts";
import { addChroot } from "./paths.ts";
import type { Completion, Reading } from "./pending.ts";
import { type RequestOptions, startRequest, submit } from "./submitting.ts";

/** The znode that holds the ensemble's configuration; it is under no chroot. */
const configPath = "/zookeeper/config";

/** Reads a znode's Stat; NONODE leaves a watch too. C: zoo_awexists. */
export function aexists(
  zh: Handle,
  path: string,
  watcher: Watcher | null,
  completion: (rc: number, stat: Stat | null) => void,
  options?: RequestOptions,
): number {
  return read(zh, OpCode.exists, statResponse, path, "exists", watcher, completion, options);
}

/** Reads a znode's data. C: zoo_awget. */
export function aget(
  zh: Handle,
  path: string,
  watcher: Watcher | null,
  completion: (rc: number, data: Uint8Array | null, stat: Stat | null) => void,
  options?: RequestOptions,
): number {
  return read(zh, OpCode.getData, dataStatResponse, path, "data", watcher, completion, options);
}

/** Reads the names of a znode's children. C: zoo_awget_children. */
export function agetChildren(
  zh: Handle,
  path: string,
  watcher: Watcher | null,
  completion: (rc: number, children: string[] | null) => void,
  options?: RequestOptions,
): number {
  return read(
    zh,
    OpCode.getChildren,
    childrenResponse,
    path,
    "child",
    watcher,
    completion,
    options,
  );
}

/** Reads the names of a znode's children, and its Stat. C: zoo_awget_children2. */
export function agetChildren2(
  zh: Handle,
  path: string,
  watcher: Watcher | null,
  completion: (rc: number, children: string[] | null, stat: Stat | null) => void,
  options?: RequestOptions,
): number {
  const response = childrenStatResponse;
  return read(zh, OpCode.getChildren2, response, path, "child", watcher, completion, options);
}

/** Reads the ensemble's configuration, whatever the chroot. C: zoo_awgetconfig. */
export function agetConfig(
  zh: Handle,
  watcher: Watcher | null,
  completion: (rc: number, data: Uint8Array | null, stat: Stat | null) => void,
  options?: RequestOptions,
): number {
  const refused = accept(zh, checkWatcher(watcher), completion, options);
  if (refused !== 0) return refused;
  const watch = watcher === null ? null : reading(zh, configPath, "data", watcher);
  const start = startRequest(zh, OpCode.getData);
  writePathWatch(zh.toSend, configPath, watch?.relies === false);
  return submit(zh, start, dataStatResponse, configPath, completion, watch, options, 0);
}

/** Reads a znode's ACL. C: zoo_aget_acl. */
export function agetACL(
  zh: Handle,
  path: string,
  completion: (rc: number, acl: ACL[] | null, stat: Stat | null) => void,
  options?: RequestOptions,
): number {
  return ask(zh, OpCode.getACL, aclStatResponse, path, completion, options);
}

/** Waits until the server has caught up with the leader. C: zoo_async. */
export function asyncZnode(
  zh: Handle,
  path: string,
  completion: (rc: number, path: string | null) => void,
  options?: RequestOptions,
): number {
  return ask(zh, OpCode.sync, pathResponse, path, completion, options);
}

/** Lists the paths of the session's ephemeral znodes that start with `prefix`. 3.6 and later. */
export function agetEphemerals(
  zh: Handle,
  prefix: string,
  completion: (rc: number, paths: string[] | null) => void,
  options?: RequestOptions,
): number {
  return ask(zh, OpCode.getEphemerals, childrenResponse, prefix, completion, options);
}

/** Counts all znodes below one. 3.6 and later. */
export function agetAllChildrenNumber(
  zh: Handle,
  path: string,
  completion: (rc: number, count: number | null) => void,
  options?: RequestOptions,
): number {
  return ask(zh, OpCode.getAllChildrenNumber, numberResponse, path, completion, options);
}

/** Lists the identities the session has. 3.7 and later. */
export function awhoAmI(
  zh: Handle,
  completion: (rc: number, identities: ClientInfo[] | null) => void,
  options?: RequestOptions,
): number {
  const refused = accept(zh, null, completion, options);
  if (refused !== 0) return refused;
  const start = startRequest(zh, OpCode.whoAmI);
  return submit(zh, start, clientInfoResponse, "", completion, null, options, 0);
}

/** Reads several znodes in one request; each succeeds or fails by itself. 3.6 and later. */
export function amultiRead(
  zh: Handle,
  ops: readonly ReadOp[],
  completion: (rc: number, results: ReadResult[] | null) => void,
  options?: RequestOptions,
): number {
  const refused = accept(zh, checkAll(ops, checkReadOp), completion, options);
  if (refused !== 0) return refused;
  const start = startRequest(zh, OpCode.multiRead);
  const { chroot } = zh;
  const full = chroot === "" ? ops : ops.map((op) => ({ ...op, path: addChroot(chroot, op.path) }));
  writeMulti(zh.toSend, full);
  return submit(zh, start, multiReadResponse, "", completion, null, options, ops.length);
}

function checkReadOp(op: ReadOp): Refusal | null {
  if (op?.type === "getData" || op?.type === "getChildren") return checkPath(op.path);
  return wrongOp("A multiRead", "Op.getData and Op.getChildren");
}

function read(
  zh: Handle,
  type: number,
  response: Response,
  path: string,
  kind: "data" | "exists" | "child",
  watcher: Watcher | null,
  completion: Completion,
  options: RequestOptions | undefined,
): number {
  const refused = accept(zh, checkPath(path) ?? checkWatcher(watcher), completion, options);
  if (refused !== 0) return refused;
  const full = addChroot(zh.chroot, path);
  const watch = watcher === null ? null : reading(zh, full, kind, watcher);
  const start = startRequest(zh, type);
  writePathWatch(zh.toSend, full, watch?.relies === false);
  return submit(zh, start, response, full, completion, watch, options, 0);
}

/** A one-shot watch beside a lasting one would unmake it on 3.8, and has no need of its own. */
function reading(zh: Handle, path: string, kind: Reading["kind"], watcher: Watcher): Reading {
  return { kind, watcher: zh.scope.own(watcher), relies: expectedMode(zh, path) !== null };
}

function ask(
  zh: Handle,
  type: number,
  response: Response,
  path: string,
  completion: Completion,
  options: RequestOptions | undefined,
): number {
  const refused = accept(zh, checkPath(path), completion, options);
  if (refused !== 0) return refused;
  const full = addChroot(zh.chroot, path);
  const start = startRequest(zh, type);
  writePath(zh.toSend, full);
  return submit(zh, start, response, full, completion, null, options, 0);
}
