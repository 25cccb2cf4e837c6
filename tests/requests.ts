/** Requests as a server reads them, field by field as protocol and zookeeper.jute say. */
import { Reader } from "../src/proto/archive.ts";

/** A connect request, without its length. */
export interface ConnectFields {
  protocolVersion: number;
  lastZxidSeen: bigint;
  timeout: number;
  sessionId: bigint;
  password: Uint8Array | null;
  readOnly: boolean;
}

export function readConnectRequest(frame: Uint8Array): ConnectFields {
  const from = Reader.of(frame);
  return {
    protocolVersion: from.int(),
    lastZxidSeen: from.long(),
    timeout: from.int(),
    sessionId: from.long(),
    password: from.buffer(),
    readOnly: from.bool(),
  };
}

/** The paths of a setWatches (101) or setWatches2 (105), and the zxid they are relative to. */
export interface WatchesFields {
  relativeZxid: bigint;
  lists: string[][];
}

export function readSetWatches(body: Reader): WatchesFields {
  const relativeZxid = body.long();
  const lists: string[][] = [];
  while (body.remaining > 0) lists.push(body.vector((item) => item.string(), 4));
  return { relativeZxid, lists };
}
