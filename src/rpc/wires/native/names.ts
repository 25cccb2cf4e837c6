/**
 * Names that come again and again, of services, methods and metadata: each is decoded once, and
 * found by its bytes from then on. A peer that makes up ever new ones fills no memory: what finds no
 * room is decoded each time.
 */
import { decodeString } from "../../../proto/strings.ts";

interface Name {
  readonly bytes: Uint8Array;
  readonly text: string;
}

const buckets = 256;
const perBucket = 4;
const lengthMax = 256;

/** The names of one connection. */
export class Names {
  readonly #buckets: (Name[] | undefined)[] = [];

  /** The text of the bytes from `at` to `end`. */
  text(bytes: Uint8Array, at: number, end: number): string {
    const length = end - at;
    if (length === 0) return "";
    const bucket = bytes[at]! + 5 * bytes[end - 1]! + 11 * bytes[at + (length >> 1)]! + 17 * length;
    const names = this.#buckets[bucket % buckets];
    if (names !== undefined) {
      for (const name of names) if (isSame(name.bytes, bytes, at, length)) return name.text;
    }
    const text = decodeString(bytes, at, end);
    if (length > lengthMax) return text;
    const name = { bytes: bytes.slice(at, end), text };
    if (names === undefined) this.#buckets[bucket % buckets] = [name];
    else if (names.length < perBucket) names.push(name);
    return text;
  }
}

function isSame(name: Uint8Array, bytes: Uint8Array, at: number, length: number): boolean {
  if (name.length !== length) return false;
  for (let i = 0; i < length; i++) if (name[i] !== bytes[at + i]) return false;
  return true;
}
