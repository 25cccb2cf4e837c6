/** The options of a session, checked and completed with the defaults. */
import {
  checkBoolean,
  checkFunction,
  checkLogger,
  checkMetrics,
  checkPlatform,
  checkSettings,
  completeOutstanding,
} from "./client/option_checks.ts";
import { denoPlatform, reportCallbackError } from "./deno.ts";
import { maxBufferDefault } from "./proto/constants.ts";
import { followConfig } from "./session/following.ts";
import { Handle, type HandleSettings } from "./session/handle.ts";
import { parseConnectString } from "./session/hosts.ts";
import { SafeMetrics } from "./session/safe_metrics.ts";
import { statsOf } from "./session/stats.ts";
import { SafeLogger } from "./session/safe_logger.ts";
import { connectTls } from "./tls/connect.ts";
import { checkTls, type TlsSource } from "./tls/options.ts";
import type { Metrics } from "./metrics.ts";
import type { Logger, Platform, RetryOptions, SaslMechanism, Session, Watcher } from "./types.ts";

/** Options of a session. */
export interface ZooKeeperOptions {
  /** Session timeout to ask for, ms; the server keeps it between 2 and 20 of its ticks. 10,000. */
  sessionTimeout?: number;
  /** A session to re-attach to. If it has expired, `renewSession` says what follows. */
  session?: Session;
  /**
   * Whether a new session follows one that has expired, behind the same object; false: expiry is the
   * end, as in C and Java. true.
   */
  renewSession?: boolean;
  /** Told of session events, as C's global watcher. */
  watcher?: Watcher;
  /**
   * Whether a server that has lost its quorum, and serves reads alone, will do. The state is READONLY
   * then, what would change something fails with NOTREADONLY, and the session looks for a server that
   * can write while reads go on: when it has found one, it moves there, and is CONNECTED. false.
   *
   * @example
   * ```ts
   * import { ZooKeeper } from "@zkst/zookeeper";
   *
   * await using zk = await ZooKeeper.connect("127.0.0.1:2181", { readOnly: true });
   * console.log(zk.state === "READONLY" ? "reads alone" : "all is well");
   * ```
   */
  readOnly?: boolean;
  /**
   * Whether the list of servers follows the ensemble's own configuration, /zookeeper/config: servers
   * that are added to it or removed from it are here, too, at once, as with `setServers`. The
   * connect string is then where the first server is found, and the last resort when none of them can
   * be reached. A configuration that does not say where clients find the servers (it stands in zoo.cfg
   * alone), or cannot be read, changes nothing, and the log says so. 3.5 and later. false.
   *
   * @example
   * ```ts
   * import { ZooKeeper } from "@zkst/zookeeper";
   *
   * await using zk = await ZooKeeper.connect("127.0.0.1:2181", { followConfig: true });
   * console.log(await zk.getChildren("/"));
   * ```
   */
  followConfig?: boolean;
  /**
   * Authenticates by SASL, `digestMd5()` say, on each connection before anything else leaves. If the
   * server refuses it, or has no SASL, the session is at its end (AUTH_FAILED).
   */
  sasl?: SaslMechanism;
  /** The longest frame sent or accepted, bytes (jute.maxbuffer). 1,048,575. */
  maxBuffer?: number;
  /** Whether servers are tried in random order. true. */
  shuffle?: boolean;
  /**
   * The servers' version, "3.4.14" or "3.8" (the last release of that line), so that an operation
   * they do not know rejects with UNIMPLEMENTED instead of costing the connection, as it does
   * otherwise. "detect" asks the first server that can be reached, once, with the four-letter word
   * `srvr` on a connection of its own before the session's: the server must have it on its
   * whitelist, as it has unless told otherwise, and must allow a second connection. Not known
   * unless given, and then nothing is held back.
   */
  serverVersion?: string;
  /**
   * How much may be outstanding, so that a server that stalls makes nothing grow without bound:
   * requests not yet answered (262,144), and bytes not yet written (268,435,456). Infinity is no
   * limit. Beyond it, promises wait their turn: nothing overtakes them, their `timeout` and `signal`
   * hold, and at the end, or when the connection is lost, they reject as the others do, with `sent`
   * false. In ./st the call returns -9, and the logger says why.
   */
  outstanding?: { requests?: number; bytes?: number };
  /**
   * Whether operations are repeated when a lost connection leaves them without an answer: those that
   * do no harm twice, and those that were never sent; and all of them when the server is too busy to
   * look at them. Never in another session, and no longer than their `timeout`. false.
   */
  retry?: boolean | RetryOptions;
  /**
   * Connects under TLS: with what it says; with true, as it is for a server whose certificate one of
   * Deno's own authorities has signed. The certificate must be for the name in the connect string.
   * A function is asked on each connect, so that renewed certificates are taken up.
   *
   * @example
   * ```ts
   * import { ZooKeeper } from "@zkst/zookeeper";
   *
   * const tls = async () => ({ caCerts: await Deno.readTextFile("ca.pem") });
   * const zk = new ZooKeeper("zk.example.org:2281", { tls });
   * await zk.close();
   * ```
   */
  tls?: TlsSource;
  /** Where log lines go; nowhere unless given. */
  logger?: Logger;
  /** Told of requests, connections and bytes by number, for whoever counts them. Nobody unless given. */
  metrics?: Metrics | undefined;
  /** Gets what completions, watchers and metrics throw; reportError unless given, and if it throws. */
  onError?: (error: unknown) => void;
  /** What to run on in place of Deno's sockets, DNS, clock and randomness, or parts of it. */
  platform?: Partial<Platform>;
}

/** Options of a session of ./st, whose expiry is its end. */
export type HandleOptions = Omit<ZooKeeperOptions, "renewSession" | "retry">;

/**
 * A session that is not connected yet.
 *
 * @throws {TypeError} for a connect string or an option that is not valid.
 * @throws {RangeError} for a number that is out of range.
 */
export function newHandle(
  connectString: string,
  options: HandleOptions = {},
  renewSession: boolean = false,
): Handle {
  checkOptions(options);
  checkNames(options);
  checkLogger(options.logger);
  checkMetrics(options.metrics);
  const onError = reporter(options.onError ?? reportCallbackError);
  const { tls = false, metrics } = options;
  checkTls(tls);
  const follows = options.followConfig ?? false;
  checkBoolean("followConfig", follows);
  const settings: HandleSettings = {
    sessionTimeout: options.sessionTimeout ?? 10_000,
    session: options.session ?? null,
    watcher: options.watcher ?? null,
    readOnly: options.readOnly ?? false,
    sasl: options.sasl ?? null,
    renewSession,
    maxBuffer: options.maxBuffer ?? maxBufferDefault,
    shuffle: options.shuffle ?? true,
    serverVersion: options.serverVersion ?? null,
    outstanding: completeOutstanding(options.outstanding ?? {}),
    logger: new SafeLogger(options.logger ?? {}, onError),
    metrics: metrics === undefined ? null : new SafeMetrics(metrics, onError),
    onError,
    tls: tls !== false,
    platform: completePlatform(options.platform ?? {}, tls),
  };
  checkSettings(settings);
  const zh = new Handle(parseConnectString(connectString), settings);
  if (follows) followConfig(zh);
  zh.metrics?.begin(() => statsOf(zh));
  return zh;
}

/** What throws itself reaches the application by another way: not in the middle of a session's move. */
function reporter(onError: (error: unknown) => void): (error: unknown) => void {
  checkFunction("onError", onError);
  return (error) => {
    try {
      onError(error);
    } catch (thrown) {
      reportCallbackError(thrown);
    }
  };
}

/**
 * The platform given, with Deno's for what it lacks, and with TLS above its connections if asked for.
 * Methods keep their `this`.
 *
 * @throws {TypeError} naming what is wrong.
 */
export function completePlatform(given: Partial<Platform>, tls: TlsSource): Platform {
  checkPlatform(given);
  const isWhole = given.connect && given.resolve && given.clock && given.random;
  if (isWhole && tls === false) return given as Platform;
  const connect = given.connect?.bind(given) ?? denoPlatform.connect;
  return {
    connect: tls === false
      ? connect
      : (endpoint, signal) => connectTls(endpoint, tls, signal, connect),
    resolve: given.resolve?.bind(given) ?? denoPlatform.resolve,
    resolveSrv: given.resolveSrv?.bind(given) ?? denoPlatform.resolveSrv!,
    clock: given.clock ?? denoPlatform.clock,
    random: given.random?.bind(given) ?? denoPlatform.random,
  };
}

/**
 * Checks that options are options: a bare number in their place would be without effect.
 *
 * @throws {TypeError} for what is no object.
 */
export function checkOptions(options: object): void {
  if (typeof options === "object" && options !== null) return;
  throw new TypeError(`The options must be an object, not ${options && typeof options}`);
}

/** A misspelt option would be silently without effect. */
function checkNames(options: ZooKeeperOptions): void {
  const stray = Object.keys(options).find((key) => !Object.hasOwn(optionNames, key));
  if (stray === undefined) return;
  const known = Object.keys(optionNames).join(", ");
  throw new TypeError(`There is no option "${stray}" of a session; there are ${known}`);
}

const optionNames: Record<keyof ZooKeeperOptions, true> = {
  sessionTimeout: true,
  session: true,
  renewSession: true,
  watcher: true,
  readOnly: true,
  followConfig: true,
  sasl: true,
  maxBuffer: true,
  shuffle: true,
  serverVersion: true,
  outstanding: true,
  retry: true,
  tls: true,
  logger: true,
  metrics: true,
  onError: true,
  platform: true,
};
