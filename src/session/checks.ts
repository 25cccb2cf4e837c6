/** What a caller may get wrong, found at the call: each check says what was given and what may be. */
import { Rc, ttlMax } from "../proto/constants.ts";
import { addWatchModes, createFlags, watcherTypes } from "../proto/modes.ts";
import { type Handle, hasEnded, type Refusal } from "./handle.ts";
import { pathProblem } from "../proto/paths.ts";
import { refuse, type RequestOptions } from "./submitting.ts";

/** 0 if the request may be made; -9 (the session is at its end) or -8 (something is wrong). */
export function accept(
  zh: Handle,
  problem: Refusal | null,
  completion: unknown,
  options: RequestOptions | undefined,
): number {
  const wrong = problem ?? checkFunction(completion, "completion") ?? checkOptions(options);
  if (wrong !== null) return refuse(zh, wrong);
  const { scope } = zh;
  const over = zh.closing || hasEnded(zh) || scope.parent !== null && scope.closed;
  return over ? Rc.INVALIDSTATE : 0;
}

export function checkPath(path: string): Refusal | null {
  const problem = pathProblem(path);
  return problem === null ? null : wrong(`The path ${quote(path)} is not valid: ${problem}`);
}

/** A sequential znode's path may end in "/": its name is then the number alone. */
export function checkCreatePath(path: string, mode: string): Refusal | null {
  const sequential = typeof mode === "string" && mode.includes("SEQUENTIAL");
  return checkPath(sequential && typeof path === "string" ? `${path}1` : path);
}

export function checkData(data: unknown): Refusal | null {
  if (data === null || typeof data === "string" || data instanceof Uint8Array) return null;
  return wrong(`Data must be a Uint8Array, a string or null, not ${kindOf(data)}`);
}

export function checkAuth(auth: unknown): Refusal | null {
  if (typeof auth === "string" || auth instanceof Uint8Array) return null;
  return wrong(`An authentication must be a Uint8Array or a string, not ${kindOf(auth)}`);
}

export function checkVersion(version: unknown): Refusal | null {
  // A znode set often enough has a negative one, and -1 stands for any.
  return checkInt(version, "A version", -0x80000000, 0x7fffffff);
}

export function checkMode(mode: unknown): Refusal | null {
  return checkName(mode, createFlags, "create mode");
}

export function checkTTL(mode: string, ttl: number | null): Refusal | null {
  const needed = mode.endsWith("_WITH_TTL");
  if (needed && ttl === null) return wrong(`The create mode "${mode}" needs a ttl in ms`);
  if (!needed && ttl !== null) return wrong(`The create mode "${mode}" takes no ttl`);
  return needed ? checkInt(ttl, "A ttl", 1, ttlMax) : null;
}

export function checkAddWatchMode(mode: unknown): Refusal | null {
  return checkName(mode, addWatchModes, "watch mode");
}

export function checkWatcherType(type: unknown): Refusal | null {
  return checkName(type, watcherTypes, "watcher type");
}

export function checkFunction(given: unknown, what: string): Refusal | null {
  return typeof given === "function"
    ? null
    : wrong(`The ${what} must be a function, not ${kindOf(given)}`);
}

export function checkWatcher(watcher: unknown): Refusal | null {
  return watcher === null ? null : checkFunction(watcher, "watcher");
}

export function checkString(given: unknown, what: string): Refusal | null {
  return typeof given === "string"
    ? null
    : wrong(`The ${what} must be a string, not ${kindOf(given)}`);
}

export function checkLong(given: unknown, what: string): Refusal | null {
  return typeof given === "bigint" && BigInt.asIntN(64, given) === given
    ? null
    : wrong(`The ${what} must be a bigint of 64 bits, not ${kindOf(given)}`);
}

/** The first problem among the operations of a multi. */
export function checkAll<T>(ops: readonly T[], check: (op: T) => Refusal | null): Refusal | null {
  if (!Array.isArray(ops)) return wrong(`The operations must be an array, not ${kindOf(ops)}`);
  for (const op of ops) {
    const problem = check(op);
    if (problem !== null) return problem;
  }
  return null;
}

/** An operation that does not belong where it stands. */
export function wrongOp(where: string, allowed: string): Refusal {
  return wrong(`${where} takes what is made by ${allowed} alone`);
}

/** The first of several problems. */
export function first(...problems: (Refusal | null)[]): Refusal | null {
  return problems.find((problem) => problem !== null) ?? null;
}

function checkOptions(options: RequestOptions | undefined): Refusal | null {
  const timeout = options?.timeout;
  if (timeout === undefined) return null;
  if (typeof timeout !== "number") {
    return wrong(`A timeout must be a number of ms, not ${kindOf(timeout)}`);
  }
  return timeout > 0
    ? null
    : { message: `A timeout must be over 0 ms, not ${timeout}`, range: true };
}

export function checkInt(
  given: unknown,
  what: string,
  least: number,
  most: number,
): Refusal | null {
  if (typeof given !== "number") return wrong(`${what} must be a number, not ${kindOf(given)}`);
  if (Number.isInteger(given) && given >= least && given <= most) return null;
  return {
    message: `${what} must be a whole number of ${least} to ${most}, not ${given}`,
    range: true,
  };
}

function checkName(given: unknown, names: Record<string, number>, what: string): Refusal | null {
  if (typeof given === "string" && Object.hasOwn(names, given)) return null;
  return wrong(`The ${what} must be one of ${Object.keys(names).join(", ")}, not ${quote(given)}`);
}

export function wrong(message: string): Refusal {
  return { message, range: false };
}

export function kindOf(given: unknown): string {
  return given === null ? "null" : Array.isArray(given) ? "an array" : typeof given;
}

function quote(given: unknown): string {
  return typeof given === "string" ? JSON.stringify(given) : String(given);
}
