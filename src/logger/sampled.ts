/**
 * One line per interval for what happens again and again: a reconnect storm is one line with a count.
 *
 * @module
 */
import type { Logger, LogMethod } from "../types.ts";
import { checkFunctions, checkKeys } from "./checks.ts";

/** Options of {@link sampled}. */
export interface SampledOptions {
  /** How long a message is not repeated, ms. */
  interval: number;
  /** Makes of a message what it is known by; the message itself unless given. */
  key?: (message: string) => string;
  /** Monotonic time, ms. */
  now?: () => number;
}

/** What {@link sampled} returns. */
export interface SampledLogger extends Logger, Disposable {
  /** Tells what was held back so far. */
  flush(): void;
  /** The same, at the end. */
  [Symbol.dispose](): void;
}

/**
 * Passes the first of equal messages on at once, holds its repetitions back for `interval` ms, and
 * then tells their number as `repeated`: with the next repetition, or with the next call of any kind.
 * There is no timer behind it; `flush()` tells what would wait for a call that never comes.
 *
 * @throws {TypeError} for an option that there is not.
 * @throws {RangeError} for an interval that is not over 0.
 */
export function sampled(logger: Logger, options: SampledOptions): SampledLogger {
  checkKeys("sampled()", options, ["interval", "key", "now"]);
  checkFunctions(options, ["key", "now"]);
  if (!(options.interval > 0)) {
    throw new RangeError(`Cannot sample: interval must be above 0, got ${options.interval}`);
  }
  return new Sampler(logger, options);
}

type Level = "error" | "warn" | "info" | "debug";

/** The repetitions of one message. */
interface Window {
  readonly level: Level;
  readonly message: string;
  readonly end: number;
  repeated: number;
}

/** Messages that differ each time shall not fill the memory: the oldest is told and forgotten. */
const windowsMax = 1000;

class Sampler implements SampledLogger {
  readonly #logger: Logger;
  readonly #interval: number;
  readonly #key: (message: string) => string;
  readonly #now: () => number;
  /** In the order of their ends. */
  readonly #windows = new Map<string, Window>();
  readonly #methods: Readonly<Record<Level, LogMethod>>;

  constructor(logger: Logger, { interval, key = (message) => message, now }: SampledOptions) {
    this.#logger = logger;
    this.#interval = interval;
    this.#key = key;
    this.#now = now ?? (() => performance.now());
    this.#methods = {
      error: (message, fields) => this.#log("error", message, fields),
      warn: (message, fields) => this.#log("warn", message, fields),
      info: (message, fields) => this.#log("info", message, fields),
      debug: (message, fields) => this.#log("debug", message, fields),
    };
  }

  get error(): LogMethod | undefined {
    return this.#logger.error && this.#methods.error;
  }

  get warn(): LogMethod | undefined {
    return this.#logger.warn && this.#methods.warn;
  }

  get info(): LogMethod | undefined {
    return this.#logger.info && this.#methods.info;
  }

  get debug(): LogMethod | undefined {
    return this.#logger.debug && this.#methods.debug;
  }

  flush(): void {
    for (const key of this.#windows.keys()) this.#end(key);
  }

  [Symbol.dispose](): void {
    this.flush();
  }

  #log(level: Level, message: string, fields?: Record<string, unknown>): void {
    const now = this.#now();
    const key = `${level} ${this.#key(message)}`;
    const window = this.#windows.get(key);
    if (window !== undefined && now < window.end) {
      window.repeated++;
      return;
    }
    this.#windows.delete(key);
    this.#sweep(now);
    this.#windows.set(key, { level, message, end: now + this.#interval, repeated: 0 });
    const repeated = window?.repeated ?? 0;
    this.#logger[level]?.(message, repeated === 0 ? fields : { ...fields, repeated });
  }

  #sweep(now: number): void {
    for (const [key, { end }] of this.#windows) {
      if (end > now && this.#windows.size < windowsMax) return;
      this.#end(key);
    }
  }

  #end(key: string): void {
    const { level, message, repeated } = this.#windows.get(key)!;
    this.#windows.delete(key);
    if (repeated > 0) this.#logger[level]?.(message, { repeated });
  }
}
