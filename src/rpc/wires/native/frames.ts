/**
 * Frames of the native wire. Each begins with 16 bytes, big endian:
 *
 *     u8 0x5a, u8 version 1, u8 type, u8 flags, u32 id, u32 length, u32 meta length
 *
 * `length` counts all that follows: the meta, a protobuf message, and then a part of the call's own
 * message. The bytes that a reader has given out are never written again, for protobufjs makes fields
 * of type bytes views of them: it fills one chunk after the other and moves only what is half a frame.
 */
import { encodeString } from "../../../proto/strings.ts";

/** Bytes from the network that are not what the protocol says: they cost the connection. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
}

/** What a frame is; docs/rpc.md says what each one means. */
export const FrameType = {
  request: 1,
  headers: 2,
  data: 3,
  end: 4,
  cancel: 5,
  ping: 6,
  pong: 7,
  goaway: 8,
  settings: 9,
} as const;

/** The call's message goes on in a later frame. */
export const more = 1;

/** The header's length. */
export const headerLength = 16;
/** What any side must take: the most bytes behind a header. */
export const frameMax = 65_536;
/** The most bytes of meta. */
export const metaMax = 32_768;
/** A message that fits into one frame beside any meta. */
export const wholeMax: number = frameMax - metaMax;

/** The first byte and the version. */
const magic = 0x5a01;

/** Whether a connection that begins with these bytes, four at least, speaks this wire. */
export function isNative(first: Uint8Array): boolean {
  return first[0] === magic >> 8 && first[1] === (magic & 0xff) && first[2] !== 0;
}

const firstChunk = 4_096;
const chunkMax = 65_536;
/** Less room than this in a chunk is not worth a read. */
const spaceMin = 1_024;
const nothing = new Uint8Array(0);

/** Takes frames out of what is read, chunk by chunk. */
export class FrameReader {
  /** The chunk that the frame is in. */
  bytes: Uint8Array = nothing;
  /** The frame's type. */
  type = 0;
  /** The frame's flags. */
  flags = 0;
  /** The frame's id. */
  id = 0;
  /** Where its meta starts. */
  meta = 0;
  /** Where its meta ends and its part of a message starts. */
  message = 0;
  /** Where it ends. */
  end = 0;
  #view: DataView = new DataView(nothing.buffer);
  #from = 0;
  #to = 0;
  #lent = false;
  #size = firstChunk;

  /** Room for the next read. */
  space(): Uint8Array {
    if (this.#from === this.#to && !this.#lent) this.#from = this.#to = 0;
    const missing = this.#frameLength() - (this.#to - this.#from);
    if (this.bytes.length - this.#to < Math.max(missing, spaceMin)) this.#renew();
    return this.bytes.subarray(this.#to);
  }

  /** So many bytes were read into {@link space}. */
  received(count: number): void {
    this.#to += count;
    if (this.#to === this.bytes.length) this.#size = Math.min(2 * this.#size, chunkMax);
  }

  /**
   * Goes on to the next frame; false when it is not all there.
   *
   * @throws {ProtocolError} for one that cannot be.
   */
  next(): boolean {
    const at = this.#from;
    if (this.#to - at < headerLength) return false;
    const view = this.#view;
    const first = view.getUint32(at);
    const length = view.getUint32(at + 8);
    const metaLength = view.getUint32(at + 12);
    if (first >>> 16 !== magic) throw new ProtocolError("The bytes are not those of a frame");
    if (length > frameMax) throw new ProtocolError(`A frame has ${length} bytes`);
    if (metaLength > length || metaLength > metaMax) {
      throw new ProtocolError(`A frame of ${length} bytes has ${metaLength} of meta`);
    }
    const meta = at + headerLength;
    if (this.#to - meta < length) return false;
    this.type = first >> 8 & 0xff;
    if (this.type === 0) throw new ProtocolError("A frame has the type 0");
    this.flags = first & 0xff;
    this.id = view.getUint32(at + 4);
    this.meta = meta;
    this.message = meta + metaLength;
    this.end = this.#from = meta + length;
    return true;
  }

  /** Bytes of this frame's message that stay as they are for good: a view. */
  takeMessage(): Uint8Array {
    if (this.message === this.end) return nothing;
    this.#lent = true;
    return this.bytes.subarray(this.message, this.end);
  }

  /** Bytes of this frame's meta that stay as they are for good: the whole chunk. */
  lend(): Uint8Array {
    this.#lent = true;
    return this.bytes;
  }

  /** How long the frame is that has begun, so far as that can be told. */
  #frameLength(): number {
    if (this.#to - this.#from < headerLength) return headerLength;
    // next() has refused one that is too long.
    return headerLength + this.#view.getUint32(this.#from + 8);
  }

  #renew(): void {
    const rest = this.bytes.subarray(this.#from, this.#to);
    const length = Math.max(this.#size, this.#frameLength() + spaceMin);
    this.bytes = new Uint8Array(length);
    this.#view = new DataView(this.bytes.buffer);
    this.bytes.set(rest);
    this.#from = 0;
    this.#to = rest.length;
    this.#lent = false;
  }
}

/** A buffer that has grown beyond this is given back. */
const keptMax = 1 << 20;

/**
 * Appends frames to a buffer that grows as needed. One that was begun and never ended, because a
 * value in it could not be written, is overwritten by the next.
 */
export class FrameWriter {
  #bytes: Uint8Array = new Uint8Array(1_024);
  #view: DataView = new DataView(this.#bytes.buffer);
  /** Where the last whole frame ends. */
  #whole = 0;
  #length = 0;
  #meta = 0;

  /** Bytes of whole frames. */
  get length(): number {
    return this.#whole;
  }

  /** The whole frames, a view. */
  get frames(): Uint8Array {
    return this.#bytes.subarray(0, this.#whole);
  }

  /** Where the next byte goes. */
  get at(): number {
    return this.#length;
  }

  /** A copy of what was written from `start` on. */
  copy(start: number): Uint8Array {
    return this.#bytes.slice(start, this.#length);
  }

  /** Bytes of meta in the frame begun last. */
  get metaLength(): number {
    return this.#meta;
  }

  /** Begins a frame; its meta follows. */
  begin(type: number, flags: number, id: number): void {
    this.#length = this.#whole;
    this.reserve(headerLength);
    const at = this.#whole;
    this.#view.setUint32(at, magic << 16 | type << 8 | flags);
    this.#view.setUint32(at + 4, id);
    this.#length = at + headerLength;
    this.#meta = 0;
  }

  /** The meta is written; a part of a message may follow. */
  endMeta(): void {
    this.#meta = this.#length - this.#whole - headerLength;
  }

  /** The frame is written. */
  end(): void {
    const at = this.#whole;
    this.#view.setUint32(at + 8, this.#length - at - headerLength);
    this.#view.setUint32(at + 12, this.#meta);
    this.#whole = this.#length;
  }

  /** Empties it. */
  clear(): void {
    this.#whole = this.#length = 0;
    if (this.#bytes.length > keptMax) this.#allocate(1_024);
  }

  /** An unsigned number of 32 bits. */
  varint(value: number): void {
    this.reserve(5);
    const bytes = this.#bytes;
    let at = this.#length;
    for (; value > 0x7f; value >>>= 7) bytes[at++] = value & 0x7f | 0x80;
    bytes[at++] = value;
    this.#length = at;
  }

  /** Text, without its length. */
  text(text: string): void {
    this.reserve(3 * text.length);
    this.#length += encodeString(text, this.#bytes, this.#length);
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array): void {
    const { length } = bytes;
    this.reserve(length);
    const at = this.#length;
    const into = this.#bytes;
    // A call of set() costs more than a few bytes.
    if (length > 48) into.set(bytes, at);
    else for (let i = 0; i < length; i++) into[at + i] = bytes[i]!;
    this.#length = at + length;
  }

  /** Makes room. */
  reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const old = this.#bytes.subarray(0, this.#length);
    this.#allocate(Math.max(2 * this.#bytes.length, needed));
    this.#bytes.set(old);
  }

  #allocate(capacity: number): void {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }
}
