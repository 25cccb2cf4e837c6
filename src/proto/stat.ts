/** A znode's Stat: 68 bytes on the wire. */
import type { Reader, Writer } from "./archive.ts";

/** What the server keeps about a znode beside its data. */
export interface Stat {
  /** Zxid of the change that created it. */
  readonly czxid: bigint;
  /** Zxid of the change that last set its data. */
  readonly mzxid: bigint;
  /** When it was created, ms since the epoch. */
  readonly ctime: number;
  /** When its data was last set, ms since the epoch. */
  readonly mtime: number;
  /** How often its data was set. */
  readonly version: number;
  /** How often its children changed. */
  readonly cversion: number;
  /** How often its ACL was set. */
  readonly aversion: number;
  /** The session that owns it if it is ephemeral, else 0n (containers and TTL nodes too). */
  readonly ephemeralOwner: bigint;
  /** Bytes of data. */
  readonly dataLength: number;
  /** How many children it has. */
  readonly numChildren: number;
  /** Zxid of the change that last added or removed a child. */
  readonly pzxid: bigint;
}

/** Reads a Stat. */
export function readStat(from: Reader): Stat {
  return {
    czxid: from.long(),
    mzxid: from.long(),
    ctime: from.time(),
    mtime: from.time(),
    version: from.int(),
    cversion: from.int(),
    aversion: from.int(),
    ephemeralOwner: from.long(),
    dataLength: from.int(),
    numChildren: from.int(),
    pzxid: from.long(),
  };
}

/** Writes a Stat, as a server does. */
export function writeStat(to: Writer, stat: Stat): void {
  to.long(stat.czxid);
  to.long(stat.mzxid);
  to.long(BigInt(stat.ctime));
  to.long(BigInt(stat.mtime));
  to.int(stat.version);
  to.int(stat.cversion);
  to.int(stat.aversion);
  to.long(stat.ephemeralOwner);
  to.int(stat.dataLength);
  to.int(stat.numChildren);
  to.long(stat.pzxid);
}
