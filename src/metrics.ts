/**
 * What a session tells of its doings to whoever counts them, and what it can be asked. Numbers and
 * short strings alone: no path, no data, no password.
 *
 * @module
 */
import type { EventType, State } from "./types.ts";

/**
 * Called by the session, synchronously, with each thing that happens; those that are absent cost
 * nothing, and what they throw goes to `onError`. Times are in ms.
 *
 * @example How long operations take
 * ```ts
 * import { ZooKeeper } from "@zkst/zookeeper";
 *
 * await using zk = await ZooKeeper.connect("127.0.0.1:2181", {
 *   metrics: { request: (operation, code, ms) => console.log(operation, code, ms) },
 * });
 * await zk.exists("/"); // exists OK 0.7
 * ```
 */
export interface Metrics {
  /** At first, with what tells at any time how things are; the same as `zk.stats()`. */
  begin?(stats: () => Stats): void;
  /**
   * A request is over: what it was, as ZooKeeper names it ("getData", "multi"), the code that its
   * owner was told ("OK", "NONODE", "CONNECTIONLOSS"; "CANCELLED" when a signal gave it up), and how
   * long it took from the call on, waiting for a connection included.
   */
  request?(operation: string, code: string, duration: number): void;
  /** A request that has failed with this code is repeated, see `retry`. */
  retry?(operation: string, code: string): void;
  /** So many bytes were handed to the network. */
  sent?(bytes: number): void;
  /** So many bytes have come. */
  received?(bytes: number): void;
  /** The session is connected to this server, "host:port": for the first time, or again. */
  connected?(server: string): void;
  /** The connection is lost: CONNECTIONLOSS, OPERATIONTIMEOUT … */
  disconnected?(code: string): void;
  /** A session event. */
  session?(state: State): void;
  /** Something has happened that is watched. */
  event?(type: EventType): void;
  /** A ping was answered after so long. */
  ping?(roundTrip: number): void;
  /** At the end: nothing more will come. `stats` is the function of {@link Metrics.begin}. */
  end?(stats: () => Stats): void;
}

/** How a session is doing. Counts are from its beginning on, renewals included. */
export interface Stats {
  /** The session's state. */
  readonly state: State;
  /** The server it is connected to, "host:port", or null. */
  readonly server: string | null;
  /** The session's id, or null before there is one. */
  readonly sessionId: bigint | null;
  /** The session timeout, ms: the one asked for until one is negotiated. */
  readonly sessionTimeout: number;
  /** Zxid of the newest reply. */
  readonly lastZxid: bigint;
  /** How long it has been there, ms. */
  readonly age: number;
  /** How long it has been connected to this server, ms; null while it is not. */
  readonly connectedFor: number | null;
  /** Connections after the first one. */
  readonly reconnects: number;
  /** Sessions after the first one, which has expired. */
  readonly renewals: number;
  /** What has been asked for and not been answered. */
  readonly outstanding: {
    /** Requests on their way. */
    readonly sent: number;
    /** Requests that wait for the next write, or for a connection. */
    readonly unsent: number;
    /** Requests that wait for room, see the option `outstanding`. */
    readonly parked: number;
    /** Bytes not yet written; those of parked requests not counted. */
    readonly bytes: number;
  };
  /** Failures and events that are still to be told. */
  readonly untold: number;
  /** Paths that are watched, by the kind of watch. */
  readonly watches: {
    /** Of data. */
    readonly data: number;
    /** Of znodes that are not there. */
    readonly exists: number;
    /** Of lists of children. */
    readonly children: number;
    /** Of one znode, for good. */
    readonly persistent: number;
    /** Of all below one, for good. */
    readonly recursive: number;
  };
  /** Watch events that have come. */
  readonly events: number;
  /** What was handed to the network, pings and all. */
  readonly sent: Traffic;
  /** What has come, pings and all. */
  readonly received: Traffic;
  /** Round trips of pings, ms; null before the first. A busy session sends none. */
  readonly ping: PingStats | null;
}

/** What has gone one way. */
export interface Traffic {
  /** Frames. */
  readonly packets: number;
  /** Bytes. */
  readonly bytes: number;
}

/** How long pings took, ms. */
export interface PingStats {
  /** How many were answered. */
  readonly count: number;
  /** The latest. */
  readonly last: number;
  /** The shortest. */
  readonly least: number;
  /** The mean of all. */
  readonly mean: number;
  /** The longest. */
  readonly most: number;
}
