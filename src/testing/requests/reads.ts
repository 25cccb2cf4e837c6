/**
 * The requests that change nothing but watches: FinalRequestProcessor. A frame that cannot be read
 * is answered with MARSHALLINGERROR, and the client goes on.
 */
import { Perms, writeACL } from "../../proto/acl.ts";
import { MarshallingError, type Reader } from "../../proto/archive.ts";
import { OpCode, Rc } from "../../proto/constants.ts";
import { allows, hideDigests, userOf } from "./access.ts";
import type { Client } from "../service.ts";
import { inMulti, readMulti, readOperation, readPath } from "./operations.ts";
import { writeErrorResult, writeMultiEnd, writeMultiHeader } from "./results.ts";
import { WatchMode } from "../state/watch_manager.ts";
import { addWatch, checkWatches, removeWatches, setWatches } from "./watch_requests.ts";
import { writeStatOf, type Znode } from "../state/znode.ts";

/** Answers a request if it is one that reads; returns whether it is. */
export function read(client: Client, frame: Reader, xid: number, type: number): boolean {
  const answer = answers[type];
  if (answer === undefined) return false;
  try {
    const rc = answer(client, frame, xid);
    if (rc !== Rc.OK) client.reply(xid, rc);
  } catch (error) {
    if (!(error instanceof MarshallingError)) throw error;
    client.reply(xid, Rc.MARSHALLINGERROR);
  }
  return true;
}

/** Writes the reply and returns OK, or returns the code to reply with. */
type Answer = (client: Client, frame: Reader, xid: number) => number;

const answers: Partial<Record<number, Answer>> = {
  [OpCode.exists]: exists,
  [OpCode.getData]: getData,
  [OpCode.getChildren]: (client, frame, xid) => getChildren(client, frame, xid, false),
  [OpCode.getChildren2]: (client, frame, xid) => getChildren(client, frame, xid, true),
  [OpCode.getACL]: getACL,
  [OpCode.sync]: sync,
  [OpCode.getAllChildrenNumber]: getAllChildrenNumber,
  [OpCode.getEphemerals]: getEphemerals,
  [OpCode.whoAmI]: whoAmI,
  [OpCode.multiRead]: multiRead,
  [OpCode.setWatches]: (client, frame, xid) => setWatches(client, frame, xid, 3),
  [OpCode.setWatches2]: (client, frame, xid) => setWatches(client, frame, xid, 5),
  [OpCode.addWatch]: addWatch,
  [OpCode.checkWatches]: checkWatches,
  [OpCode.removeWatches]: removeWatches,
};

function exists(client: Client, frame: Reader, xid: number): number {
  const path = readPath(frame);
  const watch = frame.bool();
  if (path.includes("\0")) return Rc.BADARGUMENTS;
  const { tree, watches, settings } = client.service;
  const znode = tree.get(path);
  if (znode && settings.version !== "3.8" && !mayRead(client, znode)) return Rc.NOAUTH;
  if (watch) watches.data.add(path, client, WatchMode.standard);
  if (!znode) return Rc.NONODE;
  const start = client.startReply(xid);
  writeStatOf(client.out, znode);
  client.out.endFrame(start);
  return Rc.OK;
}

function getData(client: Client, frame: Reader, xid: number): number {
  const path = readPath(frame);
  const watch = frame.bool();
  const znode = readable(client, path);
  if (typeof znode === "number") return znode;
  const { watches } = client.service;
  if (watch) watches.data.add(path, client, WatchMode.standard);
  const start = client.startReply(xid);
  client.out.buffer(znode.data);
  writeStatOf(client.out, znode);
  client.out.endFrame(start);
  return Rc.OK;
}

function getChildren(client: Client, frame: Reader, xid: number, stat: boolean): number {
  const path = readPath(frame);
  const watch = frame.bool();
  const znode = readable(client, path);
  if (typeof znode === "number") return znode;
  const { watches } = client.service;
  if (watch) watches.child.add(path, client, WatchMode.standard);
  const start = client.startReply(xid);
  writeChildren(client, znode);
  if (stat) writeStatOf(client.out, znode);
  client.out.endFrame(start);
  return Rc.OK;
}

function getACL(client: Client, frame: Reader, xid: number): number {
  const znode = client.service.tree.get(readPath(frame));
  if (!znode) return Rc.NONODE;
  const { identities, out } = client;
  if (!allows(znode.acl, Perms.READ | Perms.ADMIN, identities)) return Rc.NOAUTH;
  const start = client.startReply(xid);
  writeACL(out, allows(znode.acl, Perms.ADMIN, identities) ? znode.acl : hideDigests(znode.acl));
  writeStatOf(out, znode);
  out.endFrame(start);
  return Rc.OK;
}

function sync(client: Client, frame: Reader, xid: number): number {
  const path = frame.nullableString();
  const start = client.startReply(xid);
  client.out.buffer(path);
  client.out.endFrame(start);
  return Rc.OK;
}

function getAllChildrenNumber(client: Client, frame: Reader, xid: number): number {
  const path = readPath(frame);
  const znode = readable(client, path);
  if (typeof znode === "number") return znode;
  const start = client.startReply(xid);
  // The server counts paths that begin with this one and a slash: for "" the root is one of them.
  client.out.int(client.service.tree.countBelow(path) + (path === "" ? 1 : 0));
  client.out.endFrame(start);
  return Rc.OK;
}

function getEphemerals(client: Client, frame: Reader, xid: number): number {
  const given = frame.nullableString() ?? "";
  // As Java trims. It does so to see that nothing is given, and then compares with what was given.
  const trimmed = given.replace(/^[\0- ]+|[\0- ]+$/g, "");
  const prefix = trimmed === "" || trimmed === "/" ? "" : given;
  const all = client.service.tree.ephemerals(client.sessionId);
  const start = client.startReply(xid);
  const paths = [...all].filter((path) => path.startsWith(prefix));
  client.out.vector(paths, (out, path) => out.string(path));
  client.out.endFrame(start);
  return Rc.OK;
}

function whoAmI(client: Client, _frame: Reader, xid: number): number {
  const start = client.startReply(xid);
  client.out.vector(client.identities, (out, identity) => {
    out.string(identity.scheme);
    out.string(userOf(identity));
  });
  client.out.endFrame(start);
  return Rc.OK;
}

/** Bytes: a request of a megabyte may ask for fifty thousand times a megabyte. */
const multiReadMax = 64 << 20;

function multiRead(client: Client, frame: Reader, xid: number): number {
  const ops = readMulti(frame, (opCode) => readInMulti(frame, opCode));
  const writes = ops.filter((op) => op === "write").length;
  if (writes > 0 && writes < ops.length) throw new MarshallingError("A multiRead that writes");
  // What it stumbles over comes too late for a reply without a body: earlier results stand.
  const end = ops.findIndex((op) => op === "write" || op.path === null);
  const { out } = client;
  const start = client.startReply(xid, end < 0 ? Rc.OK : Rc.MARSHALLINGERROR);
  for (const op of end < 0 ? ops : ops.slice(0, end)) {
    if (out.frameLength(start) > multiReadMax) throw new MarshallingError("Too long an answer");
    if (op !== "write" && op.path !== null) writeRead(client, op.opCode, op.path);
  }
  writeMultiEnd(out);
  out.endFrame(start);
  return Rc.OK;
}

function writeRead(client: Client, opCode: number, path: string): void {
  const { out } = client;
  const znode = readable(client, path);
  if (typeof znode === "number") return writeErrorResult(out, znode);
  writeMultiHeader(out, opCode);
  if (opCode === OpCode.getChildren) return writeChildren(client, znode);
  out.buffer(znode.data);
  writeStatOf(out, znode);
}

/** A read, or a write of which no more is known than that it is one. */
function readInMulti(
  frame: Reader,
  opCode: number,
): { opCode: number; path: string | null } | "write" {
  if (opCode === OpCode.getData || opCode === OpCode.getChildren) {
    const path = frame.nullableString();
    frame.bool();
    return { opCode, path };
  }
  if (inMulti.has(opCode) && readOperation(frame, opCode)) return "write";
  throw new MarshallingError(`An operation of the type ${opCode} in a multiRead`);
}

/** A znode whose data and children may be read, or the code that says why not. */
function readable(client: Client, path: string): Znode | number {
  const znode = client.service.tree.get(path);
  if (znode === undefined) return Rc.NONODE;
  return mayRead(client, znode) ? znode : Rc.NOAUTH;
}

function mayRead({ identities }: Client, { acl }: Znode): boolean {
  return allows(acl, Perms.READ, identities);
}

function writeChildren({ out }: Client, { children }: Znode): void {
  out.int(children?.size ?? 0);
  for (const name of children ?? []) out.string(name);
}
