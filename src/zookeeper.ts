/** class ZooKeeper: a session with promises, and its loop as methods. */
import { driveToClose } from "./client/closer.ts";
import { connected } from "./client/connecting.ts";
import { Helpers } from "./client/helpers.ts";
import { type Interest, interest } from "./interest.ts";
import { process } from "./process.ts";
import { type Handle, isConnected, isOver, standsFor } from "./session/handle.ts";
import { setServers } from "./session/set_servers.ts";
import { newHandle, type ZooKeeperOptions } from "./settings.ts";
import type { CallOptions, Endpoint, Events, Platform, Session, State } from "./types.ts";
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
export class ZooKeeper extends Helpers implements AsyncDisposable {
  readonly #zh: Handle;
  #closing: Promise<void> | null = null;

  /**
   * A session with one of the servers of "host:port,host:port/chroot"; the loop connects it.
   *
   * @throws {TypeError} for a connect string or an option that is not valid.
   * @throws {RangeError} for a number that is out of range.
   */
  constructor(connectString: string, options?: ZooKeeperOptions) {
    const zh = newHandle(connectString, options);
    super(zh);
    // Those who await must see an event after each earlier reply and before each later one.
    zh.oneRun = true;
    zh.parks = true;
    standsFor(this, zh);
    this.#zh = zh;
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

  /** The session's state. */
  get state(): State {
    return this.#zh.state;
  }

  /** Whether the session is at its end and nothing more will come. */
  get closed(): boolean {
    return isOver(this.#zh);
  }

  /** The session's id and password, to re-attach with; null before the first connection. */
  get session(): Session | null {
    const { sessionId, password } = this.#zh;
    return sessionId === 0n ? null : { id: sessionId, password: password.slice() };
  }

  /** The session timeout, ms: the one asked for until one is negotiated. */
  get sessionTimeout(): number {
    return this.#zh.recvTimeout;
  }

  /** The server the session is connected to, or null. */
  get server(): Endpoint | null {
    return isConnected(this.#zh) ? this.#zh.connection!.endpoint : null;
  }

  /** What the session runs on. */
  get platform(): Platform {
    return this.#zh.platform;
  }

  /**
   * Gives the session another list of servers. So that every server has the same load afterwards,
   * some of all sessions move to another server at once; the others stay where they are. In one that
   * moves, what is pending rejects with CONNECTIONLOSS, the state is CONNECTING for a moment, and the
   * session goes on. The same list changes nothing, nor does a call after the end.
   *
   * @throws {TypeError} for a connect string that is not valid, or with a chroot other than the
   * session's; nothing has changed then.
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
    setServers(this.#zh, connectString);
  }

  /** Resolves when the session is connected; rejects at its end, and past `timeout` ms. */
  connected(options?: CallOptions): Promise<void> {
    return connected(this.#zh, options);
  }

  /**
   * Closes the session: what is pending rejects with CLOSING, the server is told, ephemeral znodes
   * go. Resolves when that is done, after min(T/3, 3 s) at the latest, whoever drives the session
   * and even if nobody does. May be called again.
   */
  close(): Promise<void> {
    return this.#closing ??= driveToClose(this.#zh);
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
    while (!this.closed) {
      try {
        process(this.#zh, await wait(this.#zh, signal));
      } catch (error) {
        if (signal?.aborted) return;
        throw error;
      }
    }
  }
}
