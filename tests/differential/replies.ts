/*
 * What a server sends, in words that are the same for two servers which answer alike: each field by
 * its name, except that what Java keeps in hash sets comes in no order that counts.
 */

import { Reader } from "../../src/proto/archive.ts";
import { OpCode } from "../../src/proto/constants.ts";
import { readACL } from "../../src/proto/acl.ts";
import { readStat } from "../../src/proto/stat.ts";
import type { Side } from "./side.ts";

/** The paths of znodes that replies tell were created. */
export type Created = (path: string) => void;

/** A frame in words. `typeOf` has the operations of the requests by their xids. */
export function describeFrame(
  frame: Uint8Array,
  side: Side,
  typeOf: (xid: number) => number | undefined,
  created: Created,
): string {
  const from = Reader.of(frame);
  const [xid, zxid, err] = [from.int(), from.long(), from.int()];
  const head = `${xid} ${side.zxid(zxid)} err ${err}`;
  let body: string;
  try {
    const type = typeOf(xid);
    // Several results may come with a code that says that they are not all.
    const several = type === OpCode.multi || type === OpCode.multiRead;
    const hasBody = err === 0 || several && from.remaining > 0;
    body = hasBody ? describeBody(from, xid, side, type, created) : "";
  } catch (error) {
    body = `not to be read: ${error}`;
  }
  const left = [...frame.subarray(from.at, from.at + 64)];
  return `${head} ${body}${left.length > 0 ? ` left ${left}` : ""}`;
}

function describeBody(
  from: Reader,
  xid: number,
  side: Side,
  type: number | undefined,
  created: Created,
): string {
  if (xid === -1) return `event ${from.int()} state ${from.int()} ${from.string()}`;
  switch (type) {
    case OpCode.create:
      return createdPath(from, created);
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
      return `${createdPath(from, created)} ${side.stat(readStat(from))}`;
    case OpCode.exists:
    case OpCode.setData:
    case OpCode.setACL:
      return side.stat(readStat(from));
    case OpCode.getData:
    case OpCode.reconfig:
      return `${data(from)} ${side.stat(readStat(from))}`;
    case OpCode.getACL:
      return `${acl(from)} ${side.stat(readStat(from))}`;
    case OpCode.getChildren:
    case OpCode.getEphemerals:
      return names(from);
    case OpCode.getChildren2:
      return `${names(from)} ${side.stat(readStat(from))}`;
    case OpCode.sync:
      return `${from.nullableString()}`;
    case OpCode.getAllChildrenNumber:
    case OpCode.addWatch:
      return `${from.int()}`;
    case OpCode.whoAmI:
      return from.vector((one) => `${one.string()}:${one.nullableString()}`, 8).sort().join();
    case OpCode.multi:
    case OpCode.multiRead:
      return results(from, side, created);
    default:
      return "";
  }
}

function results(from: Reader, side: Side, created: Created): string {
  const all: string[] = [];
  for (;;) {
    const [type, done, err] = [from.int(), from.bool(), from.int()];
    if (done) return `${all.join("; ")} end ${type} ${err}`;
    const body = type === OpCode.error
      ? `${from.int()}`
      : describeBody(from, 0, side, type, created);
    all.push(`${type} ${err} ${body}`);
  }
}

function createdPath(from: Reader, created: Created): string {
  const path = from.string();
  created(path);
  return path;
}

function data(from: Reader): string {
  const bytes = from.buffer();
  return bytes === null ? "null" : `[${bytes.length} ${bytes.subarray(0, 64)}]`;
}

function names(from: Reader): string {
  return `(${from.vector((one) => one.string(), 4).sort().join()})`;
}

/** What "auth" became, one entry for each identity, is in no order. */
function acl(from: Reader): string {
  const entries = readACL(from).map(({ perms, id }) => `${perms} ${id.scheme}:${id.id}`);
  for (let i = 0; i < entries.length;) {
    const same = (entry: string) => entry.split(":")[0] === entries[i]!.split(":")[0];
    let end = i + 1;
    while (end < entries.length && same(entries[end]!)) end++;
    entries.splice(i, end - i, ...entries.slice(i, end).sort());
    i = end;
  }
  return entries.join(" | ");
}
