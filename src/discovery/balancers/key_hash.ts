/**
 * The hashes of keys: those of kimserver, bit for bit, for its nodes must find the same node for a
 * key. Its FNV constants are swapped, 64-bit ones cut to 32 bits, and it takes bytes as signed.
 *
 * @module
 */

/** A hash of the first `length` bytes, as an unsigned 32-bit number. */
export type KeyHash = (bytes: Uint8Array, length: number) => number;

/** Kimserver's hashes by their names there. */
export type KeyHashName = "fnv1a_64" | "fnv1_64" | "murmur3_32";

/**
 * The hash of a name, or the given one.
 *
 * @throws {TypeError} for a name that is none.
 */
export function keyHash(hash: KeyHashName | KeyHash): KeyHash {
  if (typeof hash === "function") return hash;
  const found = Object.hasOwn(hashes, hash) ? hashes[hash] : undefined;
  if (found !== undefined) return found;
  const names = Object.keys(hashes).join(", ");
  throw new TypeError(`The hash must be a function or one of ${names}, not ${String(hash)}`);
}

const hashes: Readonly<Record<KeyHashName, KeyHash>> = {
  fnv1a_64: fnv1a,
  fnv1_64: fnv1,
  murmur3_32: (bytes, length) => murmur3(bytes, length, fnvInit),
};

const fnvInit = 0x1b3;
const fnvPrime = 0x84222325;

function fnv1a(bytes: Uint8Array, length: number): number {
  let hash = fnvInit;
  for (let i = 0; i < length; i++) {
    // Shifted up and down, a byte from 0x80 on is negative, as C's char is.
    hash = Math.imul(hash ^ bytes[i]! << 24 >> 24, fnvPrime);
  }
  return hash >>> 0;
}

function fnv1(bytes: Uint8Array, length: number): number {
  let hash = fnvInit;
  for (let i = 0; i < length; i++) hash = Math.imul(hash, fnvPrime) ^ bytes[i]! << 24 >> 24;
  return hash >>> 0;
}

/** MurmurHash3 for 32 bits. */
export function murmur3(bytes: Uint8Array, length: number, seed: number): number {
  let hash = seed;
  const whole = length & ~3;
  for (let i = 0; i < whole; i += 4) {
    const word = bytes[i]! | bytes[i + 1]! << 8 | bytes[i + 2]! << 16 | bytes[i + 3]! << 24;
    hash ^= scrambled(word);
    hash = Math.imul(hash << 13 | hash >>> 19, 5) + 0xe6546b64 | 0;
  }
  let word = 0;
  for (let i = length - 1; i >= whole; i--) word = word << 8 | bytes[i]!;
  if (length > whole) hash ^= scrambled(word);
  return mixed(hash ^ length);
}

function scrambled(word: number): number {
  const product = Math.imul(word, 0xcc9e2d51);
  return Math.imul(product << 15 | product >>> 17, 0x1b873593);
}

/** Has each bit of a number decide over each bit of the result; murmur3's last step. */
export function mixed(hash: number): number {
  hash = Math.imul(hash ^ hash >>> 16, 0x85ebca6b);
  hash = Math.imul(hash ^ hash >>> 13, 0xc2b2ae35);
  return (hash ^ hash >>> 16) >>> 0;
}

/** A key's bytes, in memory that is used again for the next key: `encodeInto` would allocate. */
export class KeyBytes {
  /** What it holds, and more. */
  bytes: Uint8Array = new Uint8Array(256);
  /** How much of it. */
  length = 0;
  readonly #own: Uint8Array = this.bytes;
  #larger: Uint8Array = this.bytes;

  /**
   * Takes a key.
   *
   * @throws {TypeError} without one.
   */
  set(key: string | Uint8Array | undefined): void {
    if (typeof key === "string") {
      this.#write(key);
    } else if (key instanceof Uint8Array) {
      this.bytes = key;
      this.length = key.length;
    } else {
      throw new TypeError("This balancer picks by key: pick({ key }), a string or a Uint8Array");
    }
  }

  #write(key: string): void {
    let to = this.#own;
    if (key.length * 3 > to.length) {
      if (key.length * 3 > this.#larger.length) this.#larger = new Uint8Array(key.length * 6);
      to = this.#larger;
    }
    let at = 0;
    for (let i = 0; i < key.length; i++) {
      const unit = key.charCodeAt(i);
      if (unit < 0x80) {
        to[at++] = unit;
        continue;
      }
      const point = pointAt(key, i);
      if (point > 0xffff) i++;
      at = writeWide(to, at, point);
    }
    this.bytes = to;
    this.length = at;
  }
}

/** The character there; for a lone half of a surrogate pair what UTF-8 has in its place. */
function pointAt(key: string, at: number): number {
  const point = key.codePointAt(at)!;
  return point >= 0xd800 && point <= 0xdfff ? 0xfffd : point;
}

function writeWide(to: Uint8Array, at: number, point: number): number {
  if (point < 0x800) {
    to[at++] = 0xc0 | point >> 6;
  } else {
    if (point < 0x10000) {
      to[at++] = 0xe0 | point >> 12;
    } else {
      to[at++] = 0xf0 | point >> 18;
      to[at++] = 0x80 | point >> 12 & 0x3f;
    }
    to[at++] = 0x80 | point >> 6 & 0x3f;
  }
  to[at++] = 0x80 | point & 0x3f;
  return at;
}
