/**
 * Submitting again what has failed: the same bytes under another xid, since what they were made of
 * is the caller's and may have changed. A request that leaves a watch has to be made anew instead:
 * what stands at the server for others decides what it asks for.
 */
import { deadlineMoved } from "../wait.ts";
import { accept } from "./checks.ts";
import type { Handle } from "./handle.ts";
import type { Completion, Pending } from "./pending.ts";
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

/** Gives the request submitted last the deadline of the one whose place it takes. */
export function keepDeadline(zh: Handle, deadline: number): void {
  zh.submitted!.deadline = deadline;
  if (deadline === Infinity) return;
  zh.requestDeadline = Math.min(zh.requestDeadline, deadline);
  deadlineMoved(zh);
}

/** Where a frame's header ends: length, xid and type. */
const headerEnd = 12;
