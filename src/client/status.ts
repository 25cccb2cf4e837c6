/** What a session says of itself: its state, its server, its limits, how it is doing. */
import type { Stats } from "../metrics.ts";
import { OpCode } from "../proto/constants.ts";
import { type Handle, isConnected, isOver } from "../session/handle.ts";
import { statsOf } from "../session/stats.ts";
import { versionNeeded, versionUnknown } from "../session/versions.ts";
import type { Endpoint, Platform, Session, State } from "../types.ts";
import type { At } from "./calls.ts";
import { Helpers } from "./helpers.ts";

/** A session that can be looked at. To look changes nothing. */
export class Status extends Helpers {
  readonly #at: At;
  readonly #zh: Handle;

  /**
   * The status of the given session, or of a view of it.
   *
   * @internal
   */
  constructor(at: At) {
    super(at);
    this.#at = at;
    this.#zh = at.zh;
  }

  /** The session's state. */
  get state(): State {
    return this.#at.scope.closed ? "CLOSED" : this.#zh.state;
  }

  /** Whether the session, or this view of it, is at its end and nothing more will come. */
  get closed(): boolean {
    return this.#at.scope.closed || isOver(this.#zh);
  }

  /**
   * The session's id and password, to re-attach with; null before the first connection, and between
   * a session that has expired and the one that follows it.
   */
  get session(): Session | null {
    const { sessionId, password } = this.#zh;
    return sessionId === 0n ? null : { id: sessionId, password: password.slice() };
  }

  /** The session timeout, ms: the one asked for until one is negotiated. */
  get sessionTimeout(): number {
    return this.#zh.recvTimeout;
  }

  /** The longest frame sent or accepted, bytes. */
  get maxBuffer(): number {
    return this.#zh.settings.maxBuffer;
  }

  /**
   * Whether the servers know an operation; null while their version is not known (the option
   * `serverVersion`).
   */
  supports(operation: NewerOperation): boolean | null {
    const { serverVersion } = this.#zh;
    const needed = versionNeeded(OpCode[operation]);
    return serverVersion === versionUnknown ? null : needed <= serverVersion;
  }

  /** The server the session is connected to, or null. */
  get server(): Endpoint | null {
    return isConnected(this.#zh) ? this.#zh.connection!.endpoint : null;
  }

  /**
   * How the session is doing, all of it, also through a view: what is outstanding, watched, sent and
   * received, and since when. A look costs next to nothing.
   *
   * @example
   * ```ts
   * import { ZooKeeper } from "@zkst/zookeeper";
   *
   * await using zk = await ZooKeeper.connect("127.0.0.1:2181");
   * const { server, outstanding, reconnects } = zk.stats();
   * console.log(server, outstanding.sent, reconnects);
   * ```
   */
  stats(): Stats {
    return statsOf(this.#zh);
  }

  /** What the session runs on. */
  get platform(): Platform {
    return this.#zh.platform;
  }
}

/** What not all servers know. */
export type NewerOperation =
  | "multi"
  | "create2"
  | "createContainer"
  | "createTTL"
  | "reconfig"
  | "removeWatches"
  | "addWatch"
  | "multiRead"
  | "getEphemerals"
  | "getAllChildrenNumber"
  | "whoAmI";
