/**
 * The time as it was when a turn began. Many calls begin and end in one turn of the event loop, and to
 * ask for the time of each costs more than all else that is done for it.
 */
import type { Clock } from "../../values.ts";

/** A clock that is looked at once for what happens at one go. */
export class TurnClock {
  readonly #clock: Pick<Clock, "now">;
  #now = 0;
  #known = false;

  /** One beside a clock. */
  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** ms on the clock, as of a moment ago: what runs now began then. */
  now(): number {
    if (this.#known) return this.#now;
    this.#known = true;
    queueMicrotask(this.#forget);
    return this.#now = this.#clock.now();
  }

  readonly #forget = (): void => {
    this.#known = false;
  };
}
