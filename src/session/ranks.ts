/**
 * In which order the servers of an SRV record are tried (RFC 2782): those of the least priority
 * before all others, and among them by chance, each as often the first as its weight says.
 */
import type { Endpoint, SrvRecord } from "../types.ts";

/** The priorities of servers that were found through SRV records; all others have none. */
const priorities = new WeakMap<Endpoint, number>();

/** Notes what priority a server has. */
export function setPriority(server: Endpoint, priority: number): void {
  priorities.set(server, priority);
}

/** For sorting: those to be tried before the others first. */
export function byPriority(a: Endpoint, b: Endpoint): number {
  return (priorities.get(a) ?? 0) - (priorities.get(b) ?? 0);
}

/** Records in the order in which their servers are to be tried. */
export function ranked(records: readonly SrvRecord[], random: () => number): SrvRecord[] {
  // Who waits for an event that comes `weight` times as often, waits for a shorter time as often.
  const drawn = records.map((record) => {
    const { priority, weight } = record;
    return { record, priority, wait: -Math.log(1 - random()) / (weight || weightless) };
  });
  drawn.sort((a, b) => a.priority - b.priority || a.wait - b.wait);
  return drawn.map(({ record }) => record);
}

/** A weight of 0 among others is to have a very small chance. */
const weightless = 1e-3;
