/**
 * The load: DEPTH operations outstanding until N are done, once with promises and once with
 * callbacks. One of the DEPTH is timed, which at depth 1 is every operation and at depth 256 costs
 * next to nothing.
 */
import type { Meter } from "./meter.ts";
import type { Task } from "./task.ts";

/** DEPTH workers, each of which awaits one operation after the other. */
export async function loadPromises(
  { count, depth }: Task,
  meter: Meter,
  operation: () => Promise<unknown>,
): Promise<void> {
  let left = count;

  async function work(): Promise<void> {
    while (left-- > 0) await operation();
  }

  async function workTimed(): Promise<void> {
    while (left-- > 0) {
      const start = performance.now();
      await operation();
      meter.latencies.push(performance.now() - start);
    }
  }

  meter.start();
  await Promise.all([workTimed(), ...Array.from({ length: depth - 1 }, work)]);
}

/** What takes an operation's result: its code, and one or two values. */
export type Completion = (rc: number, value: unknown, stat?: unknown) => void;

/** DEPTH chains of callbacks, each of which submits the next operation when one is done. */
export function loadCallbacks(
  { count, depth }: Task,
  meter: Meter,
  submit: (completion: Completion) => void,
): Promise<void> {
  return new Promise((resolve) => {
    let left = count;
    let pending = count;
    let start = 0;

    function done(rc: number, value: unknown, stat: unknown): void {
      if (note(rc, value, stat)) submit(done);
    }

    function timedDone(rc: number, value: unknown, stat: unknown): void {
      const end = performance.now();
      meter.latencies.push(end - start);
      start = end;
      if (note(rc, value, stat)) submit(timedDone);
    }

    /** Takes note of a result; returns whether there is another operation to submit. */
    function note(rc: number, value: unknown, stat: unknown): boolean {
      kept.value = value;
      kept.stat = stat;
      if (rc !== 0) throw new Error(`An operation failed with ${rc}`);
      if (--pending === 0) resolve();
      return left-- > 0;
    }

    meter.start();
    start = performance.now();
    for (let i = 0; i < depth; i++) if (left-- > 0) submit(i === 0 ? timedDone : done);
  });
}

/** Results are kept for a moment, lest the compiler find them unused and leave them out. */
const kept: { value: unknown; stat: unknown } = { value: null, stat: null };
