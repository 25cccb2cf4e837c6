/** Bytes under way, and the frames among them. */

/** A queue of bytes. */
export class Bytes {
  #chunks: Uint8Array[] = [];
  length = 0;

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.length += bytes.length;
  }

  /** Takes the first `count` out. */
  take(count: number): Uint8Array {
    const taken = new Uint8Array(count);
    let at = 0;
    while (at < count) {
      const first = this.#chunks[0]!;
      const part = first.subarray(0, count - at);
      taken.set(part, at);
      at += part.length;
      if (part.length === first.length) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(part.length);
    }
    this.length -= count;
    return taken;
  }

  /** Keeps the first `count` only. */
  truncate(count: number): void {
    const kept = this.take(Math.min(count, this.length));
    this.clear();
    this.push(kept);
  }

  clear(): void {
    this.#chunks = [];
    this.length = 0;
  }
}

/** Cuts a stream into frames: each comes out whole, with its length before it. */
export class Frames {
  #held: Uint8Array = new Uint8Array(0);

  /** Adds bytes and gives the whole frames out. What makes none comes out as it is. */
  *cut(bytes: Uint8Array): Generator<Uint8Array> {
    let held = this.#held.length === 0 ? bytes : joined(this.#held, bytes);
    while (held.length >= 4) {
      const length = new DataView(held.buffer, held.byteOffset).getInt32(0);
      const end = length < 0 || length > lengthMax ? held.length : 4 + length;
      if (held.length < end) break;
      yield held.subarray(0, end);
      held = held.subarray(end);
    }
    this.#held = held.slice();
  }

  /** The beginning of a frame that is not whole. */
  get rest(): Uint8Array {
    return this.#held;
  }
}

/** jute.maxbuffer. */
export const lengthMax = 0xfffff;

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
