/**
 * process(): does what can be done now and returns. Time, what has been read, what is due, what is
 * to be written, in this order; it never suspends.
 *
 * @module
 */
import { Rc } from "./proto/constants.ts";
import { bringForward } from "./session/again.ts";
import { advance } from "./session/dialing.ts";
import { dispatch } from "./session/dispatch.ts";
import { type Handle, hasEnded, isConnected, isOver, renews } from "./session/handle.ts";
import { reasonOfEnd } from "./session/handshake.ts";
import { countReceived } from "./session/measuring.ts";
import { expireRequests } from "./session/requests.ts";
import { startWrite } from "./session/sending.ts";
import { disconnect, expire, finishClose, renew, tellOver } from "./session/session.ts";
import { deadline, hasUndispatched, recvDeadline } from "./session/time.ts";
import type { Events } from "./types.ts";
import { deadlineMoved, readyNow, wake } from "./wait.ts";

/**
 * Reads what has arrived, runs callbacks, judges time, writes what was submitted. It consumes
 * whatever has completed, whatever the events say, and at most one read buffer a call. Of many
 * requests submitted together the first 128 are handed to the network before, by the call that
 * submits the next one. C: zookeeper_process.
 *
 * @returns 0, or the code that ended the connection in this call: CONNECTIONLOSS (-4),
 * OPERATIONTIMEOUT (-7), SESSIONEXPIRED (-112), AUTHFAILED (-115), RUNTIMEINCONSISTENCY (-2),
 * SESSIONCLOSEDREQUIRESASLAUTH (-124).
 * INVALIDSTATE (-9) when called from inside a callback.
 */
export function process(zh: Handle, _events: Events): number {
  if (zh.processing) return Rc.INVALIDSTATE;
  if (isOver(zh)) return 0;
  zh.processing = true;
  zh.processed++;
  try {
    return step(zh, zh.platform.clock.now());
  } finally {
    zh.processing = false;
  }
}

function step(zh: Handle, now: number): number {
  zh.overloadTold = false;
  warnIfLate(zh, now);
  // No read is armed while something is untold, so what came meanwhile is still in the socket.
  const unread = zh.connection?.frames.whole ?? false;
  if (hears(zh, now)) zh.lastRecv = now;
  let rc = dispatch(zh);
  // Judged only when nothing that came is left unread: an answer in the buffer is in time.
  if (!hasUndispatched(zh)) {
    if (!unread) expireRequests(zh, now);
    rc ||= judge(zh, now);
    if (mayDial(zh)) rc = advance(zh, now) || rc;
    dispatch(zh);
  }
  if (mayRenew(zh)) renew(zh);
  if (zh.repeated.size > 0 && zh.toDispatch.length === 0) bringForward(zh);
  if (zh.closing && mayFinishClose(zh)) finishClose(zh);
  else send(zh, now);
  zh.nextDeadline = deadline(zh);
  if (isOver(zh)) tellOver(zh);
  else if (zh.waiter !== null || zh.closer !== null) watchOn(zh);
  return rc;
}

/**
 * Whether the server has been heard: by a whole frame; and when the deadline has passed, by any
 * bytes, or by what an earlier call left untold, for the rest may lie in the socket still.
 */
function hears(zh: Handle, now: number): boolean {
  const { connection } = zh;
  if (connection === null) return false;
  const left = connection.frames.whole;
  const arrived = connection.take();
  if (arrived > 0) countReceived(zh, arrived);
  else if (!left) return false;
  return connection.frames.whole || now >= recvDeadline(zh);
}

/** What time, and a connection's end, have decided. */
function judge(zh: Handle, now: number): number {
  const { connection } = zh;
  if (now >= zh.closeDeadline) zh.closeDone = true;
  if (now >= zh.expiryDeadline && !zh.closing) {
    return expire(zh, "no server could be reached for 4/3 of its timeout");
  }
  if (connection === null) return 0;
  if (connection.ended !== null) {
    return disconnect(zh, Rc.CONNECTIONLOSS, reasonOfEnd(zh, connection.ended));
  }
  if (now < recvDeadline(zh)) return 0;
  return disconnect(zh, Rc.OPERATIONTIMEOUT, silence(zh));
}

function silence(zh: Handle): string {
  if (isConnected(zh)) return "the server was silent for two thirds of the session timeout";
  if (zh.sasl === null) return "no answer to the connect request in time";
  return zh.sasl.xid === 0
    ? "the SASL mechanism did not answer in time"
    : "no answer to a SASL token in time";
}

function mayDial(zh: Handle): boolean {
  return !zh.closing && !hasEnded(zh) && zh.state !== "EXPIRED_SESSION";
}

/** Whether everybody has been told that the session has expired. */
function mayRenew(zh: Handle): boolean {
  return zh.state === "EXPIRED_SESSION" && renews(zh) && zh.toDispatch.length === 0;
}

/** Whether nothing more is to be waited for before a session that is closing is closed. */
function mayFinishClose(zh: Handle): boolean {
  return zh.toDispatch.length === 0 && (zh.closeDone || zh.connection === null);
}

/** Those who wait while somebody else calls process() must be woken for what it left. */
function watchOn(zh: Handle): void {
  const events = readyNow(zh);
  if (events !== 0) wake(zh, events);
  else deadlineMoved(zh);
}

/** Hands everything submitted to one write, and arms the next read. */
function send(zh: Handle, now: number): void {
  const { connection } = zh;
  if (connection === null) return;
  if (connection.writing) connection.writeOn();
  else if (connection.ended === null) startWrite(zh, now);
  if (!hasUndispatched(zh)) connection.read();
}

/** C's warning for an app that comes late (zookeeper.c:2544). */
function warnIfLate(zh: Handle, now: number): void {
  const late = Math.trunc(now - zh.nextDeadline);
  if (late > Math.min(200, zh.recvTimeout / 10)) {
    zh.logger.warn?.(`Exceeded deadline by ${late}ms`);
  }
}
