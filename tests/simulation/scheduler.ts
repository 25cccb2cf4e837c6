/**
 * Time and chance. Everything that may happen next in a simulated world, a timer that is due, a turn
 * of somebody's event loop, bytes on their way, an application's next request, stands side by side,
 * and chance picks one. Between two steps all microtasks run, so that what a step sets off is done
 * before the next. Nothing here is random but what the seed says, so that a seed replays exactly.
 *
 * Time stands still while anybody has something to do at once; it never steps over a timer, unless a
 * fault makes it jump, as it does for an application that was busy elsewhere.
 */
import { setImmediate } from "node:timers";
import type { Clock } from "../../src/types.ts";
import type { Random } from "../fuzz/random.ts";

/** One who has timers and turns: a client's process, or the server's. */
export class Owner implements Clock {
  /** Nothing of this one runs before. */
  pausedUntil = 0;
  /** For how long it has been kept from running, in all, ms. */
  #pauses = 0;
  readonly timers: Set<Timer> = new Set();
  turns: Turn[] = [];

  constructor(readonly scheduler: Scheduler, readonly name: string) {
    scheduler.owners.push(this);
  }

  now(): number {
    return this.scheduler.now;
  }

  timer(at: number, wake: () => void): Disposable & { unref(): void } {
    const timer = new Timer(this, at, this.scheduler.made++, wake);
    this.timers.add(timer);
    return timer;
  }

  turn(wake: () => void): Disposable {
    const turn = new Turn(this, wake);
    this.turns.push(turn);
    return turn;
  }

  /** Keeps it from running for `ms`. */
  pause(ms: number): void {
    this.pausedUntil = this.scheduler.now + ms;
    this.#pauses += ms;
  }

  /** By how much it may be late, in all, ms: it was paused, or the clock has jumped. */
  get lost(): number {
    return this.#pauses + this.scheduler.jumped;
  }

  get paused(): boolean {
    return this.pausedUntil > this.scheduler.now;
  }

  /** Timers and turns that somebody still waits for. */
  get pending(): number {
    return this.timers.size + this.turns.length;
  }

  /** What this one would do next if it had the processor; null for nothing at this time. */
  next(): Timer | Turn | null {
    if (this.paused) return null;
    const timer = this.earliest();
    const due = timer !== null && timer.at <= this.scheduler.now ? timer : null;
    const turn = this.turns[0] ?? null;
    if (due === null || turn === null) return due ?? turn;
    return this.scheduler.random.chance(0.5) ? due : turn;
  }

  /** The timer that falls due first. */
  earliest(): Timer | null {
    let first: Timer | null = null;
    for (const timer of this.timers) {
      if (
        first === null || timer.at < first.at || timer.at === first.at && timer.made < first.made
      ) {
        first = timer;
      }
    }
    return first;
  }
}

class Timer implements Disposable {
  readonly what = "timer";

  constructor(
    readonly owner: Owner,
    readonly at: number,
    readonly made: number,
    readonly wake: () => void,
  ) {}

  run(): void {
    this.owner.timers.delete(this);
    this.wake();
  }

  unref(): void {}

  [Symbol.dispose](): void {
    this.owner.timers.delete(this);
  }
}

class Turn implements Disposable {
  readonly what = "turn";

  constructor(readonly owner: Owner, readonly wake: () => void) {}

  run(): void {
    this[Symbol.dispose]();
    this.wake();
  }

  [Symbol.dispose](): void {
    const at = this.owner.turns.indexOf(this);
    if (at >= 0) this.owner.turns.splice(at, 1);
  }
}

/** Something that may happen. */
export interface Step {
  /** For the trace. */
  readonly label: string;
  run(): void;
}

/** Where steps come from, beside timers and turns. */
export interface Source {
  /** Adds what may happen now. */
  collect(steps: Step[]): void;
  /** When something of it may happen that may not yet; Infinity for never. */
  nextAt(): number;
}

/** How often each kind of step is picked, against the others. */
export interface Weights {
  /** Timers that are due, and turns. */
  readonly processor: number;
  /** Bytes, dials and lookups. */
  readonly network: number;
  /** What applications do. */
  readonly application: number;
  /** That time goes on while something is on its way. */
  readonly time: number;
  /** By how much at most, ms. */
  readonly latency: number;
}

/** The one who decides what happens next. */
export class Scheduler {
  /** ms; not 0, which may stand for "never". */
  now = 1_000;
  made = 0;
  steps = 0;
  readonly owners: Owner[] = [];
  /** By how much the time has jumped over what was due, in all, ms. */
  jumped = 0;

  constructor(
    readonly random: Random,
    public weights: Weights,
    readonly network: Source,
    readonly applications: Source,
    readonly note: (line: string) => void,
  ) {}

  /**
   * Lets one thing happen, and what it sets off; false if there is nothing left that could, until
   * `until`.
   */
  async step(until: number): Promise<boolean> {
    this.steps++;
    const went = this.#go(until);
    await new Promise<void>((resolve) => void setImmediate(resolve));
    return went;
  }

  #go(until: number): boolean {
    const processor = this.#processor();
    const network: Step[] = [];
    this.network.collect(network);
    const applications: Step[] = [];
    this.applications.collect(applications);
    const { weights } = this;
    const mayWait = processor.length === 0 && this.now < until;
    const kinds = [
      processor.length > 0 ? weights.processor : 0,
      network.length > 0 ? weights.network : 0,
      applications.length > 0 ? weights.application : 0,
      mayWait ? weights.time : 0,
    ];
    const kind = this.#pickKind(kinds);
    if (kind === 3) return this.#passTime(network.length + applications.length > 0, until);
    const steps = [processor, network, applications][kind];
    if (steps === undefined) return false;
    const step = this.random.pick(steps);
    if (step.label !== "") this.note(step.label);
    step.run();
    return true;
  }

  /** Moves the time on although something may be due: nobody had the processor meanwhile. */
  jump(ms: number): void {
    this.now += ms;
    this.jumped += ms;
  }

  #processor(): Step[] {
    const steps: Step[] = [];
    for (const owner of this.owners) {
      const next = owner.next();
      if (next !== null) {
        steps.push({
          label: `${owner.name}: ${next.what}`,
          run: () => next.run(),
        });
      }
    }
    return steps;
  }

  /** Which kind; -1 if there is none. */
  #pickKind(kinds: readonly number[]): number {
    let at = this.random.next() * kinds.reduce((sum, weight) => sum + weight, 0);
    for (const [kind, weight] of kinds.entries()) {
      if (weight > 0 && (at -= weight) < 0) return kind;
    }
    return -1;
  }

  #passTime(busy: boolean, until: number): boolean {
    let next = Math.min(until, this.network.nextAt(), this.applications.nextAt());
    for (const owner of this.owners) {
      if (owner.paused) next = Math.min(next, owner.pausedUntil);
      else next = Math.min(next, owner.earliest()?.at ?? Infinity);
    }
    if (next === Infinity) return false;
    const short = this.now + 1 + this.random.below(this.weights.latency);
    this.now = busy ? Math.min(next, short) : next;
    return true;
  }
}
