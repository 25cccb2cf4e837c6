/**
 * The clock that a server and its clients have in common. It stands still until somebody moves it;
 * microtasks and turns of the event loop run all the same, in no time. Once a socket is listened on
 * it goes on as the real one does.
 *
 * Moving it needs no real timer: {@link TestClock.advance} lets the event loop turn, and when nothing
 * moves any more it goes on to the next timer. What a timer sets off runs before time goes on. But an
 * application that asks again and again never comes to rest, so after a hundred turns at one time
 * each further one takes 2 ms.
 */
import { clearImmediate, setImmediate } from "node:timers";
import type { Clock } from "../../types.ts";
import { type Timed, Timers } from "./timers.ts";

/** Monotonic time at the start, ms: not 0, which may stand for "never". */
const start = 1_000;
/** The date at the start, ms since 1970. */
const startDate: number = Date.UTC(2024, 0, 1);
/** So many turns may pass at one time. */
const turnsFree = 100;
/** What each takes beyond, ms. */
const turnTime = 2;

export class TestClock implements Clock {
  #now = start;
  readonly #timers = new Timers<Timer>();
  #timersMade = 0;
  /** Turns that somebody waits for. */
  #turns = 0;
  /** Turns that have been. */
  #turned = 0;
  #advancing = false;
  /** What to add to the real clock; null while time is virtual. */
  #offset: number | null = null;

  now(): number {
    return this.#offset === null ? this.#now : performance.now() + this.#offset;
  }

  /** The date, ms since 1970: beginning with 2024 in virtual time, today's in real time. */
  epoch(): number {
    return this.#offset === null ? startDate + Math.floor(this.#now - start) : Date.now();
  }

  /** Whether time is the real one. */
  get real(): boolean {
    return this.#offset !== null;
  }

  /** Timers and turns that somebody waits for. */
  get pending(): number {
    return this.#timers.size + this.#turns;
  }

  timer(at: number, wake: () => void): Disposable & { unref(): void } {
    if (this.#offset === null && at <= this.#now) return { ...this.turn(wake), unref() {} };
    const timer = new Timer(this, this.#timers, at, this.#timersMade++, wake);
    this.#timers.add(timer);
    if (this.#offset !== null) timer.startReal();
    return timer;
  }

  turn(wake: () => void): Disposable {
    let over = false;
    this.#turns++;
    const end = () => {
      over = true;
      this.#turns--;
    };
    const immediate = setImmediate(() => {
      end();
      this.#turned++;
      wake();
    });
    return {
      [Symbol.dispose]() {
        if (over) return;
        end();
        clearImmediate(immediate);
      },
    };
  }

  /**
   * Moves the time on by `ms`; 0 lets everything run that needs no time.
   *
   * @throws {TypeError} while another call is not over, and in real time.
   * @throws {RangeError} when `ms` is no number of 0 or more.
   */
  advance(ms: number): Promise<void> {
    if (!(ms >= 0 && ms < Infinity)) {
      throw new RangeError(`Cannot advance the time by ${ms} ms: give a number of 0 or more`);
    }
    if (this.#offset !== null) throw new TypeError(realTime);
    if (this.#advancing) {
      throw new TypeError("Cannot advance the time twice at once: another advance() is not over");
    }
    this.#advancing = true;
    return this.#advance(this.#now + ms).finally(() => this.#advancing = false);
  }

  /** From now on time is the real one, going on from where it is; timers become real too. */
  toRealTime(): void {
    if (this.#offset !== null) return;
    this.#offset = this.#now - performance.now();
    this.#timers.forEach((timer) => timer.startReal());
  }

  async #advance(until: number): Promise<void> {
    let turns = 0;
    for (;;) {
      const rested = await this.#rest();
      if (this.#offset !== null) throw new TypeError(realTime);
      turns = rested ? 0 : turns + 1;
      const { first } = this.#timers;
      if (first !== undefined && first.at <= this.#now) {
        turns--;
        first.fire();
      } else if (rested || turns > turnsFree) {
        if (this.#now >= until) return;
        const step = rested ? Infinity : turnTime;
        this.#now = Math.min(this.#now + step, until, first?.at ?? Infinity);
      }
    }
  }

  /** Lets one turn pass; whether nothing happened in it and nothing is to happen in the next. */
  async #rest(): Promise<boolean> {
    const turned = this.#turned;
    await new Promise<void>((resolve) => void setImmediate(resolve));
    return this.#turns === 0 && this.#turned === turned;
  }
}

const realTime = "Cannot advance the time: it is the real one, since the server listens on a " +
  "socket or was made with realTime";

class Timer implements Timed, Disposable {
  place = -1;
  readonly #clock: Clock;
  readonly #timers: Timers<Timer>;
  readonly #wake: () => void;
  #id: ReturnType<typeof setTimeout> | null = null;
  #unrefed = false;

  constructor(
    clock: Clock,
    timers: Timers<Timer>,
    readonly at: number,
    readonly number: number,
    wake: () => void,
  ) {
    this.#clock = clock;
    this.#timers = timers;
    this.#wake = wake;
  }

  fire(): void {
    this.#timers.delete(this);
    this.#wake();
  }

  /** setTimeout cuts fractions off and takes 31 bits, so it may have to be asked again. */
  startReal(): void {
    const left = Math.min(Math.ceil(this.at - this.#clock.now()), 0x7fffffff);
    this.#id = setTimeout(() => {
      if (this.#clock.now() < this.at) this.startReal();
      else this.fire();
    }, Math.max(0, left));
    if (this.#unrefed) this.unref();
  }

  unref(): void {
    this.#unrefed = true;
    if (this.#id !== null) Deno.unrefTimer(this.#id);
  }

  [Symbol.dispose](): void {
    this.#timers.delete(this);
    if (this.#id !== null) clearTimeout(this.#id);
  }
}
