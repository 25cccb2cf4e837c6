/**
 * Stand-ins for the functions of `@std/async` that this project uses, for places where JSR is out
 * of reach. Same names, signatures and behaviour.
 *
 * @module
 */

/** How {@linkcode delay} waits. */
export interface DelayOptions {
  /** Ends the wait early: the promise rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Whether the wait keeps the process alive: `true` by default. */
  persistent?: boolean;
}

/** How {@linkcode deadline} waits. */
export interface DeadlineOptions {
  /** Ends the wait early: the promise rejects with the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Resolves after a time.
 *
 * @param ms The time, in milliseconds.
 * @param options A signal to end it early, and whether it keeps the process alive.
 * @returns A promise of the end of that time.
 */
export function delay(ms: number, options: DelayOptions = {}): Promise<void> {
  const { signal, persistent = true } = options;
  if (signal?.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const timer = timeout(ms, persistent, () => {
      signal?.removeEventListener("abort", abort);
      resolve();
    });
    function abort() {
      timer.clear();
      reject(signal?.reason);
    }
    signal?.addEventListener("abort", abort, { once: true });
  });
}

/**
 * Settles as a promise does, or rejects with a `TimeoutError` when that takes too long.
 *
 * @typeParam T What the promise resolves to.
 * @param p The promise to wait for. It goes on after the deadline: nothing can stop it from here.
 * @param ms How long to wait, in milliseconds.
 * @param options A signal to end the wait early.
 * @returns What the promise resolves to, in time.
 */
export function deadline<T>(
  p: Promise<T>,
  ms: number,
  options: DeadlineOptions = {},
): Promise<T> {
  const { signal } = options;
  if (signal?.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const timer = timeout(ms, true, () => {
      settle();
      reject(new DOMException("Signal timed out.", "TimeoutError"));
    });
    function abort() {
      settle();
      reject(signal?.reason);
    }
    function settle() {
      timer.clear();
      signal?.removeEventListener("abort", abort);
    }
    signal?.addEventListener("abort", abort, { once: true });
    p.then(resolve, reject).finally(settle);
  });
}

/** A timer of any length. The platform's own takes no more than 2^31 - 1 milliseconds. */
function timeout(ms: number, persistent: boolean, done: () => void): { clear(): void } {
  const end = Date.now() + ms;
  const longest = 2 ** 31 - 1;
  let id: ReturnType<typeof setTimeout>;
  function arm(left: number) {
    id = left > longest
      ? setTimeout(() => arm(end - Date.now()), longest)
      : setTimeout(done, Math.max(0, Math.trunc(left) || 0));
    if (!persistent) Deno.unrefTimer(id);
  }
  arm(ms);
  return { clear: () => clearTimeout(id) };
}
