/**
 * Submitting again what has failed: the same bytes under another xid, since what they were made of
 * is the caller's and may have changed. A request that leaves a watch has to be made anew instead:
 * what stands at the server for others decides what it asks for.
 */
import { deadlineMoved } from "../wait.ts";
import { accept } from "./checks.ts";
import type { Handle } from "./handle.ts";
import type { Completion, Pending } from "./pending.ts";
import { dropDead } from "./requests.ts";
import { unpark } from "./room.ts";
import { startRequest, submit, typeAt } from "./submitting.ts";

/** Copies of frames, many in one buffer: one for each would cost more than all the rest of a call. */
export class Frames {
  #buffer = new Uint8Array(0);
  #end = 0;

  /** A copy of the frame of the request submitted last. */
  keep(zh: Handle): Uint8Array {
    const frame = zh.submitted!.frame ?? zh.toSend.frames.subarray(zh.frameStart);
    // A long one must not keep others, nor others it.
    if (frame.length > bufferSize / 8) return frame.slice();
    if (this.#end + frame.length > this.#buffer.length) {
      this.#buffer = new Uint8Array(bufferSize);
      this.#end = 0;
    }
    const copy = this.#buffer.subarray(this.#end, this.#end += frame.length);
    copy.set(frame);
    return copy;
  }
}

const bufferSize = 16 * 1024;

/** Submits a request again of which `frame` was kept. Returns 0, or -9 at the session's end. */
export function submitAgain(
  zh: Handle,
  frame: Uint8Array,
  failed: Pending,
  completion: Completion,
): number {
  const refused = accept(zh, null, completion, undefined);
  if (refused !== 0) return refused;
  const type = new DataView(frame.buffer, frame.byteOffset).getInt32(typeAt);
  const start = startRequest(zh, type);
  zh.versionNeeded = failed.versionNeeded;
  zh.toSend.append(frame.subarray(headerEnd));
  const { response, path, ops } = failed;
  return submit(zh, start, response, path, completion, null, undefined, ops);
}

/** The request submitted last takes the place of one that has failed, and its deadline. */
export function takePlace(zh: Handle, { deadline }: Pending): void {
  // Not after a pause for a busy server: others have gone ahead then.
  const goesAhead = zh.processing && zh.connection === null;
  for (let pending = zh.submitted; pending !== null; pending = pending.follower) {
    if (goesAhead) zh.repeated.add(pending);
    pending.deadline = deadline;
  }
  if (deadline === Infinity) return;
  zh.requestDeadline = Math.min(zh.requestDeadline, deadline);
  deadlineMoved(zh);
}

/**
 * All have been told of the lost connection. What was repeated at that goes before what was asked for
 * at the session's event, which is told before the failures. Nothing has left: there is no connection.
 */
export function bringForward(zh: Handle): void {
  const { repeated, toSend } = zh;
  zh.repeated = new Set();
  dropDead(zh);
  // Not by their number: some may have been given up in between.
  if ([...zh.sentRequests, ...zh.parked].every((pending) => repeated.has(pending))) return;
  // Without a connection only requests are in toSend, the frame of each in its order.
  let at = 0;
  const unsent = zh.sentRequests.cut(zh.unsent);
  for (const pending of unsent) {
    const end = at + 4 + toSend.intAt(at);
    pending.frame = toSend.bytes.slice(at, end);
    at = end;
  }
  toSend.clear();
  zh.unsent = 0;
  const all = [...unsent, ...zh.parked.drain()];
  const inOrder = [
    ...all.filter((pending) => repeated.has(pending)),
    ...all.filter((pending) => !repeated.has(pending)),
  ];
  // What is expected to be watched follows from the order in which it is asked for.
  zh.watchRequests.clear();
  for (const pending of inOrder) {
    zh.parked.push(pending);
    if (pending.watch !== null) zh.watchRequests.add(pending);
  }
  unpark(zh);
}

/** Where a frame's header ends: length, xid and type. */
const headerEnd = 12;
