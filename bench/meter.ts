/**
 * Time and CPU from start to end, and the line that says so. Its form is that of the C program, so
 * that one reader reads them all; latencies follow where there are any.
 */
import process from "node:process";
import type { Operation, Task } from "./task.ts";

/** What a program has measured. Times are in microseconds. */
export interface Figures {
  readonly rate: number;
  /** Of the whole process: collection and I/O in other threads too. */
  readonly cpu: number;
  readonly p50: number | null;
  readonly p99: number | null;
}

/** One measurement. */
export class Meter {
  /** How long some of the operations took, ms. */
  readonly latencies: number[] = [];
  #cpu = process.cpuUsage();
  #time = performance.now();

  /** Starts, again. */
  start(): void {
    this.#cpu = process.cpuUsage();
    this.#time = performance.now();
  }

  /** Ends it: the line about `count` operations. */
  end(name: string, { operation, count, depth }: Task): string {
    const ms = performance.now() - this.#time;
    const { user, system } = process.cpuUsage(this.#cpu);
    const rate = (count / ms * 1000).toFixed(0);
    const cpu = ((user + system) / count).toFixed(2);
    const [p50, p99] = [0.5, 0.99].map((share) => this.#latency(share).toFixed(1));
    return `${name} ${operation} depth ${depth}: ${rate} ops/s, ${cpu} us cpu/op, ` +
      `p50 ${p50} us, p99 ${p99} us`;
  }

  #latency(share: number): number {
    const sorted = this.latencies.sort((a, b) => a - b);
    return 1000 * (sorted[Math.floor(share * sorted.length)] ?? NaN);
  }
}

/** What a program's line says, or null if it is none. */
export function readFigures(line: string, operation: Operation): Figures | null {
  const match = form.exec(line);
  if (match === null || match[1] !== operation) return null;
  const [rate, cpu, p50 = null, p99 = null] = match.slice(2).map((digits) => digits && +digits);
  return { rate, cpu, p50, p99 } as Figures;
}

const form =
  / (get|set) depth \d+: (\d+) ops\/s, ([\d.]+) us cpu\/op(?:, p50 ([\d.]+) us, p99 ([\d.]+) us)?$/;
