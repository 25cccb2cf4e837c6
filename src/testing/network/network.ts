/**
 * All ways into a server: connections in memory, sockets that it listens on, the clock they run on,
 * and the faults that befall them.
 */
import type { Endpoint, Logger, Transport } from "../../types.ts";
import type { Carrier } from "./carrier.ts";
import { TestClock } from "./clock.ts";
import { Faults } from "./faults.ts";
import { Line, type Setting } from "./line.ts";
import { MemoryConnection } from "./memory.ts";
import { hostPort } from "./rules.ts";
import { Standing } from "./standing.ts";
import { type ListenOptions, Sockets } from "./tcp.ts";
import type { Accept } from "./wire.ts";

export interface NetworkOptions {
  /** The clock of server and clients; one of its own unless given. */
  clock?: TestClock;
  /** Beyond so many connections new ones are closed at once. 10,000. */
  maxConnections?: number;
  /** Told of connections that are closed for being too many or for not reading. */
  logger?: Logger;
}

/** What has become of connections, counted. */
export interface Counters {
  /** Connections that the service got. */
  accepted: number;
  /** Those turned away by a fault. */
  refused: number;
  /** Those closed at once, since there were too many. */
  tooMany: number;
  /** Those dropped with too much output that the client did not read. */
  overflowed: number;
}

export class Network extends Faults {
  readonly clock: TestClock;
  readonly counters: Counters = { accepted: 0, refused: 0, tooMany: 0, overflowed: 0 };
  readonly #lines: Set<Line>;
  readonly #standing: Standing;
  readonly #maxConnections: number;
  readonly #logger: Logger;
  readonly #sockets: Sockets;
  readonly #setting: Setting;
  #closed = false;

  constructor(accept: Accept, options: NetworkOptions = {}) {
    const lines = new Set<Line>();
    const standing = new Standing();
    super(lines, standing);
    this.#lines = lines;
    this.#standing = standing;
    this.clock = options.clock ?? new TestClock();
    this.#maxConnections = options.maxConnections ?? 10_000;
    this.#logger = options.logger ?? {};
    this.#setting = {
      clock: this.clock,
      standing,
      accept,
      ended: (line) => void lines.delete(line),
      overflowed: ({ address }) => {
        this.counters.overflowed++;
        this.#logger.warn?.(`Closing the connection of ${address}: it does not read`);
      },
    };
    this.#sockets = new Sockets((...way) => this.#admit(...way), this.clock);
  }

  /** The connections that the service has; each with its server, its client and its session. */
  get connections(): ReadonlySet<Line> {
    return this.#lines;
  }

  /** Connects in memory. Rejects while connections are refused, and after close. */
  connect({ host, port }: Endpoint, signal: AbortSignal): Promise<Transport> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const abort = () => {
        turn[Symbol.dispose]();
        reject(signal.reason);
      };
      const turn = this.clock.turn(() => {
        signal.removeEventListener("abort", abort);
        const connection = this.#connect(hostPort(host, port));
        if (connection !== null) resolve(connection);
        else reject(new Deno.errors.ConnectionRefused("Connection refused"));
      });
      signal.addEventListener("abort", abort, { once: true });
    });
  }

  /**
   * Listens on a socket; time becomes the real one. Returns where: "127.0.0.1:41873".
   */
  listen(options: ListenOptions = {}): string {
    if (this.#closed) throw new TypeError("Cannot listen: the server is closed");
    const address = this.#sockets.listen(options);
    this.clock.toRealTime();
    return address;
  }

  /** Closes everything, and resolves when the service knows of it and nothing is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    this.drop();
    await this.#sockets.close();
    await new Promise<void>((resolve) => void this.clock.turn(resolve));
  }

  /** Null when it is refused. */
  #connect(host: string): Transport | null {
    const connection = new MemoryConnection(this.clock);
    const line = this.#admit(connection, host, "127.0.0.1");
    if (line !== null) connection.carry(line);
    else if (this.#refuses(host)) return null;
    else connection.cut();
    return connection;
  }

  #admit(carrier: Carrier, host: string, address: string): Line | null {
    if (this.#refuses(host)) {
      this.counters.refused++;
    } else if (this.#lines.size >= this.#maxConnections) {
      this.counters.tooMany++;
      this.#logger.warn?.(`Closing the connection of ${address}: there are ${this.#lines.size}`);
    } else {
      const line = new Line(this.#setting, carrier, host, address);
      this.#lines.add(line);
      this.counters.accepted++;
      return line;
    }
    return null;
  }

  #refuses(host: string): boolean {
    return this.#closed || this.#standing.refused.of({ host, sessionId: 0n });
  }
}
