/**
 * A bare frame loop, as one writes it by hand who knows Deno well and wants calls over one
 * connection and nothing else: frames of 16 bytes and a message, one write in flight while the next
 * one fills, one promise for each call. No names, no deadlines, no metadata, no cancel, no limits, no
 * keepalive, no status. It is the yardstick.
 *
 * Chunks that were read are not written again, since protobufjs leaves bytes where they are.
 */

/** The header: length of the message, id, method, nothing. */
const headerLength = 16;
const chunkLength = 65_536;

/** Called with each message that has come: where it stands in `bytes`. */
export type OnMessage = (id: number, bytes: Uint8Array) => void;

/** One end. */
export class BareFrames {
  readonly #conn: Deno.TcpConn;
  readonly #onMessage: OnMessage;
  #chunk = new Uint8Array(chunkLength);
  #view = new DataView(this.#chunk.buffer);
  #from = 0;
  #to = 0;
  #filling = new Uint8Array(1 << 18);
  #fillingView = new DataView(this.#filling.buffer);
  #length = 0;
  #sending = new Uint8Array(1 << 18);
  #sendingView = new DataView(this.#sending.buffer);
  #writing = false;
  #flushing = false;

  constructor(conn: Deno.TcpConn, onMessage: OnMessage) {
    conn.setNoDelay(true);
    this.#conn = conn;
    this.#onMessage = onMessage;
    this.#read();
  }

  send(id: number, message: Uint8Array): void {
    const at = this.#length;
    const view = this.#fillingView;
    view.setUint32(at, message.length);
    view.setUint32(at + 4, id);
    view.setUint32(at + 8, 1);
    view.setUint32(at + 12, 0);
    this.#filling.set(message, at + headerLength);
    this.#length = at + headerLength + message.length;
    if (this.#flushing || this.#writing) return;
    this.#flushing = true;
    queueMicrotask(this.#flush);
  }

  close(): void {
    this.#conn.close();
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
    }, ignore);
  }

  #read(): void {
    if (chunkLength - this.#to < 1_024) this.#renew();
    this.#conn.read(this.#chunk.subarray(this.#to)).then(this.#onRead, ignore);
  }

  #renew(): void {
    const chunk = new Uint8Array(chunkLength);
    chunk.set(this.#chunk.subarray(this.#from, this.#to));
    this.#to -= this.#from;
    this.#from = 0;
    this.#chunk = chunk;
    this.#view = new DataView(chunk.buffer);
  }

  readonly #onRead = (count: number | null): void => {
    if (count === null) return this.close();
    this.#to += count;
    while (this.#to - this.#from >= headerLength) {
      const start = this.#from + headerLength;
      const end = start + this.#view.getUint32(this.#from);
      if (end > this.#to) break;
      const id = this.#view.getUint32(this.#from + 4);
      this.#from = end;
      this.#onMessage(id, this.#chunk.subarray(start, end));
    }
    this.#read();
  };
}

function ignore(): void {}
