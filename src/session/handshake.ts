/**
 * From a transport to a session: the connect request, its answer, and what a connection carries
 * before any request: SASL, then authentication in the order it was added, then the watches, so that
 * the server's catch-up events come before every reply.
 */
import type { Reader } from "../proto/archive.ts";
import {
  type ConnectResponse,
  readConnectResponse,
  writeConnectRequest,
} from "../proto/connect.ts";
import { Rc } from "../proto/constants.ts";
import { writeSetWatches } from "../proto/requests.ts";
import { lastZxid, rearmUnarmed } from "./arming.ts";
import type { Transport } from "../types.ts";
import { deadlineMoved, ready, wake } from "../wait.ts";
import { Connection, hungUp } from "./connection.ts";
import type { Dial } from "./dial.ts";
import type { Handle } from "./handle.ts";
import { hostPort, serverName } from "./hosts.ts";
import { startSasl } from "./sasl_handshake.ts";
import { disconnect, expire, expiryDeadline, hex, tellSession } from "./session.ts";
import { connectTime } from "./time.ts";

/** Bytes of paths in one setWatches packet, as Java's SET_WATCHES_MAX_LENGTH (ZOOKEEPER-706). */
const watchesPacket = 128 * 1024;

/** A dial has succeeded: asks the server for the session. */
export function startHandshake(zh: Handle, dial: Dial, transport: Transport, now: number): void {
  const connection = new Connection(
    transport,
    dial.endpoint,
    zh.settings.maxBuffer,
    (events) => {
      if (events !== 0 || ready(zh) !== 0) wake(zh, events);
      else deadlineMoved(zh);
    },
  );
  zh.connection = connection;
  zh.dial = null;
  zh.state = "ASSOCIATING";
  // For an app that comes late the server gets a time of its own.
  zh.handshakeDeadline = dial.deadline > now ? dial.deadline : now + connectTime(zh);
  zh.lastRecv = zh.lastSend = now;
  if (!zh.refed) transport.unref?.();
  writeConnectRequest(connection.front, {
    lastZxidSeen: lastZxid(zh),
    timeout: zh.settings.sessionTimeout,
    // A read-only server's ids mean nothing to the ensemble (ClientCnxn.seenRwServerBefore).
    sessionId: zh.seenWritable ? zh.sessionId : 0n,
    password: zh.password,
    readOnly: zh.settings.readOnly,
  });
}

/** Acts on the server's answer. Returns 0, or the code that ended the connection. */
export function associate(zh: Handle, frame: Reader): number {
  const response = readConnectResponse(frame);
  if (typeof response === "number") {
    const reason = `the server refused the session with code ${response}`;
    return disconnect(zh, Rc.CONNECTIONLOSS, reason);
  }
  const asked = zh.seenWritable ? zh.sessionId : 0n;
  const refused = response.timeout <= 0;
  if (refused && asked === 0n) {
    return disconnect(zh, Rc.CONNECTIONLOSS, "the server refused a new session");
  }
  // Some servers give a new session silently instead of saying that the old one has expired.
  if (refused) return expire(zh, "the server says so");
  if (asked !== 0n && asked !== response.sessionId) {
    return expire(zh, "the server gave a new session instead of it");
  }
  adopt(zh, response);
  if (zh.settings.sasl === null) connected(zh, response.readOnly);
  else startSasl(zh, () => connected(zh, response.readOnly));
  return 0;
}

/** Why a connection has ended; one that was closed without an answer, with what may be behind it. */
export function reasonOfEnd(zh: Handle, ended: string): string {
  if (zh.state !== "ASSOCIATING" || zh.sasl !== null || ended !== hungUp) return ended;
  // A server under TLS 1.3 judges a client's certificate after the handshake, and not all say so.
  const other = zh.settings.tls ? "refuse our certificate" : "speak TLS alone";
  return `${ended} without an answer: it may have no quorum, or ${other}`;
}

/** What stands at the head of a frame that cannot be read: a TLS alert, from who expects TLS? */
export function isTlsAlert(length: number): boolean {
  return length >>> 16 === 0x1503;
}

/** The session is ours, and lives on at the server even if this connection does not. */
function adopt(zh: Handle, response: ConnectResponse): void {
  zh.sessionId = response.sessionId;
  zh.password = response.password;
  zh.recvTimeout = response.timeout;
  zh.seenWritable ||= !response.readOnly;
  zh.expiryDeadline = expiryDeadline(zh, zh.platform.clock.now());
}

function connected(zh: Handle, readOnly: boolean): void {
  const { endpoint, front } = zh.connection!;
  zh.handshakeDeadline = zh.expiryDeadline = Infinity;
  zh.connectedAt = zh.platform.clock.now();
  zh.counters.connections++;
  zh.metrics?.connected(hostPort(endpoint));
  zh.failures.clear();
  zh.servers.connected();
  for (const auth of zh.auths) {
    front.appendFrames(auth.frame);
    zh.sentAuths.push(auth);
  }
  const max = Math.min(watchesPacket, zh.settings.maxBuffer >> 1);
  rearmUnarmed(zh, front);
  for (const packet of zh.watches.packets(max)) {
    writeSetWatches(front, lastZxid(zh), packet);
    const resync = [...new Set([...packet.persistent, ...packet.recursive])];
    zh.sentWatches.push({ resync, unarmed: null });
  }
  zh.state = readOnly ? "READONLY" : "CONNECTED";
  if (readOnly) zh.search.pause(zh.connectedAt, zh.platform.random());
  else zh.search.settled();
  zh.logger.info?.(`Connected to ${serverName(endpoint)}`, {
    sessionId: hex(zh.sessionId),
    sessionTimeout: zh.recvTimeout,
    readOnly,
  });
  tellSession(zh);
}
