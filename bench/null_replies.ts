/**
 * The canned replies of the null server. The number at the end of a request's path says how much is
 * answered: so many bytes of data to getData, so many names to getChildren.
 */
import { Writer } from "../src/proto/archive.ts";
import { writeStat } from "../src/proto/stat.ts";

/** A request: its type, its path (or what else comes first), and where its body is. */
export interface Request {
  readonly type: number;
  /** The bytes of the frame, without its length. */
  readonly bytes: Uint8Array;
}

const opCode = { create: 1, delete: 2, getData: 4, setData: 5, getChildren: 8 };
const more = { ping: 11, getChildren2: 12, multi: 14, closeSession: -11 };
const headerSize = 8;
const known = new Map<string, Uint8Array>();

/**
 * A whole reply whose xid, at 4, is still to be set. It is made once for each kind and path of
 * request, and the same ever after.
 */
export function replyTo({ type, bytes }: Request): Uint8Array {
  const path = type === more.multi ? String(countOps(bytes)) : pathOf(bytes);
  const key = `${type} ${path}`;
  let reply = known.get(key);
  if (reply === undefined) known.set(key, reply = makeReply(type, path));
  return reply;
}

function makeReply(type: number, path: string): Uint8Array {
  const to = new Writer();
  const start = to.startFrame();
  to.int(0);
  to.long(0x100000004n);
  to.int(0);
  writeBody(to, type, path);
  to.endFrame(start);
  return to.frames.slice();
}

function writeBody(to: Writer, type: number, path: string): void {
  const number = Number(/\d*$/.exec(path)![0]);
  switch (type) {
    case more.ping:
    case more.closeSession:
    case opCode.delete:
      return;
    case opCode.create:
      return to.string(path);
    case opCode.getData:
      to.buffer(new Uint8Array(number));
      return writeStat(to, statOf(number, 0));
    case opCode.getChildren:
    case more.getChildren2:
      to.vector(childNames(number), (to, name) => to.string(name));
      if (type === more.getChildren2) writeStat(to, statOf(0, number));
      return;
    case more.multi:
      return writeMulti(to, number);
    default:
      return writeStat(to, statOf(number, 0));
  }
}

/** The names of so many children. */
export function childNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `child-${String(i).padStart(4, "0")}`);
}

function writeMulti(to: Writer, count: number): void {
  for (let i = 0; i < count; i++) {
    writeMultiHeader(to, opCode.setData, false, 0);
    writeStat(to, statOf(0, 0));
  }
  writeMultiHeader(to, -1, true, -1);
}

function writeMultiHeader(to: Writer, type: number, done: boolean, rc: number): void {
  to.int(type);
  to.bool(done);
  to.int(rc);
}

function statOf(dataLength: number, numChildren: number) {
  return {
    czxid: 0x100000002n,
    mzxid: 0x100000003n,
    ctime: 1_700_000_000_000,
    mtime: 1_700_000_000_001,
    version: 7,
    cversion: 3,
    aversion: 0,
    ephemeralOwner: 0n,
    dataLength,
    numChildren,
    pzxid: 0x100000002n,
  };
}

/** What stands first in the body, if it is a string: everything but ping and close has a path. */
function pathOf(bytes: Uint8Array): string {
  if (bytes.length < headerSize + 4) return "";
  const start = headerSize + 4;
  return decoder.decode(bytes.subarray(start, start + int(bytes, headerSize)));
}

/** How many setData a multi has: each one stands behind a header of 9 bytes. */
function countOps(bytes: Uint8Array): number {
  let count = 0;
  for (let at = headerSize; bytes[at + 4] === 0; count++) {
    at += 9;
    at += 4 + int(bytes, at); // path
    at += 4 + int(bytes, at) + 4; // data and version
  }
  return count;
}

function int(bytes: Uint8Array, at: number): number {
  return bytes[at]! << 24 | bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!;
}

const decoder = new TextDecoder();
