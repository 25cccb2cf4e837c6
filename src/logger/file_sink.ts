/**
 * Lines into a file, which stays open and may be taken away at any time: deleted, renamed by
 * logrotate, rotated by this or another process. Each batch is one write at the end of the file, so
 * the lines of several processes stay whole.
 *
 * @module
 */
import { appendAllSync } from "./batch.ts";
import { checkFunctions, checkKeys } from "./checks.ts";
import { type Complain, Complaint } from "./complaint.ts";
import { onHangup } from "./exit.ts";
import { textFormat, tinyRpcFormat } from "./formats.ts";
import { LogFile } from "./log_file.ts";
import type { BatchSink, Formatter } from "./record.ts";
import { type RotateOptions, Rotation } from "./rotation.ts";

/** Options of {@link fileSink}. */
export interface FileSinkOptions {
  /** Makes the lines; {@link textFormat} unless given. */
  format?: Formatter;
  /** When to begin a new file; never unless given. Rotated files need permissions of their own. */
  rotate?: RotateOptions;
  /**
   * Whether to open the file anew on SIGHUP; true unless given. A hangup then no longer ends the
   * process. A file that was renamed or deleted is noticed in any case.
   */
  hangup?: boolean;
  /** The time, ms since the epoch: what day it is. */
  now?: () => number;
  /** Told of a failing disk, once until it has worked again; unless given, stderr is. */
  complain?: Complain;
}

/** A sink that holds a file. */
export interface FileSink extends BatchSink, Disposable {
  /** Closes the file. */
  [Symbol.dispose](): void;
}

/**
 * Lines into the file at `path`, or at the path of the day, which is opened by the first of them.
 * Used as it is, each line is written before the call returns; put {@link asyncSink} before it.
 *
 * @throws {TypeError} for a path that is none, and for an option that there is not.
 * @throws {RangeError} for a rotation by less than a byte, or that keeps no file.
 */
export function fileSink(
  path: string | ((day: Date) => string),
  options: FileSinkOptions = {},
): FileSink {
  if (typeof path !== "string" && typeof path !== "function") {
    throw new TypeError(`The path must be a string or a function of the day, not ${typeof path}`);
  }
  checkKeys("fileSink()", options, ["format", "rotate", "hangup", "now", "complain"]);
  checkFunctions(options, ["format", "now", "complain"]);
  if (options.rotate !== undefined) checkKeys("rotate", options.rotate, ["bytes", "daily", "keep"]);
  return new AppendingSink(typeof path === "string" ? () => path : path, options);
}

/** tiny_rpc's file, `2026-3-9-log.txt` in a directory, a new one each day, with its lines. */
export function tinyRpcFile(
  directory: string = ".",
  options: Omit<FileSinkOptions, "format"> = {},
): FileSink {
  const name = (day: Date) => [day.getFullYear(), day.getMonth() + 1, day.getDate(), "log.txt"];
  const path = (day: Date) => `${directory}/${name(day).join("-")}`;
  return fileSink(path, { ...options, format: tinyRpcFormat });
}

class AppendingSink implements FileSink {
  readonly format: Formatter;
  readonly #path: (day: Date) => string;
  readonly #rotation: Rotation | null;
  readonly #now: () => number;
  readonly #complaint: Complaint;
  readonly #rotating: Complaint;
  readonly #hangup: boolean;
  #listening: Disposable | null = null;
  #file: LogFile | null = null;
  /** Whether the file is to be opened anew. */
  #stale = false;
  /** When the file was last written to, ms since the epoch. */
  #last = 0;

  constructor(path: (day: Date) => string, options: FileSinkOptions) {
    this.format = options.format ?? textFormat;
    this.#path = path;
    this.#rotation = options.rotate === undefined ? null : new Rotation(options.rotate);
    this.#now = options.now ?? Date.now;
    this.#hangup = options.hangup ?? true;
    this.#complaint = new Complaint(options.complain);
    this.#rotating = new Complaint(options.complain);
  }

  write(line: string): void {
    const mended = this.#file?.midLine ? "\n" + line : line;
    const { error } = appendAllSync(this, new TextEncoder().encode(mended));
    if (error === null) this.#complaint.worked();
    else this.#complaint.failed("Cannot write the log", error);
  }

  // Not async: a synchronous write that comes next is to find this one under way.
  append(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    try {
      return this.#fileFor(bytes.length).append(bytes);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  appendSync(bytes: Uint8Array<ArrayBuffer>): number {
    const done = this.#file?.awaitSync() ?? true;
    if (bytes.length === 0) return 0;
    return (done ? this.#fileFor(bytes.length) : this.#file!).appendSync(bytes);
  }

  [Symbol.dispose](): void {
    this.#close();
    this.#listening?.[Symbol.dispose]();
    this.#listening = null;
  }

  /** The file that the next `more` bytes belong into. */
  #fileFor(more: number): LogFile {
    // The rest of a line follows its beginning, whatever has happened to the file.
    if (this.#file?.midLine) return this.#file;
    if (this.#stale) this.#close();
    const now = this.#now();
    const path = this.#path(new Date(now));
    let size = this.#file?.path === path ? this.#file.sizeInPlace() : null;
    if (size === null) size = this.#open(path, now).sizeInPlace() ?? 0;
    const due = (size: number) => this.#rotation!.isDue(size, more, this.#last, now);
    if (this.#rotation !== null && this.#file!.isFile && due(size)) this.#rotate(path, now, due);
    this.#last = now;
    return this.#file!;
  }

  #open(path: string, now: number): LogFile {
    this.#close();
    this.#file = new LogFile(path);
    this.#last = this.#file.modified ?? now;
    if (this.#hangup) this.#listening ??= onHangup(this.#reopen);
    return this.#file;
  }

  /** At once if possible, else before the next write. */
  readonly #reopen = (): void => {
    this.#stale = true;
    if (!this.#file?.writing && !this.#file?.midLine) this.#close();
  };

  #close(): void {
    this.#file?.close();
    this.#file = null;
    this.#stale = false;
  }

  /** Failing at this costs no lines: they go on into the same file. */
  #rotate(path: string, now: number, due: (size: number) => boolean): void {
    try {
      this.#rotation!.rotate(this.#file!, due);
      this.#rotating.worked();
    } catch (error) {
      this.#rotating.failed("Cannot rotate the log", error);
    }
    this.#open(path, now);
  }
}
