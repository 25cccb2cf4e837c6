/** The options of a TestServer, checked and completed with the defaults. */
import { maxBufferDefault } from "../proto/constants.ts";
import type { Logger } from "../types.ts";
import { digestOf } from "./requests/access.ts";

/** The most that an int on the wire can be. */
const intMax = 0x7fffffff;

/** Which server to be like; "3.8" is 3.8.0, "3.9" is 3.9.5. */
export type ServerVersion = "3.8" | "3.9";

/** Options of a `TestServer`. */
export interface TestServerOptions {
  /** The server's tick, ms; sessions last 2 to 20 of them. 2,000. */
  tickTime?: number;
  /** Which server to be like. "3.9". */
  version?: ServerVersion;
  /** The shortest session timeout granted, ms; two ticks unless given. */
  minSessionTimeout?: number;
  /** The longest session timeout granted, ms; twenty ticks unless given. */
  maxSessionTimeout?: number;
  /** The longest frame accepted, bytes (jute.maxbuffer). 1,048,575. */
  maxBuffer?: number;
  /** Connections at once; further ones are closed. 10,000. */
  maxConnections?: number;
  /** Whether znodes may have a TTL (zookeeper.extendedTypesEnabled). true. */
  extendedTypes?: boolean;
  /** Who authenticates with digest `super:<this>` may do anything; nobody unless given. */
  superPassword?: string;
  /** Whether the server is one of an ensemble that can be reconfigured. false: a standalone one. */
  reconfig?: boolean;
  /** How often empty containers and znodes past their TTL are looked for, ms. 60,000. */
  containerInterval?: number;
  /** Runs on the real clock also in memory; `listen()` turns it on. false. */
  realTime?: boolean;
  /** Makes session ids, passwords and `platform.random()` the same each time. 1; random in real time. */
  seed?: number;
  /** What an earlier server's `snapshot()` gave: its znodes and sessions go on. */
  snapshot?: Uint8Array;
  /** Told of connections that are closed: too many, not reading, or sending what makes no sense. */
  logger?: Logger;
}

/** The options, all decided. */
export interface Settings {
  readonly tickTime: number;
  readonly version: ServerVersion;
  readonly minSessionTimeout: number;
  readonly maxSessionTimeout: number;
  readonly maxBuffer: number;
  readonly maxConnections: number;
  readonly extendedTypes: boolean;
  readonly superDigest: string | null;
  readonly reconfig: boolean;
  readonly containerInterval: number;
  readonly realTime: boolean;
  readonly seed: number;
  readonly snapshot: Uint8Array | null;
  readonly logger: Logger;
}

/**
 * Checks the options.
 *
 * @throws {TypeError} for one that there is not, or of the wrong kind.
 * @throws {RangeError} for a number that is out of range.
 */
export function settle(options: TestServerOptions): Settings {
  check(options);
  const { tickTime = 2000, superPassword, realTime = false } = options;
  const settings: Settings = {
    tickTime,
    version: options.version ?? "3.9",
    minSessionTimeout: options.minSessionTimeout ?? 2 * tickTime,
    maxSessionTimeout: options.maxSessionTimeout ?? 20 * tickTime,
    maxBuffer: options.maxBuffer ?? maxBufferDefault,
    maxConnections: options.maxConnections ?? 10_000,
    extendedTypes: options.extendedTypes ?? true,
    superDigest: superPassword === undefined ? null : digestOf(`super:${superPassword}`),
    reconfig: options.reconfig ?? false,
    containerInterval: options.containerInterval ?? 60_000,
    realTime,
    seed: options.seed ?? (realTime ? Math.random() * 2 ** 32 : 1),
    snapshot: options.snapshot ?? null,
    logger: options.logger ?? {},
  };
  const { minSessionTimeout: least, maxSessionTimeout: most } = settings;
  if (least <= most) return settings;
  throw new RangeError(
    `The option minSessionTimeout (${least}) is over maxSessionTimeout (${most}); unless given ` +
      "they are 2 and 20 times tickTime",
  );
}

function check(options: TestServerOptions): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`The options must be an object, not ${options && typeof options}`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(checks, name)) {
      const known = Object.keys(checks).join(", ");
      throw new TypeError(`There is no option "${name}"; there are ${known}`);
    }
    if (value !== undefined) checks[name as keyof TestServerOptions](name, value);
  }
}

type Check = (name: string, value: unknown) => void;

const checks: Readonly<Record<keyof TestServerOptions, Check>> = {
  // Twenty ticks have to fit the wire.
  tickTime: wholeUpTo(Math.trunc(intMax / 20)),
  version: oneOf("3.8", "3.9"),
  minSessionTimeout: wholeUpTo(intMax),
  maxSessionTimeout: wholeUpTo(intMax),
  maxBuffer: wholeUpTo(intMax),
  maxConnections: wholeUpTo(intMax),
  extendedTypes: oneOf(true, false),
  superPassword: typed("string"),
  reconfig: oneOf(true, false),
  containerInterval: wholeUpTo(intMax),
  realTime: oneOf(true, false),
  seed: (name, value) => {
    typed("number")(name, value);
    if (!Number.isFinite(value)) throw new RangeError(`The option "${name}" must not be ${value}`);
  },
  snapshot: (name, value) => {
    if (value instanceof Uint8Array) return;
    throw new TypeError(`The option "${name}" must be a Uint8Array, as snapshot() returns it`);
  },
  logger: typed("object"),
};

function wholeUpTo(most: number): Check {
  return (name, value) => {
    typed("number")(name, value);
    if (Number.isInteger(value) && value as number > 0 && value as number <= most) return;
    throw new RangeError(
      `The option "${name}" must be a whole number of 1 to ${most}, not ${value}`,
    );
  };
}

function oneOf(...allowed: unknown[]): Check {
  const list = allowed.map((one) => typeof one === "string" ? `"${one}"` : one).join(" or ");
  return (name, value) => {
    if (allowed.includes(value)) return;
    throw new TypeError(`The option "${name}" must be ${list}, not ${value}`);
  };
}

function typed(type: "number" | "string" | "object"): Check {
  return (name, value) => {
    if (typeof value === type && value !== null) return;
    const article = type === "object" ? "an" : "a";
    throw new TypeError(
      `The option "${name}" must be ${article} ${type}, not ${
        value === null ? null : typeof value
      }`,
    );
  };
}
