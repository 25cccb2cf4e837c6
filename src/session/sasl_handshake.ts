/**
 * SASL between the connect response and everything else: while it lasts the state is ASSOCIATING, so
 * that no authentication, no watch, no ping and no request leaves. It runs anew on each connection,
 * within the deadline of the handshake, and its failure is the session's end: a password that one
 * server refuses will be refused by all of them, again and again.
 */
import type { Reader } from "../proto/archive.ts";
import { OpCode, Rc, Xid } from "../proto/constants.ts";
import { writeHeader, writeSasl } from "../proto/requests.ts";
import { errorName } from "../errors.ts";
import { WRITE } from "../types.ts";
import { wake } from "../wait.ts";
import type { Handle } from "./handle.ts";
import { serverName } from "./hosts.ts";
import { Sasl } from "./sasl.ts";
import { disconnect, refuseAuth } from "./session.ts";

/** The server has granted the session: authenticates it. */
export function startSasl(zh: Handle, succeeded: () => void): void {
  const mechanism = zh.settings.sasl!;
  const { endpoint } = zh.connection!;
  zh.sasl = new Sasl(mechanism, endpoint, () => wake(zh, WRITE), succeeded);
}

/** Takes the next step if the mechanism has had its turn. Returns 0, or the code of the end. */
export function advanceSasl(zh: Handle, sasl: Sasl): number {
  if (!sasl.done) return 0;
  if (sasl.error !== null) return refuseAuth(zh, `${exchangeName(zh)} failed: ${sasl.error}`);
  const token = sasl.take();
  if (token !== null) {
    sendToken(zh, sasl, token);
    return 0;
  }
  zh.sasl = null;
  zh.logger.info?.(`Authenticated: ${exchangeName(zh)}`);
  sasl.succeeded();
  return 0;
}

/** Acts on the server's answer to a token. Returns 0, or the code that ended the connection. */
export function receiveSasl(zh: Handle, sasl: Sasl, frame: Reader): number {
  const xid = frame.int();
  frame.long();
  const err = frame.int();
  if (sasl.xid === 0 || xid !== sasl.xid) {
    const reason = `a reply to request ${xid} came in the middle of ${exchangeName(zh)}`;
    return disconnect(zh, Rc.RUNTIMEINCONSISTENCY, reason);
  }
  if (refusals.includes(err)) {
    const code = err === Rc.AUTHFAILED ? "" : ` (${errorName(err)})`;
    return refuseAuth(zh, `the server refused ${exchangeName(zh)}${code}`);
  }
  if (err !== 0) {
    const reason = `the server answered ${exchangeName(zh)} with ${errorName(err)}`;
    return disconnect(zh, Rc.CONNECTIONLOSS, reason);
  }
  sasl.step(frame.buffer() ?? new Uint8Array(0));
  return 0;
}

/**
 * What a server says to those who fail (the second one if it requires SASL of everybody), and what
 * one says that does not know SASL at all.
 */
const refusals: readonly number[] = [
  Rc.AUTHFAILED,
  Rc.SESSIONCLOSEDREQUIRESASLAUTH,
  Rc.UNIMPLEMENTED,
];

function sendToken(zh: Handle, sasl: Sasl, token: Uint8Array): void {
  const { front } = zh.connection!;
  sasl.xid = zh.xid = zh.xid === Xid.last ? 1 : zh.xid + 1;
  const start = front.startFrame();
  writeHeader(front, zh.xid, OpCode.sasl);
  writeSasl(front, token);
  front.endFrame(start);
}

function exchangeName(zh: Handle): string {
  return `SASL ${zh.settings.sasl!.name} with ${serverName(zh.connection!.endpoint)}`;
}
