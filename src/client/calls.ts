/**
 * From a completion to a promise. Misuse is thrown at the call; a result code rejects with a
 * ZooKeeperError; an aborted signal rejects with its reason and takes the request back.
 */
import { ZooKeeperError } from "../errors.ts";
import { Rc } from "../proto/constants.ts";
import type { OpResult } from "../proto/multi.ts";
import { Frames } from "../session/again.ts";
import { checkPath as problemOf } from "../session/checks.ts";
import type { Handle } from "../session/handle.ts";
import { forget } from "../session/requests.ts";
import type { Scope } from "../session/scope.ts";
import type { CallOptions } from "../types.ts";
import type { Retry } from "./retry.ts";

/** A session, and the part of it that a ZooKeeper stands for: all of it, or a view. */
export class At {
  /** What is kept of the calls that may be repeated. */
  readonly frames: Frames = new Frames();

  constructor(
    readonly zh: Handle,
    readonly scope: Scope,
    /** How often its calls are sent, unless they say so themselves. */
    readonly retry: Retry,
  ) {}
}

/** A completion that fits every operation of the callback API. */
export type Done<V, S> = (rc: number, value?: V, stat?: S) => void;

/** Calls an operation of the callback API; `take` makes its promise's value of a reply's values. */
export function call<V, S, T>(
  at: At,
  operation: string,
  path: string | null,
  options: CallOptions | undefined,
  submit: (done: Done<V, S>) => number,
  take: (value: V, stat: S) => T,
): Promise<T> {
  if (options !== undefined) checkKeys(operation, options);
  const { zh } = at;
  const signal = options?.signal;
  if (signal?.aborted) return Promise.reject(signal.reason);
  const promise = new Promise<T>(expose);
  const { resolve, reject } = exposed;
  const done: Done<V, S> = (rc, value, stat) => {
    if (rc === Rc.OK) resolve(take(value!, stat!));
    else reject(failure(zh, operation, path, rc, value));
  };
  const refused = inScope(at, submit, done);
  if (refused !== 0) return refuse(zh, operation, path, refused);
  if (signal !== undefined) abortWith(zh, signal, reject);
  return promise;
}

/** What settles the promise made last: one executor for all takes no closures for each. */
const exposed: { resolve: (value: unknown) => void; reject: (reason: unknown) => void } = {
  resolve: () => {},
  reject: () => {},
};

function expose(resolve: (value: never) => void, reject: (reason: unknown) => void): void {
  exposed.resolve = resolve as (value: unknown) => void;
  exposed.reject = reject;
}

/** Calls an operation of the callback API in the name of a view, or of the session itself. */
export function inScope<D>({ zh, scope }: At, submit: (done: D) => number, done: D): number {
  const outer = zh.scope;
  // The session's own calls, which are most, cost nothing more.
  if (outer === scope) return submit(done);
  zh.scope = scope;
  try {
    return submit(done);
  } finally {
    zh.scope = outer;
  }
}

/** A misspelt option, one of another operation's, or a watcher in their place would do nothing. */
export function checkKeys(operation: string, options: CallOptions): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`The options must be an object, not ${options && typeof options}`);
  }
  const own = ownOptions[operation] ?? [];
  // Of each call: pairs of keys and values would cost more than all the rest of this.
  for (const key of Object.keys(options)) {
    if (commonOptions.includes(key) || own.includes(key)) continue;
    if ((options as Record<string, unknown>)[key] === undefined) continue;
    const names = [...commonOptions, ...own].join(", ");
    const name = operation.replace("carry out ", "");
    throw new TypeError(`There is no option "${key}" of ${name}; there are ${names}`);
  }
}

const commonOptions = ["signal", "timeout", "retry"];

/** What some operations have beside those, by the names that calls have. */
const ownOptions: Partial<Record<string, readonly string[]>> = {
  create: ["mode", "acl", "ttl", "protect"],
  create2: ["mode", "acl", "ttl", "protect"],
  exists: ["watch"],
  getData: ["watch"],
  getChildren: ["watch"],
  getChildren2: ["watch"],
  getConfig: ["watch"],
};

/** The error for the code that the completion being called got. */
export function failure(
  zh: Handle,
  operation: string,
  path: string | null,
  rc: number,
  value: unknown,
  sent: boolean = zh.completing!.sent,
): ZooKeeperError {
  const { rc: local } = zh.completing!;
  if (!Array.isArray(value)) return new ZooKeeperError(rc, { operation, path, sent });
  // Only a multi has values when it fails: what became of each of its operations. Those before the
  // one that the server refused have 0; if it failed here, all have its code and none is to blame.
  const results = value as OpResult[];
  const index = local === Rc.OK ? results.findIndex(failed) : null;
  return new ZooKeeperError(rc, { operation, path, sent, results, index });
}

function failed(result: OpResult): boolean {
  return result.type === "error" && result.rc !== Rc.OK;
}

/** Misuse is the caller's and is thrown; the session's end is nobody's fault and rejects. */
export function refuse(
  zh: Handle,
  operation: string,
  path: string | null,
  rc: number,
): Promise<never> {
  if (rc === Rc.INVALIDSTATE) {
    return Promise.reject(new ZooKeeperError(codeOfEnd(zh), { operation, path }));
  }
  const { message, range } = zh.refusal!;
  throw range ? new RangeError(message) : new TypeError(message);
}

/** Throws if a path is not valid. */
export function checkPath(path: string): void {
  const problem = problemOf(path);
  if (problem !== null) throw new TypeError(problem.message);
}

/** Why nothing is accepted any more. */
export function codeOfEnd(zh: Handle): number {
  if (zh.state === "EXPIRED_SESSION") return Rc.SESSIONEXPIRED;
  return zh.state === "AUTH_FAILED" ? zh.authFailure!.rc : Rc.CLOSING;
}

/** Lets the signal take back the request that was submitted last. */
export function abortWith(
  zh: Handle,
  signal: AbortSignal,
  reject: (reason: unknown) => void,
): void {
  const pending = zh.submitted!;
  const abort = () => {
    forget(zh, pending);
    reject(signal.reason);
  };
  signal.addEventListener("abort", abort, { once: true });
  pending.whenDone = () => signal.removeEventListener("abort", abort);
}
