/** Progress while the rounds run: what is being measured, which round it is, how long it will take. */
import type { Figures } from "./meter.ts";
import type { Program } from "./programs.ts";
import { type Listener, type Plan, type Turn, turnsOf } from "./rounds.ts";
import { nameOf } from "./scenes.ts";

/** What a process takes to start, to warm up (a share of what is measured) and to end. */
const overhead = 0.1;
const warmUp = 0.75;

/** How long a turn of a program takes, about, in seconds. */
export function durationOf(program: Program, seconds: number): number {
  return program.extra + overhead + (1 + warmUp) * seconds;
}

/** Seconds as one says them. */
export function spoken(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** Writes a line that is overwritten on a terminal, and a line for each scene's round elsewhere. */
export class Progress implements Listener {
  readonly #plan: Plan;
  readonly #write: (text: string) => void;
  readonly #terminal: boolean;
  readonly #started: number;
  /** What was expected of the turns up to now, and of those to come, in seconds. */
  #expectedDone = 0;
  #expectedLeft: number;
  #rates: string[] = [];

  constructor(plan: Plan, write: (text: string) => void, terminal: boolean, now: number) {
    this.#plan = plan;
    this.#write = write;
    this.#terminal = terminal;
    this.#started = now;
    this.#expectedLeft = [...turnsOf(plan)]
      .reduce((sum, { program }) => sum + durationOf(program, plan.seconds), 0);
  }

  /** How long is left, in seconds: as expected, made longer or shorter by how it went up to now. */
  left(now: number): number {
    const spent = (now - this.#started) / 1000;
    // One turn is not much to go by.
    const pace = (spent + 10) / (this.#expectedDone + 10);
    return this.#expectedLeft * pace;
  }

  begins(turn: Turn): void {
    if (!this.#terminal) return;
    this.#write(`\r\x1b[K${this.#head(turn)}: ${turn.program.name} …`);
  }

  ended(turn: Turn, figures: Figures | null): void {
    const { name } = turn.program;
    const duration = durationOf(turn.program, this.#plan.seconds);
    this.#expectedDone += duration;
    this.#expectedLeft -= duration;
    this.#rates.push(`${name} ${figures === null ? "failed" : short(figures.rate)}`);
    if (turn.program !== this.#plan.programs.at(-1)) return;
    const rates = this.#rates.splice(0).join(", ");
    this.#write(`${this.#terminal ? "\r\x1b[K" : ""}${this.#head(turn)}: ${rates}\n`);
  }

  failed({ program }: Turn, reason: string): void {
    this.#write(`${this.#terminal ? "\r\x1b[K" : ""}${program.name} is left out here: ${reason}\n`);
  }

  #head({ round, scene }: Turn): string {
    const left = spoken(Math.max(0, this.left(performance.now())));
    return `[round ${round} of ${this.#plan.rounds}, ${left} left] ${nameOf(scene)}`;
  }
}

/** A rate in few characters. */
export function short(rate: number): string {
  if (rate >= 999_500) return `${(rate / 1e6).toFixed(1)}M`;
  if (rate >= 9_950) return `${Math.round(rate / 1000)}k`;
  return rate >= 1000 ? `${(rate / 1000).toFixed(1)}k` : rate.toFixed(0);
}
