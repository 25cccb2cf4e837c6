/**
 * What a session has, and what becomes of it when its connection is lost and when the server has
 * given it up and another session takes its place. This table is the only answer: the moves between
 * states carry it out, line by line.
 */
import { passwordSize } from "../proto/connect.ts";
import type { Handle } from "./handle.ts";
import { failRequests } from "./requests.ts";

/** What becomes of one thing; `rc` is the code of what happened. */
type Fate = (zh: Handle, rc: number) => void;

interface Line {
  readonly what: string;
  readonly disconnect: Fate;
  readonly expiry: Fate;
}

/** Stays as it is. */
const kept: Fate = () => {};

const ledger: readonly Line[] = [
  // Sent or not, so that no gap reorders writes. Each is told the code, once.
  { what: "requests", disconnect: failRequests, expiry: failRequests },
  // Sent again on each new connection, before all else.
  { what: "authentications", disconnect: kept, expiry: kept },
  // Armed again with setWatches, which also tells what they missed. With their session they are gone.
  { what: "one-shot watches", disconnect: kept, expiry: forgetOneShot },
  // Armed again with setWatches2; then each is told Resync, because servers tell nothing missed.
  { what: "persistent and recursive watches, watch()", disconnect: kept, expiry: kept },
  { what: "the watcher of session events, events(), connected()", disconnect: kept, expiry: kept },
  { what: "chroot() views", disconnect: kept, expiry: kept },
  { what: "the session's id and password", disconnect: kept, expiry: forgetSession },
  // A server that has lost its data would refuse for ever whoever has seen more than it.
  { what: "the zxid of the last reply", disconnect: kept, expiry: forgetZxid },
  { what: "the negotiated timeout", disconnect: kept, expiry: forgetTimeout },
  { what: "the round of servers and its pauses", disconnect: kept, expiry: kept },
];

/** Does to everything what the ledger says. */
export function settle(zh: Handle, event: "disconnect" | "expiry", rc: number): void {
  for (const line of ledger) line[event](zh, rc);
}

function forgetOneShot(zh: Handle): void {
  zh.watches.clearOneShot();
  zh.unarmed.clear();
}

function forgetSession(zh: Handle): void {
  zh.sessionId = 0n;
  zh.password = new Uint8Array(passwordSize);
  zh.seenWritable = false;
}

function forgetZxid(zh: Handle): void {
  zh.zxidHigh = zh.zxidLow = 0;
}

function forgetTimeout(zh: Handle): void {
  zh.recvTimeout = zh.settings.sessionTimeout;
}
