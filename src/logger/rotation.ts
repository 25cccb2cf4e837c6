/**
 * When a log file makes room for a new one, and how: `app.log` becomes `app.log.1`, that becomes
 * `app.log.2`, and the oldest goes.
 *
 * @module
 */
import type { LogFile } from "./log_file.ts";

/** When to rotate, and what to keep. Without `bytes` and `daily` it never happens. */
export interface RotateOptions {
  /** Before a write that would make the file larger than this. */
  bytes?: number;
  /** When the local day has changed since the last write. */
  daily?: boolean;
  /** How many rotated files to keep, at least 1; 7 unless given. */
  keep?: number;
}

/** What is asked before each write. */
export class Rotation {
  readonly #bytes: number;
  readonly #daily: boolean;
  readonly #keep: number;

  constructor({ bytes = Infinity, daily = false, keep = 7 }: RotateOptions) {
    if (!(bytes >= 1)) {
      throw new RangeError(`Cannot rotate: bytes must be at least 1, got ${bytes}`);
    }
    if (!Number.isInteger(keep) || keep < 1) {
      throw new RangeError(`Cannot rotate: keep must be at least 1, got ${keep}`);
    }
    this.#bytes = bytes;
    this.#daily = daily;
    this.#keep = keep;
  }

  /** Whether a file of that size, last written to at `last`, is to go before `more` is written. */
  isDue(size: number, more: number, last: number, now: number): boolean {
    if (size === 0) return false;
    return size + more > this.#bytes || this.#daily && dayOf(last) !== dayOf(now);
  }

  /**
   * Renames the files. Another process may be about to do the same with this one: the lock lets one
   * of them, and the other then finds that the file is no longer there.
   */
  rotate(file: LogFile, stillDue: (size: number) => boolean): void {
    if (!file.lock()) return;
    const size = file.sizeInPlace();
    if (size === null || !stillDue(size)) return;
    // Up to the first gap, or to the oldest, which is overwritten.
    let oldest = 1;
    while (oldest < this.#keep && exists(`${file.path}.${oldest}`)) oldest++;
    for (let i = oldest; i > 1; i--) {
      Deno.renameSync(`${file.path}.${i - 1}`, `${file.path}.${i}`);
    }
    Deno.renameSync(file.path, `${file.path}.1`);
  }
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Days are local: that is when people look for a new file. */
function dayOf(time: number): string {
  return new Date(time).toDateString();
}
