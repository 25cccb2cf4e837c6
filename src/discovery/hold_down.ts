/**
 * Instances that have vanished in a way that is hard to believe: many at once, right after ZooKeeper
 * itself was away. Their sessions were away too, and they come back by themselves; so they are held
 * for as long as that takes, and then let go. What goes while all is well goes at once.
 */
import { hostPort, type ServiceInstance } from "./instance.ts";

/** When vanished instances are held, and for how long. */
export interface HoldDownOptions {
  /** Held if more than this share of all vanishes at once. 0.5. */
  share?: number;
  /** And at least so many; all of them are held however few they are. 3. */
  atLeast?: number;
  /**
   * For how long, ms; also how long after a reconnect it is hard to believe. 0 holds nothing. The
   * session timeout.
   */
  time?: number;
}

interface Held<P> {
  readonly instance: ServiceInstance<P>;
  readonly until: number;
}

/** Those that are held, by the names of their znodes. */
export class HoldDown<P> {
  readonly #options: Required<Omit<HoldDownOptions, "time">>;
  readonly #time: () => number;
  readonly #held = new Map<string, Held<P>>();
  #doubtUntil = -Infinity;

  /** `time` is asked each time: a session timeout may change. */
  constructor({ share = 0.5, atLeast = 3, time }: HoldDownOptions, timeout: () => number) {
    if (!(share >= 0 && share <= 1)) {
      throw new RangeError(`The hold-down's share must be 0 to 1, not ${share}`);
    }
    if (time !== undefined && !(time >= 0 && time < Infinity)) {
      throw new RangeError(`The hold-down's time must be 0 ms or more, not ${time}`);
    }
    this.#options = { share, atLeast };
    this.#time = time === undefined ? timeout : () => time;
  }

  /** Connected again: what vanishes now is doubted for a while. */
  doubt(now: number): void {
    this.#doubtUntil = now + this.#time();
  }

  get size(): number {
    return this.#held.size;
  }

  /** The instances that are held. */
  *instances(): Generator<ServiceInstance<P>> {
    for (const { instance } of this.#held.values()) yield instance;
  }

  /** Holds them, if so many of so many are hard to believe. */
  consider(vanished: ReadonlyMap<string, ServiceInstance<P>>, before: number, now: number): void {
    const { share, atLeast } = this.#options;
    const count = vanished.size;
    const many = count >= atLeast && count > share * before || count === before;
    if (now >= this.#doubtUntil || count === 0 || !many) return;
    const until = now + this.#time();
    for (const [leaf, instance] of vanished) this.#held.set(leaf, { instance, until });
  }

  /** Lets go of those whose time has come, and of those that are back, under whatever name. */
  release(
    present: ReadonlyMap<string, { instance: ServiceInstance<P> | null }>,
    now: number,
  ): void {
    if (this.#held.size === 0) return;
    const back = new Set<string>();
    for (const { instance } of present.values()) {
      if (instance !== null) back.add(instance.id).add(hostPort(instance));
    }
    for (const [leaf, { instance, until }] of this.#held) {
      const isBack = present.has(leaf) || back.has(instance.id) || back.has(hostPort(instance));
      if (isBack || until <= now) this.#held.delete(leaf);
    }
  }

  /** In how many ms the next one goes; Infinity for none. */
  next(now: number): number {
    let next = Infinity;
    for (const { until } of this.#held.values()) next = Math.min(next, until - now);
    return Math.max(0, next);
  }
}
