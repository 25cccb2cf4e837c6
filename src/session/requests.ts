/**
 * The ledger of requests: handed to the network, given up, timed out, failed. Each one leaves it
 * exactly once. Its frame waits in `toSend` and its entry in `sentRequests`, in the same
 * order; a request given up before its frame has left takes the frame with it, and one given up
 * later stays as an entry without a completion that eats the late reply.
 */
import { Rc, Xid } from "../proto/constants.ts";
import type { Handle } from "./handle.ts";
import { measure } from "./measuring.ts";
import { Pending } from "./pending.ts";
import { dropParked, sweepParked } from "./room.ts";

/** The servers' version is known from now on: what it does not know and has not left fails. */
export function learnVersion(zh: Handle, version: number): void {
  zh.serverVersion = version;
  for (const pending of openRequests(zh)) {
    if (!pending.sent && pending.versionNeeded > version) giveUp(zh, pending, Rc.UNIMPLEMENTED);
  }
  dropDead(zh);
}

/** Everything in toSend is being handed to the network. */
export function markSent(zh: Handle): void {
  for (let i = zh.unsent; i > 0; i--) zh.sentRequests.at(-i)!.sent = true;
  zh.counters.sentPackets += zh.unsent + zh.newAuths.length;
  zh.unsent = 0;
  // These stand outside the order of requests, and mostly there are none.
  if (zh.newAuths.length === 0 && zh.sentAuths.length === 0) return;
  for (const auth of zh.newAuths.splice(0)) zh.sentAuths.push(auth);
  for (const { pending } of zh.sentAuths) if (pending !== null) pending.sent = true;
}

/** Takes the frames of requests given up out of toSend. */
export function dropDead(zh: Handle): void {
  sweepParked(zh);
  if (zh.unsentDead === 0) return;
  const unsent = zh.sentRequests.cut(zh.unsent);
  const alive = unsent.filter((pending) => pending.completion !== null);
  for (const pending of unsent) if (pending.completion === null) zh.watchRequests.delete(pending);
  const xids = new Set(alive.map((pending) => pending.xid));
  const auths = zh.newAuths.values();
  zh.toSend.keepFrames((xid) =>
    xid === Xid.auth ? !auths.next().value!.dropped : xid < 0 || xids.has(xid)
  );
  zh.newAuths = zh.newAuths.filter((auth) => !auth.dropped);
  for (const pending of alive) zh.sentRequests.push(pending);
  zh.unsent = alive.length;
  zh.unsentDead = 0;
}

/** Every request that has not been answered fails with `rc`. */
export function failRequests(zh: Handle, rc: number): void {
  for (const pending of zh.sentRequests.drain()) {
    dropWatchers(zh, pending);
    if (pending.completion !== null) zh.toDispatch.push(pending.failed(rc));
  }
  for (const pending of zh.parked.drain()) {
    dropWatchers(zh, pending);
    // An authentication stands among those below.
    if (pending.completion === null || pending.xid === Xid.auth) continue;
    pending.frame = null;
    zh.toDispatch.push(pending.failed(rc));
  }
  zh.parkedDead = 0;
  for (const auth of zh.auths) {
    if (auth.pending !== null) zh.toDispatch.push(auth.pending.failed(rc));
    auth.pending = null;
  }
  zh.sentAuths.drain();
  zh.sentWatches.drain();
  zh.watchRequests.clear();
  zh.newAuths = [];
  zh.unsent = zh.unsentDead = 0;
  zh.toSend.clear(0);
  zh.requestDeadline = Infinity;
}

/** What a request that has failed was to remove for certain goes here, at least. */
export function dropWatchers(zh: Handle, { watch, path }: Pick<Pending, "watch" | "path">): void {
  if (watch?.kind === "remove" && watch.certain) zh.watches.remove(watch.type, path, watch.whose);
}

/** Those of the requests not answered that are meant fail with `rc`; the connection goes on. */
export function abandonRequests(
  zh: Handle,
  rc: number,
  meant: (pending: Pending) => boolean = () => true,
): void {
  for (const pending of openRequests(zh)) if (meant(pending)) giveUp(zh, pending, rc);
  dropDead(zh);
}

/** Fails the requests whose time is over by `now`. */
export function expireRequests(zh: Handle, now: number): void {
  if (now < zh.requestDeadline) return;
  let earliest = Infinity;
  for (const pending of openRequests(zh)) {
    if (pending.deadline <= now) giveUp(zh, pending, Rc.REQUESTTIMEOUT);
    else if (pending.deadline < earliest) earliest = pending.deadline;
  }
  dropDead(zh);
  zh.requestDeadline = earliest;
}

/** Without a request left, nothing times out; else the deadline stays as a lower bound. */
export function forgetDeadline(zh: Handle): void {
  if (zh.sentRequests.length > 0 || zh.parked.length > 0) return;
  if (zh.auths.some(({ pending }) => pending !== null)) return;
  zh.requestDeadline = Infinity;
}

/** Gives up the oldest request with this completion, which is then never called. */
export function cancel(zh: Handle, completion: (...args: never[]) => void): boolean {
  for (const told of zh.toDispatch) {
    if (!(told instanceof Pending) || told.completion !== completion) continue;
    forget(zh, told);
    return true;
  }
  for (const pending of openRequests(zh)) {
    if (pending.completion !== completion) continue;
    forget(zh, pending);
    return true;
  }
  return false;
}

/** Gives up a request whose completion is then never called. */
export function forget(zh: Handle, pending: Pending): void {
  if (pending.completion === null) return;
  if (pending.stamp !== null) measure(zh, pending, "CANCELLED");
  zh.watchRequests.unwanted(pending);
  pending.part();
  // A failed one waits in toDispatch; its frame is gone already.
  if (pending.sent || pending.rc !== 0) return;
  keepBack(zh, pending);
  if (pending.follower !== null) forget(zh, pending.follower);
  const { unsentDead, parkedDead } = zh;
  const dead = unsentDead + parkedDead;
  if (dead > 64 && 2 * dead > zh.unsent + zh.parked.length) dropDead(zh);
}

/** All requests but authentications that have not been answered, in order. */
function* unanswered(zh: Handle): Generator<Pending> {
  yield* zh.sentRequests;
  for (const pending of zh.parked) if (pending.xid !== Xid.auth) yield pending;
}

/** All requests whose owners wait. */
function* openRequests(zh: Handle): Generator<Pending> {
  for (const pending of unanswered(zh)) if (pending.completion !== null) yield pending;
  for (const { pending } of [...zh.auths]) if (pending?.completion) yield pending;
}

function giveUp(zh: Handle, pending: Pending, rc: number): void {
  zh.watchRequests.unwanted(pending);
  zh.toDispatch.push(pending.detach(rc));
  if (!pending.sent) keepBack(zh, pending);
}

/** What was given up before it has left is not to leave any more. */
function keepBack(zh: Handle, pending: Pending): void {
  forgetAuth(zh, pending);
  if (pending.frame !== null) dropParked(zh, pending);
  else if (pending.xid > 0) zh.unsentDead++;
}

/** An authentication given up before it was sent is not to be sent later either. */
function forgetAuth(zh: Handle, pending: Pending): void {
  const auth = zh.auths.find((auth) => auth.pending === pending);
  if (auth === undefined) return;
  auth.dropped = true;
  zh.auths.splice(zh.auths.indexOf(auth), 1);
  if (zh.newAuths.includes(auth)) zh.unsentDead++;
}
