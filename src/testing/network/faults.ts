/**
 * What can be done to a server's connections by hand. Each fault concerns all connections, or those
 * that `at` names. The standing ones (stall, delay, trickle, refuse) hold for later connections too,
 * until they are ended; where several fit a connection, the one set last counts.
 */
import type { Line } from "./line.ts";
import { type At, checkAt, concerns, type Rules } from "./rules.ts";
import type { Standing } from "./standing.ts";

export class Faults {
  readonly #lines: Iterable<Line>;
  readonly #standing: Standing;

  constructor(lines: Iterable<Line>, standing: Standing) {
    this.#lines = lines;
    this.#standing = standing;
  }

  /** Closes the present connections at once; what has not been delivered is lost. */
  drop(at: At = {}): void {
    this.#each(at, (line) => line.drop());
  }

  /**
   * Closes each present connection once so many more bytes have gone to its client, be it in the
   * middle of a reply.
   *
   * @throws {RangeError} when `bytes` is no whole number of 0 or more.
   */
  dropAfter(bytes: number, at: At = {}): void {
    if (!Number.isSafeInteger(bytes) || bytes < 0) {
      throw new RangeError(`Cannot drop after ${bytes} bytes: give a whole number of 0 or more`);
    }
    this.#each(at, (line) => line.dropAfter(bytes));
  }

  /**
   * Connections are accepted, and then nothing happens: nothing is processed, nothing sent, nobody's
   * leaving noticed. A client can write as much as the way holds, then its writes wait. Sessions still
   * expire. What came meanwhile is processed in order after {@link resume}.
   */
  stall(at: At = {}): void {
    this.#set(this.#standing.stalled, at, true);
  }

  /** Ends {@link stall}, for all connections or for some. */
  resume(at: At = {}): void {
    this.#set(this.#standing.stalled, at, false);
  }

  /**
   * The present connections die without anybody being told: bytes vanish both ways, so does the
   * closing of either side, and the session goes on until it times out. New connections work, and
   * {@link drop} still closes the dead ones.
   */
  halfOpen(at: At = {}): void {
    this.#each(at, (line) => line.sever());
  }

  /**
   * What the server sends arrives so many ms later, in order; 0 ends it, and what was under way
   * arrives at once. In virtual time it arrives while the time is moved on.
   *
   * @throws {RangeError} when `ms` is no number of 0 or more.
   */
  delay(ms: number, at: At = {}): void {
    if (!(ms >= 0 && ms < Infinity)) {
      throw new RangeError(`Cannot delay by ${ms} ms: give a number of 0 or more`);
    }
    this.#set(this.#standing.delay, at, ms);
  }

  /** What the server sends arrives in single bytes; {@link heal} ends it. */
  trickle(at: At = {}): void {
    this.#set(this.#standing.trickling, at, true);
  }

  /** The next bytes to each present client, as many as leave together, are garbage. */
  corrupt(at: At = {}): void {
    this.#each(at, (line) => line.corrupt(true));
  }

  /**
   * The present connections are closed and new ones refused, as while a server is down; {@link heal}
   * ends it. A socket cannot be refused one by one: there a connection is accepted and closed at once.
   * Limited to a session, the connection is closed when it says whose it is, before it counts as heard.
   */
  refuse(at: At = {}): void {
    this.#set(this.#standing.refused, at, true);
  }

  /** Ends stall, delay, trickle, refuse, and a corrupt that has met no bytes yet. */
  heal(): void {
    this.#standing.clear();
    this.#each({}, (line) => {
      line.corrupt(false);
      line.recheck();
    });
  }

  #set<T>(rules: Rules<T>, at: At, value: T): void {
    checkAt(at);
    rules.set(at, value);
    this.#each({}, (line) => line.recheck());
  }

  #each(at: At, call: (line: Line) => void): void {
    checkAt(at);
    for (const line of [...this.#lines]) if (concerns(at, line)) call(line);
  }
}
