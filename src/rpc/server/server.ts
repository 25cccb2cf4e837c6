/** class RpcServer: services with their handlers, on one port, found through ZooKeeper. */
import { checkKeys } from "../../discovery/complete.ts";
import { checkTlsServerOptions, type TlsServerSource } from "../../tls/options.ts";
import type { Transport } from "../../values.ts";
import { Deadlines } from "../time/deadlines.ts";
import type { Methods, ServiceSpec } from "../service.ts";
import { Listener } from "../sockets.ts";
import { StatusCode } from "../status.ts";
import type { Peer } from "../wires/wire.ts";
import { unparsable } from "../wires/tiny_rpc/header.ts";
import { BoundedLog } from "./bounded_log.ts";
import { Connection, type ConnectionSetting } from "./connection.ts";
import type { Handlers } from "./context.ts";
import { Shutdown } from "./draining.ts";
import { Handling } from "./handling.ts";
import { Limits } from "./limits.ts";
import { complete, type Options, type RpcServerOptions } from "./options.ts";
import { hasShortNames, Registering } from "./registering.ts";
import { Services } from "./services.ts";
import { serverWires } from "./wires.ts";

/** Where an `RpcServer` listens, and what it says of that. */
export interface ListenOptions {
  /** An address of this machine; all of them unless given: 0.0.0.0. */
  hostname?: string;
  /** The port; any free one unless given. */
  port?: number;
  /** The address that callers find in ZooKeeper, where it is not the one to listen on. */
  advertise?: { hostname?: string; port?: number };
  /** Speaks TLS; a function is asked with each connection, so that certificates can be renewed. */
  tls?: TlsServerSource;
  /** Gives it up: the server is shut down, and `listen()` rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** Options of `shutdown()`. */
export interface ShutdownOptions {
  /** How long calls in flight have, ms. 5,000. */
  grace?: number;
  /** Ends the grace. */
  signal?: AbortSignal;
}

/** Where a server is in its life. */
export type ServerState = "new" | "listening" | "draining" | "closed";

/** How a server is doing. */
export interface ServerStats {
  /** Where it is in its life. */
  readonly state: ServerState;
  /** Connections that are open. */
  readonly connections: number;
  /** Calls that are not over, those that wait among them. */
  readonly inFlight: number;
  /** Calls that wait for room. */
  readonly queued: number;
  /** Handlers that go on although their call is over. */
  readonly abandoned: number;
  /** Calls that were refused for want of room. */
  readonly shed: number;
  /** Calls by how they ended. */
  readonly ended: Readonly<Record<StatusCode, number>>;
  /** Registrations that there should be, and those that are in ZooKeeper. */
  readonly registrations: { readonly all: number; readonly registered: number };
}

/**
 * Serves services: our own wire and tiny_rpc's on one port, registered in ZooKeeper once it listens.
 *
 * @example
 * ```ts
 * import { parseServices, RpcServer } from "@zkst/zookeeper/rpc";
 *
 * const { Greeter } = parseServices(`
 *   syntax = "proto3";
 *   message HelloRequest { string name = 1; }
 *   message HelloReply { string text = 1; }
 *   service Greeter { rpc Hello(HelloRequest) returns (HelloReply); }
 * `);
 * const server = new RpcServer().add(Greeter, {
 *   hello: ({ name }: { name: string }) => ({ text: `Hello, ${name}` }),
 * });
 * const { address } = await server.listen({ hostname: "127.0.0.1", port: 0 });
 * console.log(address.port);
 * await server.shutdown({ grace: 5000 });
 * ```
 */
export class RpcServer implements AsyncDisposable {
  readonly #options: Options;
  readonly #services: Services;
  readonly #deadlines: Deadlines;
  readonly #log: BoundedLog;
  readonly #limits: Limits;
  readonly #handling: Handling;
  readonly #connectionSetting: ConnectionSetting;
  readonly #connections = new Set<Connection>();
  #listener: Listener | null = null;
  #registering: Registering | null = null;
  #shutdown: Shutdown | null = null;
  #state: ServerState = "new";

  /**
   * A server that does nothing yet.
   *
   * @throws {TypeError} for an option that there is not, or of the wrong kind.
   * @throws {RangeError} for a number that is out of range.
   */
  constructor(options: RpcServerOptions = {}) {
    this.#options = complete(options);
    const { platform: { clock }, maxConcurrentCalls, maxQueuedCalls } = this.#options;
    this.#services = new Services(this.#options.interceptors);
    this.#deadlines = new Deadlines(clock);
    this.#log = new BoundedLog(this.#options.logger, clock, this.#deadlines);
    this.#limits = new Limits(maxConcurrentCalls, maxQueuedCalls);
    const shared = {
      ...this.#options,
      clock,
      deadlines: this.#deadlines,
      log: this.#log,
      maxPerConnection: this.#options.maxConcurrentCallsPerConnection,
    };
    this.#handling = new Handling({ ...shared, services: this.#services, limits: this.#limits });
    this.#connectionSetting = {
      random: () => this.#options.platform.random(),
      ...shared,
      wires: this.#options.wires.map((name) => serverWires[name]),
      handling: this.#handling,
      gone: (connection) => this.#gone(connection),
    };
  }

  /**
   * Adds a service and handlers for its methods, all or some; before `listen()`.
   *
   * @throws {TypeError} for a service that has been added, a handler that is no method's, and where the
   *   layout has short names, for a second service of the same one.
   */
  add<M extends Methods>(spec: ServiceSpec<M>, handlers: Handlers<M>): this {
    if (this.#state !== "new") throw new TypeError("Services are added before listen()");
    const [namesake] = this.#services.namesakes(spec?.name ?? "");
    const { zk, layout } = this.#options;
    if (zk !== null && namesake !== undefined && namesake !== spec.name && hasShortNames(layout)) {
      throw new TypeError(
        `${spec.name} and ${namesake} are the same service in the layout "${layout.name}", which ` +
          "has no packages",
      );
    }
    this.#services.add(spec, handlers);
    return this;
  }

  /**
   * Listens, serves, and then registers. Resolves when every service is registered, or waits for
   * another provider of its znode to leave; while ZooKeeper is away that takes its time, in which calls
   * are served already.
   *
   * @throws {TypeError} without services, a second time, and for an address that nobody could reach.
   */
  async listen(options: ListenOptions = {}): Promise<{ address: Peer }> {
    const { hostname = "0.0.0.0", port = 0, advertise = {}, tls = null, signal } = options;
    this.#checkListen(options, hostname);
    signal?.throwIfAborted();
    const { platform, logger } = this.#options;
    const { clock } = platform;
    const take = (transport: Transport, peer: Peer) => this.#take(transport, peer, tls);
    this.#listener = new Listener({ hostname, port, clock, logger }, take);
    this.#state = "listening";
    const { address } = this.#listener;
    logger.info?.(`Listening on ${address.hostname}:${address.port}`);
    const abort = () => void this.shutdown({ grace: 0 });
    signal?.addEventListener("abort", abort, { once: true });
    try {
      await this.#register({
        hostname: advertise.hostname ?? address.hostname,
        port: advertise.port ?? address.port,
      });
    } catch (cause) {
      const isEnding = this.#shutdown !== null && !signal?.aborted;
      if (isEnding) throw new Error("The server was shut down before it was registered", { cause });
      await this.shutdown({ grace: 0 });
      throw signal?.aborted ? signal.reason : cause;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
    return { address };
  }

  /**
   * Ends it: it leaves ZooKeeper, takes no new calls, and waits for those in flight, which at the end of
   * the grace are aborted with UNAVAILABLE. Always resolves. A second call with less grace hurries the
   * first.
   */
  shutdown(options: ShutdownOptions = {}): Promise<void> {
    const { grace = 5000, signal } = options;
    checkKeys(options, ["grace", "signal"]);
    if (typeof grace !== "number" || !(grace >= 0)) {
      throw new RangeError(`The grace must be 0 ms or more, not ${String(grace)}`);
    }
    if (this.#shutdown === null) this.#begin(grace);
    else this.#shutdown.hurry(grace);
    const shutdown = this.#shutdown!;
    if (signal === undefined) return shutdown.done;
    const hurry = () => shutdown.hurry(0);
    if (signal.aborted) hurry();
    signal.addEventListener("abort", hurry, { once: true });
    return shutdown.done.finally(() => signal.removeEventListener("abort", hurry));
  }

  /** Shuts it down. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  /** How it is doing. */
  stats(): ServerStats {
    const codes = Object.entries(StatusCode);
    const ended = codes.map(([name, status]) => [name, this.#handling.ended[status]!]);
    return {
      state: this.#state,
      connections: this.#connections.size,
      inFlight: this.#handling.calls.size,
      queued: this.#limits.queued,
      abandoned: this.#handling.abandoned,
      shed: this.#handling.shed,
      ended: Object.fromEntries(ended),
      registrations: this.#registering?.count ?? { all: 0, registered: 0 },
    };
  }

  #checkListen(options: ListenOptions, hostname: string): void {
    checkKeys(options, ["hostname", "port", "advertise", "tls", "signal"]);
    checkKeys(options.advertise ?? {}, ["hostname", "port"]);
    if (this.#state !== "new") {
      throw new TypeError(`A server listens once: this one is ${this.#state}, make another`);
    }
    if (this.#services.names.size === 0) {
      throw new TypeError("There is nothing to serve: add() services first");
    }
    if (options.tls !== undefined && typeof options.tls !== "function") {
      checkTlsServerOptions(options.tls);
    }
    const told = options.advertise?.hostname ?? hostname;
    if (this.#options.zk !== null && ["0.0.0.0", "::", "[::]", ""].includes(told)) {
      throw new TypeError(
        `${told} is where to listen, not where others can connect: give an address of this ` +
          "machine as advertise.hostname",
      );
    }
  }

  #take(transport: Transport, peer: Peer, tls: TlsServerSource | null): void {
    const { maxConnections } = this.#options;
    if (this.#connections.size < maxConnections) {
      this.#connections.add(new Connection(this.#connectionSetting, transport, peer, tls));
      return;
    }
    const logger = this.#log.about("connections that find no room");
    logger.warn?.(`A connection is closed, for there are ${maxConnections}`, { peer });
    // Who speaks tiny_rpc would take a mere end for an empty message.
    const close = () => transport.close();
    transport.write(unparsable).then(close, close);
  }

  async #register(address: Peer): Promise<void> {
    const { zk, registration: options, instance: fields } = this.#options;
    if (zk === null) return;
    this.#registering = new Registering({ ...this.#options, zk, options, fields });
    await this.#registering.register(this.#services.names, address);
  }

  #gone(connection: Connection): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#shutdown?.check();
  }

  #begin(grace: number): void {
    const { platform: { clock }, logger, linger } = this.#options;
    const registering = this.#registering;
    this.#state = "draining";
    const message = "The server is shutting down";
    this.#shutdown = new Shutdown({
      clock,
      logger,
      linger,
      deregister: registering && (() => registering.close()),
      drain: () => {
        this.#listener?.close();
        for (const connection of this.#connections) connection.drain();
      },
      abort: () => {
        this.#handling.abort(message);
      },
      close: () => {
        for (const connection of this.#connections) connection.close();
      },
      isEmpty: () => this.#connections.size === 0,
      inFlight: () => this.#handling.calls.size,
    }, grace);
    this.#shutdown.done.then(() => {
      this.#state = "closed";
      this.#deadlines.stop();
      logger.info?.("The server has ended");
    });
  }
}
