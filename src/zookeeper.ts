/** class ZooKeeper: a session with promises, and its loop as methods. */
import { At, checkPath, codeOfEnd } from "./client/calls.ts";
import { driveToClose, driveToEnd } from "./client/closer.ts";
import { connected } from "./client/connecting.ts";
import { readRetry } from "./client/retry.ts";
import { Status } from "./client/status.ts";
import { sessionEvents, WatchIterator } from "./client/watch_iterator.ts";
import { ZooKeeperError } from "./errors.ts";
import { type Interest, interest } from "./interest.ts";
import { process } from "./process.ts";
import { Rc } from "./proto/constants.ts";
import { detach } from "./session/closing.ts";
import { showOnly } from "./session/discretion.ts";
import { factsOf, type Handle, handleOf, hasEnded, isOver, standsFor } from "./session/handle.ts";
import { setServers } from "./session/set_servers.ts";
import { closeScope } from "./session/withdrawing.ts";
import { checkOptions, newHandle, type ZooKeeperOptions } from "./settings.ts";
import type { CallOptions, Events, Session, WatchedEvent, WatchIteratorOptions } from "./types.ts";
import { setRef, wait } from "./wait.ts";

/**
 * A ZooKeeper session with promises.
 *
 * Nothing happens by itself: the application drives the session with {@link ZooKeeper.interest} and
 * {@link ZooKeeper.process}, or has {@link ZooKeeper.run} or {@link ZooKeeper.connect} do it. To
 * await an operation inside the body of that loop would be to wait for ever; only
 * {@link ZooKeeper.close} may be awaited anywhere.
 *
 * @example The loop
 * ```ts
 * import { ZooKeeper } from "@zkst/zookeeper";
 *
 * const zk = new ZooKeeper("127.0.0.1:2181");
 * zk.getChildren("/").then(console.log).finally(() => zk.close());
 *
 * while (!zk.closed) {
 *   const want = zk.interest();
 *   zk.process(await want.wait());
 * }
 * ```
 */
export class ZooKeeper extends Status implements AsyncDisposable {
  readonly #at: At;
  readonly #zh: Handle;
  #closing: Promise<void> | null = null;

  /**
   * A session with one of the servers of "host:port,host:port/chroot"; the loop connects it. Or of
   * "srv:_zookeeper._tcp.example.org/chroot": DNS says where the servers are, anew for each round of
   * attempts.
   *
   * @throws {TypeError} for a connect string or an option that is not valid.
   * @throws {RangeError} for a number that is out of range.
   */
  constructor(connectString: string, options?: ZooKeeperOptions);
  constructor(from: string | At, options?: ZooKeeperOptions) {
    const at = from instanceof At ? from : newSession(from, options);
    super(at);
    standsFor(this, at.zh);
    this.#at = at;
    this.#zh = at.zh;
  }

  /**
   * A session that is connected, and driven until it is closed. When no server has answered within
   * `timeout` (ms; the session timeout unless given), it is closed and the error says which servers
   * were tried and why each failed.
   *
   * @example
   * ```ts
   * import { ZooKeeper } from "@zkst/zookeeper";
   *
   * await using zk = await ZooKeeper.connect("127.0.0.1:2181");
   * console.log(await zk.getChildren("/"));
   * ```
   */
  static async connect(
    connectString: string,
    options: ZooKeeperOptions & CallOptions = {},
  ): Promise<ZooKeeper> {
    checkOptions(options);
    const { signal, timeout: given, ...rest } = options;
    const zk = new ZooKeeper(connectString, rest);
    const timeout = given ?? zk.sessionTimeout;
    zk.run();
    try {
      await zk.connected(signal === undefined ? { timeout } : { timeout, signal });
    } catch (error) {
      await zk.close();
      throw error;
    }
    return zk;
  }

  /** Which events the session waits for, and until when. Changes nothing. */
  interest(): Interest {
    return interest(this.#zh);
  }

  /**
   * Reads what has arrived, settles promises, runs watchers, judges time, writes what was asked for.
   * Returns 0, or the code that ended the connection in this call; -9 from inside a callback.
   *
   * @throws {TypeError} while {@link run} drives the session.
   */
  process(events: Events): number {
    if (this.#zh.driven) throw new TypeError("Cannot process the session while run() drives it");
    return process(this.#zh, events);
  }

  /**
   * Drives the session until it is closed, or the signal is aborted: then it resolves too, and
   * leaves the session open.
   *
   * @throws {TypeError} while something else drives the session.
   */
  run(options?: { signal?: AbortSignal }): Promise<void> {
    const zh = this.#zh;
    if (zh.driven || zh.waiter !== null) {
      throw new TypeError("Cannot run the session while something else drives it");
    }
    zh.driven = true;
    return this.#loop(options?.signal).finally(() => zh.driven = false);
  }

  /**
   * Gives the session another list of servers. So that every server has the same load afterwards,
   * some of all sessions move to another server at once; the others stay where they are. In one that
   * moves, what is pending rejects with CONNECTIONLOSS, the state is CONNECTING for a moment, and the
   * session goes on. The same list changes nothing, nor does a call after the end.
   *
   * @throws {TypeError} for a connect string that is not valid, or with a chroot other than the
   * session's, and on a view; nothing has changed then.
   *
   * @example
   * ```ts
   * import { ZooKeeper } from "@zkst/zookeeper";
   *
   * await using zk = await ZooKeeper.connect("127.0.0.1:2181");
   * zk.setServers("127.0.0.1:2181,127.0.0.1:2182");
   * ```
   */
  setServers(connectString: string): void {
    this.#notOnView("setServers");
    setServers(this.#zh, connectString);
  }

  /** Resolves when the session is connected; rejects at its end, and past `timeout` ms. */
  connected(options?: CallOptions): Promise<void> {
    return connected(this.#at, options);
  }

  /**
   * The session's events from now on: CONNECTED, CONNECTING, EXPIRED_SESSION … The loop ends with the
   * session, or when the signal is aborted. If it is slow, the oldest of more than a thousand events
   * are lost.
   *
   * @example
   * ```ts
   * import { ZooKeeper } from "@zkst/zookeeper";
   *
   * await using zk = await ZooKeeper.connect("127.0.0.1:2181");
   * const signal = AbortSignal.timeout(1000);
   * for await (const { state } of zk.events({ signal })) console.log(state);
   * ```
   */
  events(options?: { signal?: AbortSignal }): AsyncIterable<WatchedEvent> {
    return sessionEvents(this.#at, options?.signal);
  }

  /**
   * What happens to a znode and to the names of its children, or with `recursive` to it and to all
   * below it, its lists of children excepted. 3.6 and later.
   *
   * The watch is established when the loop begins, and outlives lost connections and expired
   * sessions; it is removed when the loop is left, or the signal is aborted. "Resync" stands where
   * something may have been missed, while disconnected or because more than `buffer` events (1000)
   * were waiting for a slow loop: read again what you know. The loop ends when the session or the
   * view is closed, or its watch is removed; it throws a ZooKeeperError when the session has ended
   * otherwise, or the server refuses the watch.
   *
   * @throws {TypeError} for a path that is not valid.
   * @throws {RangeError} for a buffer that is not a whole number over 0.
   *
   * @example
   * ```ts
   * import { ZooKeeper } from "@zkst/zookeeper";
   *
   * await using zk = await ZooKeeper.connect("127.0.0.1:2181");
   * const signal = AbortSignal.timeout(1000);
   * for await (const { type, path } of zk.watch("/", { recursive: true, signal })) {
   *   console.log(type === "Resync" ? `read ${path} again` : `${type} ${path}`);
   * }
   * ```
   */
  watch(path: string, options: WatchIteratorOptions = {}): AsyncIterable<WatchedEvent> {
    const { recursive = false, buffer = 1000, signal } = options;
    checkPath(path);
    if (!Number.isInteger(buffer) || buffer < 1) {
      throw new RangeError(`The buffer must be a whole number of events over 0, not ${buffer}`);
    }
    const mode = recursive ? "PERSISTENT_RECURSIVE" : "PERSISTENT";
    const at = this.#at;
    return {
      [Symbol.asyncIterator]: () => new WatchIterator(at, path, mode, buffer, signal).queue,
    };
  }

  /**
   * A view of this session whose paths all begin at `path`, which need not exist: same session, same
   * loop, but its own watchers. Views of views add up. Closing a view removes its watchers, fails
   * what is pending in it with CLOSING, and leaves the session open; closing the session closes all.
   *
   * @throws {TypeError} for a path that is not valid.
   *
   * @example
   * ```ts
   * import { ZooKeeper } from "@zkst/zookeeper";
   *
   * await using zk = await ZooKeeper.connect("127.0.0.1:2181");
   * await using zookeeper = zk.chroot("/zookeeper");
   * console.log(await zookeeper.getChildren("/"));
   * ```
   */
  chroot(path: string): ZooKeeper {
    checkPath(path);
    const { zh, scope, retry } = this.#at;
    // The constructor that applications see takes no view.
    return new ZooKeeper(new At(zh, scope.at(path), retry) as never);
  }

  /**
   * Leaves the session without closing it, and resolves with what another process needs to take it
   * over within the session timeout (the option `session`): its ephemeral znodes stay. What is
   * pending rejects with CLOSING; this object is closed. Rejects with INVALIDSTATE while there is no
   * session yet.
   *
   * @throws {TypeError} on a view.
   */
  detach(): Promise<Session> {
    this.#notOnView("detach");
    const zh = this.#zh;
    const { session } = this;
    const operation = "detach";
    if (this.#closing !== null || hasEnded(zh) || zh.closing) {
      return Promise.reject(new ZooKeeperError(codeOfEnd(zh), { operation }));
    }
    if (session === null || !zh.seenWritable) {
      return Promise.reject(new ZooKeeperError(Rc.INVALIDSTATE, { operation }));
    }
    detach(zh);
    this.#closing = driveToEnd(zh);
    return this.#closing.then(() => session);
  }

  /**
   * Closes the session: what is pending rejects with CLOSING, the server is told, ephemeral znodes
   * go. Resolves when that is done, after min(T/3, 3 s) at the latest, whoever drives the session
   * and even if nobody does. May be called again. A view leaves the session open, and is closed at
   * once.
   */
  close(): Promise<void> {
    const { zh, scope } = this.#at;
    if (scope.parent === null) return this.#closing ??= driveToClose(zh);
    closeScope(zh, scope);
    return Promise.resolve();
  }

  #notOnView(what: string): void {
    if (this.#at.scope.parent === null) return;
    throw new TypeError(`Cannot call ${what}() on a chroot() view: call it on the session itself`);
  }

  /** Closes the session. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The session keeps the process alive, as at first. */
  ref(): void {
    setRef(this.#zh, true);
  }

  /** The session does not keep the process alive; a dial in progress does, until its deadline. */
  unref(): void {
    setRef(this.#zh, false);
  }

  async #loop(signal: AbortSignal | undefined): Promise<void> {
    while (!isOver(this.#zh)) {
      try {
        process(this.#zh, await wait(this.#zh, signal));
      } catch (error) {
        if (signal?.aborted) return;
        throw error;
      }
    }
  }
}

/** The getter `session` gives the password out: those who look at everything must not see it. */
showOnly(ZooKeeper, (zk) => {
  const zh = handleOf(zk);
  return zh === undefined ? {} : factsOf(zh);
});

function newSession(connectString: string, options: ZooKeeperOptions | undefined): At {
  // Before there is a session that metrics would be told of.
  const { retry: given = false } = options ?? {};
  const retry = readRetry(given);
  const zh = newHandle(connectString, options, options?.renewSession ?? true);
  // Those who await must see an event after each earlier reply and before each later one.
  zh.oneRun = true;
  zh.parks = true;
  return new At(zh, zh.scope, retry);
}
