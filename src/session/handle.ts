/**
 * The session's record, zhandle_t in C: every field it has, in one place. It is changed by the
 * modules of this folder, by process() and by wait(), and by nobody else.
 *
 * @module
 */
import { Writer } from "../proto/archive.ts";
import { passwordSize } from "../proto/connect.ts";
import type {
  Endpoint,
  Events,
  Logger,
  Platform,
  SaslMechanism,
  Session,
  State,
  WatchedEvent,
  Watcher,
} from "../types.ts";
import type { Auth } from "./auths.ts";
import type { Connection } from "./connection.ts";
import { Counters } from "./counters.ts";
import type { Dial } from "./dial.ts";
import { showOnly } from "./discretion.ts";
import { Fifo } from "./fifo.ts";
import { type ConnectString, type Host, serverName } from "./hosts.ts";
import type { Lookup } from "./lookup.ts";
import type { Pending } from "./pending.ts";
import type { Probe } from "./probe.ts";
import type { Sasl } from "./sasl.ts";
import type { SafeMetrics } from "./safe_metrics.ts";
import { Scope } from "./scope.ts";
import { Search } from "./search.ts";
import { Servers } from "./servers.ts";
import { parseVersion, versionUnknown } from "./versions.ts";
import { WatchRequests } from "./watch_requests.ts";
import { type SentWatches, type Unarmed, Watches } from "./watches.ts";

/**
 * What a session is made with, all decided.
 *
 * @internal
 */
export interface HandleSettings {
  readonly sessionTimeout: number;
  readonly session: Session | null;
  readonly watcher: Watcher | null;
  readonly readOnly: boolean;
  /** How each connection is authenticated before all else. */
  readonly sasl: SaslMechanism | null;
  /** Whether a new session follows one that has expired. */
  readonly renewSession: boolean;
  readonly maxBuffer: number;
  readonly shuffle: boolean;
  /** The server's version, "detect", or null for unknown. */
  readonly serverVersion: string | null;
  readonly outstanding: { readonly requests: number; readonly bytes: number };
  readonly logger: Logger;
  readonly metrics: SafeMetrics | null;
  readonly onError: (error: unknown) => void;
  /** Whether the platform connects under TLS. */
  readonly tls: boolean;
  readonly platform: Platform;
}

/** An event and whom to tell. */
export class Told {
  constructor(readonly event: WatchedEvent, readonly watchers: Iterable<Watcher>) {}
}

/** Why a call was refused at once. */
export interface Refusal {
  readonly message: string;
  /** Whether a value is out of its range, not of the wrong kind. */
  readonly range: boolean;
}

/** Who waits for the session, and is woken when something has completed or is due. */
export interface Waiter {
  woken(events: Events): void;
  /** Looks at the deadline again; where it is absent, the session's own timer is armed. */
  deadlineMoved?(): void;
  /** The session keeps the process alive, or not any more. */
  refChanged?(): void;
}

/** The session's record behind each object that stands for one, for a Poll. */
const handles = new WeakMap<object, Handle>();

/** Lets `object` stand for the session. */
export function standsFor(object: object, zh: Handle): void {
  handles.set(object, zh);
}

/** The session that `object` stands for. */
export function handleOf(object: object): Handle | undefined {
  return object instanceof Handle ? object : handles.get(object);
}

/**
 * One session. Opaque to applications: the functions of ./st take it.
 *
 * @internal
 */
export class Handle {
  readonly settings: HandleSettings;
  readonly platform: Platform;
  readonly logger: Logger;
  readonly metrics: SafeMetrics | null;
  readonly counters: Counters;
  /** In whose name the call under way is made; the session's own but for the calls of a view. */
  scope: Scope;
  readonly servers: Servers;

  // ---- the session
  state: State = "NOTCONNECTED";
  sessionId: bigint;
  password: Uint8Array;
  /** Whether a server that can write has confirmed the session; a read-only one's ids are its own. */
  seenWritable: boolean;
  /** T, ms: the timeout asked for until one is negotiated. */
  recvTimeout: number;
  /** Zxid of the newest reply, in halves: a bigint for each reply would cost more than the rest. */
  zxidHigh = 0;
  zxidLow = 0;
  xid = 0;

  // ---- the connection, or the way to one
  connection: Connection | null = null;
  dial: Dial | null = null;
  /** The dial has succeeded, and the server is being asked for its version first. */
  probe: Probe | null = null;
  /** The session is granted, and is being authenticated first. */
  sasl: Sasl | null = null;
  lookup: Lookup | null = null;
  /** What the last lookup found, by host: good until a later one finds something else. */
  found: readonly (readonly Endpoint[])[] = [];
  /** Tried along when a whole round has failed: the list of before the one that the ensemble gave. */
  lastResort: readonly Host[] = [];
  /** The list of servers has changed, and it is not yet decided whether to leave the present one. */
  serversChanged = false;
  /** When the next dial or lookup may start. */
  dialAt: number;
  /** Until when the handshake must be done. */
  handshakeDeadline: number = Infinity;
  connectedAt = 0;
  /** When a whole frame last came. */
  lastRecv = 0;
  /** When bytes were last handed to write(). */
  lastSend = 0;
  /** When a session that no server could be asked about counts as expired. */
  expiryDeadline: number = Infinity;
  /** For a server that can write, while the present one cannot. */
  readonly search: Search = new Search();
  /** Why each server failed since the last connection, by host:port. */
  readonly failures: Map<string, string> = new Map();

  // ---- requests
  /** Frames that wait to be written. */
  toSend: Writer = new Writer();
  /** Where the frame of the request submitted last starts in it. */
  frameStart = 0;
  /** All requests that wait for a reply, the last `unsent` of them in toSend still. */
  readonly sentRequests: Fifo<Pending> = new Fifo();
  unsent = 0;
  /** Those that wait for room, behind all others. */
  readonly parked: Fifo<Pending> = new Fifo();
  /** Given up among the parked. */
  parkedDead = 0;
  /** Those submitted in the place of others that have failed with the connection, see again.ts. */
  repeated: Set<Pending> = new Set();
  /** Whether what is over the limits waits, as promises can, or is refused. */
  parks = false;
  /** Whether the log has been told of a refusal since process() last ran. */
  overloadTold = false;
  /** The servers' version; greater than all while it is not known. */
  serverVersion: number;
  /** Whether the server may still be asked for its version. */
  detectsVersion: boolean;
  /** The version that the request being written needs. */
  versionNeeded = 0;
  /** The one submitted last. */
  submitted: Pending | null = null;
  /** Given up among the unsent: their frames must not leave. */
  unsentDead = 0;
  /** No request times out before this. */
  requestDeadline: number = Infinity;
  auths: Auth[] = [];
  readonly sentAuths: Fifo<Auth> = new Fifo();
  /** Those whose frames are in toSend, in order. */
  newAuths: Auth[] = [];
  readonly watches: Watches = new Watches();
  readonly watchRequests: WatchRequests = new WatchRequests();
  readonly sentWatches: Fifo<SentWatches> = new Fifo();
  /** What had to be armed anew and is not yet; a lost connection does not move its zxid. */
  readonly unarmed: Set<Unarmed> = new Set();
  /** A change of a list of children that was told because of the child's own event. */
  foretold: WatchedEvent | null = null;
  /** Told of session events before the others. */
  readonly globalWatchers: Set<Watcher> = new Set();
  /** Why the last call was refused with -8. */
  refusal: Refusal | null = null;

  // ---- what is to be told
  /** Completions that failed here, and session events, in order. Replies wait in the read buffer. */
  readonly toDispatch: Fifo<Pending | Told> = new Fifo();
  /** Whether process() tells only replies or only events in one turn. */
  oneRun = false;
  /** What has been told since a turn was last waited for. */
  run: "replies" | "events" | null = null;
  /** The request whose completion was called last with a code other than OK. */
  completing: Pending | null = null;

  // ---- the loop
  /** Whether run() drives the session. */
  driven = false;
  /** Whether process() runs. */
  processing = false;
  /** How often it has run. */
  processed = 0;
  /** The deadline that held when it last ran. */
  nextDeadline: number = Infinity;
  /** The app's wait(), a Poll, or null. */
  waiter: Waiter | null = null;
  /** Whoever closes the session, and steps in when nobody drives it. */
  closer: Waiter | null = null;
  /** Called when nothing more will come. */
  readonly whenOver: Set<() => void> = new Set();
  timer: (Disposable & { unref?(): void }) | null = null;
  timerAt: number = Infinity;
  turn: Disposable | null = null;
  /** Whether the session keeps the process alive. */
  refed = true;

  // ---- the end
  /** Why the state is AUTH_FAILED, and the code of it. */
  authFailure: { readonly rc: number; readonly reason: string } | null = null;
  closing = false;
  closeDeadline: number = Infinity;
  /** Whether close() need not wait any more: it was answered, or it never will be. */
  closeDone = false;

  constructor(connect: ConnectString, settings: HandleSettings) {
    const { platform, session, serverVersion } = settings;
    this.settings = settings;
    this.platform = platform;
    this.logger = settings.logger;
    this.metrics = settings.metrics;
    this.counters = new Counters(platform.clock.now());
    this.scope = new Scope(connect.chroot);
    this.servers = new Servers(connect.hosts, () => platform.random(), settings.shuffle);
    this.recvTimeout = settings.sessionTimeout;
    this.sessionId = session?.id ?? 0n;
    this.password = session?.password.slice() ?? new Uint8Array(passwordSize);
    this.seenWritable = session !== null;
    this.detectsVersion = serverVersion === "detect";
    this.serverVersion = parseVersion(serverVersion ?? "") ?? versionUnknown;
    this.dialAt = platform.clock.now();
    if (settings.watcher !== null) this.globalWatchers.add(settings.watcher);
  }

  /** What stands before the paths of the call under way, "" for nothing. */
  get chroot(): string {
    return this.scope.chroot;
  }
}

/** What inspections and logs may show of it: its fields hold secrets. */
export function factsOf(zh: Handle): Record<string, string | number | null> {
  const { state, sessionId, connection } = zh;
  return {
    state,
    sessionId: sessionId === 0n ? null : `0x${BigInt.asUintN(64, sessionId).toString(16)}`,
    server: connection === null ? null : serverName(connection.endpoint),
  };
}

showOnly(Handle, factsOf);

/** Connected to a server, be it read-only. */
export function isConnected(zh: Handle): boolean {
  return zh.state === "CONNECTED" || zh.state === "READONLY";
}

/** In one of the states that it will not leave. */
export function hasEnded(zh: Handle): boolean {
  return zh.state === "CLOSED" || zh.state === "AUTH_FAILED" ||
    zh.state === "EXPIRED_SESSION" && !renews(zh);
}

/** Whether expiry is not its end: a new session follows. */
export function renews(zh: Handle): boolean {
  return zh.settings.renewSession && !zh.closing;
}

/** Ended, and nothing left to tell: nothing more will come. */
export function isOver(zh: Handle): boolean {
  return hasEnded(zh) && zh.toDispatch.length === 0 && (!zh.closing || zh.state === "CLOSED");
}
