/**
 * Jute's binary archive: ints and longs big endian, bool one byte; a buffer or string is an int32
 * length and its bytes, a vector an int32 count and its items; -1 stands for null.
 *
 * A {@link Reader} is pointed at one frame after the other in the same buffer, since a view of its
 * own for each would cost more than decoding it. Every length is checked against the frame before
 * anything is allocated for it.
 */
import { encodePath } from "./paths.ts";
import { decodeASCII, decodeString, encodeString } from "./strings.ts";

/** Bytes from the network that are not what the protocol says: they cost the connection. */
export class MarshallingError extends Error {
  override readonly name = "MarshallingError";
}

/** Reads the fields of one frame, from `at` up to `end`. */
export class Reader {
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(this.#bytes.buffer);
  /** Where the next field starts. */
  at = 0;
  /** Where the frame ends. */
  end = 0;

  /** A reader over all of `bytes`. */
  static of(bytes: Uint8Array): Reader {
    const reader = new Reader();
    reader.use(bytes);
    reader.point(0, bytes.length);
    return reader;
  }

  /** What is read from, for records of a fixed size; {@link skip} says where they start. */
  get view(): DataView {
    return this.#view;
  }

  /** Takes a record of so many bytes as a whole; returns where it starts. */
  skip(length: number): number {
    return this.#take(length);
  }

  /** Reads from `bytes` from now on. */
  use(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The next frame: from `at` to `end` of the bytes in use. */
  point(at: number, end: number): void {
    this.at = at;
    this.end = end;
  }

  /** Bytes of the frame not yet read. */
  get remaining(): number {
    return this.end - this.at;
  }

  int(): number {
    const at = this.#take(4);
    return this.#view.getInt32(at);
  }

  long(): bigint {
    const at = this.#take(8);
    return this.#view.getBigInt64(at);
  }

  bool(): boolean {
    const at = this.#take(1);
    return this.#bytes[at] !== 0;
  }

  /** A copy of its own, or null for the length -1. */
  buffer(): Uint8Array<ArrayBuffer> | null {
    const length = this.int();
    if (length === -1) return null;
    const at = this.#take(length);
    // A slice takes no view of the bytes first, but fills with zeros what it then copies to.
    if (length < 1024) return this.#bytes.slice(at, at + length);
    return new Uint8Array(this.#bytes.subarray(at, at + length));
  }

  /** A string; null is refused, as in C (recordio.c). */
  string(): string {
    const length = this.int();
    const at = this.#take(length);
    return decodeString(this.#bytes, at, at + length);
  }

  /** A string that a server may leave out. */
  nullableString(): string | null {
    if (this.int() === -1) return null;
    this.at -= 4;
    return this.string();
  }

  /** A vector; null reads as empty. `least` is the fewest bytes one item can have. */
  vector<T>(item: (reader: Reader) => T, least: number): T[] {
    const count = this.#count(least);
    const items: T[] = [];
    for (let i = 0; i < count; i++) items.push(item(this));
    return items;
  }

  /**
   * A vector of strings. Names are short and many: a chunk of the bytes is decoded in one go, and cut.
   * A chunk is small, for a name that is kept may keep it all.
   */
  strings(): string[] {
    const count = this.#count(4);
    const texts: string[] = [];
    let chunk: string | null = null;
    let from = 0;
    let to = count < 4 ? this.end : 0;
    for (let i = 0; i < count; i++) {
      const length = this.int();
      const at = this.#take(length);
      if (this.at > to) {
        from = at;
        to = Math.min(at + chunkSize, this.end);
        chunk = decodeASCII(this.#bytes, from, to);
      }
      const whole = chunk !== null && this.at <= to;
      texts.push(
        whole ? chunk!.slice(at - from, this.at - from) : decodeString(this.#bytes, at, this.at),
      );
    }
    return texts;
  }

  /** How many items a vector says that it has. */
  #count(least: number): number {
    const count = this.int();
    if (count === -1) return 0;
    if (count < 0 || count > this.remaining / least) {
      throw new MarshallingError(`A vector of ${count} items in ${this.remaining} bytes`);
    }
    return count;
  }

  #take(length: number): number {
    const at = this.at;
    if (length < 0 || length > this.end - at) throw tooShort(length, this.remaining);
    this.at = at + length;
    return at;
  }
}

const chunkSize = 1024;

function tooShort(length: number, left: number): MarshallingError {
  return new MarshallingError(`A field of ${length} bytes where ${left} are left of the frame`);
}

/**
 * Appends fields and frames to a buffer that grows as needed. A frame that was started and never
 * ended, because a value in it could not be written, is overwritten by the next one.
 */
export class Writer {
  #view: DataView;
  /** Where the last whole frame ends. */
  #whole = 0;
  /** The buffer; what is written ends at `length`. */
  bytes: Uint8Array<ArrayBuffer>;
  length = 0;

  constructor(capacity = 1024) {
    this.bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** What was written, a view. */
  get written(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.length);
  }

  /** Bytes of whole frames. */
  get size(): number {
    return this.#whole;
  }

  /** The whole frames, a view. */
  get frames(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.#whole);
  }

  /** Starts a frame behind the whole ones; returns what {@link endFrame} needs. */
  startFrame(): number {
    const start = this.#whole;
    this.length = start;
    this.#reserve(4);
    this.length = start + 4;
    return start;
  }

  /** The length of the frame begun at `start`, so far. */
  frameLength(start: number): number {
    return this.length - start - 4;
  }

  /** Ends the frame begun at `start`. */
  endFrame(start: number): void {
    this.#view.setInt32(start, this.frameLength(start));
    this.#whole = this.length;
  }

  /** An int that was written, at a place in the buffer. */
  intAt(at: number): number {
    return this.#view.getInt32(at);
  }

  /** Takes the last frame, begun at `start`, out again; returns a copy. */
  takeFrame(start: number): Uint8Array<ArrayBuffer> {
    const frame = this.bytes.slice(start, this.#whole);
    this.length = this.#whole = start;
    return frame;
  }

  /** Appends whole frames. */
  appendFrames(frames: Uint8Array): void {
    this.length = this.#whole;
    this.append(frames);
    this.#whole = this.length;
  }

  /** How many frames there are; each is looked at. */
  count(): number {
    let count = 0;
    for (let at = 0; at < this.#whole; at += 4 + this.#view.getInt32(at)) count++;
    return count;
  }

  /** Throws away the frames for whose first int (a request's xid) `keep` says no. */
  keepFrames(keep: (first: number) => boolean): void {
    let kept = 0;
    for (let at = 0, end = 0; at < this.#whole; at = end) {
      end = at + 4 + this.#view.getInt32(at);
      if (!keep(this.#view.getInt32(at + 4))) continue;
      this.bytes.copyWithin(kept, at, end);
      kept += end - at;
    }
    this.length = this.#whole = kept;
  }

  /**
   * Empties it; a buffer that has grown beyond `keep` bytes is given back: unless told otherwise a
   * big one of which less than a quarter was used, for to grow again is to copy again and again.
   */
  clear(keep: number = Math.max(1 << 20, 4 * this.#whole)): void {
    this.length = this.#whole = 0;
    if (this.bytes.length > keep) this.#allocate(1024);
  }

  int(value: number): void {
    this.#reserve(4);
    this.#view.setInt32(this.length, value);
    this.length += 4;
  }

  long(value: bigint): void {
    this.#reserve(8);
    this.#view.setBigInt64(this.length, value);
    this.length += 8;
  }

  bool(value: boolean): void {
    this.#reserve(1);
    this.bytes[this.length++] = value ? 1 : 0;
  }

  /** Bytes, a string as its UTF-8, or null as the length -1. */
  buffer(value: Uint8Array | string | null): void {
    if (value === null) return this.int(-1);
    if (typeof value === "string") return this.string(value);
    this.int(value.length);
    this.append(value);
  }

  string(value: string): void {
    this.#reserve(4 + 3 * value.length);
    this.#encoded(encodeString(value, this.bytes, this.length + 4));
  }

  /** A string that is likely to have been written before. */
  path(value: string): void {
    this.#reserve(4 + 3 * value.length);
    this.#encoded(encodePath(value, this.bytes, this.length + 4));
  }

  /** So many bytes of a string stand behind the place of their length. */
  #encoded(length: number): void {
    this.#view.setInt32(this.length, length);
    this.length += 4 + length;
  }

  vector<T>(items: readonly T[], write: (writer: Writer, item: T) => void): void {
    this.int(items.length);
    for (const item of items) write(this, item);
  }

  /** Bytes as they are. */
  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  #reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const written = this.written;
    this.#allocate(Math.max(needed, 2 * this.bytes.length));
    this.bytes.set(written);
  }

  #allocate(capacity: number): void {
    this.bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.bytes.buffer);
  }
}
