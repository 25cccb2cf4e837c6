/**
 * Time, CPU and latencies of a load that runs for a time: a while to warm up, then the while that
 * counts. Some of the chains are timed, and they look at the clock for all.
 */
import process from "node:process";
import type { Pace } from "./load.ts";
import { peakMegabytes } from "./peak.ts";
import { percentile } from "./statistics.ts";

/** What a program has measured. Its line is this as JSON, in whatever language it is written. */
export interface Figures {
  /** Operations a second. */
  readonly rate: number;
  /** CPU per operation, us: of the whole process, collection and I/O in other threads too. */
  readonly cpu: number;
  /** How long an operation took from call to answer, us: half of them no longer. */
  readonly p50: number | null;
  /** The same: 99 of 100 no longer. Null, as p50, where too few were timed to tell. */
  readonly p99: number | null;
  /** The most memory the process had at any time, MB. */
  readonly rss: number;
}

/** The warm-up's share of the time that counts. */
const warmUp = 0.75;

/** One measurement. */
export class Meter implements Pace {
  done = 0;
  over = false;
  readonly #duration: number;
  #from = Infinity;
  #until = Infinity;
  #cpu = process.cpuUsage();
  #latencies: number[] = [];
  #figures: Figures | null = null;

  constructor(seconds: number) {
    this.#duration = 1000 * seconds;
  }

  begin(): void {
    this.#from = performance.now() + warmUp * this.#duration;
  }

  lap(start: number): number {
    const now = performance.now();
    if (now >= this.#until) this.#end(now);
    else if (this.#until < Infinity) this.#latencies.push(1000 * (now - start));
    else if (now >= this.#from) this.#start(now);
    return now;
  }

  /** The line that a program prints. */
  get line(): string {
    return JSON.stringify(this.#figures);
  }

  #start(now: number): void {
    this.#from = now;
    this.#until = now + this.#duration;
    this.#cpu = process.cpuUsage();
    this.done = 0;
  }

  #end(now: number): void {
    if (this.over) return;
    this.over = true;
    const { user, system } = process.cpuUsage(this.#cpu);
    const latencies = this.#latencies.sort((a, b) => a - b);
    this.#figures = {
      rate: this.done / (now - this.#from) * 1000,
      cpu: (user + system) / this.done,
      p50: percentile(latencies, 0.5),
      p99: percentile(latencies, 0.99),
      rss: peakMegabytes(),
    };
  }
}

/** What a program's line says, or null if it says nothing of the kind. */
export function readFigures(line: string): Figures | null {
  try {
    const { rate, cpu, p50, p99, rss } = JSON.parse(line);
    const whole = [rate, cpu, rss].every(Number.isFinite) && [p50, p99].every(isLatency);
    return whole ? { rate, cpu, p50, p99, rss } : null;
  } catch {
    return null;
  }
}

function isLatency(value: unknown): boolean {
  return value === null || Number.isFinite(value);
}
