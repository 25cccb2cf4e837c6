/**
 * One write of an async sink: its bytes, and the account of what became of its lines.
 *
 * @module
 */
import type { BatchSink } from "./record.ts";

const encoder = new TextEncoder();
const newline = 10;

/** Lines on their way, with reports of dropped ones before and after them. */
export interface Batch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Number of lines, without reports. */
  readonly count: number;
  /** How many records the report at the start is about, 0 without one. */
  readonly before: number;
  /** How many records the report at the end is about, 0 without one. */
  readonly after: number;
  /** Whether it begins with the end of a line that was torn before. */
  readonly mending: boolean;
}

/** What became of a batch. */
export interface Outcome {
  /** Bytes written. */
  readonly written: number;
  /** Why not all of them were, or null. */
  readonly error: unknown;
}

/** What of a batch did not make it. */
export interface Account {
  /** Number of lines. */
  readonly lost: number;
  /** Records whose report did not make it either. */
  readonly unreported: number;
  /** Whether the last line written lacks its end. */
  readonly torn: boolean;
}

/** A batch of these parts, each of whole lines. */
export function batchOf(parts: readonly string[], rest: Omit<Batch, "bytes">): Batch {
  return { ...rest, bytes: encoder.encode((rest.mending ? "\n" : "") + parts.join("")) };
}

/** Writes it all, beside the caller. */
export async function appendAll(
  sink: BatchSink,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Outcome> {
  let written = 0;
  try {
    while (written < bytes.length) written += some(await sink.append(bytes.subarray(written)));
    return { written, error: null };
  } catch (error) {
    return { written, error };
  }
}

/** Writes it all, now; with no bytes it waits for what is under way. */
export function appendAllSync(sink: BatchSink, bytes: Uint8Array<ArrayBuffer>): Outcome {
  let written = 0;
  try {
    if (bytes.length === 0) sink.appendSync(bytes);
    while (written < bytes.length) written += some(sink.appendSync(bytes.subarray(written)));
    return { written, error: null };
  } catch (error) {
    return { written, error };
  }
}

function some(written: number): number {
  if (!(written > 0)) throw new Error("Nothing was written");
  return written;
}

/** What did not make it: a line counts as written if all of it was. */
export function accountOf(batch: Batch, { written, error }: Outcome): Account {
  if (error === null) return { lost: 0, unreported: 0, torn: false };
  const torn = written > 0 ? batch.bytes[written - 1] !== newline : batch.mending;
  // A line that lacks nothing but its end gets that from the next batch.
  const end = written > 0 && torn ? written + 1 : written;
  let whole = 0;
  for (const byte of batch.bytes.subarray(0, end)) if (byte === newline) whole++;
  if (batch.mending) whole--;
  let unreported = 0;
  if (batch.before > 0 && --whole < 0) unreported += batch.before;
  if (batch.after > 0 && whole <= batch.count) unreported += batch.after;
  const lost = batch.count - Math.min(batch.count, Math.max(0, whole));
  return { lost, unreported, torn };
}
