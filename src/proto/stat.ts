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

/** Bytes of a Stat. */
export const statSize = 68;

/**
 * Reads a Stat, with one check of its bounds for all. The times are numbers of two int32 halves,
 * exact up to 2^53, because a bigint takes three times as long.
 */
export function readStat(from: Reader): Stat {
  const at = from.skip(statSize);
  const { view } = from;
  return {
    czxid: view.getBigInt64(at),
    mzxid: view.getBigInt64(at + 8),
    ctime: view.getInt32(at + 16) * 0x1_0000_0000 + view.getUint32(at + 20),
    mtime: view.getInt32(at + 24) * 0x1_0000_0000 + view.getUint32(at + 28),
    version: view.getInt32(at + 32),
    cversion: view.getInt32(at + 36),
    aversion: view.getInt32(at + 40),
    ephemeralOwner: view.getBigInt64(at + 44),
    dataLength: view.getInt32(at + 52),
    numChildren: view.getInt32(at + 56),
    pzxid: view.getBigInt64(at + 60),
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
