/** addAuth, in the callback form. */
import { Xid } from "../proto/constants.ts";
import { writeAuth } from "../proto/requests.ts";
import { emptyResponse } from "../proto/responses.ts";
import { accept, checkData, checkString } from "./checks.ts";
import { type Handle, isConnected } from "./handle.ts";
import { Pending } from "./pending.ts";
import { deadlineOf, type RequestOptions, toldToSend } from "./requests.ts";

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
  const problem = checkString(scheme, "scheme") ?? checkData(auth);
  const refused = accept(zh, problem, completion, options);
  if (refused !== 0) return refused;
  const deadline = deadlineOf(zh, options);
  const pending = new Pending(Xid.auth, emptyResponse, "", completion, null, deadline, 0);
  const bytes = typeof auth === "string" ? new TextEncoder().encode(auth) : auth.slice();
  const added = { scheme, auth: bytes, pending };
  zh.submitted = pending;
  zh.auths.push(added);
  // On a connection still to be made it leaves with all the others, and only there.
  if (isConnected(zh)) {
    writeAuth(zh.toSend, scheme, bytes);
    zh.sentAuths.push(added);
    pending.sent = true;
  }
  toldToSend(zh, deadline);
  return 0;
}
