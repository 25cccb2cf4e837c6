/** addAuth, in the callback form. */
import { Writer } from "../proto/archive.ts";
import { OpCode, Rc, Xid } from "../proto/constants.ts";
import { writeAuth } from "../proto/requests.ts";
import { emptyResponse } from "../proto/responses.ts";
import type { Auth } from "./auths.ts";
import { accept, checkAuth, checkString } from "./checks.ts";
import { type Handle, isConnected } from "./handle.ts";
import { stamp } from "./measuring.ts";
import { Pending } from "./pending.ts";
import { park } from "./room.ts";
import { type RequestOptions, setDeadline, toldToSend, tooLong } from "./submitting.ts";

/**
 * Gives the session another identity, now and on each connection to come, in the order of addition.
 * If a server refuses one, the session is at its end (AUTH_FAILED). C: zoo_add_auth.
 */
export function aaddAuth(
  zh: Handle,
  scheme: string,
  auth: Uint8Array | string,
  completion: (rc: number) => void,
  options?: RequestOptions,
): number {
  const problem = checkString(scheme, "scheme") ?? checkAuth(auth);
  const refused = accept(zh, problem, completion, options);
  if (refused !== 0) return refused;
  const writer = new Writer(64);
  writeAuth(writer, scheme, auth);
  const frame = writer.frames;
  if (tooLong(zh, frame.length - 4)) return Rc.BADARGUMENTS;
  const deadline = setDeadline(zh, options);
  const pending = new Pending(
    Xid.auth,
    emptyResponse,
    "",
    completion,
    null,
    deadline,
    0,
    zh.scope,
  );
  if (zh.metrics !== null) stamp(zh, pending, OpCode.auth);
  const added = { frame, pending, dropped: false };
  zh.submitted = pending;
  zh.auths.push(added);
  // On a connection still to be made it leaves with all the others, and only there.
  if (isConnected(zh) && zh.parked.length > 0) {
    park(zh, pending, frame);
  } else if (isConnected(zh)) {
    zh.toSend.appendFrames(frame);
    zh.newAuths.push(added);
  }
  toldToSend(zh, deadline);
  return 0;
}

/** The server has confirmed it: the same one from before need not be sent again as well. */
export function confirmAuth(zh: Handle, auth: Auth): void {
  // The same one from before has been confirmed on this connection, too, and is the one that stays.
  if (!zh.auths.includes(auth)) return;
  const isRepeated = (other: Auth) =>
    other !== auth && other.pending === null && sameBytes(other.frame, auth.frame);
  zh.auths = zh.auths.filter((other) => !isRepeated(other));
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
