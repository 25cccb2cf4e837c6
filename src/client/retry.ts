/**
 * What may be repeated. An operation whose connection was lost may have been carried out. So what
 * was sent is repeated if it does no harm twice, because it only reads, or says how things are to be;
 * and everything is that was never sent, or that the server has refused unread. Never past the end
 * of the session that it was asked in: what has been forgotten with that, only the caller knows.
 */
import { ZooKeeperError } from "../errors.ts";
import { Rc, Xid } from "../proto/constants.ts";
import type { Pending } from "../session/pending.ts";
import type { RetryOptions } from "../types.ts";

/** How often an operation may be sent; null stands for once. */
export type Retry = Required<RetryOptions> | null;

/** How often unless it is said. */
const attemptsDefault = 5;

/** Reads the option `retry`. */
export function readRetry(given: boolean | RetryOptions): Retry {
  if (typeof given === "boolean") return given ? { attempts: attemptsDefault } : null;
  const isObject = typeof given === "object" && given !== null;
  const stray = isObject ? Object.keys(given).find((key) => key !== "attempts") : undefined;
  if (!isObject || stray !== undefined) {
    const shown = stray ?? (given === null ? "null" : typeof given);
    throw new TypeError(`The option "retry" must be a boolean or { attempts }, not ${shown}`);
  }
  const { attempts = attemptsDefault } = given;
  if (typeof attempts !== "number") {
    throw new TypeError(`The option "retry.attempts" must be a number, not ${typeof attempts}`);
  }
  if (attempts === Infinity || Number.isInteger(attempts) && attempts >= 1) return { attempts };
  throw new RangeError(
    `The option "retry.attempts" must be a whole number from 1, or Infinity, not ${attempts}`,
  );
}

/** What does no harm when it is carried out twice, by the name that a call has. */
const harmless: ReadonlySet<string> = new Set([
  "exists",
  "getData",
  "getChildren",
  "getChildren2",
  "getACL",
  "sync",
  "carry out multiRead",
  "getEphemerals",
  "getAllChildrenNumber",
  "whoAmI",
  "getConfig",
  "addWatch",
  "removeWatches",
]);

/** Whether an operation may be carried out twice. */
export function isHarmless(operation: string): boolean {
  return harmless.has(operation);
}

/** Why a request has failed, as far as repeating it goes. */
export type Failing =
  /** The server has not carried it out, for it is busy. */
  | "throttled"
  /** The server has not carried it out, for the session is elsewhere now. */
  | "moved"
  /** It was on its way when the connection was lost. */
  | "lost"
  /** It had not left when the connection was lost. */
  | "unsent"
  /** It was carried out, or never will be. */
  | "final";

/** Why a request has failed. */
export function failingOf({ rc: local, sent, xid }: Pending, rc: number): Failing {
  // An authentication stays, and is sent on each connection to come.
  if (xid === Xid.auth) return "final";
  if (rc === Rc.THROTTLEDOP) return "throttled";
  if (rc === Rc.SESSIONMOVED) return "moved";
  if (local === Rc.OK || !losses.includes(rc)) return "final";
  return sent ? "lost" : "unsent";
}

/** Whether an operation has failed so that it may, or may not, have been carried out. */
export function isLost(error: unknown): boolean {
  return error instanceof ZooKeeperError && error.sent && losses.includes(error.rc);
}

/** What a request fails with when its connection is lost, by the reason. */
const losses: readonly number[] = [
  Rc.CONNECTIONLOSS,
  Rc.OPERATIONTIMEOUT,
  Rc.RUNTIMEINCONSISTENCY,
];

/** How long a server that is busy is left alone before the n-th repetition, ms; half of it is chance. */
export function pauseBefore(repetition: number, random: number): number {
  const pause = Math.min(pauseMax, pauseFirst * 2 ** (repetition - 1));
  return pause / 2 * (1 + random);
}

const pauseFirst = 100;
const pauseMax = 5000;
