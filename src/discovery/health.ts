/**
 * Whether an instance is fit to be registered: asked now and again, and believed only after several
 * answers in a row, so that one that wavers does not come and go.
 */
import type { Clock } from "../values.ts";

/** A check of an instance's own health. */
export interface HealthCheck {
  /** Whether it is well. What it throws, and no answer until the next time, is a no. */
  check: () => boolean | Promise<boolean>;
  /** How often it is asked, ms. 5,000. */
  interval?: number;
  /** So many times yes in a row, and it is registered again. 2; at first one is enough. */
  rise?: number;
  /** So many times no in a row, and it is withdrawn. 3. */
  fall?: number;
}

/** Asks, and tells when it matters. */
export class HealthGate {
  /** Whether it may be registered. */
  healthy: boolean = false;
  readonly #clock: Clock;
  readonly #check: Required<HealthCheck>;
  readonly #changed: () => void;
  #timer: Disposable | null = null;
  #stopped = false;
  #round = 0;
  #answered = true;
  /** Answers in a row that are not what holds. */
  #contrary = 0;
  #first = true;

  constructor(clock: Clock, given: HealthCheck, changed: () => void) {
    const { check, interval = 5_000, rise = 2, fall = 3 } = given;
    if (typeof check !== "function") {
      throw new TypeError(`A health check must be a function, not ${typeof check}`);
    }
    for (const [name, value] of Object.entries({ interval, rise, fall })) {
      if (value > 0 && value < Infinity) continue;
      throw new RangeError(`A health check's ${name} must be over 0, not ${value}`);
    }
    this.#clock = clock;
    this.#check = { check, interval, rise, fall };
    this.#changed = changed;
    this.#ask();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.[Symbol.dispose]();
  }

  #ask(): void {
    if (this.#stopped) return;
    if (!this.#answered) this.#judge(false);
    const round = ++this.#round;
    this.#answered = false;
    const answer = (well: boolean) => {
      if (round !== this.#round || this.#stopped) return;
      this.#answered = true;
      this.#judge(well);
    };
    try {
      Promise.resolve(this.#check.check()).then(
        (well) => answer(well === true),
        () => answer(false),
      );
    } catch {
      answer(false);
    }
    const timer = this.#clock.timer(this.#clock.now() + this.#check.interval, () => this.#ask());
    timer.unref?.();
    this.#timer = timer;
  }

  #judge(well: boolean): void {
    const needed = this.healthy ? this.#check.fall : this.#first ? 1 : this.#check.rise;
    this.#contrary = well === this.healthy ? 0 : this.#contrary + 1;
    if (this.#contrary < needed) return;
    this.#contrary = 0;
    this.#first = false;
    this.healthy = well;
    this.#changed();
  }
}
