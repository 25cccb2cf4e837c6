/**
 * The service: znodes, watches and sessions of one server, and its clients. It knows no network and
 * no time but what it is given.
 */
import type { Id } from "../proto/acl.ts";
import type { Writer } from "../proto/archive.ts";
import type { Platform } from "../types.ts";
import { firstConfig } from "./requests/ensemble_config.ts";
import type { TestClock } from "./network/clock.ts";
import type { Wire } from "./network/wire.ts";
import { type Session, SessionTracker } from "./state/session_tracker.ts";
import type { Settings } from "./settings.ts";
import { Transaction } from "./requests/transaction.ts";
import { configPath, DataTree } from "./state/tree.ts";
import { type Watcher, WatchManager } from "./state/watch_manager.ts";

/** A client as those who answer its requests see it; its connection. */
export interface Client extends Watcher {
  readonly service: Service;
  readonly wire: Wire;
  /** Null before the handshake. */
  session: Session | null;
  /** Who it is, as far as it has said. */
  readonly identities: Id[];
  /** Frames received. */
  readonly receivedFrames: number;
  /** Whether the next write is done, its reply left out, and the connection closed. */
  losesReply: boolean;
  /** What goes to it. */
  readonly out: Writer;
  /** A reply without a body; `zxid` is the service's unless given. */
  reply(xid: number, rc: number, zxid?: number): void;
  /** Starts a reply; returns what `out.endFrame` needs. */
  startReply(xid: number, rc?: number, zxid?: number): number;
  /** Closes it once what is in `out` has left. */
  close(): void;
}

/** What a server without its network is. */
export class Service {
  readonly watches: WatchManager;
  readonly tree: DataTree;
  readonly sessions: SessionTracker;
  readonly clients: Set<Client> = new Set();
  /** Whether it has lost its quorum and serves reads alone. */
  readOnly = false;
  /** Frames that made no sense. */
  malformed = 0;
  #sweep: Disposable | null = null;
  #wasted = 0;

  constructor(
    readonly settings: Settings,
    readonly platform: Platform,
    readonly clock: TestClock,
  ) {
    this.watches = new WatchManager(settings.version === "3.8");
    this.tree = new DataTree(this.watches, () => this.#watchTransient());
    this.sessions = new SessionTracker(platform, settings.tickTime, (session) => {
      this.closeSession(session);
      session.connection?.close();
    });
    this.#begin();
  }

  /** Each write takes one, and each session's beginning and end. */
  nextZxid(): number {
    this.tree.zxid += 1 + this.#wasted;
    this.#wasted = 0;
    return this.tree.zxid;
  }

  /** A write takes one, and comes to nothing before it is a transaction: nobody sees this zxid. */
  wasteZxid(): void {
    this.#wasted++;
  }

  /** Begins a session. Without a quorum it is of this server alone, and no zxid is to be had. */
  openSession(timeout: number): Session {
    if (!this.readOnly) this.nextZxid();
    return this.sessions.create(timeout, this.readOnly);
  }

  /** Ends a session: its ephemerals go. */
  closeSession(session: Session): void {
    this.sessions.remove(session);
    if (session.local) return;
    const zxid = this.nextZxid();
    for (const path of [...this.tree.ephemerals(session.id)]) this.tree.delete(path, zxid);
  }

  /** A server that says nothing of an expiry: another session takes the place of this one. */
  exchangeSession(session: Session): Session {
    this.closeSession(session);
    return this.openSession(session.timeout);
  }

  /** Without a quorum sessions neither expire nor end; with one again, local ones are gone. */
  setReadOnly(on: boolean): void {
    if (this.readOnly === on) return;
    for (const client of [...this.clients]) client.close();
    this.readOnly = this.sessions.paused = on;
    if (on) return;
    for (const session of [...this.sessions.values()]) {
      if (session.local) this.sessions.remove(session);
    }
    this.sessions.touchAll();
  }

  /** Forgets everything, as a server whose disk was wiped. */
  wipe(): void {
    for (const client of [...this.clients]) client.close();
    this.sessions.clear();
    this.tree.clear();
    this.#begin();
  }

  /** Nothing more happens by itself. */
  close(): void {
    this.sessions.clear();
    this.#sweep?.[Symbol.dispose]();
    this.#sweep = null;
  }

  #begin(): void {
    if (this.settings.reconfig) this.tree.get(configPath)!.data = firstConfig();
  }

  /** While there are znodes that go by themselves, somebody has to look for them. */
  #watchTransient(): void {
    if (this.#sweep !== null || this.tree.transient.size === 0) return;
    const { clock } = this.platform;
    const timer = clock.timer(clock.now() + this.settings.containerInterval, () => {
      this.#sweep = null;
      this.#deleteTransient();
      this.#watchTransient();
    });
    timer.unref?.();
    this.#sweep = timer;
  }

  /** ContainerManager: those that have had children and have none, and those out of time. */
  #deleteTransient(): void {
    // Without a quorum nothing can be deleted.
    if (this.readOnly) return;
    const now = this.clock.epoch();
    for (const path of [...this.tree.transient]) {
      const znode = this.tree.get(path)!;
      const over = znode.lifetime === "ttl" ? now - znode.mtime > znode.ttl : znode.created > 0;
      if (!over || znode.childCount > 0) continue;
      const nobody = { sessionId: 0n, identities: [] };
      const change = new Transaction(this.tree, nobody, this.settings)
        .prepare({ type: "deleteContainer", path });
      if (typeof change !== "number") this.tree.delete(path, ++this.tree.zxid);
    }
  }
}
