/**
 * A server that answers every ZooKeeper request with a canned reply at memory speed, so that only
 * the client is measured. It stands in for null_server.c where there is no compiler, and cannot keep
 * up with it.
 *
 * Usage: deno run --allow-net null_server.ts PORT
 */
import { replyTo } from "./null_replies.ts";

const outSize = 1 << 20;

/** One connection: what is whole of a read is answered in as few writes as may be. */
class Session {
  readonly #conn: Deno.TcpConn;
  readonly #in = new Uint8Array(4 << 20);
  readonly #inView = new DataView(this.#in.buffer);
  readonly #out = new Uint8Array(outSize);
  readonly #outView = new DataView(this.#out.buffer);
  #have = 0;
  #filled = 0;
  #connected = false;

  constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  async serve(): Promise<void> {
    for (;;) {
      const count = await this.#conn.read(this.#in.subarray(this.#have));
      if (count === null) return;
      this.#have += count;
      await this.#answer();
      await this.#flush();
    }
  }

  async #answer(): Promise<void> {
    let at = 0;
    while (this.#have - at >= 4) {
      const end = at + 4 + this.#inView.getInt32(at);
      if (end > this.#have) break;
      if (!this.#connected) {
        this.#connect(at + 4);
      } else {
        const reply = this.#replyTo(at + 4, end);
        if (this.#filled + reply.length > outSize) await this.#flush();
        this.#put(reply, this.#inView.getInt32(at + 4));
      }
      at = end;
    }
    this.#in.copyWithin(0, at, this.#have);
    this.#have -= at;
  }

  #connect(request: number): void {
    this.#connected = true;
    this.#out.fill(0, 0, 41);
    this.#outView.setInt32(0, 37);
    this.#outView.setInt32(8, this.#inView.getInt32(request + 12)); // the timeout asked for
    this.#outView.setInt32(16, 7); // the session's id
    this.#outView.setInt32(20, 16); // its password's length
    this.#filled = 41;
  }

  #replyTo(start: number, end: number): Uint8Array {
    return replyTo({
      type: this.#inView.getInt32(start + 4),
      bytes: this.#in.subarray(start, end),
    });
  }

  #put(reply: Uint8Array, xid: number): void {
    this.#out.set(reply, this.#filled);
    this.#outView.setInt32(this.#filled + 4, xid);
    this.#filled += reply.length;
  }

  async #flush(): Promise<void> {
    for (let sent = 0; sent < this.#filled;) {
      sent += await this.#conn.write(this.#out.subarray(sent, this.#filled));
    }
    this.#filled = 0;
  }
}

if (import.meta.main) {
  for await (const conn of Deno.listen({ hostname: "127.0.0.1", port: Number(Deno.args[0]) })) {
    conn.setNoDelay(true);
    // A client may be gone at any time, and takes nothing along but its own connection.
    new Session(conn).serve().catch(() => {}).finally(() => conn.close());
  }
}
