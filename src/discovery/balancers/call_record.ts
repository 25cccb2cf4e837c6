/** What outlier detection knows of one instance, and how it judges many by that. */
import type { FailurePercentage, SuccessRate } from "./outlier_options.ts";

/** One instance's calls and ejections. */
export interface CallRecord {
  readonly id: string;
  /** Tells an instance from another one under its id, later. */
  czxid: bigint;
  /** Calls of the interval that is going on. */
  succeeded: number;
  failed: number;
  /** Failures since the last success. */
  inRow: number;
  /** Until when it is left out, ms on the clock; 0 for not. */
  until: number;
  /** Since when it is not, ms on the clock. */
  back: number;
  /** How often it was, less the whole intervals that it has stood well since. */
  times: number;
}

/** Of an instance that nothing is known of. */
export function newCallRecord(id: string, czxid: bigint): CallRecord {
  return { id, czxid, succeeded: 0, failed: 0, inRow: 0, until: 0, back: -Infinity, times: 0 };
}

/** Those that succeed less often than the mean by more than so many standard deviations. */
export function rarelySucceeding(
  records: readonly CallRecord[],
  rule: Required<SuccessRate>,
): CallRecord[] {
  const judged = records.filter((record) => callsOf(record) >= rule.callsMin);
  if (judged.length < rule.instancesMin || judged.length === 0) return [];
  const rates = judged.map((record) => record.succeeded / callsOf(record));
  const mean = average(rates);
  const deviation = Math.sqrt(average(rates.map((rate) => (rate - mean) ** 2)));
  return judged.filter((_, i) => rates[i]! < mean - deviation * rule.deviations);
}

/** Those of whose calls more than so many in a hundred fail. */
export function oftenFailing(
  records: readonly CallRecord[],
  rule: Required<FailurePercentage>,
): CallRecord[] {
  const judged = records.filter((record) => callsOf(record) >= rule.callsMin);
  if (judged.length < rule.instancesMin) return [];
  return judged.filter((record) => 100 * record.failed / callsOf(record) > rule.threshold);
}

function callsOf({ succeeded, failed }: CallRecord): number {
  return succeeded + failed;
}

function average(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
