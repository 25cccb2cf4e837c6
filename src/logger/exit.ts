/**
 * The last moments of a process.
 *
 * @module
 */

/** When a process ends, or is about to because of an error that nobody has caught. */
const events = ["unload", "error", "unhandledrejection"] as const;

/** Calls `act` at those moments, until disposed. What happens then otherwise happens all the same. */
export function atExit(act: () => void): Disposable {
  for (const event of events) globalThis.addEventListener(event, act);
  return {
    [Symbol.dispose]: () => {
      for (const event of events) globalThis.removeEventListener(event, act);
    },
  };
}

/** Calls `act` on a hangup, which then no longer ends the process, until disposed. */
export function onHangup(act: () => void): Disposable {
  try {
    Deno.addSignalListener("SIGHUP", act);
  } catch {
    // There are systems and threads without signals.
    return { [Symbol.dispose]: () => {} };
  }
  return { [Symbol.dispose]: () => Deno.removeSignalListener("SIGHUP", act) };
}
