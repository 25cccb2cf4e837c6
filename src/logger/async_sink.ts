/**
 * A queue before a sink, so that the caller never waits for a disk: lines gather, and once per turn
 * of the event loop all of them leave in one write. There is one write at a time. The queue is
 * bounded; what does not fit is dropped and counted, or written out by the caller.
 *
 * @module
 */
import { accountOf, appendAll, appendAllSync, type Batch, batchOf, type Outcome } from "./batch.ts";
import { checkFunctions, checkKeys, checkMethods } from "./checks.ts";
import { type Complain, Complaint } from "./complaint.ts";
import { atExit } from "./exit.ts";
import { textFormat } from "./formats.ts";
import { byteLength, lineOf } from "./line.ts";
import { Lines } from "./lines.ts";
import type { BatchSink, Formatter, LogRecord, Sink } from "./record.ts";

/** What happens to a line for which there is no room. */
export type Overflow =
  /** It is dropped. */
  | "drop-newest"
  /** It takes the place of those that wait longest. */
  | "drop-oldest"
  /** Its caller first writes out what waits. Nothing is dropped. */
  | "block";

/** Options of {@link asyncSink}. */
export interface AsyncSinkOptions {
  /** How many lines may wait; 8192 unless given. */
  capacity?: number;
  /** How many bytes of lines may wait; 4 MiB unless given. A longer line waits alone. */
  bytes?: number;
  /** "drop-oldest" unless given. */
  overflow?: Overflow;
  /** Told of a failing disk, once until it has worked again; unless given, stderr is. */
  complain?: Complain;
}

/** A sink with a queue. */
export interface AsyncSink extends Sink, AsyncDisposable {
  /** Lines that wait, without those on their way. */
  readonly waiting: number;
  /** Records for which there was no room, and those that came after the end. */
  readonly dropped: number;
  /** Records that could not be written. */
  readonly failed: number;
  /** Resolves when everything of before this call is written, dropped or failed. Never rejects. */
  flush(): Promise<void>;
  /** Writes everything out, now. For handlers of signals and the like. */
  flushSync(): void;
  /** Flushes, and disposes of the inner sink. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A queue before `inner`. It is written out at `unload`, and on an `error` or `unhandledrejection`;
 * a program that ends itself on a signal calls `flushSync()` before.
 *
 * @throws {TypeError} for a sink that takes no batches, as consoleSink(), and for an option that there
 * is not.
 * @throws {RangeError} for a bound under 1.
 */
export function asyncSink(inner: BatchSink, options: AsyncSinkOptions = {}): AsyncSink {
  checkMethods("The sink behind asyncSink()", inner, ["format", "append", "appendSync"]);
  checkKeys("asyncSink()", options, ["capacity", "bytes", "overflow", "complain"]);
  checkFunctions(options, ["complain"]);
  const { capacity = 8192, bytes = 4 << 20, overflow = "drop-oldest" } = options;
  if (!Number.isInteger(capacity) || capacity < 1) {
    throw new RangeError(`Cannot queue lines: capacity must be at least 1, got ${capacity}`);
  }
  if (!(bytes >= 1)) {
    throw new RangeError(`Cannot queue lines: bytes must be at least 1, got ${bytes}`);
  }
  if (!["drop-newest", "drop-oldest", "block"].includes(overflow)) {
    throw new TypeError(`Cannot queue lines: there is no overflow "${overflow}"`);
  }
  return new QueueSink(
    inner,
    new Lines(capacity, bytes),
    overflow,
    new Complaint(options.complain),
  );
}

class QueueSink implements AsyncSink {
  readonly format: Formatter;
  dropped = 0;
  failed = 0;
  readonly #inner: BatchSink;
  readonly #lines: Lines;
  readonly #overflow: Overflow;
  readonly #complaint: Complaint;
  readonly #exit: Disposable;

  /** Dropped or failed records to report before the lines that wait: they were older. */
  #missingBefore = 0;
  /** Dropped records to report after them: they were newer. */
  #missingAfter = 0;
  /** Whether the last line written lacks its end. */
  #torn = false;
  #writing = false;
  #waking = false;
  #closed = false;
  /** Lines ever taken into the queue. */
  #pushed = 0;
  /** Flushes that wait until what was pushed before them has left. */
  #flushes: { upTo: number; resolve: () => void }[] = [];

  constructor(inner: BatchSink, lines: Lines, overflow: Overflow, complaint: Complaint) {
    this.format = inner.format;
    this.#inner = inner;
    this.#lines = lines;
    this.#overflow = overflow;
    this.#complaint = complaint;
    this.#exit = atExit(() => this.flushSync());
  }

  get waiting(): number {
    return this.#lines.count;
  }

  write(line: string): void {
    const size = byteLength(line);
    if (this.#closed || !this.#hasRoom(size)) {
      this.dropped++;
      return;
    }
    this.#lines.push(line, size);
    this.#pushed++;
    this.#wake();
  }

  flush(): Promise<void> {
    if (!this.#writing && !this.#somethingToSay) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#flushes.push({ upTo: this.#pushed, resolve });
    this.#wake();
    return promise;
  }

  flushSync(): void {
    const batch = this.#take();
    if (batch !== null) this.#settle(batch, appendAllSync(this.#inner, batch.bytes));
    else if (this.#writing) appendAllSync(this.#inner, new Uint8Array(0));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.flush();
    this.#exit[Symbol.dispose]();
    this.#inner[Symbol.dispose]?.();
  }

  get #somethingToSay(): boolean {
    return this.#lines.count + this.#missingBefore + this.#missingAfter > 0;
  }

  #hasRoom(size: number): boolean {
    // After one dropped line all are, until there is room for a report in their place.
    if (this.#missingAfter === 0 && this.#lines.fits(size)) return true;
    switch (this.#overflow) {
      case "block":
        this.flushSync();
        return true;
      case "drop-newest":
        this.#missingAfter++;
        return false;
      case "drop-oldest":
        for (; !this.#lines.fits(size); this.#missingBefore++, this.dropped++) this.#lines.shift();
        return true;
    }
  }

  /** Has what waits written on the next turn, or when the write under way has ended. */
  #wake(): void {
    if (this.#waking || this.#writing) return;
    this.#waking = true;
    setImmediate(this.#pump);
  }

  readonly #pump = async (): Promise<void> => {
    this.#waking = false;
    const batch = this.#take();
    if (batch !== null) {
      this.#writing = true;
      const outcome = await appendAll(this.#inner, batch.bytes);
      this.#writing = false;
      this.#settle(batch, outcome);
    }
    this.#tellFlushes();
    if (this.#lines.count > 0 || this.#flushes.length > 0) this.#wake();
  };

  #take(): Batch | null {
    if (!this.#somethingToSay) return null;
    const [before, after, count] = [this.#missingBefore, this.#missingAfter, this.#lines.count];
    const parts = [this.#report(before), this.#lines.takeAll(), this.#report(after)];
    this.#missingBefore = this.#missingAfter = 0;
    return batchOf(parts, { count, before, after, mending: this.#torn });
  }

  #report(dropped: number): string {
    if (dropped === 0) return "";
    const message = dropped === 1 ? "1 record was dropped" : `${dropped} records were dropped`;
    const about = { time: Date.now(), level: "warn", category: "logger" } as const;
    const record = { ...about, message, fields: { dropped } };
    return lineOf(this.#formatted(record), reportLengthMax);
  }

  #formatted(record: LogRecord): string {
    try {
      return this.format(record, reportLengthMax);
    } catch {
      // A formatter for records of its application alone; the logger has told of it.
      return textFormat(record);
    }
  }

  #settle(batch: Batch, outcome: Outcome): void {
    const { lost, unreported, torn } = accountOf(batch, outcome);
    this.#torn = torn;
    this.failed += lost;
    this.#missingBefore += lost + unreported;
    if (outcome.error === null) this.#complaint.worked();
    else this.#complaint.failed("Cannot write the log", outcome.error);
  }

  #tellFlushes(): void {
    const left = this.#pushed - this.#lines.count;
    const done = this.#flushes.filter(({ upTo }) => upTo <= left);
    this.#flushes = this.#flushes.filter(({ upTo }) => upTo > left);
    for (const { resolve } of done) resolve();
  }
}

const reportLengthMax = 1024;
