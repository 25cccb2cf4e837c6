/**
 * Overload: how many requests may be outstanding, and how many bytes may wait to be written, before
 * a server that stalls makes everything grow. What promises ask for beyond that is parked, whole
 * frame and all, and lets nothing overtake it; callbacks are refused and may ask again.
 */
import { Xid } from "../proto/constants.ts";
import type { Handle, Refusal } from "./handle.ts";
import type { Pending } from "./pending.ts";

/** Whether a request must wait, or be refused, while `unwritten` bytes of others are in toSend. */
export function isFull(zh: Handle, unwritten: number): boolean {
  return zh.parked.length > 0 || !hasRoom(zh, unwritten);
}

/** Whether something is parked that may leave now. */
export function canUnpark(zh: Handle): boolean {
  return zh.parked.length > 0 && hasRoom(zh, zh.toSend.size);
}

/** Lets a request wait until there is room, behind those that wait already. */
export function park(zh: Handle, pending: Pending, frame: Uint8Array): void {
  pending.frame = frame;
  zh.parked.push(pending);
}

/** Takes requests in, in order, as far as there is room. */
export function unpark(zh: Handle): void {
  while (canUnpark(zh)) {
    const pending = zh.parked.shift()!;
    const { frame } = pending;
    pending.frame = null;
    if (frame === null) {
      zh.parkedDead--;
      continue;
    }
    zh.toSend.appendFrames(frame);
    if (pending.xid === Xid.auth) {
      zh.newAuths.push(zh.auths.find((auth) => auth.pending === pending)!);
    } else {
      zh.sentRequests.push(pending);
      zh.unsent++;
    }
  }
}

/** One that is parked has been given up: its frame is freed, its place is with the next sweep. */
export function dropParked(zh: Handle, pending: Pending): void {
  pending.frame = null;
  zh.parkedDead++;
  zh.watchRequests.delete(pending);
}

/** Frees the places of those that were given up. */
export function sweepParked(zh: Handle): void {
  if (zh.parkedDead === 0) return;
  for (const pending of zh.parked.drain()) if (pending.frame !== null) zh.parked.push(pending);
  zh.parkedDead = 0;
}

/** Why a callback is refused. */
export function overload({ settings }: Handle): Refusal {
  const { requests, bytes } = settings.outstanding;
  const message = `Too much is outstanding: ${requests} requests and ${bytes} bytes are allowed`;
  return { message, range: false };
}

function hasRoom({ sentRequests, connection, settings }: Handle, unwritten: number): boolean {
  const { requests, bytes } = settings.outstanding;
  return sentRequests.length < requests && unwritten + (connection?.unwritten ?? 0) < bytes;
}
