/*
 * Stands between a client and a real server, which will not cut a connection when it is told to:
 * the relay does. It carries bytes, and looks at none of them.
 */

/** Carries the bytes of all connections to a server, until they are cut. */
export class Relay implements AsyncDisposable {
  /** Where clients find it. */
  readonly address: string;
  /** What gets lost on its way, until the connections are cut. */
  loses: "requests" | "answers" | null = null;
  /** How many bytes were lost. */
  lost = 0;
  readonly #target: Deno.ConnectOptions;
  readonly #listener: Deno.TcpListener;
  readonly #connections = new Set<Deno.TcpConn>();
  readonly #working = new Set<Promise<void>>();
  #done: Promise<void> = Promise.resolve();

  /** A relay to the server with this address, `host:port`. */
  constructor(server: string) {
    const { hostname, port } = new URL(`tcp://${server}`);
    this.#target = { hostname, port: Number(port) };
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.address = `127.0.0.1:${this.#listener.addr.port}`;
    this.#work(this.#accept());
  }

  /** Cuts all connections. New ones are welcome. */
  drop(): void {
    this.loses = null;
    for (const connection of this.#connections) this.#close(connection);
  }

  /** Lets new connections wait until something is done. */
  async holdUntil(done: Promise<void>): Promise<void> {
    this.#done = done;
    await done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.drop();
    // A connection that was on its way may have come since.
    while (this.#working.size > 0) {
      await Promise.all(this.#working);
      this.drop();
    }
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) this.#work(this.#serve(client));
  }

  async #serve(client: Deno.TcpConn): Promise<void> {
    this.#connections.add(client);
    try {
      await this.#done;
      const server = await Deno.connect(this.#target);
      this.#connections.add(server);
      client.setNoDelay();
      server.setNoDelay();
      // The client was cut off before the server answered.
      if (!this.#connections.has(client)) this.#close(server);
      await Promise.all([
        this.#carry(client, server, "requests"),
        this.#carry(server, client, "answers"),
      ]);
    } catch {
      this.#close(client);
    }
  }

  /** From one to the other; the end of the one is the end of both. */
  async #carry(from: Deno.TcpConn, to: Deno.TcpConn, what: Relay["loses"]): Promise<void> {
    const buffer = new Uint8Array(1 << 16);
    try {
      for (let length; (length = await from.read(buffer)) !== null;) {
        if (this.loses === what) {
          this.lost += length;
          continue;
        }
        for (let at = 0; at < length;) at += await to.write(buffer.subarray(at, length));
      }
    } catch {
      // Cut, on this side or the other.
    }
    this.#close(from);
    this.#close(to);
  }

  #close(connection: Deno.TcpConn): void {
    if (this.#connections.delete(connection)) connection.close();
  }

  #work(promise: Promise<void>): void {
    this.#working.add(promise);
    promise.finally(() => this.#working.delete(promise));
  }
}
