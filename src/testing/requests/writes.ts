/**
 * The requests that write: each takes a zxid, is judged, and is done or not. Whoever watches is told
 * before the reply is written, so an author who watches sees the event first.
 */
import { MarshallingError, type Reader, Writer } from "../../proto/archive.ts";
import { OpCode, Rc } from "../../proto/constants.ts";
import type { Client } from "../service.ts";
import { reconfig } from "./ensemble.ts";
import {
  type CreateOperation,
  deleteContainer,
  inMulti,
  readMulti,
  readOperation,
  unfit,
  type WriteOperation,
} from "./operations.ts";
import { writeErrorResult, writeMultiEnd, writeMultiHeader } from "./results.ts";
import { type Change, Transaction } from "./transaction.ts";
import { writeStatOf, type Znode } from "../state/znode.ts";

/** Answers a request if it is one that writes; returns whether it is. */
export function write(client: Client, frame: Reader, xid: number, type: number): boolean {
  const { service } = client;
  if (type === OpCode.multi) return multi(client, frame, xid);
  if (type === OpCode.reconfig) return reconfig(client, frame, xid);
  if (!operations.has(type) || type === OpCode.check && service.settings.version !== "3.8") {
    return false;
  }
  const op = readSingle(client, frame, type);
  const zxid = op === null && service.settings.version !== "3.8"
    ? service.tree.zxid
    : service.nextZxid();
  if (op === null) client.reply(xid, Rc.MARSHALLINGERROR);
  else single(client, xid, type, op, zxid);
  return true;
}

const operations = new Set<number>([
  OpCode.create,
  OpCode.create2,
  OpCode.createContainer,
  OpCode.createTTL,
  OpCode.delete,
  deleteContainer,
  OpCode.setData,
  OpCode.setACL,
  OpCode.check,
]);

/** The operation, or null when its bytes make none. */
function readSingle(
  { service }: Client,
  frame: Reader,
  type: number,
): WriteOperation | null {
  try {
    // 3.8 takes the whole body for the path, its length included, so there is never such a znode.
    if (type === deleteContainer && service.settings.version === "3.8") {
      return { type: "deleteContainer", path: "" };
    }
    return readOperation(frame, type);
  } catch (error) {
    if (error instanceof MarshallingError) return null;
    throw error;
  }
}

function single(
  client: Client,
  xid: number,
  type: number,
  op: WriteOperation,
  zxid: number,
): void {
  const { service, out } = client;
  const change = new Transaction(service.tree, client, service.settings)
    .prepare(op);
  if (typeof change === "number") return client.reply(xid, change);
  // 3.8 has no reply for a check outside of a multi that succeeds.
  if (change.type === "check") return;
  const znode = apply(client, change, zxid);
  const start = client.startReply(xid);
  if (change.type === "create") out.string(change.path);
  if (znode !== null && type !== OpCode.create) writeStatOf(out, znode);
  out.endFrame(start);
}

/** Does what was allowed; returns the znode, if there is one. */
function apply({ service }: Client, change: Change, zxid: number): Znode | null {
  const { tree } = service;
  const now = service.clock.epoch();
  switch (change.type) {
    case "create":
      return tree.create(change.path, change.is, zxid, now);
    case "setData":
      return tree.setData(change.path, change.data, change.version, zxid, now);
    case "setACL":
      return tree.setACL(change.path, change.acl, change.version);
    case "delete":
      tree.delete(change.path, zxid);
      return null;
    case "check":
      return null;
  }
}

/** All or none. Its reply has the code 0 in any case; each result has its own. */
function multi(client: Client, frame: Reader, xid: number): boolean {
  const { service } = client;
  const ops = readOperations(client, frame);
  if (ops === "no path") return stumble(client, xid);
  if (ops === "no ACL") {
    client.reply(xid, Rc.MARSHALLINGERROR);
    return true;
  }
  const zxid = service.nextZxid();
  const judged = ops === null ? Rc.MARSHALLINGERROR : judge(client, ops);
  if (typeof judged === "number") {
    client.reply(xid, judged);
    return true;
  }
  const { changes, failure } = judged;
  const results = failure === null
    ? applyAll(client, changes, zxid)
    : failed(ops!.length, changes.length, failure);
  const start = client.startReply(xid);
  client.out.append(results.written);
  writeMultiEnd(client.out);
  client.out.endFrame(start);
  return true;
}

/** What will change, up to the first operation that fails; or the code for a multi without results. */
function judge(
  client: Client,
  ops: readonly WriteOperation[],
): { changes: Change[]; failure: number | null } | number {
  const { tree, settings } = client.service;
  const transaction = new Transaction(tree, client, settings);
  const changes: Change[] = [];
  for (const op of ops) {
    const change = transaction.prepare(op);
    if (change === Rc.MARSHALLINGERROR) return change;
    if (typeof change === "number") return { changes, failure: change };
    changes.push(change);
  }
  return { changes, failure: null };
}

/** A zxid was taken and is never used; the reply has results, but none. */
function stumble(client: Client, xid: number): boolean {
  client.service.wasteZxid();
  const start = client.startReply(xid, Rc.MARSHALLINGERROR);
  writeMultiEnd(client.out);
  client.out.endFrame(start);
  return true;
}

/** Results are written as each operation is done: a later one may change what an earlier one saw. */
function applyAll(client: Client, changes: readonly Change[], zxid: number): Writer {
  const to = new Writer();
  for (const change of changes) {
    const znode = apply(client, change, zxid);
    const plain = change.type === "create" && change.opCode === OpCode.create;
    writeMultiHeader(to, resultType(change));
    if (change.type === "create") to.string(change.path);
    if (znode !== null && !plain) writeStatOf(to, znode);
  }
  return to;
}

/** create2, createContainer and createTTL are all answered as create2. */
function resultType(change: Change): number {
  if (change.type !== "create") return OpCode[change.type === "setACL" ? "error" : change.type];
  return change.opCode === OpCode.create ? OpCode.create : OpCode.create2;
}

/** Those before the one that failed have 0, it has its code, those after it RUNTIMEINCONSISTENCY. */
function failed(count: number, at: number, rc: number): Writer {
  const to = new Writer();
  for (let i = 0; i < count; i++) {
    writeErrorResult(to, i < at ? Rc.OK : i === at ? rc : Rc.RUNTIMEINCONSISTENCY);
  }
  return to;
}

/** The operations of a multi as the server takes them, or null when it takes none of them. */
function readOperations(
  { service }: Client,
  frame: Reader,
): WriteOperation[] | "no path" | "no ACL" | null {
  const { version } = service.settings;
  try {
    const ops = readMulti(frame, (opCode) => {
      const op = inMulti.has(opCode) ? readOperation(frame, opCode) : null;
      if (op === null) throw new MarshallingError(`An operation of the type ${opCode} in a multi`);
      if (op.type !== "create") return op;
      const effective = version === "3.8" ? opCode38(op) : opCode39(op);
      // Only createTTL has a place for it.
      return { ...op, opCode: effective, ttl: effective === opCode ? op.ttl : -1n };
    });
    if (ops.every(({ path }) => path !== null)) return ops;
    return version === "3.8" ? "no path" : null;
  } catch (error) {
    if (error instanceof NoACL) return "no ACL";
    if (error instanceof MarshallingError) return null;
    throw error;
  }
}

/** From 3.9 on a create without a list of ACL spoils a multi before it has a zxid. */
class NoACL extends Error {}

const [containerFlag, ttlFlag, lastFlag] = [4, 5, 6];

/** 3.8 goes by the flags alone, so that create2 becomes create (ZOOKEEPER-4026, ZOOKEEPER-4667). */
function opCode38({ opCode, flags }: CreateOperation): number {
  if (flags === containerFlag) return OpCode.createContainer;
  if (flags !== ttlFlag && flags !== lastFlag) return OpCode.create;
  // A create with a TTL and no ttl is found out only when its turn comes.
  return opCode === OpCode.createTTL ? opCode : unfit;
}

/** 3.9 goes by the operation where the flags allow for it. Of two faults the first here counts. */
function opCode39({ opCode, flags, withoutACL }: CreateOperation): number {
  if (opCode !== OpCode.createTTL) {
    if (flags < 0 || flags > lastFlag) throw new MarshallingError(`A create with flags ${flags}`);
    if (withoutACL) throw new NoACL();
    if (flags > containerFlag) throw new MarshallingError("A create with a TTL and no ttl");
  }
  if (flags === containerFlag) return OpCode.createContainer;
  if (flags === ttlFlag || flags === lastFlag) return OpCode.createTTL;
  return opCode === OpCode.createTTL ? OpCode.create : opCode;
}
