/**
 * What a server sends, made up: values, valid replies of every form, and what becomes of them when
 * bytes go wrong.
 */
import { type ACL, writeACL } from "../../src/proto/acl.ts";
import { type Reader, Writer } from "../../src/proto/archive.ts";
import { readConnectResponse } from "../../src/proto/connect.ts";
import { OpCode } from "../../src/proto/constants.ts";
import {
  aclStatResponse,
  childrenResponse,
  childrenStatResponse,
  clientInfoResponse,
  dataStatResponse,
  emptyResponse,
  multiReadResponse,
  multiResponse,
  numberResponse,
  pathResponse,
  pathStatResponse,
  readWatcherEvent,
  type Response,
  statResponse,
  tokenResponse,
} from "../../src/proto/responses.ts";
import { readStat, type Stat, writeStat } from "../../src/proto/stat.ts";
import type { Random } from "./random.ts";

/** A form of frame: how it is made and how it is read. */
export interface Form {
  readonly name: string;
  make(to: Writer, random: Random): void;
  read(from: Reader): unknown;
}

/** Text of a few characters, of all lengths in UTF-8. */
export function someText(random: Random): string {
  const length = random.chance(0.1) ? random.below(200) : random.below(12);
  const end = random.pick([0x80, 0x80, 0x800, 0x10000, 0x110000]);
  let text = "";
  for (let i = 0; i < length; i++) text += String.fromCodePoint(random.below(end));
  return text.toWellFormed();
}

export function somePath(random: Random): string {
  return random.pick(["/", "/a", "/a/b", "/é", `/n-${random.below(1e9)}`, "/app/x", "/zookeeper"]);
}

export function someBuffer(random: Random): Uint8Array<ArrayBuffer> | null {
  return random.chance(0.1) ? null : random.bytes(random.below(random.chance(0.05) ? 3000 : 20));
}

export function someACL(random: Random): ACL[] {
  return some(random, () => ({
    perms: random.below(32),
    id: { scheme: someText(random), id: someText(random) },
  }));
}

export function someStat(random: Random): Stat {
  const int = () => random.bits() | 0;
  return {
    czxid: random.long(),
    mzxid: random.long(),
    ctime: random.below(2 ** 53),
    mtime: random.below(2 ** 53),
    version: int(),
    cversion: int(),
    aversion: int(),
    ephemeralOwner: random.long(),
    dataLength: int(),
    numChildren: int(),
    pzxid: random.long(),
  };
}

export function some<T>(random: Random, item: () => T): T[] {
  return Array.from({ length: random.chance(0.05) ? random.below(100) : random.below(4) }, item);
}

const makers = new Map<Response, (to: Writer, random: Random) => void>([
  [emptyResponse, () => {}],
  [statResponse, () => {}],
  [pathResponse, (to, random) => to.string(somePath(random))],
  [pathStatResponse, (to, random) => to.string(somePath(random))],
  [dataStatResponse, (to, random) => to.buffer(someBuffer(random))],
  [aclStatResponse, (to, random) => writeACL(to, someACL(random))],
  [childrenResponse, writeStrings],
  [childrenStatResponse, writeStrings],
  [numberResponse, (to, random) => to.int(random.bits() | 0)],
  [clientInfoResponse, (to, random) =>
    to.vector(some(random, () => 0), (to) => {
      to.string(someText(random));
      to.buffer(random.chance(0.2) ? null : someText(random));
    })],
  [multiResponse, (to, random) => writeMultiResults(to, random)],
  [multiReadResponse, (to, random) => writeMultiResults(to, random)],
  [tokenResponse, (to, random) => to.buffer(someBuffer(random))],
]);

/** Writes the body of a reply of this form. */
export function writeResponse(to: Writer, response: Response, random: Random): void {
  makers.get(response)!(to, random);
  if (response.stat) writeStat(to, someStat(random));
}

export function writeEvent(to: Writer, random: Random): void {
  to.int(random.pick([1, 2, 3, 4, -1]));
  to.int(random.pick([3, 5]));
  to.string(somePath(random));
}

/** Writes a connect response; a timeout of 0 says that the session has expired. */
export function writeConnectResponse(
  to: Writer,
  random: Random,
  timeout: number,
  sessionId: bigint,
): void {
  to.int(0);
  to.int(timeout);
  to.long(sessionId);
  to.buffer(random.bytes(16));
  if (random.chance(0.8)) to.bool(random.chance(0.1));
}

/** All frames that a client reads, without their headers. */
export const forms: readonly Form[] = [
  ...[...makers.keys()].map((response, i): Form => ({
    name: `response ${i}`,
    make: (to, random) => writeResponse(to, response, random),
    read: (from) => [response.value?.(from), response.stat ? readStat(from) : null],
  })),
  { name: "event", make: writeEvent, read: readWatcherEvent },
  {
    name: "connect response",
    make: (to, random) => writeConnectResponse(to, random, random.below(1e5), random.long()),
    read: readConnectResponse,
  },
];

/** A frame around what `write` writes. */
export function frame(write: (to: Writer) => void): Uint8Array<ArrayBuffer> {
  const to = new Writer(256);
  const start = to.startFrame();
  write(to);
  to.endFrame(start);
  return to.frames.slice();
}

/** What becomes of bytes on a bad day. */
export function mutated(bytes: Uint8Array, random: Random): Uint8Array {
  let result = bytes.slice();
  for (let times = random.pick([1, 1, 1, 2, 5]); times > 0; times--) {
    result = mutateOnce(result, random);
  }
  return result;
}

function mutateOnce(bytes: Uint8Array<ArrayBuffer>, random: Random): Uint8Array<ArrayBuffer> {
  const at = random.below(bytes.length + 1);
  const to = Math.min(bytes.length, at + random.below(12));
  switch (random.below(8)) {
    case 0:
      if (at < bytes.length) bytes[at]! ^= 1 << random.below(8);
      return bytes;
    case 1:
    case 2:
      return withLie(bytes, random);
    case 3:
      return withLength(bytes.slice(0, at), random);
    case 4:
      return withLength(joined(bytes, random.bytes(random.below(40))), random);
    case 5:
      return withLength(joined(bytes.subarray(0, at), bytes.subarray(to)), random);
    case 6:
      return withLength(joined(bytes.subarray(0, to), bytes.subarray(at)), random);
    default:
      return random.chance(0.5)
        ? random.bytes(random.below(80))
        : frame((to) => to.append(random.bytes(random.below(120))));
  }
}

const lies = [0, 1, -1, -2, 2, 4, 16, 0xff, 0xffff, 0xfffff, 0x100000, 0x7fffffff, -0x80000000];

/** Puts a number where a length, a count, a code or anything else stands. */
function withLie(bytes: Uint8Array<ArrayBuffer>, random: Random): Uint8Array<ArrayBuffer> {
  if (bytes.length < 4) return bytes;
  const at = random.below(bytes.length - 3);
  const lie = random.chance(0.2) ? bytes.length - at + random.below(9) - 4 : random.pick(lies);
  new DataView(bytes.buffer).setInt32(at, lie);
  return bytes;
}

/** With a true length in front most of the time, so that what is behind it gets read. */
function withLength(bytes: Uint8Array<ArrayBuffer>, random: Random): Uint8Array<ArrayBuffer> {
  if (bytes.length >= 4 && random.chance(0.8)) {
    new DataView(bytes.buffer).setInt32(0, bytes.length - 4);
  }
  return bytes;
}

/** All of these bytes in one array. */
export function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function writeStrings(to: Writer, random: Random): void {
  to.vector(some(random, () => someText(random)), (to, text) => to.string(text));
}

/** Results of a multi or multiRead with so many operations. */
export function writeMultiResults(
  to: Writer,
  random: Random,
  count: number = random.below(5),
): void {
  for (let i = 0; i < count; i++) writeResult(to, random);
  writeMultiHeader(to, OpCode.error, true, -1);
}

function writeResult(to: Writer, random: Random): void {
  const { create, create2, createContainer, createTTL, setData, getData, getChildren } = OpCode;
  const { delete: remove, check, error } = OpCode;
  const type = random.pick([
    ...[create, create2, createContainer, createTTL, setData, getData, getChildren],
    ...[remove, check, error],
  ]);
  writeMultiHeader(to, type, false, 0);
  if (type === error) to.int(random.pick([0, -2, -101]));
  else if (type === getData) to.buffer(someBuffer(random));
  else if (type === getChildren) writeStrings(to, random);
  else if (type !== setData && type !== remove && type !== check) to.string(somePath(random));
  const stats: number[] = [create2, createContainer, createTTL, setData, getData];
  if (stats.includes(type)) writeStat(to, someStat(random));
}

function writeMultiHeader(to: Writer, type: number, done: boolean, err: number): void {
  to.int(type);
  to.bool(done);
  to.int(err);
}
