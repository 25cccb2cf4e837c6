/**
 * Counting, and telling the application's metrics if there are any. Requests are stamped then: what
 * they are, and when they were submitted; those of a session without metrics bear no stamp, and cost
 * no look at the clock.
 */
import { errorName } from "../errors.ts";
import { OpCode } from "../proto/constants.ts";
import type { Handle } from "./handle.ts";
import { type Pending, Stamp } from "./pending.ts";

/** Stamps a request; `type` is its number on the wire. */
export function stamp(zh: Handle, pending: Pending, type: number): void {
  pending.stamp = new Stamp(type, zh.platform.clock.now());
}

/** A request that was stamped is over, with the code that its owner is told. */
export function measure(zh: Handle, pending: Pending, code: string): void {
  const { type, at } = pending.stamp!;
  zh.metrics?.request(operationName(type), code, zh.platform.clock.now() - at);
}

/** A request is submitted again. */
export function countRetry(zh: Handle, failed: Pending, rc: number): void {
  if (failed.stamp !== null) zh.metrics?.retry(operationName(failed.stamp.type), errorName(rc));
}

/** Bytes have come. */
export function countReceived(zh: Handle, bytes: number): void {
  zh.counters.receivedBytes += bytes;
  zh.metrics?.received(bytes);
}

/** Bytes are handed to the network. */
export function countSent(zh: Handle, bytes: number): void {
  zh.counters.sentBytes += bytes;
  zh.metrics?.sent(bytes);
}

/** A ping leaves; one whose predecessor is not answered yet is not measured. */
export function pinged({ counters }: Handle, now: number): void {
  counters.sentPackets++;
  if (Number.isNaN(counters.pingedAt)) counters.pingedAt = now;
}

/** A ping was answered. */
export function answered({ counters, metrics, platform }: Handle): void {
  const roundTrip = platform.clock.now() - counters.pingedAt;
  counters.pingedAt = NaN;
  if (Number.isNaN(roundTrip)) return;
  counters.answered(roundTrip);
  metrics?.ping(roundTrip);
}

/** What an operation is called (ZooDefs.OpCode). */
function operationName(type: number): string {
  return names.get(type) ?? String(type);
}

const names = new Map<number, string>(Object.entries(OpCode).map(([name, type]) => [type, name]));
