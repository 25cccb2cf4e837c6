/**
 * MD5 (RFC 1321), for ketama's points alone: a ring takes 50 digests for each of its nodes, and at
 * some 6 µs that Deno's node:crypto takes for one of so few bytes, a thousand nodes would hold the
 * event loop up for 0.3 s.
 *
 * @module
 */

/** Makes digests, always into the same memory. */
export class Md5 {
  /** The last digest as four little-endian words, as MD5 has them. */
  readonly words: Uint32Array = new Uint32Array(4);
  readonly #block = new Int32Array(16);

  /** The digest of the first `length` bytes. */
  digest(bytes: Uint8Array, length: number): void {
    const { words } = this;
    const block = this.#block;
    words[0] = 0x67452301;
    words[1] = 0xefcdab89;
    words[2] = 0x98badcfe;
    words[3] = 0x10325476;
    // One bit, and the number of bits, stand behind the bytes.
    const end = (length + 8 >> 6) + 1 << 6;
    for (let start = 0; start < end; start += 64) {
      block.fill(0);
      const there = Math.min(64, length - start);
      for (let i = 0; i < there; i++) block[i >> 2]! |= bytes[start + i]! << (i << 3 & 24);
      if (there >= 0 && there < 64) block[there >> 2]! |= 0x80 << (there << 3 & 24);
      if (start + 64 === end) {
        block[14] = length << 3;
        block[15] = length >>> 29;
      }
      this.#add();
    }
  }

  /** Takes in the block. */
  #add(): void {
    const { words } = this;
    const block = this.#block;
    let a = words[0]! | 0;
    let b = words[1]! | 0;
    let c = words[2]! | 0;
    let d = words[3]! | 0;
    for (let i = 0; i < 64; i++) {
      const round = i >> 4;
      let mixed;
      let at;
      if (round === 0) {
        mixed = b & c | ~b & d;
        at = i;
      } else if (round === 1) {
        mixed = d & b | ~d & c;
        at = 5 * i + 1 & 15;
      } else if (round === 2) {
        mixed = b ^ c ^ d;
        at = 3 * i + 5 & 15;
      } else {
        mixed = c ^ (b | ~d);
        at = 7 * i & 15;
      }
      const sum = a + mixed + sines[i]! + block[at]! | 0;
      const shift = shifts[round << 2 | i & 3]!;
      a = d;
      d = c;
      c = b;
      b = b + (sum << shift | sum >>> 32 - shift) | 0;
    }
    words[0]! += a;
    words[1]! += b;
    words[2]! += c;
    words[3]! += d;
  }
}

const sines = Int32Array.from({ length: 64 }, (_, i) => Math.abs(Math.sin(i + 1)) * 2 ** 32 | 0);
const shifts = Uint8Array.of(7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21);
