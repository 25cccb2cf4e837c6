/**
 * The moves between states, and what each costs the requests. The table is zookeeper-client-c's;
 * a disconnect announces itself in this order: the state changes, the session event is told, then
 * every request submitted before it completes with the cause's code, sent or not, so that no gap
 * reorders writes.
 */
import { errorName } from "../errors.ts";
import { Rc } from "../proto/constants.ts";
import type { State } from "../types.ts";
import { disarm, wake } from "../wait.ts";
import { type Handle, isConnected, renews, Told } from "./handle.ts";
import { serverName } from "./hosts.ts";
import { settle } from "./ledger.ts";
import { failRequests } from "./requests.ts";

/** A connection, or an attempt at one, is over. Returns the cause's code. */
export function disconnect(zh: Handle, rc: number, reason: string): number {
  const wasConnected = isConnected(zh);
  const server = zh.connection?.endpoint ?? zh.dial?.endpoint;
  if (server !== undefined) {
    zh.failures.set(serverName(server), reason);
    const what = wasConnected ? "Lost" : "No session with";
    zh.logger.warn?.(`${what} ${serverName(server)}: ${reason}`, { rc, state: zh.state });
  }
  dropConnection(zh);
  if (zh.closing) {
    zh.closeDone = true;
    return rc;
  }
  zh.state = "CONNECTING";
  const now = zh.platform.clock.now();
  if (wasConnected && now - zh.connectedAt >= settledAfter(zh)) zh.servers.settled();
  else if (!zh.servers.hasNext) pause(zh, now);
  if (wasConnected) {
    zh.expiryDeadline = expiryDeadline(zh, now);
    zh.counters.pingedAt = NaN;
    zh.metrics?.disconnected(errorName(rc));
    tellSession(zh);
    settle(zh, "disconnect", rc);
  }
  return rc;
}

/** The session has expired: that is its end, or a new one follows when all have been told. */
export function expire(zh: Handle, reason: string): number {
  end(zh, "EXPIRED_SESSION", reason);
  zh.closeDone = !renews(zh);
  if (renews(zh)) settle(zh, "expiry", Rc.SESSIONEXPIRED);
  else failRequests(zh, Rc.SESSIONEXPIRED);
  return Rc.SESSIONEXPIRED;
}

/** An authentication has failed, or one is missing: that is the session's end. */
export function refuseAuth(zh: Handle, reason: string, rc: number = Rc.AUTHFAILED): number {
  zh.authFailure = { rc, reason };
  end(zh, "AUTH_FAILED", reason);
  zh.closeDone = true;
  failRequests(zh, rc);
  return rc;
}

function end(zh: Handle, state: State, reason: string): void {
  const sessionId = hex(zh.sessionId);
  zh.logger.error?.(`The session has ended: ${state}`, { sessionId, reason });
  dropConnection(zh);
  zh.expiryDeadline = Infinity;
  zh.state = state;
  tellSession(zh);
}

/** All have been told that the session has expired: a new one is to follow. */
export function renew(zh: Handle): void {
  zh.state = "CONNECTING";
  zh.counters.renewals++;
  zh.logger.info?.("A new session follows the one that has expired");
}

/** A whole round of servers has failed: waits before the next one. */
export function pause(zh: Handle, now: number): void {
  const pause = zh.servers.pause(zh.recvTimeout);
  zh.dialAt = now + pause;
  zh.logger.info?.("All servers have failed, pausing before the next round", { pause });
}

/** Tells the global watcher and each registered one once of the session's state. */
export function tellSession(zh: Handle): void {
  zh.metrics?.session(zh.state);
  const all = new Set([...zh.globalWatchers, ...zh.watches.all()]);
  const event = { type: "Session", state: zh.state, path: "", zxid: null } as const;
  zh.toDispatch.push(new Told(event, all));
}

/** The last move of a session whose owner has closed it. */
export function finishClose(zh: Handle): void {
  dropConnection(zh);
  // What its answer has not come to, closeSession for one, is not held for a session that is gone.
  zh.sentRequests.drain();
  zh.toSend.clear(0);
  zh.unsent = zh.unsentDead = 0;
  zh.state = "CLOSED";
  zh.logger.info?.("Closed the session", { sessionId: hex(zh.sessionId) });
}

/** Nothing more will come: whoever waits is let go, and whoever asked is told. */
export function tellOver(zh: Handle): void {
  disarm(zh);
  wake(zh, 0);
  for (const over of [...zh.whenOver]) over();
  zh.whenOver.clear();
  zh.metrics?.end();
}

/**
 * When a session that has lost its connection counts as expired unless a server says otherwise: 4/3 T
 * after the server was last heard (ZOOKEEPER-4508). Whoever comes late, because the application was
 * busy or the clock has jumped, tries the servers first for as long as others do.
 */
export function expiryDeadline(zh: Handle, now: number): number {
  if (!zh.seenWritable) return Infinity;
  const third = zh.recvTimeout / 3;
  return Math.trunc(Math.max(zh.lastRecv + 4 * third, now + 2 * third));
}

/** A session id as ZooKeeper's logs print it. */
export function hex(sessionId: bigint): string {
  return `0x${BigInt.asUintN(64, sessionId).toString(16)}`;
}

/** A connection that lived until its first ping was no failed attempt: the pauses start anew. */
function settledAfter(zh: Handle): number {
  return Math.max(100, Math.trunc(zh.recvTimeout / 3));
}

/** Forgets the connection, or whatever was under way to one. */
export function dropConnection(zh: Handle): void {
  zh.connection?.close();
  zh.dial?.cancel();
  zh.probe?.cancel();
  zh.lookup?.cancel();
  zh.search.stop();
  zh.sasl?.cancel();
  zh.connection =
    zh.dial =
    zh.probe =
    zh.sasl =
    zh.lookup =
      null;
  zh.handshakeDeadline = Infinity;
}
