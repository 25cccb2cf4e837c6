/**
 * What stands beside messages: protobuf messages of a few fields, written and read by hand, so that
 * nothing is generated at run time and no text is decoded twice. Fields that are not known are
 * skipped, and of a field that comes twice the last one counts.
 */
import { decodeString } from "../../../proto/strings.ts";
import type { Metadata } from "../../metadata.ts";
import { type FrameWriter, ProtocolError } from "./frames.ts";
import type { Names } from "./names.ts";

/** A field's number and wire type, as they stand before it. */
export const Tag = {
  requestService: 0x0a,
  requestMethod: 0x12,
  requestTimeout: 0x18,
  /** In every message that has metadata. */
  metadata: 0x22,
  /** The length of a message that comes in several frames. */
  size: 0x28,
  entryName: 0x0a,
  entryValue: 0x12,
  endStatus: 0x08,
  endMessage: 0x12,
  endDetails: 0x1a,
  endRefused: 0x28,
  endPushback: 0x30,
  settingsFrame: 0x08,
  settingsConcurrent: 0x10,
  settingsMessage: 0x18,
  goawayLast: 0x08,
  goawayReason: 0x12,
} as const;

/** The fields of one message, in the order in which they stand there. */
export class Fields {
  /** The chunk. */
  bytes: Uint8Array = new Uint8Array(0);
  /** The field's number and wire type. */
  tag = 0;
  /** A varint, its lower 32 bits. */
  value = 0;
  /** Where text, bytes or a message starts. */
  start = 0;
  /** Where that ends. */
  stop = 0;
  #at = 0;
  #end = 0;

  /** Those from `at` to `end`. */
  point(bytes: Uint8Array, at: number, end: number): void {
    this.bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  /**
   * Goes on to the next field; false behind the last.
   *
   * @throws {ProtocolError} for what is no field.
   */
  next(): boolean {
    if (this.#at === this.#end) return false;
    const tag = this.tag = this.#varint();
    if (tag < 8) throw new ProtocolError("A field of the meta has the number 0");
    switch (tag & 7) {
      case 0:
        this.value = this.#varint();
        break;
      case 1:
        this.#skip(8);
        break;
      case 2:
        this.#skip(this.#varint());
        break;
      case 5:
        this.#skip(4);
        break;
      default:
        throw new ProtocolError(`A field of the meta has the wire type ${tag & 7}`);
    }
    return true;
  }

  #skip(length: number): void {
    if (length > this.#end - this.#at) throw tooShort();
    this.start = this.#at;
    this.stop = this.#at += length;
  }

  /** What is beyond 32 bits is lost. */
  #varint(): number {
    const { bytes } = this;
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.#at === this.#end) throw tooShort();
      const byte = bytes[this.#at++]!;
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new ProtocolError("A number of the meta has more than ten bytes");
  }
}

function tooShort(): ProtocolError {
  return new ProtocolError("A field of the meta goes on behind its end");
}

/** Writes a number, unless it is 0. */
export function writeNumber(to: FrameWriter, tag: number, value: number): void {
  if (value === 0) return;
  to.varint(tag);
  to.varint(value);
}

/** Writes text, unless it is empty. */
export function writeText(to: FrameWriter, tag: number, text: string): void {
  if (text === "") return;
  to.varint(tag);
  to.varint(byteLength(text));
  to.text(text);
}

/** Writes bytes. */
export function writeBytes(to: FrameWriter, tag: number, bytes: Uint8Array): void {
  to.varint(tag);
  to.varint(bytes.length);
  to.raw(bytes);
}

/** Writes metadata: an entry for each name. */
export function writeMetadata(to: FrameWriter, metadata: Metadata): void {
  for (const name of Object.keys(metadata)) writeEntry(to, name, metadata[name]!);
}

/** Writes one entry of metadata. */
export function writeEntry(to: FrameWriter, name: string, value: string | Uint8Array): void {
  const nameLength = byteLength(name);
  const valueLength = typeof value === "string" ? byteLength(value) : value.length;
  to.varint(Tag.metadata);
  to.varint(2 + lengthOf(nameLength) + nameLength + lengthOf(valueLength) + valueLength);
  to.varint(Tag.entryName);
  to.varint(nameLength);
  to.text(name);
  to.varint(Tag.entryValue);
  to.varint(valueLength);
  if (typeof value === "string") to.text(value);
  else to.raw(value);
}

/** Metadata without entries. */
export const noMetadata: Metadata = Object.freeze({});

/**
 * Reads the entries of the message from `at` to `end`, in a chunk that nobody writes into again.
 *
 * @throws {ProtocolError}
 */
export function readMetadata(
  bytes: Uint8Array,
  at: number,
  end: number,
  names: Names,
): Metadata | null {
  const fields = new Fields();
  const entry = new Fields();
  let metadata: Record<string, string | Uint8Array> | null = null;
  fields.point(bytes, at, end);
  while (fields.next()) {
    if (fields.tag !== Tag.metadata) continue;
    metadata ??= {};
    entry.point(bytes, fields.start, fields.stop);
    readEntry(entry, metadata, names);
  }
  return metadata;
}

function readEntry(entry: Fields, into: Record<string, string | Uint8Array>, names: Names): void {
  let name = "";
  let [start, stop] = [0, 0];
  while (entry.next()) {
    if (entry.tag === Tag.entryName) name = names.text(entry.bytes, entry.start, entry.stop);
    else if (entry.tag === Tag.entryValue) [start, stop] = [entry.start, entry.stop];
  }
  // No name of anybody's, and an assignment to it would do something else.
  if (name === "__proto__") return;
  // A copy: a few bytes must not keep the chunk for as long as a handler runs.
  into[name] = name.endsWith("-bin")
    ? entry.bytes.slice(start, stop)
    : decodeString(entry.bytes, start, stop);
}

/** How many bytes text has as UTF-8; a surrogate without its other half becomes U+FFFD. */
export function byteLength(text: string): number {
  const { length } = text;
  let bytes = length;
  for (let i = 0; i < length; i++) {
    const char = text.charCodeAt(i);
    if (char <= 0x7f) continue;
    if (char <= 0x7ff) bytes++;
    else if (isPair(char, text, i)) {
      // Two chars, four bytes.
      bytes += 2;
      i++;
    } else bytes += 2;
  }
  return bytes;
}

function isPair(char: number, text: string, at: number): boolean {
  if (char < 0xd800 || char > 0xdbff || at + 1 >= text.length) return false;
  const next = text.charCodeAt(at + 1);
  return next >= 0xdc00 && next <= 0xdfff;
}

/** How many bytes a varint has. */
function lengthOf(value: number): number {
  let length = 1;
  for (; value > 0x7f; value >>>= 7) length++;
  return length;
}
