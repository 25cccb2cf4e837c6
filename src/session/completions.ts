/** Calling what the application gave: completions and watchers. What they throw goes to onError. */
import { errorName } from "../errors.ts";
import { Rc } from "../proto/constants.ts";
import type { ErrorResult } from "../proto/multi.ts";
import type { WatchedEvent, Watcher } from "../types.ts";
import type { Handle } from "./handle.ts";
import { measure } from "./measuring.ts";
import type { Pending } from "./pending.ts";

/** Tells a request's owner, unless it has given the request up. */
export function complete(
  zh: Handle,
  pending: Pending,
  rc: number,
  value: unknown,
  stat: unknown,
): void {
  const completion = pending.completion as ((rc: number, ...values: unknown[]) => void) | null;
  if (completion === null) return;
  pending.completion = null;
  pending.whenDone?.();
  if (pending.stamp !== null) measure(zh, pending, errorName(rc));
  // Whoever makes an error of the code asks for this.
  if (rc !== Rc.OK) zh.completing = pending;
  try {
    completion(rc, value, stat);
  } catch (error) {
    zh.settings.onError(error);
  }
}

/** Tells a request's owner that it failed here. Each operation of a multi gets the code too. */
export function completeFailed(zh: Handle, pending: Pending): void {
  const { rc, ops } = pending;
  const results = Array.from({ length: ops }, (): ErrorResult => ({ type: "error", rc }));
  complete(zh, pending, rc, ops === 0 ? null : results, null);
}

/** A multi's own code: that of the operation that failed, for those after it have another. */
export function multiCode(results: readonly { type: string; rc?: number }[]): number {
  const failed = (rc: number | undefined) => rc !== undefined && rc !== Rc.OK;
  const first = results.find(({ rc }) => failed(rc));
  return first?.rc ?? Rc.OK;
}

/** Tells watchers of an event. */
export function tellWatchers(zh: Handle, event: WatchedEvent, watchers: Iterable<Watcher>): void {
  if (event.type !== "Session") zh.counters.events++;
  if (zh.metrics !== null && event.type !== "Session") zh.metrics.event(event.type);
  for (const watcher of watchers) {
    try {
      watcher(event);
    } catch (error) {
      zh.settings.onError(error);
    }
  }
}
