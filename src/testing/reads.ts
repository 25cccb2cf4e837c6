/**
 * The requests that change nothing but watches: FinalRequestProcessor. A frame that cannot be read
 * is answered with MARSHALLINGERROR, and the client goes on.
 */
import { Perms, writeACL } from "../proto/acl.ts";
import { MarshallingError, type Reader } from "../proto/archive.ts";
import { OpCode, Rc } from "../proto/constants.ts";
import { allows, hideDigests, userOf } from "./access.ts";
import type { Client } from "./service.ts";
import { readMulti, readPath } from "./operations.ts";
import { writeErrorResult, writeMultiEnd, writeMultiHeader } from "./results.ts";
import { WatchMode } from "./watch_manager.ts";
import { addWatch, checkWatches, removeWatches, setWatches } from "./watch_requests.ts";
import { writeStatOf, type Znode } from "./znode.ts";

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
  const path = readPath(frame);
  const start = client.startReply(xid);
  client.out.string(path);
  client.out.endFrame(start);
  return Rc.OK;
}

function getAllChildrenNumber(client: Client, frame: Reader, xid: number): number {
  const path = readPath(frame);
  const znode = readable(client, path);
  if (typeof znode === "number") return znode;
  const start = client.startReply(xid);
  client.out.int(client.service.tree.countBelow(path));
  client.out.endFrame(start);
  return Rc.OK;
}

function getEphemerals(client: Client, frame: Reader, xid: number): number {
  const given = frame.nullableString()?.trim() ?? "";
  const prefix = given === "/" ? "" : given;
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

function multiRead(client: Client, frame: Reader, xid: number): number {
  const ops = readMulti(frame, (opCode) => {
    if (opCode !== OpCode.getData && opCode !== OpCode.getChildren) {
      throw new MarshallingError(`An operation of the type ${opCode} in a multiRead`);
    }
    const path = readPath(frame);
    frame.bool();
    return { opCode, path };
  });
  const { out } = client;
  const start = client.startReply(xid);
  for (const { opCode, path } of ops) {
    const znode = readable(client, path);
    if (typeof znode === "number") {
      writeErrorResult(out, znode);
      continue;
    }
    writeMultiHeader(out, opCode);
    if (opCode === OpCode.getChildren) {
      writeChildren(client, znode);
    } else {
      out.buffer(znode.data);
      writeStatOf(out, znode);
    }
  }
  writeMultiEnd(out);
  out.endFrame(start);
  return Rc.OK;
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
