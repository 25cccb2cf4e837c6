/** Where the server listens, and all sockets that came of it, until nothing is under way any more. */
import type { Clock } from "../../types.ts";
import type { Carrier } from "./carrier.ts";
import type { Line } from "./line.ts";
import { hostPort } from "./rules.ts";
import { Socket } from "./socket.ts";

/** Where the server listens. */
export interface ListenOptions {
  /** Name or address; "127.0.0.1" unless given. */
  hostname?: string;
  /** 0, as unless given, for any that is free. */
  port?: number;
}

/** Takes a new connection to `host` from `address` on, or returns null. */
export type Admit = (carrier: Carrier, host: string, address: string) => Line | null;

/** All that is listened on, and all sockets accepted. */
export class Sockets {
  readonly #admit: Admit;
  readonly #clock: Clock;
  readonly #listeners = new Set<Deno.TcpListener>();
  readonly #sockets = new Set<Socket>();
  readonly #loops = new Set<Promise<void>>();

  constructor(admit: Admit, clock: Clock) {
    this.#admit = admit;
    this.#clock = clock;
  }

  /** Accepts connections from now on; returns where: "host:port". */
  listen({ hostname = "127.0.0.1", port = 0 }: ListenOptions): string {
    const listener = Deno.listen({ hostname, port });
    this.#listeners.add(listener);
    const address = hostPort(listener.addr.hostname, listener.addr.port);
    this.#track(this.#acceptAll(listener, address));
    return address;
  }

  /** Closes everything; resolves when nothing is under way any more. */
  async close(): Promise<void> {
    for (const listener of this.#listeners) listener.close();
    this.#listeners.clear();
    for (const socket of this.#sockets) socket.cut();
    while (this.#loops.size > 0) await Promise.all(this.#loops);
  }

  async #acceptAll(listener: Deno.TcpListener, host: string): Promise<void> {
    while (this.#listeners.has(listener)) {
      const conn = await accepted(listener);
      if (conn !== null) this.#take(conn, host);
      else if (this.#listeners.has(listener)) await this.#pause();
    }
  }

  #take(conn: Deno.TcpConn, host: string): void {
    const socket = new Socket(conn);
    const line = this.#admit(socket, host, conn.remoteAddr.hostname);
    if (line === null) return socket.cut();
    this.#sockets.add(socket);
    this.#track(socket.run(line).finally(() => this.#sockets.delete(socket)));
  }

  #track(loop: Promise<void>): void {
    const tracked = loop.finally(() => this.#loops.delete(tracked));
    this.#loops.add(tracked);
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => this.#clock.timer(this.#clock.now() + acceptPause, resolve));
  }
}

/** ms, after an accept that failed. */
const acceptPause = 20;

/** Null when it is closed, the client has gone already, or too many files are open: that may pass. */
function accepted(listener: Deno.TcpListener): Promise<Deno.TcpConn | null> {
  return listener.accept().catch(() => null);
}
