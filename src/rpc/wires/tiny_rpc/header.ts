/**
 * A request of tiny_rpc (mprpc): the header's length as a little-endian u32, the header, the arguments.
 *
 *     message RpcHeader { bytes service_name = 1; bytes method_name = 2; uint32 args_size = 3; }
 *
 * The header is encoded by hand: three fields do not need a library, nor names a string for each call.
 * A response is the bare message, and the connection's end is its end.
 */

/** The length ahead of a header. */
export const lengthSize = 4;
/** The longest header that is taken for one: names need no more. */
export const headerMax: number = 8 * 1024;
/** What no message begins with (there is no wire type 7): whoever parses it sees that it has failed. */
export const unparsable: Uint8Array = Uint8Array.of(0x07);

/** Whether this may be what a tiny_rpc client sends first, by its first four bytes. */
export function isTinyRpc(first: Uint8Array): boolean {
  return readLength(first) <= 64 * 1024;
}

/** The length of the header that follows. */
export function readLength(bytes: Uint8Array): number {
  return (bytes[0]! | bytes[1]! << 8 | bytes[2]! << 16 | bytes[3]! << 24) >>> 0;
}

/** What a header says. */
export interface Header {
  /** The service, by its short name. */
  readonly service: string;
  /** The method. */
  readonly method: string;
  /** How many bytes of arguments follow. */
  readonly argsSize: number;
}

/** Bytes that are no header. */
export class InvalidHeader extends Error {
  /** "InvalidHeader". */
  override readonly name = "InvalidHeader";
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const [serviceTag, methodTag, sizeTag] = [0x0a, 0x12, 0x18];

/** The part of a header that is the same for all calls of a method. */
export function encodeNames(service: string, method: string): Uint8Array {
  const [serviceName, methodName] = [encoder.encode(service), encoder.encode(method)];
  // As in proto3: what is empty is not written.
  const bytes = new Uint8Array(fieldSize(serviceName) + fieldSize(methodName));
  writeField(bytes, writeField(bytes, 0, serviceTag!, serviceName), methodTag!, methodName);
  return bytes;
}

/** A whole request, in one piece. */
export function encodeRequest(names: Uint8Array, args: Uint8Array): Uint8Array {
  const size = names.length + (args.length === 0 ? 0 : 1 + varintSize(args.length));
  const bytes = new Uint8Array(lengthSize + size + args.length);
  writeLength(bytes, size);
  bytes.set(names, lengthSize);
  if (args.length > 0) {
    bytes[lengthSize + names.length] = sizeTag!;
    writeVarint(bytes, lengthSize + names.length + 1, args.length);
    bytes.set(args, lengthSize + size);
  }
  return bytes;
}

function writeLength(bytes: Uint8Array, length: number): void {
  for (let at = 0; at < lengthSize; at++) bytes[at] = length >>> 8 * at & 0xff;
}

function fieldSize(value: Uint8Array): number {
  return value.length === 0 ? 0 : 1 + varintSize(value.length) + value.length;
}

function writeField(bytes: Uint8Array, at: number, tag: number, value: Uint8Array): number {
  if (value.length === 0) return at;
  bytes[at++] = tag;
  at = writeVarint(bytes, at, value.length);
  bytes.set(value, at);
  return at + value.length;
}

function varintSize(value: number): number {
  let size = 1;
  for (; value > 0x7f; value >>>= 7) size++;
  return size;
}

function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  for (; value > 0x7f; value >>>= 7) bytes[at++] = value & 0x7f | 0x80;
  bytes[at++] = value;
  return at;
}

/**
 * Reads a header. Fields that it does not know are skipped, and of one that comes twice the last one
 * counts, as in any protobuf message.
 *
 * @throws {InvalidHeader} for bytes that are none.
 */
export function decodeHeader(bytes: Uint8Array): Header {
  const from = new Fields(bytes);
  let service = "", method = "", argsSize = 0;
  while (from.more) {
    const tag = from.varint();
    if (tag === serviceTag) service = decoder.decode(from.bytes());
    else if (tag === methodTag) method = decoder.decode(from.bytes());
    else if (tag === sizeTag) argsSize = from.varint();
    else from.skip(tag);
  }
  return { service, method, argsSize };
}

/** Walks over the fields of a message. */
class Fields {
  #at = 0;

  constructor(readonly all: Uint8Array) {}

  get more(): boolean {
    return this.#at < this.all.length;
  }

  /** A varint's low 32 bits. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.all[this.#take(1)]!;
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new InvalidHeader("A number in it has no end");
  }

  bytes(): Uint8Array {
    const length = this.varint();
    const start = this.#take(length);
    return this.all.subarray(start, start + length);
  }

  skip(tag: number): void {
    const wireType = tag & 7;
    if (tag >>> 3 === 0) throw new InvalidHeader("It has a field of the number 0");
    if (wireType === 0) this.varint();
    else if (wireType === 1) this.#take(8);
    else if (wireType === 2) this.bytes();
    else if (wireType === 5) this.#take(4);
    else throw new InvalidHeader(`It has a field of wire type ${wireType}`);
  }

  #take(count: number): number {
    const start = this.#at;
    if (count > this.all.length - start) throw new InvalidHeader("It ends inside a field");
    this.#at += count;
    return start;
  }
}
