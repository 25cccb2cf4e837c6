/**
 * A server that answers every ZooKeeper request with a canned reply at memory speed, so that only
 * the client is measured. It stands in for the C one where there is no compiler.
 *
 * Usage: deno run --allow-net null_server.ts PORT
 */

const opCode = { create: 1, getData: 4, ping: 11, closeSession: -11 };
const dataSize = 100;
const statSize = 68;
const headerSize = 16;

const replies = new Map<number, Uint8Array>([
  [opCode.create, reply([0, 0, 0, 6, ...new TextEncoder().encode("/bench")])],
  [opCode.getData, reply([0, 0, 0, dataSize, ...new Uint8Array(dataSize + statSize)])],
  [opCode.ping, reply([])],
  [opCode.closeSession, reply([])],
]);
const statReply = reply([...new Uint8Array(statSize)]);

/** One connection: what is whole of a read is answered in one write. */
class Session {
  readonly #conn: Deno.TcpConn;
  readonly #in = new Uint8Array(256 * 1024);
  readonly #inView = new DataView(this.#in.buffer);
  // A request has 8 bytes at least, and no reply more than 24 times as many.
  readonly #out = new Uint8Array(24 * this.#in.length);
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
      this.#answer();
      for (let sent = 0; sent < this.#filled;) {
        sent += await this.#conn.write(this.#out.subarray(sent, this.#filled));
      }
      this.#filled = 0;
    }
  }

  #answer(): void {
    let at = 0;
    while (this.#have - at >= 4) {
      const end = at + 4 + this.#inView.getInt32(at);
      if (end > this.#have) break;
      if (this.#connected) this.#reply(at + 4);
      else this.#connect(at + 4);
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

  #reply(request: number): void {
    const canned = replies.get(this.#inView.getInt32(request + 4)) ?? statReply;
    this.#out.set(canned, this.#filled);
    this.#outView.setInt32(this.#filled + 4, this.#inView.getInt32(request));
    this.#filled += canned.length;
  }
}

/** A whole reply frame whose xid is still to be set. */
function reply(body: number[]): Uint8Array {
  const frame = new Uint8Array(4 + headerSize + body.length);
  const view = new DataView(frame.buffer);
  view.setInt32(0, headerSize + body.length);
  view.setBigInt64(8, 1n); // zxid
  frame.set(body, 4 + headerSize);
  return frame;
}

if (import.meta.main) {
  for await (const conn of Deno.listen({ hostname: "127.0.0.1", port: Number(Deno.args[0]) })) {
    conn.setNoDelay(true);
    // A client may be gone at any time, and takes nothing along but its own connection.
    new Session(conn).serve().catch(() => {}).finally(() => conn.close());
  }
}
