/** The few pieces of ZooKeeper's protocol that a bare loop needs, with every place known. */
import type { Stat } from "../src/st.ts";
import { sessionTimeout } from "./task.ts";

export const opCodeGetData = 4;
export const opCodeSetData = 5;
/** Where a reply's code and its body stand, from the frame's beginning. */
export const replyCodeAt = 16;
export const replyBodyAt = 20;

/** The first frame, which asks for a session. */
export function connectRequest(): Uint8Array {
  const bytes = new Uint8Array(49);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, 45);
  view.setInt32(16, sessionTimeout);
  view.setInt32(28, 16);
  return bytes;
}

/** Reads a Stat, into the same fields as the client does. */
export function readStat(view: DataView, at: number): Stat {
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
