/**
 * Strings between JavaScript and the wire. Most are short and ASCII (paths, names), and for those a
 * loop is several times faster than TextEncoder and TextDecoder, which get the rest.
 *
 * Java writes a string char by char, so a character beyond the BMP arrives as two surrogates of
 * three bytes each (CESU-8), which is not UTF-8; it reads plain UTF-8, which is what is sent.
 */

const encoder = new TextEncoder();
// A byte order mark is a character of the string as any other.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
/** Up to so many chars or bytes the loops are faster. */
const shortToEncode = 64;
const shortToDecode = 16;

/** Writes `text` as UTF-8 at `at` and returns its bytes; there is room for three bytes a char. */
export function encodeString(text: string, into: Uint8Array, at: number): number {
  const length = text.length;
  if (length > shortToEncode) return encoder.encodeInto(text, into.subarray(at)).written;
  for (let i = 0; i < length; i++) {
    const char = text.charCodeAt(i);
    if (char > 0x7f) return encoder.encodeInto(text, into.subarray(at)).written;
    into[at + i] = char;
  }
  return length;
}

/** The string in `bytes` from `at` to `end`. */
export function decodeString(bytes: Uint8Array, at: number, end: number): string {
  if (end - at > shortToDecode) return decodeLong(bytes, at, end);
  let text = "";
  for (let i = at; i < end; i++) {
    const byte = bytes[i]!;
    if (byte > 0x7f) return decodeLong(bytes, at, end);
    text += String.fromCharCode(byte);
  }
  return text;
}

/**
 * The text of bytes from `at` to `end` if all are ASCII, so that each char stands where its byte does;
 * else null.
 */
export function decodeASCII(bytes: Uint8Array, at: number, end: number): string | null {
  const text = decoder.decode(bytes.subarray(at, end));
  // Several bytes of a char make it shorter, and what is no UTF-8 becomes U+FFFD.
  return text.length === end - at && !text.includes("\ufffd") ? text : null;
}

function decodeLong(bytes: Uint8Array, at: number, end: number): string {
  const part = bytes.subarray(at, end);
  for (let i = part.indexOf(0xed); i >= 0; i = part.indexOf(0xed, i + 1)) {
    if (part[i + 1]! >= 0xa0) return decodeSurrogates(part);
  }
  return decoder.decode(part);
}

/** CESU-8: each surrogate half stands as three bytes, ED A0..BF 80..BF. */
function decodeSurrogates(part: Uint8Array): string {
  let text = "";
  let plain = 0;
  for (let i = 0; i < part.length; i++) {
    if (part[i] !== 0xed || part[i + 1]! < 0xa0 || i + 2 >= part.length) continue;
    text += decoder.decode(part.subarray(plain, i));
    text += String.fromCharCode(0xd000 | (part[i + 1]! & 0x3f) << 6 | part[i + 2]! & 0x3f);
    i += 2;
    plain = i + 1;
  }
  return text + decoder.decode(part.subarray(plain));
}
