/**
 * Data of znodes as it comes off the wire. Small ones lie side by side in buffers that they share: an
 * ArrayBuffer of its own takes three hundred bytes beside what is in it. What is never written to
 * again can be shared; a buffer goes when the last znode with a part of it has gone, so it is small.
 */
import type { Reader } from "../../proto/archive.ts";

/** Bytes of a shared buffer. */
const sharedSize = 4_096;
/** Data up to so many bytes shares one. */
const smallMax = 512;

let shared = new ArrayBuffer(sharedSize);
let used = 0;

/** Reads a buffer that becomes a znode's data; nobody writes to it. */
export function readData(from: Reader): Uint8Array | null {
  const length = from.int();
  if (length < 0 || length > smallMax) {
    from.at -= 4;
    return from.buffer();
  }
  const at = from.skip(length);
  const { buffer, byteOffset } = from.view;
  if (used + length > sharedSize) {
    shared = new ArrayBuffer(sharedSize);
    used = 0;
  }
  const data = new Uint8Array(shared, used, length);
  data.set(new Uint8Array(buffer, byteOffset + at, length));
  used += length;
  return data;
}
