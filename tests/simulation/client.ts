/**
 * One client of a run: a session of one of the two APIs, driven in one of several manners, and an
 * application that asks, takes back, is told, throws, and closes. All of it is written down.
 */
import { handleOf } from "../../src/session/handle.ts";
import * as st from "../../src/st.ts";
import type { Handle, WatchedEvent } from "../../src/st.ts";
import { ZooKeeperError } from "../../src/errors.ts";
import type { Platform, Session } from "../../src/types.ts";
import { ZooKeeper } from "../../src/zookeeper.ts";
import type { Random } from "../fuzz/random.ts";
import { drive, type Style } from "./driving.ts";
import type { Call, Moment, Watch, WatchKind } from "./history.ts";
import type { Link } from "./link.ts";
import {
  askWithCallback,
  askWithPromise,
  failureInWords,
  inWords,
  nameOf,
  type Operation,
} from "./operations.ts";
import type { Owner } from "./scheduler.ts";
import type { World } from "./world.ts";

export class Client {
  readonly owner: Owner;
  readonly name: string;
  readonly zk: ZooKeeper | null;
  readonly zh: Handle;
  readonly calls: Call[] = [];
  /** The connection that the server's last grant came over. */
  link: Link | null = null;
  sessionId = 0n;
  /** Zxid of the newest reply that has been delivered in this session. */
  repliedZxid = 0;
  /** Zxid of the newest reply that the application was told in this session. */
  toldZxid = 0;
  /** When bytes were last delivered, and by how much it may have been late until then. */
  heardAt = 0;
  heardLost = 0;
  /** When a whole frame was last delivered. */
  frameAt = 0;
  /** The session and the timeout it was connected with last. */
  connected = { session: 0n, timeout: 0 };
  /** When it was closed by its application, and when that was done. */
  closing: Moment | null = null;
  closed = false;
  /** Of what is below /t, if it has one; and when that was closed by itself. */
  view: ZooKeeper | null = null;
  viewClosed: Moment | null = null;
  /** Whether its loop has ended. */
  finished = false;
  /** The session that was left to another. */
  left: Session | null = null;
  /** The loop ends before the session does. */
  abandoned = false;
  /** Those that may be taken back. */
  readonly revocable: Map<Call, () => void> = new Map();
  #submitting: Call | null = null;

  constructor(
    readonly id: number,
    readonly world: World,
    readonly style: Style,
    readonly random: Random,
    owner: Owner,
    session: Session | null,
  ) {
    this.owner = owner;
    this.name = owner.name;
    const platform: Platform = {
      connect: (endpoint, signal) => world.ways.connect(this, endpoint, signal),
      resolve: (host, signal) => world.ways.lookUp(this, host, signal),
      clock: owner,
      random: () => random.next(),
    };
    const options = {
      sessionTimeout: style.timeout,
      platform,
      ...session === null ? {} : { session },
      outstanding: { requests: style.outstanding },
      watcher: (event: WatchedEvent) => this.#stateTold(event),
      onError: (error: unknown) => this.#thrown(error),
      logger: { warn: (message: string, fields?: object) => this.#warned(message, fields) },
    };
    if (style.api === "promises") {
      this.zk = new ZooKeeper(
        style.servers,
        Object.assign({ renewSession: style.renews }, options),
      );
      this.zh = handleOf(this.zk)!;
      if (style.viewed) this.view = this.zk.chroot(viewed);
    } else {
      this.zk = null;
      this.zh = st.init(style.servers, options);
    }
    this.zh.xid = style.xid;
    this.sessionId = session?.id ?? 0n;
    this.connected = { session: this.sessionId, timeout: 0 };
    drive(this).then(
      () => this.finished = true,
      (error) => world.violate("the loop goes on", `${this.name}: ${error}`),
    );
  }

  /** Whether it is at its end, whoever has ended it. */
  get over(): boolean {
    return this.zk?.closed ?? st.closed(this.zh);
  }

  get open(): Call[] {
    return this.calls.filter((call) =>
      call.outcomes.length === 0 && call.refused === 0 && call.takenBack === null
    );
  }

  /** The server has granted, or refused, a session. */
  granted(link: Link, session: bigint): void {
    this.link = link;
    if (session === this.sessionId || session === 0n) return;
    this.sessionId = session;
    this.repliedZxid = this.toldZxid = 0;
  }

  /** A connect request says which zxid the client has seen. */
  checkZxidSeen(seen: number, session: bigint): void {
    const least = session === this.sessionId && session !== 0n ? 0 : null;
    if (session === 0n && seen !== 0) {
      this.world.violate("the last zxid", `${this.name}: ${seen} was seen in no session`);
    }
    if (least === null || seen <= this.repliedZxid) return;
    this.world.violate(
      "the last zxid",
      `${this.name}: claims to have seen ${seen}, but the newest reply was ${this.repliedZxid}`,
    );
  }

  ask(op: Operation, timeout: number | null, revocable: boolean): Call {
    const { history } = this.world;
    const now = history.now();
    const call: Call = {
      id: history.calls.length + 1,
      client: this.id,
      op,
      through: this.view !== null && isBelowView(op) && this.random.chance(0.5),
      submitted: history.moment(),
      xid: 0,
      deadline: timeout === null ? Infinity : now + timeout,
      lostBefore: this.owner.lost,
      takenBack: null,
      refused: 0,
      outcomes: [],
      served: [],
      changes: [],
      watch: null,
    };
    history.calls.push(call);
    this.calls.push(call);
    const how = call.through ? " through its view" : "";
    history.note(`${this.name}: asks ${call.id} ${nameOf(op)}${how}`);
    const watcher = this.#watcher(call);
    const before = this.zh.submitted;
    this.#submitting = call;
    if (this.zk === null) this.#askWithCallback(call, watcher, timeout, revocable);
    else {this.#askWithPromise(
        call,
        call.through ? this.view! : this.zk,
        watcher,
        timeout,
        revocable,
      );}
    this.#submitting = null;
    const { submitted } = this.zh;
    if (submitted === before) call.refused ||= -9;
    // The removal of watches may take several requests, an authentication has no xid of its own.
    else if (op.name !== "removeWatches" && submitted!.xid > 0) {
      call.xid = submitted!.xid;
      this.world.expect(call);
    }
    return call;
  }

  /** Ends the session. */
  close(): void {
    const { history } = this.world;
    history.note(`${this.name}: closes`);
    this.closing = history.moment();
    if (this.zk === null) {
      st.close(this.zh);
      return;
    }
    this.zk.close().then(
      () => this.closed = true,
      (error) => this.world.violate("close() resolves", `${this.name}: ${error}`),
    );
  }

  /** Closes its view; the session goes on. */
  closeView(): void {
    const { history, violate } = this.world;
    history.note(`${this.name}: closes its view`);
    this.viewClosed = history.moment();
    this.view!.close().catch((error) =>
      violate.call(this.world, "close() resolves", `${this.name}: ${error}`)
    );
    this.view = null;
  }

  /** Leaves the session to another, if there is one; else closes. */
  detach(): void {
    const { zk, zh } = this;
    if (zk === null || zk.session === null || !zh.seenWritable) return this.close();
    const { history, violate } = this.world;
    history.note(`${this.name}: detaches`);
    this.closing = history.moment();
    zk.detach().then(
      (session) => {
        this.closed = true;
        this.left = session;
      },
      (error) => violate.call(this.world, "detach() resolves", `${this.name}: ${error}`),
    );
  }

  /** Gives the session another list of servers. */
  setServers(servers: string): void {
    this.world.ways.unsteady.add(this);
    if (this.zk === null) st.setServers(this.zh, servers);
    else this.zk.setServers(servers);
  }

  #askWithCallback(call: Call, watcher: st.Watcher, timeout: number | null, revocable: boolean) {
    const { op } = call;
    const done = (rc: number, value: unknown = null, stat: unknown = null) => {
      const words = rc === 0 ? inWords(op, value, stat) : failureInWords(op, value);
      this.#end(call, rc, null, words);
      this.#mayThrow();
    };
    const options = timeout === null ? {} : { timeout };
    call.refused = askWithCallback(this.zh, op, watcher, done, options);
    if (!revocable || call.refused !== 0) return;
    this.revocable.set(call, () => {
      if (!st.cancel(this.zh, done)) {
        this.world.violate("what is open can be taken back", `${this.name}: call ${call.id}`);
      }
      call.takenBack = this.world.history.moment();
    });
  }

  #askWithPromise(
    call: Call,
    zk: ZooKeeper,
    watcher: st.Watcher,
    timeout: number | null,
    revocable: boolean,
  ) {
    const controller = new AbortController();
    const options = {
      ...timeout === null ? {} : { timeout },
      ...revocable ? { signal: controller.signal } : {},
    };
    const { op, through } = call;
    const asked = through && "path" in op ? { ...op, path: op.path.slice(viewed.length) } : op;
    const saysPath = through && /^(create2?|sync)$/.test(op.name);
    deepened(askWithPromise(zk, asked, watcher, options), this.style.depth).then(
      (value) => this.#end(call, 0, null, saysPath ? `${viewed}${value}` : value),
      (error) => this.#fail(call, error, controller.signal),
    );
    if (!revocable) return;
    this.revocable.set(call, () => {
      call.takenBack = this.world.history.moment();
      controller.abort(new Error("Taken back"));
    });
  }

  #fail(call: Call, error: unknown, signal: AbortSignal): void {
    if (error instanceof ZooKeeperError) {
      const words = failureInWords(call.op, error.results);
      this.#end(call, error.rc, error.sent, words);
    } else if (signal.aborted && error === signal.reason) {
      this.#end(call, null, null, "");
    } else {
      this.world.violate("calls fail with codes", `${this.name}: ${nameOf(call.op)}: ${error}`);
    }
  }

  #end(call: Call, rc: number | null, sent: boolean | null, value: string): void {
    const { history } = this.world;
    const inside = this.#submitting === call;
    call.outcomes.push({ ...history.moment(), rc, sent, value, inside, lost: this.owner.lost });
    this.revocable.delete(call);
    history.note(`${this.name}: ${call.id} ${nameOf(call.op)} ends with ${rc} ${value}`);
    const served = call.served[0];
    if (rc === 0 && served?.session === this.sessionId && served.rc === 0) {
      this.toldZxid = served.zxid;
    }
  }

  #watcher(call: Call): st.Watcher {
    const kind = kindOf(call.op);
    if (kind === null) return () => {};
    const { history } = this.world;
    const path = "path" in call.op ? call.op.path : "";
    const watch: Watch = { id: history.watches.length + 1, call, kind, path, told: [] };
    history.watches.push(watch);
    call.watch = watch;
    const watcher = (event: WatchedEvent) => {
      const isSeen = call.through && event.type !== "Session";
      this.#told(watch, isSeen ? { ...event, path: `${viewed}${event.path}` } : event);
      this.#mayThrow();
    };
    watchers.set(watch, watcher);
    return watcher;
  }

  #told(watch: Watch, { type, path, state, zxid }: WatchedEvent): void {
    const { history, sides } = this.world;
    const seenIndex = this.link === null ? 0 : sides.get(this.link)?.seenIndex ?? 0;
    watch.told.push({ ...history.moment(), type, path, state, zxid, seenIndex });
    if (type !== "Session") {
      history.note(`${this.name}: watch ${watch.id} is told ${type} ${path} ${zxid}`);
    }
  }

  #stateTold({ state }: WatchedEvent): void {
    const { history } = this.world;
    const { sessionId, recvTimeout } = this.zh;
    if (state === "CONNECTED") this.connected = { session: sessionId, timeout: recvTimeout };
    const silence = history.now() - this.frameAt;
    history.states.push({
      ...history.moment(),
      client: this.id,
      state,
      silence,
      ...this.connected,
    });
    history.note(`${this.name}: is ${state}`);
  }

  #mayThrow(): void {
    if (this.random.chance(this.style.throws)) throw intended;
  }

  #thrown(error: unknown): void {
    if (error === intended) return;
    this.world.violate("nothing but what callbacks throw", `${this.name}: ${error}`);
  }

  #warned(message: string, fields: object = {}): void {
    this.world.history.note(`${this.name}: warns: ${message}`);
    if ("rc" in fields && fields.rc === -2) {
      this.world.violate("replies come in order", `${this.name}: ${message}`);
    }
  }
}

/** Where views begin. */
const viewed = "/t";

function isBelowView(op: Operation): boolean {
  return "path" in op && op.path.startsWith(`${viewed}/`);
}

/** The function behind each watch, for its removal. */
export const watchers: WeakMap<Watch, st.Watcher> = new WeakMap();

const intended = new Error("Thrown on purpose");

function kindOf(op: Operation): WatchKind | null {
  if (op.name === "addWatch") return op.mode === "PERSISTENT" ? "persistent" : "recursive";
  if (!("watch" in op) || !op.watch) return null;
  return op.name === "exists" ? "exists" : op.name === "getData" ? "data" : "child";
}

async function deepened<T>(promise: Promise<T>, depth: number): Promise<T> {
  return await (depth === 0 ? promise : deepened(promise, depth - 1));
}
