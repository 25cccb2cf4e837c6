/**
 * What every line goes through, whoever formatted it: nothing in it can end it early, colour a
 * terminal or turn the writing direction round, and it is no longer than it may be.
 *
 * @module
 */

/** Control characters, line ends of Unicode, and marks that turn the writing direction round. */
// deno-lint-ignore no-control-regex
const unsafe = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const allUnsafe = new RegExp(unsafe, "g");
const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** With unsafe characters as JSON would have them, which is valid inside JSON strings as well. */
export function escape(text: string): string {
  return unsafe.test(text) ? text.replaceAll(allUnsafe, escaped) : text;
}

function escaped(char: string): string {
  return short[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Says that there was more. */
export const cutMarker = "… [cut]";

/** At most `lengthMax` long, with a marker at the end if there was more. */
export function cut(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text;
  let end = Math.max(0, lengthMax - cutMarker.length);
  // No half of a surrogate pair stays behind.
  if (end > 0 && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end--;
  return text.slice(0, end) + cutMarker;
}

/** The line, with its end. */
export function lineOf(formatted: string, lengthMax: number): string {
  return cut(escape(formatted), lengthMax) + "\n";
}

/** Length in UTF-8; a lone half of a surrogate pair counts as what it is replaced with. */
export function byteLength(text: string): number {
  // Most lines are ASCII, and the pattern sees that in half the time.
  if (!wide.test(text)) return text.length;
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    bytes += unit < 0x800 ? 1 : 2;
    const paired = (unit & 0xfc00) === 0xd800 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00;
    // A pair takes four bytes: two for each of its units.
    if (paired) i++;
  }
  return bytes;
}

// deno-lint-ignore no-control-regex
const wide = /[^\x00-\x7f]/;
