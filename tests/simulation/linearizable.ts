/**
 * Whether a history of one register is linearizable: whether its operations can be put in one order,
 * each at some time between its call and its end, in which all of them say what they said. The
 * register is read, set, and compared and set by its version, as a znode's data is.
 *
 * The search is Wing and Gong's with Lowe's memory: it goes on from each set of operations done and
 * each state once only. An operation whose outcome nobody knows may have happened at any time after
 * its call, or never.
 */

/** One operation on a register. Times are of one clock, or places in one order. */
export interface RegisterOperation {
  readonly called: number;
  /** Infinity where its outcome is not known. */
  readonly ended: number;
  readonly did:
    | { readonly type: "read"; readonly value: string; readonly version: number }
    | {
      readonly type: "write";
      readonly value: string;
      /** -1 for any. */
      readonly expected: number;
      /** The version it made; "BADVERSION"; null where the outcome is not known. */
      readonly result: number | "BADVERSION" | null;
    };
}

/** What a register holds. */
export interface RegisterState {
  readonly value: string;
  readonly version: number;
}

/**
 * Null if the history is linearizable; otherwise how far the best order came, and what could not
 * come next.
 */
export function findAnomaly(
  history: readonly RegisterOperation[],
  initial: RegisterState,
): string | null {
  const ops = history.toSorted((a, b) => a.called - b.called);
  const seen = new Set<string>();
  const stack: Place[] = [{ from: 0, ahead: [], state: initial }];
  let best: Place = stack[0]!;
  for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
    if (doneBy(place) > doneBy(best)) best = place;
    const next = candidates(ops, place);
    if (next === null) return null;
    for (const index of next) {
      const state = after(ops[index]!, place.state);
      if (state === null) continue;
      const reached = advanced(place, index, state);
      const key = `${reached.from} ${reached.ahead} ${state.version} ${state.value}`;
      if (seen.has(key)) continue;
      seen.add(key);
      stack.push(reached);
    }
  }
  return describe(ops, best);
}

/** A place in the search: the operations before `from` are done or never will be, and some ahead. */
interface Place {
  readonly from: number;
  readonly ahead: readonly number[];
  readonly state: RegisterState;
}

function doneBy({ from, ahead }: Place): number {
  return from + ahead.length;
}

/** Which operations may come next: those called before any that is not done has ended; null at the end. */
function candidates(ops: readonly RegisterOperation[], { from, ahead }: Place): number[] | null {
  let end = Infinity;
  const open: number[] = [];
  for (let i = from; i < ops.length; i++) {
    const op = ops[i]!;
    if (op.called > end) break;
    if (ahead.includes(i)) continue;
    open.push(i);
    end = Math.min(end, op.ended);
  }
  // What is left over may never have happened.
  if (end === Infinity) return null;
  return open;
}

function advanced({ from, ahead }: Place, done: number, state: RegisterState): Place {
  const all = [...ahead, done].sort((a, b) => a - b);
  while (all[0] === from) {
    all.shift();
    from++;
  }
  return { from, ahead: all, state };
}

/** The state behind an operation, or null if it could not have said there what it said. */
function after({ did }: RegisterOperation, state: RegisterState): RegisterState | null {
  if (did.type === "read") {
    return did.value === state.value && did.version === state.version ? state : null;
  }
  const fits = did.expected === -1 || did.expected === state.version;
  if (did.result === "BADVERSION") return fits ? null : state;
  // One that would have failed and is not known to have done anything, is left out.
  if (!fits) return null;
  const version = state.version + 1;
  return did.result === null || did.result === version ? { value: did.value, version } : null;
}

function describe(ops: readonly RegisterOperation[], { from, ahead, state }: Place): string {
  const next = ops.filter((op, i) => i >= from && !ahead.includes(i) && op.ended < Infinity)
    .slice(0, 3).map(({ called, ended, did }) => `[${called}, ${ended}] ${JSON.stringify(did)}`);
  return `behind ${from + ahead.length} of ${ops.length} operations the register holds ` +
    `${JSON.stringify(state)}, and none of these can come next: ${next.join(", ")}`;
}
