/**
 * A loop that makes things as they should be: one step at a time, whoever asks for how many; again
 * when something has changed meanwhile; and at the time that the step itself names. It does not end
 * by failing: a step that throws is tried again, later each time.
 */
import type { Clock, Platform } from "../values.ts";

/** The first pause after a failure and the longest, ms; each is 1.6 times the one before. */
const pauseMin = 100;
const pauseMax = 30_000;

/** What a step returns when there is nothing to do until somebody asks. */
export const atRest: number = Infinity;

/** Runs steps. */
export class Reconciler {
  readonly #clock: Clock;
  readonly #random: () => number;
  /** Resolves with how many ms from now the next step is due, asked for or not. */
  readonly #step: () => Promise<number>;
  #timer: Disposable | null = null;
  #timerAt = Infinity;
  #running = false;
  #askedAt = Infinity;
  #failures = 0;
  #stopped = false;

  constructor({ clock, random }: Pick<Platform, "clock" | "random">, step: () => Promise<number>) {
    this.#clock = clock;
    this.#random = () => random();
    this.#step = step;
  }

  /** Asks for a step in so many ms; one that is due earlier is enough. */
  ask(delay: number = 0): void {
    if (this.#stopped) return;
    this.#askedAt = Math.min(this.#askedAt, this.#clock.now() + delay);
    if (!this.#running) this.#schedule();
  }

  /** No further step begins. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.[Symbol.dispose]();
    this.#timer = null;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  #schedule(): void {
    if (this.#stopped) return;
    if (this.#askedAt <= this.#clock.now()) return void this.#run();
    if (this.#timer !== null && this.#timerAt <= this.#askedAt) return;
    this.#timer?.[Symbol.dispose]();
    this.#timer = null;
    if (this.#askedAt === Infinity) return;
    this.#timerAt = this.#askedAt;
    const timer = this.#clock.timer(this.#timerAt, () => {
      this.#timer = null;
      if (!this.#running) this.#schedule();
    });
    // Whether the process goes on is for the session to say.
    timer.unref?.();
    this.#timer = timer;
  }

  async #run(): Promise<void> {
    this.#running = true;
    this.#askedAt = Infinity;
    const failures = this.#failures;
    let next: number;
    try {
      next = await this.#step();
      // A step that has asked for a pause has failed, too.
      if (failures === this.#failures) this.#failures = 0;
    } catch (error) {
      reportError(error);
      next = this.pause();
    }
    this.#running = false;
    if (next !== atRest) this.ask(next);
    this.#schedule();
  }

  /** How long to wait after a failure, ms: longer each time, with jitter. */
  pause(): number {
    const pause = Math.min(pauseMin * 1.6 ** this.#failures++, pauseMax);
    return pause * (0.8 + 0.4 * this.#random());
  }
}

/** Whether it is a result code of an operation that may succeed when it is tried again. */
export function isPassing(error: unknown): boolean {
  return passing.has((error as { code?: string } | null)?.code ?? "");
}

/** Whether it says that the session, or the view of it, is at its end. */
export function isEnd(error: unknown): boolean {
  const { code = "" } = error as { code?: string };
  return code === "CLOSING" || code === "AUTHFAILED";
}

const passing: ReadonlySet<string> = new Set([
  "CONNECTIONLOSS",
  "OPERATIONTIMEOUT",
  "RUNTIMEINCONSISTENCY",
  "SESSIONEXPIRED",
  "SESSIONMOVED",
  "REQUESTTIMEOUT",
  "THROTTLEDOP",
  "NOTREADONLY",
]);
