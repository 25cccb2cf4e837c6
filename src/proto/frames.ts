/**
 * Bytes to frames. Reads go straight into one buffer that is used again and again; a frame is
 * handed out where it lies. For a long frame the buffer grows only as its bytes arrive, so a stranger
 * who announces a megabyte has to send it, and only as far as the longest frame allowed.
 */
import { MarshallingError, Reader } from "./archive.ts";

const lengthSize = 4;
/** Small to begin with, since there may be thousands of sessions. */
const sizeFirst = 16 * 1024;
/** A busy session's buffer: one read of it carries more than a thousand frames. */
const sizeBusy = 256 * 1024;

/** Cuts what a transport reads into frames. */
export class FrameReader {
  readonly #reader = new Reader();
  readonly #max: number;
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #from = 0;
  #to = 0;
  #busy = false;

  /** Frames of up to `max` bytes; `size` is the buffer's size to begin with. */
  constructor(max: number, size: number = sizeFirst) {
    this.#max = max;
    this.#bytes = new Uint8Array(size);
    this.#view = this.#used();
  }

  /** Where the next read goes. There is always room for at least one byte. */
  space(): Uint8Array<ArrayBuffer> {
    if (this.#from > 0) {
      this.#bytes.copyWithin(0, this.#from, this.#to);
      this.#to -= this.#from;
      this.#from = 0;
    }
    if (this.#to === this.#bytes.length) {
      this.#resize(Math.min(2 * this.#to, Math.max(this.#to + 1, lengthSize + this.#max)));
    } else if (this.#busy && this.#bytes.length < sizeBusy) {
      this.#resize(sizeBusy);
    }
    return this.#bytes.subarray(this.#to);
  }

  /** `count` bytes were read into {@link space}. */
  received(count: number): void {
    this.#to += count;
    this.#busy = this.#to === this.#bytes.length;
  }

  /** Whether {@link next} has a frame, or a length to complain of. */
  get whole(): boolean {
    const have = this.#to - this.#from;
    if (have < lengthSize) return false;
    const length = this.#view.getInt32(this.#from);
    return length < 0 || length > this.#max || have >= lengthSize + length;
  }

  /** The length that the next frame announces; 0 while it has not come. */
  get length(): number {
    return this.#to - this.#from < lengthSize ? 0 : this.#view.getInt32(this.#from);
  }

  /** The first int of the next whole frame, its xid; 0 when there is none. */
  get xid(): number {
    return this.#to - this.#from < 2 * lengthSize
      ? 0
      : this.#view.getInt32(this.#from + lengthSize);
  }

  /**
   * The next whole frame, or null when more bytes are needed. The reader is the same each time.
   *
   * @throws {MarshallingError} when the length is negative or over the limit.
   */
  next(): Reader | null {
    const start = this.#from + lengthSize;
    if (start > this.#to) return null;
    const length = this.#view.getInt32(this.#from);
    if (length < 0 || length > this.#max) {
      throw new MarshallingError(`A frame of ${length} bytes where 0 to ${this.#max} are allowed`);
    }
    if (start + length > this.#to) return null;
    this.#from = start + length;
    this.#reader.point(start, start + length);
    return this.#reader;
  }

  #resize(size: number): void {
    const grown = new Uint8Array(size);
    grown.set(this.#bytes.subarray(0, this.#to));
    this.#bytes = grown;
    this.#view = this.#used();
  }

  #used(): DataView {
    this.#reader.use(this.#bytes);
    return new DataView(this.#bytes.buffer);
  }
}
