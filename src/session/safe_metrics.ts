/** The application's metrics, kept from throwing into the session: what they throw goes to onError. */
import type { Metrics, Stats } from "../metrics.ts";
import type { EventType, State } from "../types.ts";

/** Has all the methods, of which those that are absent do nothing. */
export class SafeMetrics implements Required<Metrics> {
  readonly #metrics: Metrics;
  readonly #onError: (error: unknown) => void;
  #stats: () => Stats = () => {
    throw new TypeError("The session has not begun");
  };

  constructor(metrics: Metrics, onError: (error: unknown) => void) {
    this.#metrics = metrics;
    this.#onError = onError;
  }

  begin(stats: () => Stats): void {
    this.#stats = stats;
    this.#safely(() => this.#metrics.begin?.(stats));
  }

  /** Called for each operation: no closure. */
  request(operation: string, code: string, duration: number): void {
    try {
      this.#metrics.request?.(operation, code, duration);
    } catch (error) {
      this.#onError(error);
    }
  }

  retry(operation: string, code: string): void {
    this.#safely(() => this.#metrics.retry?.(operation, code));
  }

  sent(bytes: number): void {
    this.#safely(() => this.#metrics.sent?.(bytes));
  }

  received(bytes: number): void {
    this.#safely(() => this.#metrics.received?.(bytes));
  }

  connected(server: string): void {
    this.#safely(() => this.#metrics.connected?.(server));
  }

  disconnected(code: string): void {
    this.#safely(() => this.#metrics.disconnected?.(code));
  }

  session(state: State): void {
    this.#safely(() => this.#metrics.session?.(state));
  }

  event(type: EventType): void {
    this.#safely(() => this.#metrics.event?.(type));
  }

  ping(roundTrip: number): void {
    this.#safely(() => this.#metrics.ping?.(roundTrip));
  }

  end(): void {
    this.#safely(() => this.#metrics.end?.(this.#stats));
  }

  #safely(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.#onError(error);
    }
  }
}
