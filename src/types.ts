/**
 * What the session and its surroundings agree on: events and states, the platform it runs on, and
 * the options of calls. Types and a few constants, no behaviour.
 *
 * @module
 */
import type { ACL } from "./proto/acl.ts";
import type { CreateMode } from "./proto/modes.ts";

/** The session waits until it can write (ZOOKEEPER_WRITE). */
export const WRITE = 1;
/** The session waits for bytes to read (ZOOKEEPER_READ). */
export const READ = 2;
/** A sum of {@link READ} and {@link WRITE}; 0 for a deadline. */
export type Events = number;

/** The state of a session, under the C client's names. */
export type State =
  /** Before the first dial. */
  | "NOTCONNECTED"
  /** Dialling, or pausing before it. */
  | "CONNECTING"
  /** In the TLS handshake. */
  | "SSL_CONNECTING"
  /** The connect request is on its way. */
  | "ASSOCIATING"
  /** Connected to a server that reads and writes. */
  | "CONNECTED"
  /** Connected to a server that has lost its quorum and serves reads alone. */
  | "READONLY"
  /** The server has given the session up: the end, unless a new session is to follow. */
  | "EXPIRED_SESSION"
  /** The end: the server has refused an authentication. */
  | "AUTH_FAILED"
  /** The end: closed by its owner. */
  | "CLOSED";

/**
 * What happened to a znode, to the session ("Session"), or to a watch: "…Removed"; "Resync" when a
 * watch that lasts is armed again after the session was disconnected, or has been renewed: servers
 * do not tell such a watch what it missed, so read again what you know of its path.
 */
export type EventType =
  | "Session"
  | "NodeCreated"
  | "NodeDeleted"
  | "NodeDataChanged"
  | "NodeChildrenChanged"
  | "DataWatchRemoved"
  | "ChildWatchRemoved"
  | "PersistentWatchRemoved"
  | "Resync";

/** What a watcher is told. */
export interface WatchedEvent {
  /** What happened. */
  readonly type: EventType;
  /** The session's state when it happened. */
  readonly state: State;
  /** The znode, or "" for a session event. */
  readonly path: string;
  /** Zxid of the change; null where the server does not tell (3.8 and before) or nothing changed. */
  readonly zxid: bigint | null;
}

/**
 * Called with each event it was registered for, in the order of the server's replies; and, as in C,
 * once with each change of the session's state while it is registered (`type` "Session").
 */
export type Watcher = (event: WatchedEvent) => void;

/** What identifies a session to any server of the ensemble; keep it to re-attach. */
export interface Session {
  /** The session's id; negative ones occur. */
  readonly id: bigint;
  /** A secret: who has it can take the session over. */
  readonly password: Uint8Array;
}

/** Options of each operation. */
export interface CallOptions {
  /** Gives the operation up: it rejects with the signal's reason. The session is unharmed. */
  signal?: AbortSignal;
  /** Gives the operation up after so many ms, with REQUESTTIMEOUT; process() judges it. */
  timeout?: number;
  /** Whether it is repeated when it can do no harm; as the session's own `retry` says unless given. */
  retry?: boolean | RetryOptions;
}

/** How often an operation is repeated that may be. */
export interface RetryOptions {
  /** How often it is sent at most, the first time counted. 5. */
  attempts?: number;
}

/** Options of the operations that can leave a watch. */
export interface WatchOptions extends CallOptions {
  /** Told of the next change, once; and before it of each change of the session's state. */
  watch?: Watcher;
}

/** Options of watch(). */
export interface WatchIteratorOptions {
  /** Whether to watch all that is below the znode, too. */
  recursive?: boolean;
  /** How many events are held for a slow loop before they are lost, and "Resync" is told. 1000. */
  buffer?: number;
  /** Ends the loop and removes the watch. */
  signal?: AbortSignal;
}

/** Options of create. */
export interface CreateOptions extends CallOptions {
  /** "PERSISTENT" unless given. */
  mode?: CreateMode;
  /** OPEN_ACL_UNSAFE unless given. */
  acl?: readonly ACL[];
  /** For the modes with a TTL, ms: the znode goes when it is unchanged and childless for so long. */
  ttl?: number;
  /**
   * Whether the znode's name begins with `_c_<uuid>-`, as in Curator's protection mode, by which it
   * is found when the answer is lost: so that create can be repeated, and none is made twice.
   */
  protect?: boolean;
}

/** A change of the ensemble's membership: either joining and leaving servers, or all new members. */
export interface Reconfig {
  /** Servers to add or change, each "server.4=host:2888:3888;2181". */
  joiningServers?: string | readonly string[];
  /** Ids of the servers to remove. */
  leavingServers?: string | readonly string[];
  /** The whole new membership, in place of the two above. */
  newMembers?: string | readonly string[];
  /** Only if the present configuration has this version; any unless given. */
  fromConfig?: bigint;
}

/** One server: where it is, and the name it was found under. */
export interface Endpoint {
  /** As it stands in the connect string; kept for TLS. */
  readonly host: string;
  /** The IP address that is dialled. */
  readonly address: string;
  /** The port that is dialled. */
  readonly port: number;
}

/** A connection as the session sees it: a read that completes, a write that completes. */
export interface Transport {
  /** Resolves with the bytes read into `p`, or null at the end. */
  read(p: Uint8Array): Promise<number | null>;
  /**
   * Resolves with the bytes of `p` written, which may be fewer than all. Called within process(), and
   * within the call of an operation that many others have gone before.
   */
  write(p: Uint8Array): Promise<number>;
  /** Ends it; may be called more than once. */
  close(): void;
  /** Has a pending read keep the process alive, as at first. */
  ref?(): void;
  /** Has a pending read not keep the process alive. */
  unref?(): void;
}

/**
 * A way to authenticate by SASL (RFC 4422), the option `sasl`: `digestMd5()`, or one of the
 * application's own, for Kerberos (GSSAPI) say. ZooKeeper's servers expect the mechanism that they
 * are set up for, so nothing is negotiated.
 *
 * @example A mechanism that says who it is, and waits for the server's word
 * ```ts
 * import type { SaslMechanism } from "@zkst/zookeeper";
 *
 * const mechanism: SaslMechanism = {
 *   name: "EXAMPLE",
 *   start: () => {
 *     let said = false;
 *     return {
 *       step(_token) {
 *         if (said) return null;
 *         said = true;
 *         return new TextEncoder().encode("alice");
 *       },
 *     };
 *   },
 * };
 * console.log(mechanism.name);
 * ```
 */
export interface SaslMechanism {
  /** As messages name it: "GSSAPI". */
  readonly name: string;
  /**
   * Begins an exchange with a server, on each new connection. The signal is aborted when the
   * connection is given up.
   */
  start(server: Endpoint, signal: AbortSignal): SaslExchange;
}

/** One run of a {@link SaslMechanism}. */
export interface SaslExchange {
  /**
   * Takes the server's token and returns the next one of the client's, at once or later; null when
   * that was the server's last and all is well. The first call is for what the client begins with,
   * and its token is empty, as is one that the server left out: where the server begins, answer it
   * with an empty token.
   *
   * What is thrown, or rejected with, ends the session: its state is AUTH_FAILED. Whoever cannot
   * answer for the moment, because the KDC is away say, better tries until the signal is aborted:
   * then the next server has its turn.
   */
  step(token: Uint8Array): Uint8Array | null | PromiseLike<Uint8Array | null>;
}

/** Opens a connection. */
export type Connect = (endpoint: Endpoint, signal: AbortSignal) => Promise<Transport>;
/** Finds all addresses of a name. */
export type Resolve = (host: string, signal: AbortSignal) => Promise<string[]>;

/** A server as DNS has it under the name of a service (RFC 2782). */
export interface SrvRecord {
  /** The server's name, with or without a dot at its end. */
  readonly target: string;
  /** The port that is dialled. */
  readonly port: number;
  /** Those with the least are tried before all others. */
  readonly priority: number;
  /** How often, among those of the same priority, it is the first to be tried. */
  readonly weight: number;
}
/**
 * Finds the SRV records of a name, for a connect string like "srv:_zookeeper._tcp.example.org".
 *
 * @example Servers that DNS does not know
 * ```ts
 * import { type ResolveSrv, ZooKeeper } from "@zkst/zookeeper";
 *
 * const resolveSrv: ResolveSrv = () =>
 *   Promise.resolve([{ target: "127.0.0.1", port: 2181, priority: 0, weight: 0 }]);
 * const platform = { resolveSrv };
 * await using zk = await ZooKeeper.connect("srv:_zookeeper._tcp.example.org", { platform });
 * console.log(zk.server);
 * ```
 */
export type ResolveSrv = (name: string, signal: AbortSignal) => Promise<readonly SrvRecord[]>;

/** Time, as the session has it: monotonic ms, timers, and the next turn of the event loop. */
export interface Clock {
  /** Monotonic time, ms. */
  now(): number;
  /** Calls `wake` once at `at`, or on the next turn if that is past. Disposing it calls it off. */
  timer(at: number, wake: () => void): Disposable & { unref?(): void };
  /** Calls `wake` on the next turn of the event loop, after all microtasks and pending I/O. */
  turn(wake: () => void): Disposable;
}

/** All that a session takes from outside; replace it to run without sockets, DNS or real time. */
export interface Platform {
  /** Dials a server. */
  readonly connect: Connect;
  /** Looks a name up; not asked for IP addresses. */
  readonly resolve: Resolve;
  /** Looks up the servers behind "srv:name"; without it such a connect string leads nowhere. */
  readonly resolveSrv?: ResolveSrv;
  /** The time. */
  readonly clock: Clock;
  /** In [0, 1). */
  random(): number;
}

/** One method of a logger. */
export type LogMethod = (message: string, fields?: Record<string, unknown>) => void;

/**
 * Where log lines go: four optional methods, so `console` fits. For an absent one no message is
 * built. Data, passwords and authentication are never logged.
 */
export interface Logger {
  /** What ends a session. */
  readonly error?: LogMethod | undefined;
  /** What went wrong and is being mended: a lost connection, a missed deadline, a refused call. */
  readonly warn?: LogMethod | undefined;
  /** Connected, closed, pausing. */
  readonly info?: LogMethod | undefined;
  /** Each attempt. */
  readonly debug?: LogMethod | undefined;
}
