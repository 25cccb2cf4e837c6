/** A znode as the tree keeps it. Zxids are numbers here: no test gets near 2^53. */
import type { ACL } from "../../proto/acl.ts";
import type { Writer } from "../../proto/archive.ts";

/** What a znode lives as long as: nothing, its session, its children, or a time without use. */
export type Lifetime = "persistent" | "ephemeral" | "container" | "ttl";

/** One znode. */
export class Znode {
  mzxid: number;
  pzxid: number;
  mtime: number;
  version = 0;
  /** How many children were ever created; sequential names are numbered with it. */
  created = 0;
  aversion = 0;
  /** Names of its children; null for none, since most have none. */
  children: Set<string> | null = null;

  constructor(
    public data: Uint8Array | null,
    public acl: readonly ACL[],
    readonly lifetime: Lifetime,
    /** The session of an ephemeral one, else 0n. */
    readonly owner: bigint,
    /** Of one with a TTL: ms; else 0. */
    readonly ttl: number,
    readonly czxid: number,
    readonly ctime: number,
  ) {
    this.mzxid = this.pzxid = czxid;
    this.mtime = ctime;
  }

  get childCount(): number {
    return this.children?.size ?? 0;
  }

  /** Changes of its children: each was created, and those that are gone were deleted (DataNode.java). */
  get cversion(): number {
    return 2 * this.created - this.childCount | 0;
  }
}

/** Writes a znode's Stat. */
export function writeStatOf(to: Writer, znode: Znode): void {
  writeNumber(to, znode.czxid);
  writeNumber(to, znode.mzxid);
  writeNumber(to, znode.ctime);
  writeNumber(to, znode.mtime);
  to.int(znode.version);
  to.int(znode.cversion);
  to.int(znode.aversion);
  to.long(znode.owner);
  to.int(znode.data?.length ?? 0);
  to.int(znode.childCount);
  writeNumber(to, znode.pzxid);
}

/** Writes a number as a long: two ints, since a bigint would take three times as long. */
export function writeNumber(to: Writer, value: number): void {
  to.int(Math.floor(value / 0x1_0000_0000));
  to.int(value | 0);
}
