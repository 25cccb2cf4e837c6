/** The options of a TestServer, checked and completed with the defaults. */
import { maxBufferDefault } from "../proto/constants.ts";
import type { Logger } from "../types.ts";
import { digestOf } from "./access.ts";

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
  /** Who authenticates with digest "super:<this>" may do anything; nobody unless given. */
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
  /** Told of connections refused and closed, and of frames that make no sense. */
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
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`The options must be an object, not ${options && typeof options}`);
  }
  const tickTime = wholeNumber(options, "tickTime", 2000);
  const { version = "3.9", superPassword, snapshot } = options;
  if (version !== "3.8" && version !== "3.9") {
    throw new TypeError(`The option "version" must be "3.8" or "3.9", not ${version}`);
  }
  const settings: Settings = {
    tickTime,
    version,
    minSessionTimeout: wholeNumber(options, "minSessionTimeout", 2 * tickTime),
    maxSessionTimeout: wholeNumber(options, "maxSessionTimeout", 20 * tickTime),
    maxBuffer: wholeNumber(options, "maxBuffer", maxBufferDefault),
    maxConnections: wholeNumber(options, "maxConnections", 10_000),
    extendedTypes: options.extendedTypes ?? true,
    superDigest: superPassword === undefined ? null : digestOf(`super:${superPassword}`),
    reconfig: options.reconfig ?? false,
    containerInterval: wholeNumber(options, "containerInterval", 60_000),
    realTime: options.realTime ?? false,
    seed: options.seed ?? (options.realTime ? Math.random() * 2 ** 32 : 1),
    snapshot: snapshot ?? null,
    logger: options.logger ?? {},
  };
  const known = [...Object.keys(settings), "superPassword"];
  const strange = Object.keys(options).find((name) => !known.includes(name));
  if (strange !== undefined && strange !== "superDigest") {
    throw new TypeError(`There is no option "${strange}"; there are ${known.join(", ")}`);
  }
  if (settings.minSessionTimeout > settings.maxSessionTimeout) {
    throw new RangeError("The option minSessionTimeout must not be over maxSessionTimeout");
  }
  return settings;
}

function wholeNumber(options: TestServerOptions, name: keyof Settings, fallback: number): number {
  const value = (options as Record<string, unknown>)[name] ?? fallback;
  if (typeof value === "number" && Number.isInteger(value) && value > 0 && value <= 0x7fffffff) {
    return value;
  }
  throw new RangeError(`The option "${name}" must be a whole number over 0, not ${value}`);
}
