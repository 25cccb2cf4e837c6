/** What a call may be told, and that it is told nothing else. */
import type { Metadata } from "../metadata.ts";
import type { CallContext } from "./context.ts";

/** tiny_rpc's kind of control over a call; an `RpcController` is one. */
export interface CallController {
  /** Told why the call has failed. */
  setFailed(reason: string): void;
  /** Whether it is to be cancelled before it has begun. */
  isCanceled(): boolean;
  /** Takes what cancels the call. */
  notifyOnCancel(cancel: () => void): void;
}

/** Options of a call. */
export interface RpcCallOptions {
  /** Ends the call, which rejects with its reason; one that is aborted already sends nothing. */
  signal?: AbortSignal;
  /** How long the caller waits, ms; the channel's, 5,000 unless given there. 0 and Infinity: for ever. */
  timeout?: number;
  /** What travels beside the request. */
  metadata?: Metadata;
  /** Whether it may run twice; as the method says unless given. */
  idempotent?: boolean;
  /** What balancers that hash go by: the same key, the same instance. */
  hashKey?: string | Uint8Array;
  /** Whether to wait until the deadline for an instance that can be reached. false. */
  waitForReady?: boolean;
  /** Told of a failure, and able to cancel. */
  controller?: CallController;
  /** Given the metadata that comes ahead of the response. What it throws rejects the call. */
  onHeaders?: (metadata: Metadata) => void;
  /** Given the metadata at the end of the response. What it throws rejects the call. */
  onTrailers?: (metadata: Metadata) => void;
  /**
   * The call that this one is made for, a handler's `ctx`: it ends with that one. Unless given, the one
   * whose handler is running; null for none.
   */
  parent?: CallContext | null;
}

/** Checks of each option; undefined is an option not given. */
const checks: Readonly<Record<keyof RpcCallOptions, (value: never) => void>> = {
  signal: (value: unknown) => {
    if (!(value instanceof AbortSignal)) throw wrong("signal", "an AbortSignal");
  },
  timeout: checkTimeout,
  metadata: (value: Metadata) => {
    // What is in it is checked when it is copied.
    if (typeof value !== "object" || value === null) throw wrong("metadata", "an object");
  },
  idempotent: (value: unknown) => checkBoolean("idempotent", value),
  hashKey: (value: unknown) => {
    if (typeof value === "string" || value instanceof Uint8Array) return;
    throw wrong("hashKey", "a string or a Uint8Array");
  },
  waitForReady: (value: unknown) => checkBoolean("waitForReady", value),
  controller: (value: CallController) => {
    const { setFailed, isCanceled, notifyOnCancel } = value ?? {};
    for (const one of [setFailed, isCanceled, notifyOnCancel]) {
      if (typeof one !== "function") throw wrong("controller", "an RpcController");
    }
  },
  onHeaders: (value: unknown) => checkFunction("onHeaders", value),
  onTrailers: (value: unknown) => checkFunction("onTrailers", value),
  parent: (value: CallContext | null) => {
    if (value === null || typeof value?.deadline === "number") return;
    throw wrong("parent", "a handler's context, or null");
  },
};

/**
 * Checks a call's options.
 *
 * @throws {TypeError} for one that there is not, or that is not what it should be.
 * @throws {RangeError} for a timeout below 0.
 */
export function checkCallOptions(options: RpcCallOptions): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError("A call's options must be an object");
  }
  for (const name of Object.keys(options) as (keyof RpcCallOptions)[]) {
    if (!Object.hasOwn(checks, name)) {
      const allowed = Object.keys(checks).join(", ");
      throw new TypeError(`A call has no option ${JSON.stringify(name)}; it has ${allowed}`);
    }
    const value = options[name];
    if (value !== undefined) checks[name](value as never);
  }
}

/**
 * Checks a timeout.
 *
 * @throws {TypeError} for what is no number.
 * @throws {RangeError} for one below 0.
 */
export function checkTimeout(value: unknown): void {
  if (typeof value !== "number") throw wrong("timeout", "a number of ms");
  if (!(value >= 0)) {
    throw new RangeError(`The option "timeout" must be 0 ms or more, not ${value}`);
  }
}

function checkBoolean(name: string, value: unknown): void {
  if (typeof value !== "boolean") throw wrong(name, "true or false");
}

function checkFunction(name: string, value: unknown): void {
  if (typeof value !== "function") throw wrong(name, "a function");
}

function wrong(name: string, wanted: string): TypeError {
  return new TypeError(`The option "${name}" must be ${wanted}`);
}
