/**
 * class TestServer: a ZooKeeper in this process, and whatever may befall it. `network/` brings the
 * bytes, in memory or over sockets, and the faults; `requests/` answers them; `state/` is what is
 * kept. The service (service.ts) is all of it without the network; `program/` is for main.ts.
 */
import type { Endpoint, Platform } from "../types.ts";
import { Connection } from "./requests/connection.ts";
import { Network } from "./network/network.ts";
import { TestClock } from "./network/clock.ts";
import { type At, checkAt, concerns } from "./network/rules.ts";
import { randomOf } from "./random.ts";
import { Service } from "./service.ts";
import type { Session } from "./state/session_tracker.ts";
import { settle, type TestServerOptions } from "./settings.ts";
import { loadSnapshot, takeSnapshot } from "./snapshot.ts";

/**
 * A ZooKeeper server in memory: one server, with everything that clients can ask of it.
 *
 * In memory its clients share its clock, which stands still until {@link TestServer.advance} moves
 * it: timeouts, pings and expiry cost no time. What needs no time, happens by itself. What does,
 * waits for `advance`: a reconnect, before which clients pause, or a `close()` that a stalled server
 * leaves without an answer; call it, advance, then await it. With {@link TestServer.listen} it serves
 * anyone over TCP, in real time.
 *
 * The faults are methods. Those that take `at` concern all connections unless it names a session or
 * one of the servers of the connect string.
 *
 * @example An application's test
 * ```ts
 * import { ZooKeeper } from "@zkst/zookeeper";
 * import { TestServer } from "@zkst/zookeeper/testing";
 *
 * await using server = new TestServer();
 * const zk = await ZooKeeper.connect("test", { platform: server.platform });
 * await zk.create("/leader", "me", { mode: "EPHEMERAL" });
 * await server.advance(60_000); // a minute of pings, in no time
 * console.log(await zk.exists("/leader"));
 * await zk.close();
 * ```
 */
export class TestServer implements AsyncDisposable {
  /** What in-memory clients run on: any name and port in their connect string leads here. */
  readonly platform: Platform;
  readonly #service: Service;
  readonly #network: Network;
  readonly #clock: TestClock = new TestClock();

  /**
   * A server that nobody is connected to.
   *
   * @throws {TypeError} for an option that there is not, or a snapshot that is none.
   * @throws {RangeError} for a number that is out of range.
   */
  constructor(options: TestServerOptions = {}) {
    const settings = settle(options);
    if (settings.realTime) this.#clock.toRealTime();
    const addresses = new Addresses();
    this.platform = {
      connect: (endpoint: Endpoint, signal) => this.#network.connect(endpoint, signal),
      resolve: (host) => Promise.resolve([addresses.of(host)]),
      resolveSrv: (name) => Promise.resolve([{ target: name, port: 2181, priority: 0, weight: 0 }]),
      clock: this.#clock,
      random: randomOf(settings.seed),
    };
    this.#service = new Service(settings, this.platform, this.#clock);
    if (settings.snapshot !== null) loadSnapshot(this.#service, settings.snapshot);
    this.#network = new Network((wire) => new Connection(this.#service, wire), {
      clock: this.#clock,
      maxConnections: settings.maxConnections,
      logger: settings.logger,
    });
  }

  /**
   * Moves the time on, for the server and for its in-memory clients: all that is due happens, in
   * order, and what follows from it. `ms` may be 0.
   *
   * @throws {TypeError} in real time, and while another call is not over.
   */
  advance(ms: number): Promise<void> {
    return this.#clock.advance(ms);
  }

  /**
   * Serves anyone over TCP, from now on in real time. Resolves with the address, "127.0.0.1:41873".
   * Needs the permission to listen.
   */
  async listen(options: { hostname?: string; port?: number } = {}): Promise<string> {
    return await this.#network.listen(options);
  }

  /** Closes all connections and stops listening; nothing is left running. May be called again. */
  async close(): Promise<void> {
    await this.#network.close();
    this.#service.close();
  }

  /** Closes it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Znodes and sessions in bytes, for the option `snapshot` of a later server. */
  snapshot(): Uint8Array {
    return takeSnapshot(this.#service);
  }

  /** Ids of the live sessions. */
  get sessions(): bigint[] {
    return [...this.#service.sessions.values()].map(({ id }) => id);
  }

  /** Zxid of the last change; each write and each session's beginning and end has one. */
  get zxid(): bigint {
    return BigInt(this.#service.tree.zxid);
  }

  /** Open connections. */
  get connections(): number {
    return this.#service.clients.size;
  }

  /** Znodes, those under /zookeeper and the root among them. */
  get znodeCount(): number {
    return this.#service.tree.size;
  }

  /** Watches that are armed. */
  get watchCount(): number {
    return this.#service.watches.size;
  }

  /** Frames that made no sense, each of which has cost its connection. */
  get malformedCount(): number {
    return this.#service.malformed;
  }

  /** Ends a session as if it had timed out: its ephemerals go and its connection is closed. */
  expire(sessionId: bigint): void {
    const session = this.#session(sessionId);
    this.#service.closeSession(session);
    session.connection?.close();
  }

  /** At its next reconnect the session is silently exchanged for a new one, as some servers do. */
  changeSessionId(sessionId: bigint): void {
    this.#session(sessionId).changesId = true;
  }

  /** The session belongs to another server now: its next request closes the old connection. */
  move(sessionId: bigint): void {
    this.#session(sessionId).moved = true;
  }

  /** The next write of each present connection is done, its reply left out, the connection closed. */
  loseReply(at: At = {}): void {
    checkAt(at);
    for (const client of this.#service.clients) {
      const place = { host: client.wire.host, sessionId: client.sessionId };
      if (concerns(at, place)) client.losesReply = true;
    }
  }

  /**
   * Loses its quorum: connections are closed, and new sessions of clients that take that (`readOnly`)
   * alone are served, which are its own; or has it again, and those are over. As a server with
   * readonlymode.enabled and localSessionsEnabled; without the latter it would take nobody.
   */
  readOnly(on: boolean): void {
    this.#service.setReadOnly(on);
  }

  /** Forgets everything: znodes, sessions, zxid. Connections are closed. */
  wipe(): void {
    this.#service.wipe();
  }

  /** Closes the present connections at once; what has not been delivered is lost. */
  drop(at?: At): void {
    this.#network.drop(at);
  }

  /** Closes each present connection when so many more bytes have reached its client. */
  dropAfter(bytes: number, at?: At): void {
    this.#network.dropAfter(bytes, at);
  }

  /** Connections are accepted, and nothing is processed or answered until {@link resume}. */
  stall(at?: At): void {
    this.#network.stall(at);
  }

  /** Ends {@link stall}: what came meanwhile is processed in order. */
  resume(at?: At): void {
    this.#network.resume(at);
  }

  /** The present connections die without either side being told; new ones work. */
  halfOpen(at?: At): void {
    this.#network.halfOpen(at);
  }

  /** What the server sends arrives so many ms later; 0 ends it. */
  delay(ms: number, at?: At): void {
    this.#network.delay(ms, at);
  }

  /** What the server sends arrives byte by byte. */
  trickle(at?: At): void {
    this.#network.trickle(at);
  }

  /** The next bytes to each present client are garbage. */
  corrupt(at?: At): void {
    this.#network.corrupt(at);
  }

  /** Connections are closed and new ones refused, as while a server is down, until {@link heal}. */
  refuse(at?: At): void {
    this.#network.refuse(at);
  }

  /** Ends what lasts of the faults: stall, delay, trickle, refuse. */
  heal(): void {
    this.#network.heal();
  }

  #session(id: bigint): Session {
    if (typeof id !== "bigint") throw new TypeError(`A session's id is a bigint, not ${id}`);
    const session = this.#service.sessions.get(id);
    if (session !== undefined) return session;
    throw new TypeError(`There is no session 0x${BigInt.asUintN(64, id).toString(16)}`);
  }
}

/** An address for each name, so that the servers of a connect string are told apart. */
class Addresses {
  readonly #known = new Map<string, string>();

  of(host: string): string {
    const known = this.#known.get(host);
    if (known !== undefined) return known;
    const number = this.#known.size + 1;
    const address = `10.0.${number >> 8}.${number & 0xff}`;
    this.#known.set(host, address);
    return address;
  }
}
