/**
 * What leaves: one write is in flight and its buffer untouched, everything that is submitted in the
 * meantime stands behind it and leaves in the next. Where nothing is in flight a write waits until
 * those who are to submit in this turn have done so, which is when a round of microtasks adds nothing.
 *
 * A long message is cut into frames only when its turn comes, and takes turns with other long ones;
 * short frames go ahead of it. So nobody waits for more than one write of it.
 */
import type { Transport } from "../../../values.ts";
import { frameMax, FrameType, FrameWriter, more } from "./frames.ts";
import { Tag, writeNumber } from "./meta.ts";

/** A message that leaves in several frames. */
export interface LongMessage {
  /** The call's. */
  readonly id: number;
  readonly bytes: Uint8Array;
  /** Whether its frames say how long it is, or an earlier frame has. */
  readonly sized: boolean;
  /** Writes what follows the last part, or null where that part is the end. */
  readonly last: ((to: FrameWriter) => void) | null;
}

/** Who is told what becomes of the writes. */
export interface OutboxOwner {
  /** A write begins. */
  writes(): void;
  /** One has been done, in part at least. */
  wrote(): void;
  /** One has failed. */
  failed(error: unknown): void;
}

interface Going {
  readonly message: LongMessage;
  at: number;
}

/** So much of long messages is put into one write. */
const longPerWrite = 262_144;
/** So many rounds of microtasks are waited for. */
const roundsMax = 8;

/** The way out of one connection. */
export class Outbox {
  /** The id of the newest request in {@link frames}. */
  newest = 0;
  /** The id of the newest request of which any byte was handed to a write. */
  handed = 0;
  readonly #transport: Transport;
  readonly #owner: OutboxOwner;
  #filling = new FrameWriter();
  #sending = new FrameWriter();
  #unwritten: Uint8Array | null = null;
  #going: Going[] = [];
  /** Bytes of long messages that are in no frame yet. */
  #goingLength = 0;
  #scheduled = false;
  #seen = 0;
  #rounds = 0;
  #closed = false;

  constructor(transport: Transport, owner: OutboxOwner) {
    this.#transport = transport;
    this.#owner = owner;
  }

  /** Where frames are appended; {@link soon} sends them. */
  get frames(): FrameWriter {
    return this.#filling;
  }

  /** Bytes that no write has taken yet. */
  get unsent(): number {
    return this.#filling.length + this.#goingLength + (this.#unwritten?.length ?? 0);
  }

  /** Whether a write is in flight. */
  get writing(): boolean {
    return this.#unwritten !== null;
  }

  /** Whether all that was submitted has been written. */
  get empty(): boolean {
    return this.#unwritten === null && this.#filling.length === 0 && this.#going.length === 0;
  }

  /** Sends what has been appended, once all of this turn is there. */
  soon(): void {
    if (this.#scheduled || this.#unwritten !== null) return;
    this.#scheduled = true;
    this.#seen = this.#filling.length;
    this.#rounds = 0;
    queueMicrotask(this.#settle);
  }

  /** Sends a long message. */
  add(message: LongMessage): void {
    this.#going.push({ message, at: 0 });
    this.#goingLength += message.bytes.length;
    this.soon();
  }

  /** Sends no more of a call's long message; whether there was more. */
  remove(id: number): boolean {
    if (this.#going.length === 0) return false;
    const index = this.#going.findIndex(({ message }) => message.id === id);
    if (index < 0) return false;
    const [{ message, at }] = this.#going.splice(index, 1) as [Going];
    this.#goingLength -= message.bytes.length - at;
    return true;
  }

  /** Whether a part of a call's long message is in no write yet. */
  isGoing(id: number): boolean {
    return this.#going.some(({ message }) => message.id === id);
  }

  /** Nothing is sent any more; whatever is in flight is forgotten. */
  close(): void {
    this.#closed = true;
    this.#unwritten = null;
  }

  readonly #settle = (): void => {
    const { length } = this.#filling;
    if (length !== this.#seen && this.#rounds++ < roundsMax) {
      this.#seen = length;
      queueMicrotask(this.#settle);
      return;
    }
    this.#scheduled = false;
    this.#write();
  };

  #write(): void {
    if (this.#closed || this.#unwritten !== null) return;
    if (this.#going.length > 0) this.#cut();
    const out = this.#filling;
    if (out.length === 0) return;
    this.#filling = this.#sending;
    this.#sending = out;
    this.handed = this.newest;
    this.#unwritten = out.frames;
    this.#owner.writes();
    this.#writeOn(out.frames);
  }

  #writeOn(bytes: Uint8Array): void {
    let written: Promise<number>;
    try {
      written = this.#transport.write(bytes);
    } catch (error) {
      // Not at once: whoever starts a call must not see it end.
      return queueMicrotask(() => this.#onFailure(error));
    }
    written.then(this.#onWritten, this.#onFailure);
  }

  readonly #onWritten = (count: number): void => {
    if (this.#unwritten === null) return;
    if (count < this.#unwritten.length) {
      this.#unwritten = this.#unwritten.subarray(count);
      this.#owner.wrote();
      // The owner may have closed it.
      if (this.#unwritten !== null) this.#writeOn(this.#unwritten);
      return;
    }
    this.#unwritten = null;
    this.#sending.clear();
    this.#write();
    this.#owner.wrote();
  };

  readonly #onFailure = (error: unknown): void => {
    if (!this.#closed) this.#owner.failed(error);
  };

  /** Puts as much of the long messages into frames as goes into one write. */
  #cut(): void {
    const to = this.#filling;
    const until = to.length + longPerWrite;
    while (this.#going.length > 0 && to.length < until) {
      const going = this.#going.shift()!;
      const { message, at } = going;
      const end = Math.min(message.bytes.length, at + partMax);
      const isLast = end === message.bytes.length;
      to.begin(FrameType.data, isLast && message.last === null ? 0 : more, message.id);
      if (message.sized && at === 0) writeNumber(to, Tag.size, message.bytes.length);
      to.endMeta();
      to.raw(message.bytes.subarray(at, end));
      to.end();
      this.#goingLength -= end - at;
      going.at = end;
      if (!isLast) this.#going.push(going);
      else message.last?.(to);
    }
  }
}

/** A part leaves room for the meta beside it. */
const partMax = frameMax - 16;
