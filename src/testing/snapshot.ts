/**
 * A server in bytes: znodes, sessions and the zxid, in jute's own form. Connections and watches are
 * not part of it, as they are of no server's.
 */
import { readACL, writeACL } from "../proto/acl.ts";
import { MarshallingError, Reader, Writer } from "../proto/archive.ts";
import { readData } from "./state/data.ts";
import { isValidPath, parentOf } from "./state/paths.ts";
import type { Service } from "./service.ts";
import { Session } from "./state/session_tracker.ts";
import { type Lifetime, Znode } from "./state/znode.ts";

/** What every snapshot begins with. */
const header = new TextEncoder().encode("zkst snapshot 1\n");
const lifetimes: readonly Lifetime[] = ["persistent", "ephemeral", "container", "ttl"];

/** All of it, now. */
export function takeSnapshot({ tree, sessions }: Service): Uint8Array {
  const to = new Writer(1 << 16);
  to.append(header);
  to.long(BigInt(tree.zxid));
  const global = [...sessions.values()].filter(({ local }) => !local);
  to.vector(global, (to, session) => {
    to.long(session.id);
    to.buffer(session.password);
    to.int(session.timeout);
  });
  // The root comes first, and every parent before its children.
  to.int(tree.size);
  for (const [path, znode] of tree.entries()) {
    to.string(path);
    writeZnode(to, znode);
  }
  return to.written.slice();
}

/**
 * Puts all of it in the place of what there is.
 *
 * @throws {TypeError} for bytes that are no snapshot; nothing is changed then.
 */
export function loadSnapshot({ tree, sessions }: Service, snapshot: Uint8Array): void {
  const { zxid, sessions: known, znodes } = read(snapshot);
  for (const [path, znode] of znodes) tree.put(path, znode);
  for (const session of known) sessions.add(session);
  tree.zxid = zxid;
}

interface Content {
  readonly zxid: number;
  readonly sessions: readonly Session[];
  readonly znodes: ReadonlyMap<string, Znode>;
}

function read(snapshot: Uint8Array): Content {
  const from = Reader.of(snapshot);
  try {
    if (!header.every((byte, i) => byte === snapshot[i])) {
      throw new MarshallingError("It does not begin as one does");
    }
    from.skip(header.length);
    const zxid = Number(from.long());
    const sessions = from.vector(readSession, 32);
    const znodes = new Map<string, Znode>();
    for (let left = from.int(); left > 0; left--) {
      const path = from.string();
      const hasPlace = path === "/" || isValidPath(path) && znodes.has(parentOf(path));
      if (!hasPlace) throw new MarshallingError(`No place for the znode "${path}"`);
      znodes.set(path, readZnode(from));
    }
    if (from.remaining > 0) throw new MarshallingError(`${from.remaining} bytes too many`);
    return { zxid, sessions, znodes };
  } catch (error) {
    if (!(error instanceof MarshallingError)) throw error;
    throw new TypeError(`Cannot read the snapshot: ${error.message}`);
  }
}

function readSession(from: Reader): Session {
  const id = from.long();
  const password = from.buffer() ?? new Uint8Array(16);
  return new Session(id, password, from.int(), false);
}

function writeZnode(to: Writer, znode: Znode): void {
  to.buffer(znode.data);
  writeACL(to, znode.acl);
  to.int(lifetimes.indexOf(znode.lifetime));
  to.long(znode.owner);
  for (const number of [znode.ttl, znode.czxid, znode.ctime, znode.mzxid, znode.pzxid]) {
    to.long(BigInt(number));
  }
  to.long(BigInt(znode.mtime));
  for (const count of [znode.version, znode.created, znode.aversion]) to.int(count);
}

function readZnode(from: Reader): Znode {
  const data = readData(from);
  const acl = readACL(from);
  const lifetime = lifetimes[from.int()];
  if (lifetime === undefined) throw new MarshallingError("A znode of an unknown kind");
  const owner = from.long();
  const number = () => Number(from.long());
  const znode = new Znode(data, acl, lifetime, owner, number(), number(), number());
  znode.mzxid = number();
  znode.pzxid = number();
  znode.mtime = number();
  znode.version = from.int();
  znode.created = from.int();
  znode.aversion = from.int();
  return znode;
}
