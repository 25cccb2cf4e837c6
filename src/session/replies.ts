/**
 * One frame from the server: a reply, an event, or the answer to something the session sent of its
 * own accord. What a reply leaves behind (a watch, the last zxid) is written down in the step that
 * reads it, before anybody is told and before the next frame is looked at.
 */
import type { Reader } from "../proto/archive.ts";
import { Rc, Xid } from "../proto/constants.ts";
import type { OpResult } from "../proto/multi.ts";
import { multiResponse } from "../proto/responses.ts";
import { readStat } from "../proto/stat.ts";
import { confirmAuth } from "./authenticating.ts";
import { complete, completeFailed, multiCode } from "./completions.ts";
import type { Handle } from "./handle.ts";
import { isUnder, stripChroot } from "./paths.ts";
import { answered } from "./measuring.ts";
import type { Pending } from "./pending.ts";
import { dropWatchers, forgetDeadline } from "./requests.ts";
import { disconnect, refuseAuth } from "./session.ts";
import { changeWatches } from "./watch_changes.ts";
import { armed, notify } from "./watch_events.ts";

/** Acts on one frame. Returns 0, or the code that ended the connection. */
export function receive(zh: Handle, frame: Reader): number {
  const xid = frame.int();
  const zxidHigh = frame.int();
  const zxidLow = frame.int();
  const err = frame.int();
  if (err === Rc.SESSIONCLOSEDREQUIRESASLAUTH) return demandAuth(zh);
  switch (xid) {
    case Xid.ping:
      if (err === Rc.OK) answered(zh);
      return 0;
    case Xid.notification:
      notify(zh, frame, zxidHigh, zxidLow);
      return 0;
    case Xid.auth:
      return authenticated(zh, err);
    case Xid.setWatches:
      return armed(zh, err);
  }
  if (err === Rc.NOTREADONLY && zh.state === "READONLY") overtake(zh, xid);
  const pending = zh.sentRequests.at(0);
  if (pending === undefined || !pending.sent || pending.xid !== xid) {
    const expected = pending?.sent ? `request ${pending.xid} was` : "none was";
    return disconnect(
      zh,
      Rc.RUNTIMEINCONSISTENCY,
      `a reply to request ${xid} came where a reply to ${expected} expected`,
    );
  }
  // Only replies move it, and only if they have one (ZOOKEEPER-1417).
  if (zxidHigh > 0 || zxidHigh === 0 && zxidLow !== 0) {
    zh.zxidHigh = zxidHigh;
    zh.zxidLow = zxidLow;
  }
  if (err === Rc.SESSIONMOVED) return leave(zh, pending, err);
  finish(zh, pending, err, frame);
  return 0;
}

/**
 * A read-only server refuses a write at once, before it has answered the reads that came before it
 * (ReadOnlyRequestProcessor): what it refuses comes to the head of those that wait for a reply.
 */
function overtake(zh: Handle, xid: number): void {
  const sent = zh.sentRequests.length - zh.unsent;
  for (let i = 0; i < sent; i++) {
    if (zh.sentRequests.at(i)!.xid === xid) return zh.sentRequests.toHead(i);
  }
}

/**
 * The session belongs to another connection, so that nothing will be done on this one any more.
 * Servers since 3.3 close it without an answer (ZOOKEEPER-710).
 */
function leave(zh: Handle, pending: Pending, err: number): number {
  zh.sentRequests.shift();
  dropWatchers(zh, pending);
  const rc = disconnect(zh, Rc.CONNECTIONLOSS, "the session has moved to another connection");
  completeFailed(zh, pending.failed(err));
  return rc;
}

/**
 * The server closes the connection on whoever lacks the authentication that it demands, be it for a
 * ping. None of what is pending has been carried out, and nothing will be on the next connection.
 */
function demandAuth(zh: Handle): number {
  const reason = zh.settings.sasl === null
    ? "the server demands an authentication, by SASL unless it says otherwise, and there was none"
    : "the server demands an authentication other than by SASL";
  // Whoever is leaving anyhow has nothing more to learn.
  if (zh.closing) return disconnect(zh, Rc.CONNECTIONLOSS, reason);
  return refuseAuth(zh, reason, Rc.SESSIONCLOSEDREQUIRESASLAUTH);
}

function finish(zh: Handle, pending: Pending, err: number, frame: Reader): void {
  const { response } = pending;
  const told = err === 0 && pending.completion !== null;
  // Read before the entry is taken: bytes that do not fit end the connection, and it fails with it.
  const value = told && response.value !== null ? readValue(pending, frame) : null;
  const stat = told && response.stat ? readStat(frame) : null;
  zh.sentRequests.shift();
  if (zh.requestDeadline < Infinity) forgetDeadline(zh);
  if (pending.watch !== null) err = changeWatches(zh, pending, err);
  if (err !== 0 && pending.ops > 0) return completeFailed(zh, pending.failed(err));
  const rc = told && response === multiResponse ? multiCode(value as OpResult[]) : err;
  if (response.value === null) complete(zh, pending, rc, stat, null);
  else complete(zh, pending, rc, value, stat);
}

function readValue({ response, scope }: Pending, frame: Reader): unknown {
  const value = response.value!(frame);
  return scope.chroot === "" ? value : stripAll(scope.chroot, value);
}

/**
 * A reply's paths as the application knows them; in a list, of ephemerals, those outside the chroot
 * are left out. Names of children begin with no slash.
 */
function stripAll(chroot: string, value: unknown): unknown {
  if (typeof value === "string") return stripChroot(chroot, value);
  if (Array.isArray(value)) {
    const outside = (item: unknown) =>
      typeof item === "string" && item.startsWith("/") && !isUnder(chroot, item);
    return value.filter((item) => !outside(item)).map((item) => stripAll(chroot, item));
  }
  if (value === null || typeof value !== "object" || !("path" in value)) return value;
  return { ...value, path: stripChroot(chroot, value.path as string) };
}

function authenticated(zh: Handle, err: number): number {
  const auth = zh.sentAuths.shift();
  if (auth === undefined) {
    const reason = "the server answered an authentication that nobody sent";
    return disconnect(zh, Rc.RUNTIMEINCONSISTENCY, reason);
  }
  if (err !== 0) return refuseAuth(zh, "the server refused an authentication");
  if (auth.pending !== null) complete(zh, auth.pending, 0, null, null);
  auth.pending = null;
  confirmAuth(zh, auth);
  return 0;
}
