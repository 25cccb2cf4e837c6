/**
 * How a server ends, in the order that loses nothing: it leaves ZooKeeper; a moment later, when callers
 * know, it tells those that are connected to go and accepts nobody else; calls in flight end; those that
 * have not at the end of the grace are aborted; and what is still open is closed. Each wait has an end,
 * so it always comes to one.
 */
import type { Clock, Logger } from "../../values.ts";

/** What is to end. */
export interface Draining {
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long callers have to learn that it has left, ms. */
  readonly linger: number;
  /** Leaves ZooKeeper; null for one that is not there. */
  deregister: (() => Promise<void>) | null;
  /** No new calls, no new connections. */
  drain(): void;
  /** Ends the calls in flight. */
  abort(): void;
  /** Ends the connections. */
  close(): void;
  /** Whether no connection is left. */
  isEmpty(): boolean;
  /** How many calls are in flight, for the log. */
  inFlight(): number;
}

/** How long ZooKeeper is waited for at most, ms. */
const deregisterMax = 3000;
/** How long the answers of aborted calls have to leave, ms. */
const lastWords = 1000;
/** How long a connection takes to close, ms. */
const closing = 100;

/** A server's end. */
export class Shutdown {
  /** Resolves when all is over. Never rejects. */
  readonly done: Promise<void>;
  readonly #what: Draining;
  #end: number;
  #wake: (() => void) | null = null;

  /** Begins it; the calls in flight have so long, ms. */
  constructor(what: Draining, grace: number) {
    this.#what = what;
    this.#end = what.clock.now() + grace;
    this.done = this.#run(grace);
  }

  /** They have no longer than so much from now on, ms. */
  hurry(grace: number): void {
    this.#end = Math.min(this.#end, this.#what.clock.now() + grace);
    this.#wake?.();
  }

  /** A connection has ended. */
  check(): void {
    this.#wake?.();
  }

  async #run(grace: number): Promise<void> {
    const { clock, logger, linger, deregister } = this.#what;
    const begin = clock.now();
    if (deregister !== null) {
      let left = false;
      const leave = deregister().catch((error) => {
        logger.warn?.(`The server cannot leave ZooKeeper: ${error.message}`);
      });
      leave.then(() => {
        left = true;
        this.#wake?.();
      });
      const until = begin + Math.min(deregisterMax, grace / 2);
      await this.#until(() => left, () => Math.min(until, this.#end));
      if (!left) logger.warn?.("ZooKeeper is away: the server's session will leave it");
      const learnt = clock.now() + Math.min(linger, grace / 4);
      await this.#until(() => false, () => Math.min(learnt, this.#end));
    }
    this.#what.drain();
    await this.#until(() => this.#what.isEmpty(), () => this.#end);
    if (this.#what.isEmpty()) return;
    const inFlight = this.#what.inFlight();
    if (inFlight > 0) logger.warn?.(`${inFlight} calls are aborted, since the server ends`);
    this.#what.abort();
    const last = clock.now() + lastWords;
    await this.#until(() => this.#what.isEmpty(), () => last);
    this.#what.close();
    await this.#until(() => this.#what.isEmpty(), () => last + closing);
  }

  /** Waits for something, but not past a time, which may come nearer meanwhile. */
  async #until(isSo: () => boolean, end: () => number): Promise<void> {
    const { clock } = this.#what;
    while (!isSo() && clock.now() < end()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      using _timer = end() === Infinity ? null : clock.timer(end(), resolve);
      this.#wake = resolve;
      await promise;
      this.#wake = null;
    }
  }
}
