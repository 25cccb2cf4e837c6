/**
 * What a caller may get wrong about a session's options, found at the call: one that is taken for
 * something else fails later, elsewhere, or never, and nobody knows why.
 */
import type { Metrics } from "../metrics.ts";
import { passwordSize } from "../proto/connect.ts";
import type { HandleSettings } from "../session/handle.ts";
import { parseVersion } from "../session/versions.ts";
import type { Logger, Platform, SaslMechanism, Session } from "../types.ts";

/** Checks what the settings of a session have been made of, as far as their types do not say it all. */
export function checkSettings(settings: HandleSettings): void {
  checkRange("sessionTimeout", settings.sessionTimeout, 1, 0x7fffffff, "ms");
  checkRange("maxBuffer", settings.maxBuffer, 1024, 0x7fffffff - 4, "bytes");
  checkFunction("watcher", settings.watcher);
  for (const name of ["readOnly", "renewSession", "shuffle"] as const) {
    checkBoolean(name, settings[name]);
  }
  if (settings.serverVersion !== null) checkServerVersion(settings.serverVersion);
  if (settings.sasl !== null) checkSasl(settings.sasl);
  if (settings.session !== null) checkSession(settings.session);
}

/** Checks one that is true or false: "false" would be taken for true. */
export function checkBoolean(name: string, given: unknown): void {
  if (typeof given === "boolean") return;
  throw new TypeError(`The option "${name}" must be true or false, not ${shown(given)}`);
}

/** Checks the logger, of which all may be absent. */
export function checkLogger(given: Logger | null | undefined): void {
  if ((given ?? null) === null) return;
  if (typeof given === "object" || typeof given === "function") {
    return checkMethods("logger", given!, ["error", "warn", "info", "debug"]);
  }
  throw new TypeError(
    `The option "logger" must be an object with methods error, warn, info, debug, such as console, ` +
      `not ${typeof given}`,
  );
}

/** Checks the metrics, of which all may be absent. */
export function checkMetrics(given: Metrics | undefined): void {
  if (given === undefined) return;
  if (typeof given !== "object" || given === null) {
    throw new TypeError(`The option "metrics" must be an object, not ${given && typeof given}`);
  }
  checkMethods("metrics", given, metricsMethods);
}

const metricsMethods: readonly (keyof Metrics)[] = [
  "begin",
  "request",
  "retry",
  "sent",
  "received",
  "connected",
  "disconnected",
  "session",
  "event",
  "ping",
  "end",
];

/** Checks a platform, or the parts of one. */
export function checkPlatform(given: Partial<Platform> | null | undefined): void {
  if ((given ?? null) === null) return;
  if (typeof given !== "object") {
    throw new TypeError(`The option "platform" must be an object, not ${typeof given}`);
  }
  checkMethods("platform", given!, ["connect", "resolve", "resolveSrv", "random"]);
  const { clock } = given!;
  if (clock === undefined) return;
  const lacking = ["now", "timer", "turn"].find((name) =>
    typeof Object(clock)[name] !== "function"
  );
  if (lacking === undefined) return;
  throw new TypeError(
    `The option "platform.clock" must have the methods now, timer, turn: there is no ${lacking}()`,
  );
}

/** Reads how much may be outstanding. */
export function completeOutstanding(
  given: { requests?: number; bytes?: number },
): { requests: number; bytes: number } {
  const stray = typeof given !== "object"
    ? typeof given
    : Object.keys(given).find((key) => key !== "requests" && key !== "bytes");
  if (stray !== undefined) {
    throw new TypeError(`The option "outstanding" must be { requests, bytes }, not ${stray}`);
  }
  const { requests = 1 << 18, bytes = 1 << 28 } = given;
  checkLimit("outstanding.requests", requests, "requests");
  checkLimit("outstanding.bytes", bytes, "bytes");
  return { requests, bytes };
}

function checkMethods(name: string, given: object, methods: readonly string[]): void {
  for (const method of methods) {
    checkFunction(`${name}.${method}`, (given as Record<string, unknown>)[method] ?? null);
  }
}

/** Checks one that is a function, or null for none. */
export function checkFunction(name: string, given: unknown): void {
  if (given === null || typeof given === "function") return;
  throw new TypeError(`The option "${name}" must be a function, not ${typeof given}`);
}

/** Ids are 64 bits, of which some write the first one as a sign. */
function checkSession({ id, password }: Session): void {
  const isId = typeof id === "bigint" && (id === BigInt.asIntN(64, id) ||
    id === BigInt.asUintN(64, id));
  if (isId && password instanceof Uint8Array && password.length === passwordSize) return;
  throw new TypeError(
    `The option "session" must be { id: bigint, password: Uint8Array of ${passwordSize} bytes }`,
  );
}

function checkSasl({ name, start }: SaslMechanism): void {
  if (typeof name === "string" && typeof start === "function") return;
  throw new TypeError(
    'The option "sasl" must be a mechanism, { name, start(server, signal) }, as digestMd5() makes one',
  );
}

function checkServerVersion(given: string): void {
  if (typeof given === "string" && (given === "detect" || parseVersion(given) !== null)) return;
  throw new TypeError(
    `The option "serverVersion" must be "detect" or a version like "3.4.14" or "3.8", not ${
      typeof given === "string" ? shown(given) : typeof given
    }`,
  );
}

function checkLimit(name: string, value: number, unit: string): void {
  if (value === Infinity || Number.isInteger(value) && value >= 1) return;
  throw new RangeError(
    `The option "${name}" must be a whole number from 1 of ${unit}, or Infinity, not ${
      shown(value)
    }`,
  );
}

function checkRange(name: string, value: number, least: number, most: number, unit: string): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(
    `The option "${name}" must be a whole number of ${least} to ${most} ${unit}, not ${
      shown(value)
    }`,
  );
}

/** A string in quotes: "10" is no number, and should not look like one. */
function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
