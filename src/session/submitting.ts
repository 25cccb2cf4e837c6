/**
 * Submitting a request: its frame goes into `toSend` and its entry into the ledger, or it is refused.
 */
import { Rc, Xid } from "../proto/constants.ts";
import { writeHeader } from "../proto/requests.ts";
import type { Response } from "../proto/responses.ts";
import { WRITE } from "../types.ts";
import { deadlineMoved, stir, wake } from "../wait.ts";
import { type Handle, isConnected } from "./handle.ts";
import { stamp } from "./measuring.ts";
import { type Completion, Pending, type WatchChange } from "./pending.ts";
import { dropWatchers } from "./requests.ts";
import { isFull, overload, park } from "./room.ts";
import { sendEarly } from "./sending.ts";
import { versionNeeded } from "./versions.ts";

/** Options of each request. */
export interface RequestOptions {
  /** Gives it up after so many ms, with REQUESTTIMEOUT. */
  timeout?: number | undefined;
}

/** Begins the frame of a request of the given type. */
export function startRequest(zh: Handle, type: number): number {
  sendEarly(zh);
  const start = zh.frameStart = zh.toSend.startFrame();
  zh.xid = zh.xid === Xid.last ? 1 : zh.xid + 1;
  zh.versionNeeded = versionNeeded(type);
  writeHeader(zh.toSend, zh.xid, type);
  return start;
}

/** Where the type of a request stands in its frame. */
export const typeAt = 8;

/**
 * Submits the request whose frame was begun at `start`. Returns 0; -8 when it is too long; -9 when
 * too many are outstanding, and it cannot wait.
 */
export function submit(
  zh: Handle,
  start: number,
  response: Response,
  path: string,
  completion: Completion,
  watch: WatchChange | null,
  options: RequestOptions | undefined,
  ops: number,
): number {
  if (tooLong(zh, zh.toSend.frameLength(start))) return Rc.BADARGUMENTS;
  if (zh.versionNeeded > zh.serverVersion) {
    return answerNewer(zh, response, path, completion, watch, ops);
  }
  const full = isFull(zh, start);
  if (full && !zh.parks) return refuseOverload(zh);
  zh.toSend.endFrame(start);
  const deadline = setDeadline(zh, options);
  const { scope } = zh;
  const pending = new Pending(zh.xid, response, path, completion, watch, deadline, ops, scope);
  pending.versionNeeded = zh.versionNeeded;
  zh.submitted = pending;
  if (zh.metrics !== null) stamp(zh, pending, zh.toSend.intAt(start + typeAt));
  if (full) park(zh, pending, zh.toSend.takeFrame(start));
  else enqueue(zh, pending);
  if (watch !== null) zh.watchRequests.add(pending);
  if (zh.waiter !== null || zh.closer !== null) toldToSend(zh, deadline);
  return 0;
}

/** The frame of `pending` stands last in toSend: it leaves with the next write. */
export function enqueue(zh: Handle, pending: Pending): void {
  zh.sentRequests.push(pending);
  zh.unsent++;
}

/** The server does not know the operation; it would close the connection on it. */
function answerNewer(
  zh: Handle,
  response: Response,
  path: string,
  completion: Completion,
  watch: WatchChange | null,
  ops: number,
): number {
  const pending = new Pending(0, response, path, completion, null, Infinity, ops, zh.scope);
  dropWatchers(zh, { watch, path });
  zh.submitted = pending;
  zh.toDispatch.push(pending.failed(Rc.UNIMPLEMENTED));
  stir(zh);
  return 0;
}

/** Refuses a call for want of room; however many are, the log has one line of it each time. */
function refuseOverload(zh: Handle): number {
  zh.refusal = overload(zh);
  if (!zh.overloadTold) zh.logger.warn?.(zh.refusal.message);
  zh.overloadTold = true;
  return Rc.INVALIDSTATE;
}

/** Refuses a call: says why, and returns what it returns. */
export function refuse(zh: Handle, refusal: { message: string; range: boolean }): number {
  zh.refusal = refusal;
  zh.logger.warn?.(refusal.message);
  return Rc.BADARGUMENTS;
}

/** Whether a frame is over the limit; if so it is refused. */
export function tooLong(zh: Handle, length: number): boolean {
  const { maxBuffer } = zh.settings;
  if (length <= maxBuffer) return false;
  const message = `A request of ${length} bytes is over maxBuffer, which is ${maxBuffer} bytes`;
  refuse(zh, { message, range: true });
  return true;
}

/** When a request submitted now times out; the session's own deadline is moved with it. */
export function setDeadline(zh: Handle, options: RequestOptions | undefined): number {
  const timeout = options?.timeout;
  if (timeout === undefined) return Infinity;
  const deadline = zh.platform.clock.now() + timeout;
  if (deadline < zh.requestDeadline) zh.requestDeadline = deadline;
  return deadline;
}

/** Wakes whoever waits, if what was submitted can leave or times out before anything else. */
export function toldToSend(zh: Handle, deadline: number): void {
  if (isConnected(zh) && !zh.connection!.writing) wake(zh, WRITE);
  else if (deadline === zh.requestDeadline) deadlineMoved(zh);
}
