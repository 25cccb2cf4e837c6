/**
 * A bare Deno loop that moves the bytes of a ZooKeeper client and does nothing else: no session, no
 * pings, no watches, no timeouts, no errors, no growing buffers. It is the yardstick, so it is
 * written as well as it can be: one reused read buffer, one write in flight while the next one
 * fills, nothing allocated but what the caller gets.
 *
 * Whom to tell is left open: an entry is what the program keeps for each operation, the resolve
 * function of a promise or a callback, and `tell` hands it the reply.
 */
import type { Stat } from "../src/st.ts";
import { In, Out } from "./bare_bytes.ts";
import { connectRequest, type Exchange, frameSizeMax, requestSizeMax } from "./bare_wire.ts";
import { Ring } from "./ring.ts";
import type { Task } from "./task.ts";

/** Hands a reply to the entry of its operation. */
export type Tell<Entry> = (entry: Entry, rc: number, value: unknown, stat: Stat | null) => void;

/** One connection. */
export class Bare<Entry> {
  readonly #conn: Deno.TcpConn;
  readonly #tell: Tell<Entry>;
  readonly #entries: Ring<Entry>;
  readonly #exchanges: Ring<Exchange>;

  readonly #in: In;
  /** Where what was read ends. */
  #to = 0;

  #filling: Out;
  #sending: Out;
  #writing = false;
  /** Whether a flush is on its way, so that submitting need not see to it. */
  #flushing = false;
  #xid = 0;

  /** Connects and shakes hands. */
  static async connect<Entry>(task: Task, tell: Tell<Entry>): Promise<Bare<Entry>> {
    const colon = task.server.lastIndexOf(":");
    const hostname = task.server.slice(0, colon);
    const conn = await Deno.connect({ hostname, port: Number(task.server.slice(colon + 1)) });
    conn.setNoDelay(true);
    await conn.write(connectRequest());
    await conn.read(new Uint8Array(64));
    return new Bare(conn, task, tell);
  }

  private constructor(conn: Deno.TcpConn, task: Task, tell: Tell<Entry>) {
    this.#conn = conn;
    this.#tell = tell;
    this.#entries = new Ring(task.depth);
    this.#exchanges = new Ring(task.depth);
    this.#in = new In(Math.max(256 * 1024, 2 * frameSizeMax(task)));
    this.#filling = new Out(task.depth * requestSizeMax(task));
    this.#sending = new Out(task.depth * requestSizeMax(task));
    this.#read();
  }

  /** Sends a request. */
  submit(exchange: Exchange, entry: Entry): void {
    const out = this.#filling;
    const start = out.at;
    out.at = start + 4;
    out.int(++this.#xid);
    out.int(exchange.opCode);
    exchange.write(out);
    out.view.setInt32(start, out.at - start - 4);
    this.#entries.push(entry);
    this.#exchanges.push(exchange);
    if (this.#flushing || this.#writing) return;
    // Whoever else is to submit in this turn has its say first.
    this.#flushing = true;
    queueMicrotask(this.#flush);
  }

  close(): void {
    this.#conn.close();
  }

  readonly #flush = (): void => {
    this.#flushing = false;
    const out = this.#filling;
    if (this.#writing || out.at === 0) return;
    [this.#filling, this.#sending] = [this.#sending, out];
    this.#write(out.bytes.subarray(0, out.at));
    out.at = 0;
  };

  #write(bytes: Uint8Array): void {
    this.#writing = true;
    this.#conn.write(bytes).then((count) => {
      if (count < bytes.length) return this.#write(bytes.subarray(count));
      this.#writing = false;
      this.#flush();
    });
  }

  #read(): void {
    this.#conn.read(this.#in.bytes.subarray(this.#to)).then(this.#onRead, () => {});
  }

  readonly #onRead = (count: number | null): void => {
    if (count === null) return;
    this.#to += count;
    this.#flushing = true;
    const at = this.#dispatch();
    this.#in.bytes.copyWithin(0, at, this.#to);
    this.#to -= at;
    this.#flush();
    this.#read();
  };

  /** Tells all whole replies; returns where the rest begins. */
  #dispatch(): number {
    const from = this.#in;
    for (let at = 0;;) {
      if (at + 4 > this.#to) return at;
      const end = at + 4 + from.view.getInt32(at);
      if (end > this.#to) return at;
      from.at = at + replyCodeAt;
      const rc = from.int();
      const exchange = this.#exchanges.shift();
      const value = exchange.value === null ? null : exchange.value(from);
      this.#tell(this.#entries.shift(), rc, value, exchange.stat ? from.stat() : null);
      at = end;
    }
  }
}

/** Where a reply's code stands, from the frame's beginning; its body follows. */
const replyCodeAt = 16;
