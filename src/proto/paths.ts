/**
 * Paths, as strict as the server's PathUtils.validatePath (C's isValidPath lets some through that
 * the server refuses).
 *
 * To look at a string char by char is the dearest part of a whole request, so a path is looked at
 * once: the check leaves its bytes in a table, and they are sent from there. Applications name the
 * same znodes again and again, and for what is still in the table neither is done a second time. The
 * table has a fixed size: each path has one place in it, and the latest takes it.
 */
import { encodeString } from "./strings.ts";

const places = 256;
/** Longer ones are not kept, nor those with a char of more than one byte. */
const lengthMax = 64;
const bytes = new Uint8Array(places * lengthMax);
const paths: (string | null)[] = new Array(places).fill(null);
/** The place of the path that was checked last. */
let latest = 0;

/** What is wrong with `path`, or null. */
export function pathProblem(path: string): string | null {
  if (typeof path !== "string") return `a path must be a string, not ${typeof path}`;
  const place = latest = placeOf(path);
  if (paths[place] === path) return null;
  if (path.charCodeAt(0) !== slash) return `a path must start with "/"`;
  const { length } = path;
  if (length === 1) return null;
  if (path.charCodeAt(length - 1) === slash) return `a path must not end with "/"`;
  const from = place * lengthMax;
  bytes[from] = slash;
  paths[place] = null;
  let kept = length <= lengthMax;
  let segment = 1;
  for (let i = 1; i < length; i++) {
    const char = path.charCodeAt(i);
    bytes[from + i % lengthMax] = char;
    // Letters, digits and the like, which most are.
    if (char > slash && char < 0x7f) continue;
    if (char === slash) {
      const problem = segmentProblem(path, segment, i);
      if (problem !== null) return problem;
      segment = i + 1;
    } else if (char < 0x20 || char >= 0x7f && forbidden(char)) {
      return `a path must not have the character U+${char.toString(16).padStart(4, "0")}`;
    } else if (char >= 0x7f) {
      kept = false;
    }
  }
  const problem = segmentProblem(path, segment, length);
  if (problem === null && kept) paths[place] = path;
  return problem;
}

/** As {@link encodeString}, for a path that most likely has just been checked. */
export function encodePath(path: string, into: Uint8Array, at: number): number {
  if (paths[latest] !== path) return encodeString(path, into, at);
  const from = latest * lengthMax;
  const { length } = path;
  for (let i = 0; i < length; i++) into[at + i] = bytes[from + i]!;
  return length;
}

const slash = 0x2f;
const dot = 0x2e;

/** Paths differ most at their end. */
function placeOf(path: string): number {
  const { length } = path;
  const last = path.charCodeAt(length - 1);
  return (16 * path.charCodeAt(length - 2) + last + length) % places | 0;
}

function segmentProblem(path: string, from: number, to: number): string | null {
  if (from === to) return "a path must not have an empty segment";
  if (path.charCodeAt(from) !== dot) return null;
  if (to - from === 1 || to - from === 2 && path.charCodeAt(from + 1) === dot) {
    return `a path must not have a segment "." or ".."`;
  }
  return null;
}

function forbidden(char: number): boolean {
  return char <= 0x9f || char >= 0xd800 && char <= 0xf8ff || char >= 0xfff0;
}
