/**
 * What a logger hands on: a record, the formatter that makes a line of it, and the sink that takes
 * the line. A line is made at the call, because what the fields refer to may change later; so what
 * waits in queues is text.
 *
 * @module
 */
import type { Level } from "./levels.ts";

/** A value that is safe to format: no cycles, no getters, no bytes, no secrets. */
export type Plain =
  | null
  | boolean
  | number
  | string
  | readonly Plain[]
  | { readonly [key: string]: Plain };

/** The fields of a record. */
export type PlainFields = { readonly [key: string]: Plain };

/** What a caller gives for fields: them, or a function that is asked only if the level is on. */
export type FieldsOrLazy = Record<string, unknown> | (() => Record<string, unknown>);

/** One call of a logger. All of it was taken at the call. */
export interface LogRecord {
  /** When, ms since the epoch. */
  readonly time: number;
  /** How bad. */
  readonly level: Level;
  /** Who, "" for a logger without a category. */
  readonly category: string;
  /** What happened, as the caller gave it. */
  readonly message: string;
  /** The rest: copies, redacted. */
  readonly fields: PlainFields;
}

/**
 * Makes the line of a record, without its end. Whatever it returns is escaped and cut afterwards; one
 * whose lines would be no good when cut keeps to `lengthMax` itself.
 */
export type Formatter = (record: LogRecord, lengthMax: number) => string;

/** Takes lines. */
export interface Sink {
  /** Makes its lines. */
  readonly format: Formatter;
  /** Takes a line, which ends in "\n", and the record that it was made of. */
  write(line: string, record: LogRecord): void;
}

/**
 * A sink that takes many lines at once; {@link asyncSink} stands before it. Both methods give the
 * number of bytes written, which may be fewer than all, and throw if there was none.
 */
export interface BatchSink extends Sink {
  /** Starts to write, and goes on beside the caller. Not called while another one is under way. */
  append(bytes: Uint8Array<ArrayBuffer>): Promise<number>;
  /** Writes, after what `append` has under way; with no bytes it only waits for that. */
  appendSync(bytes: Uint8Array<ArrayBuffer>): number;
  /** Gives up what it holds. */
  [Symbol.dispose]?(): void;
}
