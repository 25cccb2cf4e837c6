/**
 * Which call is being handled: calls that a handler makes end with the one it answers, and need not be
 * told so. What a handler awaits keeps it, however many functions deep.
 */
import { AsyncLocalStorage } from "node:async_hooks";

/** What a call that is being handled hands on to those made for it. A handler's `ctx` is one. */
export interface CallContext {
  /** When its caller gives up, ms on the platform's clock; Infinity for never. */
  readonly deadline: number;
  /** Aborts when its caller is gone, or has lost interest. */
  readonly signal: AbortSignal;
}

/** A call whose handler runs, or has run. */
export interface Handled extends CallContext {
  /**
   * Whether its handler has come to its end. What that has begun and left behind, a loop that refreshes
   * a cache say, is for this call no more, and lives on when its time is over.
   */
  readonly finished: boolean;
}

const contexts = new AsyncLocalStorage<Handled>();
/** To run in a context costs a tenth of all that a server does for a call, so somebody must want it. */
let wanted = false;

/** There is a client: calls that are handled from now on hand on what they are. */
export function want(): void {
  wanted = true;
}

/** Calls a function, and has all that it begins know which call it is for. */
export function run<T>(context: Handled, handle: () => T): T {
  return wanted ? contexts.run(context, handle) : handle();
}

/** The call that is being handled, if one is. */
export function current(): CallContext | undefined {
  const context = contexts.getStore();
  return context?.finished ? undefined : context;
}
