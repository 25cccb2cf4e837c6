/**
 * One connection over a socket. A loop reads straight into where the service wants its bytes; one
 * write is under way, with everything else coming together behind it. With many requests under way
 * one read and one write carry hundreds of them.
 */
import type { Carrier } from "./carrier.ts";
import type { Line } from "./line.ts";

export class Socket implements Carrier {
  readonly #conn: Deno.TcpConn;
  readonly #over = Promise.withResolvers<void>();
  #closed = false;
  #writing: Promise<void> | null = null;
  #line: Line | null = null;
  #resumed: (() => void) | null = null;

  constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  /** Feeds the line with what the client sends; resolves when the socket is closed and at rest. */
  async run(line: Line): Promise<void> {
    this.#line = line;
    this.#hurry();
    let count: number | null;
    do {
      count = await this.#read(line.space());
      if (!line.readable) await this.#readable(line);
      if (count !== null && count > 0) line.received(count);
    } while (count !== null && count > 0);
    if (count === null) line.finished();
    else line.lost();
    await this.#over.promise;
    await this.#writing;
  }

  send(bytes: Uint8Array, sent: () => void): void {
    this.#writing = this.#write(bytes, sent);
  }

  end(ended: () => void): void {
    if (this.#writing !== null) return;
    this.cut();
    ended();
  }

  cut(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#conn.close();
    this.#over.resolve();
    this.resume();
  }

  resume(): void {
    this.#resumed?.();
    this.#resumed = null;
  }

  soon(wake: () => void): void {
    queueMicrotask(wake);
  }

  #hurry(): void {
    try {
      this.#conn.setNoDelay(true);
    } catch {
      // Some systems say so when the client has gone already; the first read says it again.
    }
  }

  async #readable(line: Line): Promise<void> {
    while (!line.readable && !this.#closed) {
      await new Promise<void>((resolve) => this.#resumed = resolve);
    }
  }

  /** Null at the end, 0 when the connection is lost. */
  async #read(into: Uint8Array): Promise<number | null> {
    try {
      return await this.#conn.read(into);
    } catch {
      return 0;
    }
  }

  async #write(bytes: Uint8Array, sent: () => void): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
    } catch {
      this.#writing = null;
      return this.#line!.lost();
    }
    this.#writing = null;
    sent();
  }
}
