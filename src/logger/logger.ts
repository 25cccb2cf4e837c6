/**
 * A logger for applications. Libraries ask for the four optional methods of `Logger` alone; here they
 * are getters that come and go with the level, so a call at an absent level does nothing at all.
 *
 * @module
 */
import type { Logger } from "../types.ts";
import { checkFunctions, checkKeys, checkMethods } from "./checks.ts";
import { type Complain, Complaint } from "./complaint.ts";
import { isOn, type Level, Levels, type Threshold } from "./levels.ts";
import { cut, lineOf } from "./line.ts";
import { Plainer } from "./plain.ts";
import type { FieldsOrLazy, LogRecord, PlainFields, Sink } from "./record.ts";

/** One method of a {@link LeveledLogger}. */
export type LeveledMethod = (message: string, fields?: FieldsOrLazy) => void;

/** What {@link createLogger} returns. */
export interface LeveledLogger extends Logger {
  /** Undefined while the level is off. */
  readonly error: LeveledMethod | undefined;
  /** Undefined while the level is off. */
  readonly warn: LeveledMethod | undefined;
  /** Undefined while the level is off. */
  readonly info: LeveledMethod | undefined;
  /** Undefined while the level is off. */
  readonly debug: LeveledMethod | undefined;
  /** One whose records have these fields too, taken now; `category` among them names its category. */
  child(fields: FieldsOrLazy): LeveledLogger;
  /**
   * Changes the level of all loggers of this family, or of the categories under a prefix: "zk" stands
   * for "zk" and "zk.session". The longest prefix counts.
   */
  setLevel(level: Threshold, categoryPrefix?: string): void;
}

/** Options of {@link createLogger}. */
export interface LoggerOptions {
  /** Takes the lines. */
  sink: Sink;
  /** From which level on; "info" unless given. */
  level?: Threshold;
  /** Levels by category prefix. */
  levels?: Readonly<Record<string, Threshold>>;
  /** Keys whose values are not logged, besides {@link redactedKeys}; in any case, at any depth. */
  redact?: readonly string[];
  /** A line is cut at so many characters; 16384 unless given. */
  lineLengthMax?: number;
  /** The time, ms since the epoch. */
  now?: () => number;
  /** Told once of a sink or formatter that throws; unless given, stderr is. */
  complain?: Complain;
}

/**
 * A logger of the lines that its sink takes.
 *
 * @throws {TypeError} for what is no sink, a level or an option that there is not.
 * @throws {RangeError} for a `lineLengthMax` under 1024.
 */
export function createLogger(options: LoggerOptions): LeveledLogger {
  checkKeys("createLogger()", options, optionNames);
  checkMethods("The sink", options.sink, ["format", "write"]);
  checkFunctions(options, ["now", "complain"]);
  const { lineLengthMax = 16384, redact = [] } = options;
  // A string would be taken for its letters, and what it names be logged.
  if (!Array.isArray(redact) || redact.some((key) => typeof key !== "string")) {
    throw new TypeError(`The option "redact" must be an array of strings, not ${kindOf(redact)}`);
  }
  if (!(lineLengthMax >= lineLengthMin)) {
    throw new RangeError(
      `Cannot create a logger: lineLengthMax must be at least ${lineLengthMin}, got ${lineLengthMax}`,
    );
  }
  const family: Family = {
    sink: options.sink,
    levels: new Levels(options.level ?? "info", options.levels ?? {}),
    plainer: new Plainer(redact, lineLengthMax),
    lineLengthMax,
    now: options.now ?? Date.now,
    complaint: new Complaint(options.complain),
  };
  return new Member(family, "", {});
}

function kindOf(given: unknown): string {
  return Array.isArray(given) ? "of something else" : given === null ? "null" : typeof given;
}

const optionNames: readonly (keyof LoggerOptions)[] = [
  "sink",
  "level",
  "levels",
  "redact",
  "lineLengthMax",
  "now",
  "complain",
];

/** Room for what stands around the message, escaped. */
const lineLengthMin = 1024;
const categoryLengthMax = 64;

/** What a logger shares with its children. */
interface Family {
  readonly sink: Sink;
  readonly levels: Levels;
  readonly plainer: Plainer;
  readonly lineLengthMax: number;
  readonly now: () => number;
  readonly complaint: Complaint;
}

class Member implements LeveledLogger {
  readonly #family: Family;
  readonly #levels: Levels;
  readonly #category: string;
  readonly #fields: PlainFields;

  /** Bound once, so that neither reading nor calling one allocates. */
  readonly #methods: Readonly<Record<Level, LeveledMethod>>;
  /** Of the levels that the four below were made for. */
  #version = -1;
  #rank = 0;
  #error: LeveledMethod | undefined;
  #warn: LeveledMethod | undefined;
  #info: LeveledMethod | undefined;
  #debug: LeveledMethod | undefined;

  constructor(family: Family, category: string, fields: PlainFields) {
    this.#family = family;
    this.#levels = family.levels;
    this.#category = category;
    this.#fields = fields;
    this.#methods = {
      error: (message, fields) => this.#log("error", message, fields),
      warn: (message, fields) => this.#log("warn", message, fields),
      info: (message, fields) => this.#log("info", message, fields),
      debug: (message, fields) => this.#log("debug", message, fields),
    };
  }

  get error(): LeveledMethod | undefined {
    if (this.#version !== this.#levels.version) this.#look();
    return this.#error;
  }

  get warn(): LeveledMethod | undefined {
    if (this.#version !== this.#levels.version) this.#look();
    return this.#warn;
  }

  get info(): LeveledMethod | undefined {
    if (this.#version !== this.#levels.version) this.#look();
    return this.#info;
  }

  get debug(): LeveledMethod | undefined {
    if (this.#version !== this.#levels.version) this.#look();
    return this.#debug;
  }

  child(given: FieldsOrLazy): LeveledLogger {
    const { category, ...fields } = this.#family.plainer.fields(given, this.#fields);
    const name = typeof category === "string" ? cut(category, categoryLengthMax) : this.#category;
    return new Member(this.#family, name, fields);
  }

  setLevel(level: Threshold, categoryPrefix = ""): void {
    this.#levels.set(level, categoryPrefix);
  }

  #look(): void {
    this.#version = this.#levels.version;
    this.#rank = this.#levels.rankOf(this.#category);
    const on = (level: Level) => isOn(level, this.#rank) ? this.#methods[level] : undefined;
    this.#error = on("error");
    this.#warn = on("warn");
    this.#info = on("info");
    this.#debug = on("debug");
  }

  #log(level: Level, message: string, given: FieldsOrLazy | undefined): void {
    // Whoever keeps a method keeps it beyond a change of levels.
    if (this.#version !== this.#levels.version) this.#look();
    if (!isOn(level, this.#rank)) return;
    const { sink, plainer, lineLengthMax, now, complaint } = this.#family;
    try {
      const record: LogRecord = {
        time: now(),
        level,
        category: this.#category,
        message: cut(String(message), lineLengthMax),
        fields: plainer.fields(given, this.#fields),
      };
      sink.write(lineOf(sink.format(record, lineLengthMax), lineLengthMax), record);
      complaint.worked();
    } catch (error) {
      // Whoever logs has done nothing wrong.
      complaint.failed("Cannot log", error);
    }
  }
}
