/** What there is to count of a channel. */
import type { CallCounts } from "../calls/setting.ts";
import { StatusCode } from "../status.ts";
import type { ConnectivityState, Endpoint } from "./endpoint.ts";

/** One endpoint of a channel. */
export interface EndpointStats {
  /** "10.0.0.5:8000". */
  readonly address: string;
  /** Its connection's state. */
  readonly state: ConnectivityState;
  /** Calls that have started and not ended. */
  readonly inFlight: number;
  /** Why there is no connection; null where there is one, or nobody has tried. */
  readonly error: Error | null;
}

/** What there is to count of a channel. */
export interface ChannelStats {
  /** READY if one endpoint is, else what is nearest to it. */
  readonly state: ConnectivityState;
  /** Its endpoints. */
  readonly endpoints: readonly EndpointStats[];
  /** Calls that have started and not ended. */
  readonly active: number;
  /** Of them, those that wait for a connection. */
  readonly waiting: number;
  /** Calls that have ended, by code; those that there were none of are left out. */
  readonly calls: Readonly<Partial<Record<StatusCode, number>>>;
  /** Requests sent once more that no handler can have seen. */
  readonly resends: number;
  /** Requests sent once more after a failure. */
  readonly retries: number;
  /** Further requests while one was not answered. */
  readonly hedges: number;
}

/** What there is to count at the moment. */
export function statsOf(
  endpoints: Iterable<Endpoint>,
  counts: CallCounts,
  waiting: number,
  closed: boolean,
): ChannelStats {
  const listed = Array.from(endpoints, ({ name, state, inFlight, error }) => ({
    address: name,
    state,
    inFlight,
    error,
  }));
  const { active, byStatus, resends, retries, hedges } = counts;
  const calls: Partial<Record<StatusCode, number>> = {};
  for (const [code, status] of Object.entries(StatusCode) as [StatusCode, number][]) {
    if (byStatus[status]! > 0) calls[code] = byStatus[status]!;
  }
  const state = closed ? "SHUTDOWN" : summary(listed.map(({ state }) => state));
  return { state, endpoints: listed, active, waiting, calls, resends, retries, hedges };
}

/** The state of a channel whose endpoints' states are these. */
export function summary(states: readonly ConnectivityState[]): ConnectivityState {
  return nearest.find((state) => states.includes(state)) ?? "IDLE";
}

const nearest: readonly ConnectivityState[] = ["READY", "CONNECTING", "IDLE", "TRANSIENT_FAILURE"];
