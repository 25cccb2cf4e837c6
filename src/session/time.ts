/**
 * The deadlines of a session, in ms on the platform's clock. They are C's: give up after 2/3 T
 * without hearing (zookeeper.c:2644), ping after T/3 without sending (:2664), with T truncated to
 * whole ms as there.
 */
import { type Handle, hasEnded, isConnected, isOver } from "./handle.ts";

/** When the server will have been silent for too long, on a connection or before there is one. */
export function recvDeadline(zh: Handle): number {
  // Whoever closes late still tells the server; close() has a bound of its own.
  if (zh.closing) return zh.closeDeadline;
  if (isConnected(zh)) return zh.lastRecv + twoThirds(zh.recvTimeout);
  return Math.min(zh.expiryDeadline, attemptDeadline(zh));
}

/** When the next step on the way to a connection is due at the latest. */
function attemptDeadline(zh: Handle): number {
  if (zh.connection !== null) return zh.handshakeDeadline;
  if (zh.probe !== null) return zh.probe.deadline;
  if (zh.dial !== null) return zh.dial.deadline;
  if (zh.lookup !== null) return zh.lookup.deadline;
  return zh.dialAt;
}

/** When a ping is due. While a write is in flight nothing can be added to it, so none is. */
export function sendDeadline(zh: Handle): number {
  if (!isConnected(zh) || zh.connection!.writing) return Infinity;
  return zh.lastSend + Math.trunc(zh.recvTimeout / 3);
}

/** When process() must run next, if nothing else happens. */
export function deadline(zh: Handle): number {
  if (isOver(zh)) return Infinity;
  if (hasUndispatched(zh) || hasEnded(zh)) return zh.platform.clock.now();
  // While a connection is up, only a change of the list of servers has names looked up, and the
  // search for a server that can write.
  return Math.min(
    judgementDeadline(zh),
    sendDeadline(zh),
    zh.lookup?.deadline ?? Infinity,
    zh.search.deadline,
  );
}

/** When something that the server should have sent will be missing: not a ping, which we send. */
export function judgementDeadline(zh: Handle): number {
  return Math.min(recvDeadline(zh), zh.requestDeadline, zh.closeDeadline);
}

/** How long a dial and the handshake after it may take: every server gets its share of T. */
export function connectTime(zh: Handle): number {
  return Math.trunc(Math.min(2 / 3 * zh.recvTimeout, zh.recvTimeout / zh.servers.count));
}

/** Whether there is something to tell which one process() could not, so that one turn must pass. */
export function hasUndispatched(zh: Handle): boolean {
  return zh.toDispatch.length > 0 || zh.connection !== null && zh.connection.frames.whole;
}

function twoThirds(timeout: number): number {
  return Math.trunc(timeout * 2 / 3);
}
