/**
 * The load: DEPTH chains of operations side by side until the pace says that it is over, once with
 * promises and once with callbacks. One chain in 16 is timed: at depth 1 that is every operation,
 * and at depth 256 it costs next to nothing.
 */

/** How long a load goes on. */
export interface Pace {
  /** Operations that are done; the load counts them. */
  done: number;
  /** Whether no more are to be begun. */
  readonly over: boolean;
  /** The load begins. */
  begin(): void;
  /** An operation of a timed chain, begun at `start`, is done; returns the present time. */
  lap(start: number): number;
}

/** DEPTH workers, each of which awaits one operation after the other. */
export async function loadPromises(
  depth: number,
  pace: Pace,
  operation: (chain: number) => Promise<unknown>,
): Promise<void> {
  async function work(chain: number): Promise<void> {
    while (!pace.over) {
      await operation(chain);
      pace.done++;
    }
  }

  async function workTimed(chain: number): Promise<void> {
    for (let start = performance.now(); !pace.over; start = pace.lap(start)) {
      await operation(chain);
      pace.done++;
    }
  }

  pace.begin();
  const chains = Array.from({ length: depth }, (_, i) => isTimed(i) ? workTimed(i) : work(i));
  await Promise.all(chains);
}

/** What takes an operation's result: its code, and one or two values. */
export type Completion = (rc: number, value?: unknown, stat?: unknown) => void;

/** DEPTH chains of callbacks, each of which submits the next operation when one is done. */
export function loadCallbacks(
  depth: number,
  pace: Pace,
  submit: (completion: Completion, chain: number) => void,
): Promise<void> {
  return new Promise((resolve) => {
    let running = depth;

    function work(chain: number): void {
      const done: Completion = (rc, value, stat) => {
        note(rc, value, stat);
        next(done, chain);
      };
      submit(done, chain);
    }

    function workTimed(chain: number): void {
      let start = performance.now();
      const done: Completion = (rc, value, stat) => {
        note(rc, value, stat);
        start = pace.lap(start);
        next(done, chain);
      };
      submit(done, chain);
    }

    function note(rc: number, value: unknown, stat: unknown): void {
      if (rc !== 0) throw new Error(`An operation failed with ${rc}`);
      kept.value = value;
      kept.stat = stat;
      pace.done++;
    }

    function next(done: Completion, chain: number): void {
      if (!pace.over) submit(done, chain);
      else if (--running === 0) resolve();
    }

    pace.begin();
    for (let i = 0; i < depth; i++) (isTimed(i) ? workTimed : work)(i);
  });
}

/** So many operations, without any measuring. */
export class Count implements Pace {
  done = 0;

  constructor(readonly count: number) {}

  get over(): boolean {
    return this.done >= this.count;
  }

  begin(): void {}

  lap(start: number): number {
    return start;
  }
}

function isTimed(chain: number): boolean {
  return chain % 16 === 0;
}

/** Results are kept for a moment, lest the compiler find them unused and leave them out. */
const kept: { value: unknown; stat: unknown } = { value: null, stat: null };
