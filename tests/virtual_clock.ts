/**
 * A clock that stands still until a test moves it. Microtasks are real; what a session calls a turn
 * of the event loop is one here too, but no time passes in it.
 */
import { setImmediate } from "node:timers";
import type { Clock } from "../src/types.ts";

interface Timer {
  at: number;
  wake: () => void;
}

export class VirtualClock implements Clock {
  #now = 1_000;
  readonly #timers = new Set<Timer>();
  #turns: (() => void)[] = [];

  now(): number {
    return this.#now;
  }

  timer(at: number, wake: () => void): Disposable & { unref(): void } {
    const timer = { at, wake };
    this.#timers.add(timer);
    return { unref() {}, [Symbol.dispose]: () => void this.#timers.delete(timer) };
  }

  turn(wake: () => void): Disposable {
    const turn = () => wake();
    this.#turns.push(turn);
    return { [Symbol.dispose]: () => void (this.#turns = this.#turns.filter((t) => t !== turn)) };
  }

  /** Timers and turns that somebody still waits for. */
  get pending(): number {
    return this.#timers.size + this.#turns.length;
  }

  /** Moves the time without letting anything run: the application was busy elsewhere. */
  jump(ms: number): void {
    this.#now += ms;
  }

  /** Lets everything run that can run without time passing. */
  async settle(): Promise<void> {
    for (let round = 0; round < 10_000; round++) {
      await new Promise<void>((resolve) => void setImmediate(resolve));
      const turn = this.#turns.shift();
      if (turn !== undefined) {
        turn();
        continue;
      }
      const due = this.#next();
      if (due === null || due.at > this.#now) return;
      this.#fire(due);
    }
    throw new Error("The session never comes to rest");
  }

  /** Lets `ms` pass, stopping at each timer on the way. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await this.settle();
    for (let next = this.#next(); next !== null && next.at <= until; next = this.#next()) {
      this.#now = Math.max(this.#now, next.at);
      await this.settle();
    }
    this.#now = until;
    await this.settle();
  }

  #next(): Timer | null {
    let next: Timer | null = null;
    for (const timer of this.#timers) if (next === null || timer.at < next.at) next = timer;
    return next;
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer);
    timer.wake();
  }
}
