/**
 * Telling, in the order of arrival: first what failed here, then frame after frame what the server
 * sent. The read buffer is the queue; nothing is copied out of it before its turn has come.
 *
 * For those who await, only replies or only events are told until a turn of the event loop has passed:
 * the continuations of one kind, through any number of async functions, must run before the other kind
 * is told, and only a turn waits for them all. That one call tells one kind would not suffice: a read
 * ends within the same turn when the socket has something already.
 */
import { MarshallingError } from "../proto/archive.ts";
import { Rc, Xid } from "../proto/constants.ts";
import { completeFailed, tellWatchers } from "./completions.ts";
import { type Handle, isConnected, Told } from "./handle.ts";
import { associate, isTlsAlert } from "./handshake.ts";
import { receive } from "./replies.ts";
import { receiveSasl } from "./sasl_handshake.ts";
import { disconnect } from "./session.ts";
import { armTurn } from "../wait.ts";

/** Tells what there is to tell. Returns 0, or the code that ended the connection. */
export function dispatch(zh: Handle): number {
  let rc = 0;
  while (rc === 0 || zh.toDispatch.length > 0) {
    const item = zh.toDispatch.at(0);
    if (item !== undefined) {
      if (!mayTell(zh, item instanceof Told ? "events" : "replies")) break;
      zh.toDispatch.shift();
      if (item instanceof Told) tellWatchers(zh, item.event, item.watchers);
      else completeFailed(zh, item);
    } else if (zh.connection?.frames.whole) {
      if (isConnected(zh) && !mayTell(zh, kindOfFrame(zh.connection.frames.xid))) break;
      rc = nextFrame(zh);
    } else {
      break;
    }
  }
  return rc;
}

function nextFrame(zh: Handle): number {
  try {
    const frame = zh.connection!.frames.next()!;
    zh.counters.receivedPackets++;
    if (isConnected(zh)) return receive(zh, frame);
    return zh.sasl === null ? associate(zh, frame) : receiveSasl(zh, zh.sasl, frame);
  } catch (error) {
    if (!(error instanceof MarshallingError)) throw error;
    const isTls = !isConnected(zh) && isTlsAlert(zh.connection!.frames.length);
    const reason = isTls
      ? "the server speaks TLS on this port: set the option tls"
      : `the server sent what cannot be read: ${error.message}`;
    return disconnect(zh, Rc.CONNECTIONLOSS, reason);
  }
}

function kindOfFrame(xid: number): "replies" | "events" | null {
  if (xid === Xid.notification || xid === Xid.setWatches) return "events";
  return xid === Xid.ping ? null : "replies";
}

function mayTell(zh: Handle, kind: "replies" | "events" | null): boolean {
  if (!zh.oneRun || kind === null) return true;
  if (zh.run !== null && zh.run !== kind) {
    armTurn(zh);
    return false;
  }
  zh.run = kind;
  return true;
}
