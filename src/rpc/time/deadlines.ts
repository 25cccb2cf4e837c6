/**
 * Deadlines of many calls with one timer. Nearly all calls end long before their deadline, so to add
 * one and to take it out again must cost next to nothing: they stand in slots of a few ms, each a ring
 * of links, and only the first slot has a timer.
 */
import type { Clock } from "../../values.ts";

/** Something with a deadline; in one {@link Deadlines} at most. */
export abstract class Timed {
  /** For Deadlines alone. */
  earlier: Timed | null = null;
  /** For Deadlines alone. */
  later: Timed | null = null;
  /** Called once the deadline is past, up to a slot's width late; it is out then. */
  abstract expired(): void;
}

/** The width of a slot, ms: nobody is called earlier than its deadline, or later by more than this. */
const slotWidth = 4;
/** As many slots as deadlines within eight seconds have. */
const sweepFirst = 2_048;

/** Who has a deadline, and which. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #slots = new Map<number, Ring>();
  /** So many slots are looked through for empty ones. */
  #sweepAt = sweepFirst;
  #next = Infinity;
  #timer: Disposable | null = null;
  #stopped = false;

  /** None, on a clock. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `one.expired()` once `at` (ms on the clock) is past; Infinity is never. */
  add(one: Timed, at: number): void {
    if (at === Infinity || this.#stopped) return;
    const slot = Math.ceil(at / slotWidth);
    let ring = this.#slots.get(slot);
    if (ring === undefined) {
      if (this.#slots.size >= this.#sweepAt) this.#sweep();
      ring = new Ring();
      this.#slots.set(slot, ring);
      if (slot < this.#next) this.#arm(slot);
    }
    ring.push(one);
  }

  /** Slots that are held, empty ones among them. */
  get slots(): number {
    return this.#slots.size;
  }

  /** Takes one out; nothing for one that is not in. */
  delete(one: Timed): void {
    if (one.earlier === null) return;
    one.earlier.later = one.later;
    one.later!.earlier = one.earlier;
    one.earlier = one.later = null;
  }

  /** Calls nobody any more, whoever is added. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.[Symbol.dispose]();
    this.#timer = null;
    this.#slots.clear();
    this.#next = Infinity;
  }

  /** Long before the timer comes that they wait for; the slot that has it stays. */
  #sweep(): void {
    for (const [slot, ring] of this.#slots) {
      if (ring.empty && slot !== this.#next) this.#slots.delete(slot);
    }
    this.#sweepAt = Math.max(sweepFirst, 2 * this.#slots.size);
  }

  #arm(slot: number): void {
    this.#timer?.[Symbol.dispose]();
    this.#next = slot;
    const timer = this.#clock.timer(slot * slotWidth, this.#expire);
    // What waits for a call keeps the process alive, not its deadline.
    timer.unref?.();
    this.#timer = timer;
  }

  readonly #expire = (): void => {
    this.#timer = null;
    this.#next = Infinity;
    const now = this.#clock.now();
    let next = Infinity;
    for (const [slot, ring] of this.#slots) {
      if (ring.empty || slot * slotWidth <= now) {
        this.#slots.delete(slot);
        for (let one = ring.shift(); one !== null; one = ring.shift()) one.expired();
      } else if (slot < next) {
        next = slot;
      }
    }
    if (next < this.#next) this.#arm(next);
  };
}

/** Those of one slot; the ring itself is the link between the last and the first. */
class Ring extends Timed {
  constructor() {
    super();
    this.earlier = this.later = this;
  }

  get empty(): boolean {
    return this.later === this;
  }

  push(one: Timed): void {
    one.earlier = this.earlier;
    one.later = this;
    this.earlier!.later = one;
    this.earlier = one;
  }

  shift(): Timed | null {
    const first = this.later!;
    if (first === this) return null;
    this.later = first.later;
    first.later!.earlier = this;
    first.earlier = first.later = null;
    return first;
  }

  override expired(): void {}
}
