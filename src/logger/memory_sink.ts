/**
 * A sink for tests, and one for the console.
 *
 * @module
 */
import { textFormat } from "./formats.ts";
import type { Formatter, LogRecord, Sink } from "./record.ts";

/** A sink that keeps what it takes. */
export interface MemorySink extends Sink {
  /** The records, in order. */
  readonly records: LogRecord[];
  /** Their lines, without ends. */
  readonly lines: string[];
}

/** Keeps records and lines, without bound. For tests. */
export function memorySink(format: Formatter = textFormat): MemorySink {
  const records: LogRecord[] = [];
  const lines: string[] = [];
  const write = (line: string, record: LogRecord) => {
    records.push(record);
    lines.push(line.slice(0, -1));
  };
  return { format, write, records, lines };
}

/** Lines onto the console, each by the method of its level. Writes at once. */
export function consoleSink(format: Formatter = textFormat): Sink {
  // deno-lint-ignore no-console
  return { format, write: (line, { level }) => console[level](line.slice(0, -1)) };
}
