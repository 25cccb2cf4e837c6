import { assertEquals } from "@std/assert";
import { readStat, type Stat, writeStat } from "../../src/proto/stat.ts";
import { assertReads, assertRefuses, assertWrites, hex, stat, statBytes } from "./bytes.ts";

Deno.test("readStat() and writeStat() take the fields in the order of zookeeper.jute", () => {
  assertEquals(hex(statBytes).length, 68);
  assertReads(statBytes, readStat, stat);
  assertWrites((to) => writeStat(to, stat), statBytes);
});

Deno.test("readStat() and writeStat() take each field at its ends", () => {
  const bytes = `
    7fffffff ffffffff  ; czxid
    80000000 00000000  ; mzxid
    001fffff ffffffff  ; ctime
    00000000 00000000  ; mtime
    7fffffff           ; version
    80000000           ; cversion
    ffffffff           ; aversion
    ffffffff ffffffff  ; ephemeralOwner
    7fffffff           ; dataLength
    00000000           ; numChildren
    00000000 00000001  ; pzxid
  `;
  const ends: Stat = {
    czxid: 0x7fff_ffff_ffff_ffffn,
    mzxid: -0x8000_0000_0000_0000n,
    ctime: Number.MAX_SAFE_INTEGER,
    mtime: 0,
    version: 0x7fff_ffff,
    cversion: -0x8000_0000,
    aversion: -1,
    ephemeralOwner: -1n,
    dataLength: 0x7fff_ffff,
    numChildren: 0,
    pzxid: 1n,
  };
  assertReads(bytes, readStat, ends);
  assertWrites((to) => writeStat(to, ends), bytes);
});

Deno.test("readStat() refuses a Stat that is cut short anywhere", () => {
  const all = hex(statBytes).toHex();
  for (let length = 0; length < 68; length++) {
    assertRefuses(all.slice(0, 2 * length), readStat, "are left of the frame");
  }
});
