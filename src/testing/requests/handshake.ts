/** The first frame of a client: a session is begun, taken up again, or refused. */
import type { Reader } from "../../proto/archive.ts";
import { passwordSize } from "../../proto/connect.ts";
import type { Client } from "../service.ts";
import type { Session } from "../state/session_tracker.ts";

/** Answers a connect request. */
export function associate(client: Client, frame: Reader): void {
  const { service } = client;
  const { settings, sessions, tree } = service;
  frame.int();
  const lastZxidSeen = frame.long();
  const asked = frame.int();
  const sessionId = frame.long();
  const password = frame.buffer();
  // Clients up to 3.3 do not send the flag.
  const hasFlag = frame.remaining > 0;
  const readOnly = hasFlag && frame.bool();
  const flag = hasFlag ? service.readOnly : null;
  // Both are refused without a word.
  if (service.readOnly && !readOnly || lastZxidSeen > BigInt(tree.zxid)) return client.close();
  const { minSessionTimeout, maxSessionTimeout } = settings;
  const timeout = Math.min(Math.max(asked, minSessionTimeout), maxSessionTimeout);
  if (sessionId === 0n) return grant(client, service.openSession(timeout), flag);
  // Without a quorum nobody can say whether it lives (ReadOnlyZooKeeperServer.validateSession).
  if (service.readOnly && sessions.get(sessionId)?.local === false) return client.close();
  // Cut off from its servers, it is not heard of either.
  if (!client.wire.admits(sessionId)) return client.close();
  const session = sessions.get(sessionId);
  // Whoever asks for a session cuts it off from its present client, even with a wrong password.
  session?.connection?.close();
  if (session === undefined || !sameBytes(session.password, password)) {
    return refuse(client, flag);
  }
  session.timeout = timeout;
  session.moved = false;
  grant(client, session.changesId ? service.exchangeSession(session) : session, flag);
}

function grant(client: Client, session: Session, readOnly: boolean | null): void {
  client.session = session;
  session.connection = client;
  client.service.sessions.touch(session);
  respond(client, session.timeout, session.id, session.password, readOnly);
}

/** It has expired, or the password is wrong: nobody is told which. */
function refuse(client: Client, readOnly: boolean | null): void {
  respond(client, 0, 0n, new Uint8Array(passwordSize), readOnly);
  client.close();
}

function respond(
  { out }: Client,
  timeout: number,
  id: bigint,
  password: Uint8Array,
  readOnly: boolean | null,
): void {
  const start = out.startFrame();
  out.int(0);
  out.int(timeout);
  out.long(id);
  out.buffer(password);
  if (readOnly !== null) out.bool(readOnly);
  out.endFrame(start);
}

function sameBytes(a: Uint8Array, b: Uint8Array | null): boolean {
  return b !== null && a.length === b.length && a.every((byte, i) => byte === b[i]);
}
