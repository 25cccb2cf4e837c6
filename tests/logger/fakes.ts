/** Sinks that fail, wait and count, and what reads their lines. */
import {
  type BatchSink,
  type Formatter,
  type LogRecord,
  textFormat,
} from "../../src/logger/mod.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A disk with so much room, and writes that may be held up. */
export class FakeDisk implements BatchSink {
  readonly format: Formatter = textFormat;
  /** Bytes that still fit. */
  room: number = Infinity;
  /** The most that one write takes. */
  atOnce: number = Infinity;
  /** What each write brought. */
  readonly writes: string[] = [];
  disposed = false;
  readonly #bytes: number[] = [];
  #held: Promise<void> | null = null;
  #underWay: (() => void) | null = null;

  get text(): string {
    return decoder.decode(new Uint8Array(this.#bytes));
  }

  get lines(): string[] {
    return this.text.split("\n").slice(0, -1);
  }

  /** Writes that begin from now on do not end before the returned function is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held = promise;
    return () => {
      this.#held = null;
      resolve();
    };
  }

  write(line: string): void {
    this.appendSync(encoder.encode(line));
  }

  async append(bytes: Uint8Array): Promise<number> {
    let written: number | null = null;
    const write = () => written ??= this.#take(bytes);
    this.#underWay = write;
    await this.#held;
    try {
      return write();
    } finally {
      this.#underWay = null;
    }
  }

  appendSync(bytes: Uint8Array): number {
    this.#underWay?.();
    return bytes.length === 0 ? 0 : this.#take(bytes);
  }

  [Symbol.dispose](): void {
    this.disposed = true;
  }

  #take(bytes: Uint8Array): number {
    const size = Math.min(bytes.length, this.room, this.atOnce);
    if (size === 0) throw new Error("No space left on device");
    this.room -= size;
    this.#bytes.push(...bytes.subarray(0, size));
    this.writes.push(decoder.decode(bytes.subarray(0, size)));
    return size;
  }
}

/** A record, with what a test wants different. */
export function record(different: Partial<LogRecord> = {}): LogRecord {
  const message = "Connected";
  return { time: 0, level: "info", category: "zk", message, fields: {}, ...different };
}

/** How many records the lines say were dropped. */
export function reported(lines: string[]): number {
  return lines.map((line) => / dropped=(\d+)$/.exec(line)).filter((match) => match !== null)
    .reduce((sum, match) => sum + Number(match[1]), 0);
}

/** The numbers that the lines carry as `i`, reports left out. */
export function numbers(lines: string[]): number[] {
  return lines.filter((line) => !/ dropped=\d+$/.test(line)).map((line) => {
    const match = /Connected i=(\d+)$/.exec(line);
    if (match === null) throw new Error(`A line that is not whole: ${line}`);
    return Number(match[1]);
  });
}

/** From 0 up to an end. */
export function upTo(end: number): number[] {
  return Array.from({ length: end }, (_, i) => i);
}

/** A directory that goes away at the end. */
export async function directory(): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "zkst_logger_" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** The lines of a file; fails if the last of them is not whole. */
export function linesOf(path: string): string[] {
  const lines = Deno.readTextFileSync(path).split("\n");
  const rest = lines.pop();
  if (rest !== "") throw new Error(`A line without an end: ${rest}`);
  return lines;
}

/** The next turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
