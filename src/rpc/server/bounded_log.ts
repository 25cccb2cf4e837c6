/**
 * Lines that callers can cause as often as they like: of each kind some are written in a second, and
 * then how many more there were. So nobody fills a server's log from outside.
 */
import type { Clock, Logger, LogMethod } from "../../values.ts";
import { type Deadlines, Timed } from "../time/deadlines.ts";

/** Lines of a kind in a second. */
const most = 10;
const second = 1_000;

/** A log whose lines are of kinds; these are few, whatever strangers send. */
export class BoundedLog {
  readonly #logger: Logger;
  readonly #clock: Pick<Clock, "now">;
  readonly #deadlines: Deadlines;
  readonly #kinds = new Map<string, Kind>();

  /** In front of a logger that does not throw. */
  constructor(logger: Logger, clock: Pick<Clock, "now">, deadlines: Deadlines) {
    this.#logger = logger;
    this.#clock = clock;
    this.#deadlines = deadlines;
  }

  /** Where lines of a kind go: "calls that are refused", say. It has no method while there are enough. */
  about(kind: string): Logger {
    const method = (level: "error" | "warn" | "info") => this.#method(kind, level);
    const logger = this.#logger;
    return {
      get error() {
        return method("error");
      },
      get warn() {
        return method("warn");
      },
      get info() {
        return method("info");
      },
      // Whoever asks for these wants them all.
      get debug() {
        return logger.debug;
      },
    };
  }

  #method(name: string, level: "error" | "warn" | "info"): LogMethod | undefined {
    const method = this.#logger[level];
    if (method === undefined) return undefined;
    let kind = this.#kinds.get(name);
    if (kind === undefined) {
      kind = new Kind((one) => this.#expired(name, one));
      this.#kinds.set(name, kind);
      this.#deadlines.add(kind, this.#clock.now() + second);
    }
    if (kind.lines++ < most) return method;
    return undefined;
  }

  /** A second is over. */
  #expired(name: string, kind: Kind): void {
    const more = kind.lines - most;
    kind.lines = 0;
    if (more <= 0) return void this.#kinds.delete(name);
    this.#logger.warn?.(`${more} more lines about ${name} are left out, of one second`);
    this.#deadlines.add(kind, this.#clock.now() + second);
  }
}

class Kind extends Timed {
  lines = 0;
  readonly #expired: (kind: Kind) => void;

  constructor(expired: (kind: Kind) => void) {
    super();
    this.#expired = expired;
  }

  override expired(): void {
    this.#expired(this);
  }
}
