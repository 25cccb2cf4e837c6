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
import {
  connectRequest,
  opCodeGetData,
  opCodeSetData,
  readStat,
  replyBodyAt,
  replyCodeAt,
} from "./bare_wire.ts";
import { Ring } from "./ring.ts";
import type { Task } from "./task.ts";

/** Hands a reply to the entry of its operation. Data is a copy, null in a reply without any. */
export type Tell<Entry> = (entry: Entry, rc: number, data: Uint8Array | null, stat: Stat) => void;

/** One connection. */
export class Bare<Entry> {
  readonly #conn: Deno.TcpConn;
  readonly #withData: boolean;
  readonly #tell: Tell<Entry>;
  readonly #entries: Ring<Entry>;

  readonly #received = new Uint8Array(256 * 1024);
  readonly #receivedView = new DataView(this.#received.buffer);
  #to = 0;

  #filling: Uint8Array<ArrayBuffer>;
  #fillingView: DataView;
  #length = 0;
  #sending: Uint8Array<ArrayBuffer>;
  #sendingView: DataView;
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

  private constructor(conn: Deno.TcpConn, { operation, depth }: Task, tell: Tell<Entry>) {
    this.#conn = conn;
    this.#withData = operation === "get";
    this.#tell = tell;
    this.#entries = new Ring(depth);
    this.#filling = new Uint8Array(depth * requestSizeMax);
    this.#sending = new Uint8Array(depth * requestSizeMax);
    this.#fillingView = new DataView(this.#filling.buffer);
    this.#sendingView = new DataView(this.#sending.buffer);
    this.#read();
  }

  getData(path: string, entry: Entry): void {
    const start = this.#start(opCodeGetData);
    this.#writeString(path);
    this.#filling[this.#length++] = 0;
    this.#end(start, entry);
  }

  setData(path: string, data: Uint8Array, entry: Entry): void {
    const start = this.#start(opCodeSetData);
    this.#writeString(path);
    this.#fillingView.setInt32(this.#length, data.length);
    this.#filling.set(data, this.#length + 4);
    this.#length += 4 + data.length;
    this.#fillingView.setInt32(this.#length, -1);
    this.#length += 4;
    this.#end(start, entry);
  }

  close(): void {
    this.#conn.close();
  }

  #start(opCode: number): number {
    const start = this.#length;
    this.#fillingView.setInt32(start + 4, ++this.#xid);
    this.#fillingView.setInt32(start + 8, opCode);
    this.#length = start + 12;
    return start;
  }

  #writeString(text: string): void {
    const at = this.#length + 4;
    for (let i = 0; i < text.length; i++) this.#filling[at + i] = text.charCodeAt(i);
    this.#fillingView.setInt32(this.#length, text.length);
    this.#length = at + text.length;
  }

  #end(start: number, entry: Entry): void {
    this.#fillingView.setInt32(start, this.#length - start - 4);
    this.#entries.push(entry);
    if (this.#flushing || this.#writing) return;
    // Whoever else is to submit in this turn has its say first.
    this.#flushing = true;
    queueMicrotask(this.#flush);
  }

  readonly #flush = (): void => {
    this.#flushing = false;
    if (this.#writing || this.#length === 0) return;
    const bytes = this.#filling.subarray(0, this.#length);
    [this.#filling, this.#sending] = [this.#sending, this.#filling];
    [this.#fillingView, this.#sendingView] = [this.#sendingView, this.#fillingView];
    this.#length = 0;
    this.#write(bytes);
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
    this.#conn.read(this.#received.subarray(this.#to)).then(this.#onRead, () => {});
  }

  readonly #onRead = (count: number | null): void => {
    if (count === null) return;
    this.#to += count;
    this.#flushing = true;
    const at = this.#dispatch();
    this.#received.copyWithin(0, at, this.#to);
    this.#to -= at;
    this.#flush();
    this.#read();
  };

  /** Tells all whole replies; returns where the rest begins. */
  #dispatch(): number {
    const view = this.#receivedView;
    for (let at = 0;;) {
      if (at + 4 > this.#to) return at;
      const end = at + 4 + view.getInt32(at);
      if (end > this.#to) return at;
      const rc = view.getInt32(at + replyCodeAt);
      let body = at + replyBodyAt;
      let data: Uint8Array | null = null;
      if (this.#withData) {
        const from = body + 4;
        body = from + view.getInt32(body);
        data = this.#received.slice(from, body);
      }
      this.#tell(this.#entries.shift(), rc, data, readStat(view, body));
      at = end;
    }
  }
}

const requestSizeMax = 256;
