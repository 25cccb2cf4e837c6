/** Accepts connections for as long as the listener is open, whatever goes wrong with some. */
import type { Clock, Logger } from "../../values.ts";
import type { Incoming, Listener } from "../sockets.ts";

/** How long to leave it after one could not be accepted, for want of descriptors for instance, ms. */
const pauseTime = 100;

/** The loop that accepts. */
export class Accepting {
  readonly #listener: Listener;
  readonly #take: (incoming: Incoming) => void;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #wake: (() => void) | null = null;
  #stopped = false;

  /** Begins at once. */
  constructor(
    listener: Listener,
    take: (incoming: Incoming) => void,
    clock: Clock,
    logger: Logger,
  ) {
    this.#listener = listener;
    this.#take = take;
    this.#clock = clock;
    this.#logger = logger;
    void this.#run();
  }

  /** Accepts none any more. */
  stop(): void {
    this.#stopped = true;
    this.#listener.close();
    this.#wake?.();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        const incoming = await this.#listener.accept();
        if (incoming === null) return;
        this.#take(incoming);
      } catch (error) {
        if (this.#stopped) return;
        this.#logger.warn?.(`A connection could not be accepted: ${(error as Error).message}`);
        await this.#pause();
      }
    }
  }

  async #pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    using _timer = this.#clock.timer(this.#clock.now() + pauseTime, resolve);
    this.#wake = resolve;
    await promise;
    this.#wake = null;
  }
}
