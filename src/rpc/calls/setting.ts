/** What all calls of a channel have in common. */
import type { Clock, Logger } from "../../values.ts";
import { StatusCode } from "../status.ts";
import type { Deadlines } from "../time/deadlines.ts";
import type { Hedging } from "./hedging.ts";
import type { Retries } from "./retries.ts";
import type { TurnClock } from "../time/turn_clock.ts";

/** How often things happened. */
export class CallCounts {
  /** Calls that have started and not ended. */
  active = 0;
  /** Calls that have ended, by status. */
  readonly byStatus: number[] = Object.values(StatusCode).map(() => 0);
  /** Requests sent once more that no handler can have seen. */
  resends = 0;
  /** Requests sent once more out of the budget. */
  retries = 0;
  /** Further requests while one was not answered. */
  hedges = 0;
}

/** What a channel's calls live on. */
export interface CallSetting {
  readonly clock: Clock;
  /** For what need not be known to the ms. */
  readonly turn: TurnClock;
  readonly logger: Logger;
  readonly deadlines: Deadlines;
  readonly retries: Retries;
  readonly hedging: Hedging | null;
  /** Bytes of a request at most. */
  readonly requestMax: number;
  /** Bytes of a response at most. */
  readonly responseMax: number;
  readonly counts: CallCounts;
  /** The name of a balancer that goes by a key, else null. */
  readonly keyed: string | null;
}
