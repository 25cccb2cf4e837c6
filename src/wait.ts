/**
 * wait and wake: what stands in for poll(2), which Deno lacks. A read there completes instead of
 * signalling that it could, so the session keeps one read armed, and its completion wakes whoever
 * waits.
 *
 * One promise a wait and one timer a session, armed at the earliest deadline and left alone while
 * deadlines move away: a race of promises would leak, a timer for each wait would cost more than a
 * whole operation.
 */
import { type Handle, isConnected, isOver, type Waiter } from "./session/handle.ts";
import { canUnpark } from "./session/room.ts";
import { deadline, hasUndispatched, judgementDeadline } from "./session/time.ts";
import { type Events, READ, WRITE } from "./types.ts";

/**
 * Waits until process() has something to do: a read or write has completed, something was
 * submitted, a deadline has come. Resolves with the events, 0 for a deadline and after the end.
 *
 * @throws {TypeError} when the session is being waited for already.
 */
export function wait(zh: Handle, signal?: AbortSignal): Promise<Events> {
  if (zh.waiter !== null) {
    throw new TypeError("Cannot wait for the session twice at once: another wait() is not over");
  }
  if (signal?.aborted) return Promise.reject(signal.reason);
  const events = readyNow(zh);
  if (events !== 0 || isOver(zh)) return Promise.resolve(events);
  const waiting = new Promise<Events>((resolve, reject) => {
    zh.waiter = signal === undefined ? { woken: resolve } : abortable(zh, signal, resolve, reject);
  });
  arm(zh);
  return waiting;
}

/** As {@link wait}, for the one who steps in while nobody drives a session that is closing. */
export function waitToClose(zh: Handle): Promise<void> {
  if (readyNow(zh) !== 0 || isOver(zh)) return Promise.resolve();
  const waiting = new Promise<void>((resolve) => zh.closer = { woken: () => resolve() });
  arm(zh);
  return waiting;
}

/**
 * Wakes whoever waits: something has completed or was submitted. Not while something is left to be
 * told: that takes a turn of the event loop first, and the turn wakes.
 */
export function wake(zh: Handle, events: Events): void {
  if (hasUndispatched(zh) || zh.waiter === null && zh.closer === null) return;
  if (comesLate(zh, events | ready(zh))) deadlineMoved(zh);
  else wakeNow(zh, events);
}

/**
 * Whether the session's deadline has passed and nothing has been read since: process() would judge
 * silence, so Deno must have its turn before.
 */
function comesLate(zh: Handle, events: Events): boolean {
  return events === WRITE && zh.connection !== null &&
    judgementDeadline(zh) <= zh.platform.clock.now();
}

/** Wakes whoever waits as soon as may be: at once, or after the turn that telling takes. */
export function stir(zh: Handle): void {
  if (zh.waiter === null && zh.closer === null) return;
  if (hasUndispatched(zh)) armTurn(zh);
  else wake(zh, WRITE);
}

function wakeNow(zh: Handle, events: Events): void {
  const { waiter, closer } = zh;
  if (waiter === null && closer === null) return;
  zh.waiter = zh.closer = null;
  const all = events | ready(zh);
  waiter?.woken(all);
  closer?.woken(all);
}

/** What a wait() can resolve with at once; 0 while a turn must pass first. */
export function readyNow(zh: Handle): Events {
  if (hasUndispatched(zh)) return 0;
  const events = ready(zh);
  return comesLate(zh, events) ? 0 : events;
}

/** What process() would find done, or could do at once. */
export function ready(zh: Handle): Events {
  const { connection } = zh;
  if (connection === null) {
    const isToMove = zh.serversChanged && zh.dial !== null && zh.lookup === null;
    const isDialled = zh.probe === null ? zh.dial?.done : zh.probe.done;
    return isDialled || zh.lookup?.done || isToMove ? WRITE : 0;
  }
  const writable = !connection.writing && hasToSend(zh);
  // A change of the list of servers: its lookup is to be begun, or has ended.
  const isToMove = zh.serversChanged && (zh.lookup === null || zh.lookup.done);
  const isDone = zh.search.isReady || zh.sasl?.done;
  return connection.ready | (writable || isToMove || isDone ? WRITE : 0);
}

/** What the session waits for. */
export function wanted(zh: Handle): Events {
  const { connection } = zh;
  if (isOver(zh)) return 0;
  if (connection === null) return zh.dial === null ? 0 : READ | WRITE;
  return READ | (connection.writing || hasToSend(zh) ? WRITE : 0);
}

function hasToSend(zh: Handle): boolean {
  if (zh.connection!.front.size > 0) return true;
  return isConnected(zh) && (zh.toSend.size > 0 || canUnpark(zh));
}

/** Arms what will wake the session by itself: its deadline, or the next turn. */
export function arm(zh: Handle): void {
  if (hasUndispatched(zh)) armTurn(zh);
  else armTimer(zh);
}

/** Wakes the session on the next turn; by then all know what they were told before it. */
export function armTurn(zh: Handle): void {
  zh.turn ??= zh.platform.clock.turn(() => {
    zh.turn = null;
    zh.run = null;
    wakeNow(zh, READ);
  });
}

function armTimer(zh: Handle): void {
  const at = deadline(zh);
  if (zh.timer !== null && zh.timerAt <= at || at === Infinity) return;
  startTimer(zh, at, at <= zh.platform.clock.now());
}

/**
 * Before silence is judged, Deno gets one turn of setTimeout(0), `given` says whether it has had it:
 * only that lets a read win whose bytes came while the application was busy.
 */
function startTimer(zh: Handle, at: number, given: boolean): void {
  zh.timer?.[Symbol.dispose]();
  zh.timerAt = at;
  zh.timer = zh.platform.clock.timer(at, () => {
    zh.timer = null;
    if (zh.waiter === null && zh.closer === null) return;
    const now = zh.platform.clock.now();
    if (hasUndispatched(zh) || deadline(zh) > now) arm(zh);
    else if (!given && judgementDeadline(zh) <= now) startTimer(zh, now, true);
    else wakeNow(zh, 0);
  });
  if (!zh.refed) zh.timer.unref?.();
}

/** A deadline may have come nearer: whoever waits must be woken in time. */
export function deadlineMoved(zh: Handle): void {
  const waiter = zh.waiter ?? zh.closer;
  if (waiter?.deadlineMoved !== undefined) waiter.deadlineMoved();
  else if (waiter !== null) arm(zh);
}

/** Whether the session's transport and timer keep the process alive. */
export function setRef(zh: Handle, refed: boolean): void {
  zh.refed = refed;
  if (refed) zh.connection?.transport.ref?.();
  else zh.connection?.transport.unref?.();
  zh.timer?.[Symbol.dispose]();
  zh.timer = null;
  zh.waiter?.refChanged?.();
  deadlineMoved(zh);
}

/** Nothing will wake the session any more. */
export function disarm(zh: Handle): void {
  zh.timer?.[Symbol.dispose]();
  zh.turn?.[Symbol.dispose]();
  zh.timer = zh.turn = null;
}

function abortable(
  zh: Handle,
  signal: AbortSignal,
  resolve: (events: Events) => void,
  reject: (reason: unknown) => void,
): Waiter {
  const abort = () => {
    if (zh.waiter === waiter) zh.waiter = null;
    reject(signal.reason);
  };
  const waiter = {
    woken(events: Events) {
      signal.removeEventListener("abort", abort);
      resolve(events);
    },
  };
  signal.addEventListener("abort", abort, { once: true });
  return waiter;
}
