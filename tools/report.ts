/*
 * What became of the steps that must all hold: a line for each while they run, everything a failed
 * one said, and the sum at the end.
 */

import { type Ended, print } from "./processes.ts";

/** What a step, or all of them, came to. */
export interface Counts {
  /** How many tests, or steps that are none, held. */
  passed: number;
  /** How many did not. */
  failed: number;
  /** How many could not be tried. */
  skipped: number;
}

/** What a step came to, and what there is to say if it failed or was skipped. */
export interface Result extends Counts {
  /** All that the step said. */
  output: string;
  /** How long it took, if it was not only waited for. */
  seconds?: number;
}

/** The steps so far. */
export class Report {
  readonly #total: Counts = { passed: 0, failed: 0, skipped: 0 };
  readonly #failed: string[] = [];
  readonly #print: (text: string) => void;

  /**
   * A report with nothing in it.
   *
   * @param show What shows a piece of it: by default on our own output.
   */
  constructor(show: (text: string) => void = print) {
    this.#print = show;
  }

  /**
   * Does a step and counts it.
   *
   * @param name What the step is called.
   * @param work The step. What it throws makes it a failed one.
   * @param live Whether the step shows its output itself.
   */
  async step(name: string, work: () => Promise<Result>, live = false): Promise<void> {
    this.#print(`${name} ...${live ? "\n" : " "}`);
    const start = performance.now();
    const result = await work().catch((error) => failure(String(error?.message ?? error)));
    const seconds = (result.seconds ?? (performance.now() - start) / 1000).toFixed(1);
    this.#print(`${live ? `${name} ... ` : ""}${verdict(result)} (${seconds} s)\n`);
    if (result.failed > 0) this.#failed.push(name);
    const silent = live || (result.failed === 0 && result.skipped === 0);
    if (!silent) this.#print(result.output.trimEnd().replace(/^/gm, "    ") + "\n");
    for (const key of ["passed", "failed", "skipped"] as const) this.#total[key] += result[key];
  }

  /**
   * Prints the sum, as the last line.
   *
   * @returns The exit code: 0 when nothing failed.
   */
  end(): number {
    if (this.#failed.length > 0) this.#print(`\nFailed: ${this.#failed.join(", ")}\n`);
    this.#print(`${sum(this.#total)}\n`);
    return this.#total.failed > 0 ? 1 : 0;
  }
}

/**
 * The sum as the last line has it.
 *
 * @param counts What it is of.
 * @returns The line, without its end.
 */
export function sum({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** A step that failed. */
export function failure(output: string): Result {
  return { passed: 0, failed: 1, skipped: 0, output };
}

/** A step that cannot be tried here. */
export function skip(output: string): Result {
  return { passed: 0, failed: 0, skipped: 1, output };
}

/** A program as a step: its exit code tells. */
export function asStep({ code, output }: Ended): Result {
  return code === 0 ? { passed: 1, failed: 0, skipped: 0, output } : failure(output);
}

/** A run of `deno test` as a step: its last line tells, in so far as there is one. */
export function asTests({ code, output }: Ended): Result {
  const counts = parseSummary(output);
  if (counts === null) return failure(output);
  // A test file that throws, for one, fails the run without being counted as a test.
  const failed = code !== 0 ? Math.max(1, counts.failed) : counts.failed;
  return { ...counts, failed, output };
}

/**
 * The numbers in the last line of `deno test`.
 *
 * @param output All it said.
 * @returns The numbers, or `null` when it did not come to that line.
 */
export function parseSummary(output: string): Counts | null {
  // deno-lint-ignore no-control-regex
  const plain = output.replace(/\x1b\[[\d;]*m/g, "");
  const steps = String.raw`(?: \(\d+ steps?\))?`;
  const line = new RegExp(
    String
      .raw`^(?:ok|FAILED) \| (\d+) passed${steps} \| (\d+) failed${steps}(?: \| (\d+) ignored)?`,
    "gm",
  );
  const match = [...plain.matchAll(line)].at(-1);
  if (!match) return null;
  return { passed: Number(match[1]), failed: Number(match[2]), skipped: Number(match[3] ?? 0) };
}

function verdict(result: Counts): string {
  const { passed, failed, skipped } = result;
  if (passed + failed + skipped !== 1) return sum(result);
  return failed ? "FAILED" : skipped ? "skipped" : "ok";
}
