/** The operations that write, in the callback form: create, delete, set, ACL, multi, reconfig. */
import type { ACL } from "../proto/acl.ts";
import { OpCode } from "../proto/constants.ts";
import { createFlags, type CreateMode } from "../proto/modes.ts";
import { createOpCode, type OpResult, writeMulti } from "../proto/multi.ts";
import {
  type Data,
  writeCreate,
  writeCreateTTL,
  writePathVersion,
  writeReconfig,
  writeSetACL,
  writeSetData,
} from "../proto/requests.ts";
import {
  dataStatResponse,
  emptyResponse,
  multiResponse,
  pathResponse,
  pathStatResponse,
  statResponse,
} from "../proto/responses.ts";
import type { Stat } from "../proto/stat.ts";
import { checkACL } from "./acls.ts";
import {
  accept,
  checkAll,
  checkCreatePath,
  checkData,
  checkLong,
  checkMode,
  checkPath,
  checkString,
  checkTTL,
  checkVersion,
  first,
  wrongOp,
} from "./checks.ts";
import type { Handle, Refusal } from "./handle.ts";
import type { Op } from "./ops.ts";
import { addChroot } from "./paths.ts";
import type { Completion } from "./pending.ts";
import { type RequestOptions, startRequest, submit } from "./submitting.ts";
import { versionNeededByAll } from "./versions.ts";

/** Creates a znode. C: zoo_acreate. */
export function acreate(
  zh: Handle,
  path: string,
  data: Data,
  acl: readonly ACL[],
  mode: CreateMode,
  completion: (rc: number, path: string | null) => void,
  options?: RequestOptions,
): number {
  return create(zh, "create", { path, data, acl, mode, ttl: null }, completion, options);
}

/** Creates a persistent znode, without data, at a path that stands under no chroot. */
export function acreateAt(
  zh: Handle,
  full: string,
  acl: readonly ACL[],
  completion: (rc: number, path: string | null) => void,
  options?: RequestOptions,
): number {
  const refused = accept(zh, checkPath(full), completion, options);
  if (refused !== 0) return refused;
  const start = startRequest(zh, OpCode.create);
  writeCreate(zh.toSend, full, null, acl, createFlags.PERSISTENT);
  return submit(zh, start, pathResponse, full, completion, null, options, 0);
}

/** Creates a znode and tells its Stat. C: zoo_acreate2. */
export function acreate2(
  zh: Handle,
  path: string,
  data: Data,
  acl: readonly ACL[],
  mode: CreateMode,
  completion: (rc: number, path: string | null, stat: Stat | null) => void,
  options?: RequestOptions,
): number {
  return create(zh, "create2", { path, data, acl, mode, ttl: null }, completion, options);
}

/** Creates a znode that goes when it is unchanged and childless for `ttl` ms. C: zoo_acreate_ttl. */
export function acreateTTL(
  zh: Handle,
  path: string,
  data: Data,
  acl: readonly ACL[],
  mode: CreateMode,
  ttl: number,
  completion: (rc: number, path: string | null) => void,
  options?: RequestOptions,
): number {
  return create(zh, "create", { path, data, acl, mode, ttl }, completion, options);
}

/** As {@link acreateTTL}, and tells the Stat. C: zoo_acreate2_ttl. */
export function acreate2TTL(
  zh: Handle,
  path: string,
  data: Data,
  acl: readonly ACL[],
  mode: CreateMode,
  ttl: number,
  completion: (rc: number, path: string | null, stat: Stat | null) => void,
  options?: RequestOptions,
): number {
  return create(zh, "create2", { path, data, acl, mode, ttl }, completion, options);
}

/** Deletes a znode of the given version, -1 for any. C: zoo_adelete. */
export function adelete(
  zh: Handle,
  path: string,
  version: number,
  completion: (rc: number) => void,
  options?: RequestOptions,
): number {
  const refused = accept(zh, checkPath(path) ?? checkVersion(version), completion, options);
  if (refused !== 0) return refused;
  const full = addChroot(zh.chroot, path);
  const start = startRequest(zh, OpCode.delete);
  writePathVersion(zh.toSend, full, version);
  return submit(zh, start, emptyResponse, full, completion, null, options, 0);
}

/** Sets the data of a znode of the given version, -1 for any. C: zoo_aset. */
export function aset(
  zh: Handle,
  path: string,
  data: Data,
  version: number,
  completion: (rc: number, stat: Stat | null) => void,
  options?: RequestOptions,
): number {
  const problem = checkPath(path) ?? checkData(data) ?? checkVersion(version);
  const refused = accept(zh, problem, completion, options);
  if (refused !== 0) return refused;
  const full = addChroot(zh.chroot, path);
  const start = startRequest(zh, OpCode.setData);
  writeSetData(zh.toSend, full, data, version);
  return submit(zh, start, statResponse, full, completion, null, options, 0);
}

/** Sets the ACL of a znode of the given ACL version, -1 for any. C: zoo_aset_acl, without Stat. */
export function asetACL(
  zh: Handle,
  path: string,
  version: number,
  acl: readonly ACL[],
  completion: (rc: number, stat: Stat | null) => void,
  options?: RequestOptions,
): number {
  const problem = checkPath(path) ?? checkVersion(version) ?? checkACL(acl);
  const refused = accept(zh, problem, completion, options);
  if (refused !== 0) return refused;
  const full = addChroot(zh.chroot, path);
  const start = startRequest(zh, OpCode.setACL);
  writeSetACL(zh.toSend, full, acl, version);
  return submit(zh, start, statResponse, full, completion, null, options, 0);
}

/** Carries out all operations or none. On failure the results say what became of each. */
export function amulti(
  zh: Handle,
  ops: readonly Op[],
  completion: (rc: number, results: OpResult[] | null) => void,
  options?: RequestOptions,
): number {
  const refused = accept(zh, checkAll(ops, checkOp), completion, options);
  if (refused !== 0) return refused;
  const start = startRequest(zh, OpCode.multi);
  zh.versionNeeded = versionNeededByAll(ops);
  const full = zh.chroot === "" ? ops : ops.map((op) => ({ ...op, path: fullPath(zh, op) }));
  writeMulti(zh.toSend, full);
  return submit(zh, start, multiResponse, "", completion, null, options, ops.length);
}

/** Changes the ensemble's membership; -1n as version stands for any. C: zoo_areconfig. */
export function areconfig(
  zh: Handle,
  joining: string | null,
  leaving: string | null,
  members: string | null,
  version: bigint,
  completion: (rc: number, data: Uint8Array | null, stat: Stat | null) => void,
  options?: RequestOptions,
): number {
  const lists = [joining, leaving, members].filter((list) => list !== null);
  const strings = first(...lists.map((list) => checkString(list, "list of servers")));
  const problem = strings ?? checkLong(version, "configuration version");
  const refused = accept(zh, problem, completion, options);
  if (refused !== 0) return refused;
  const start = startRequest(zh, OpCode.reconfig);
  writeReconfig(zh.toSend, {
    joiningServers: joining,
    leavingServers: leaving,
    newMembers: members,
    curConfigId: version,
  });
  return submit(zh, start, dataStatResponse, "", completion, null, options, 0);
}

type Znode = Omit<Extract<Op, { mode: unknown }>, "type">;

function create(
  zh: Handle,
  plain: "create" | "create2",
  znode: Znode,
  completion: Completion,
  options: RequestOptions | undefined,
): number {
  const refused = accept(zh, checkZnode(znode), completion, options);
  if (refused !== 0) return refused;
  const { data, acl, mode, ttl } = znode;
  const path = fullPath(zh, znode);
  const type = createOpCode(mode, plain);
  const start = startRequest(zh, type);
  if (ttl === null) writeCreate(zh.toSend, path, data, acl, createFlags[mode]);
  else writeCreateTTL(zh.toSend, path, data, acl, createFlags[mode], ttl);
  const response = type === OpCode.create ? pathResponse : pathStatResponse;
  return submit(zh, start, response, path, completion, null, options, 0);
}

/** A sequential child of "/" must not become a sibling of the chroot. */
function fullPath({ chroot }: Handle, { path, mode }: { path: string; mode?: CreateMode }): string {
  return mode?.includes("SEQUENTIAL") ? chroot + path : addChroot(chroot, path);
}

function checkZnode({ path, data, acl, mode, ttl }: Znode): Refusal | null {
  return checkMode(mode) ?? checkCreatePath(path, mode) ?? checkData(data) ?? checkACL(acl) ??
    checkTTL(mode, ttl);
}

function checkOp(op: Op): Refusal | null {
  switch (op?.type) {
    case "create":
    case "create2":
      return checkZnode(op);
    case "setData":
      return checkPath(op.path) ?? checkData(op.data) ?? checkVersion(op.version);
    case "delete":
    case "check":
      return checkPath(op.path) ?? checkVersion(op.version);
    default:
      return wrongOp("A multi", "Op.create, Op.create2, Op.delete, Op.setData and Op.check");
  }
}
