/**
 * multi and multiRead: several operations in one request, each behind a header of its own.
 *
 * Results are read by the type that their own header says, not by the operation asked for: 3.8.0
 * answers create2 inside a multi as create, without a Stat (ZOOKEEPER-4026, ZOOKEEPER-4667).
 */
import type { ACL } from "./acl.ts";
import { MarshallingError, type Reader, type Writer } from "./archive.ts";
import { OpCode } from "./constants.ts";
import { createFlags, type CreateMode } from "./modes.ts";
import {
  type Data,
  writeCreate,
  writeCreateTTL,
  writePathVersion,
  writePathWatch,
  writeSetData,
} from "./requests.ts";
import { readStat, type Stat } from "./stat.ts";

/** One operation of a multi. */
export type Op =
  | {
    readonly type: "create" | "create2";
    readonly path: string;
    readonly data: Data;
    readonly acl: readonly ACL[];
    readonly mode: CreateMode;
    /** For the modes with a TTL: ms. */
    readonly ttl: number | null;
  }
  | { readonly type: "delete"; readonly path: string; readonly version: number }
  | {
    readonly type: "setData";
    readonly path: string;
    readonly data: Data;
    readonly version: number;
  }
  | { readonly type: "check"; readonly path: string; readonly version: number };

/** One operation of a multiRead. */
export type ReadOp = { readonly type: "getData" | "getChildren"; readonly path: string };

/** The result of one operation of a multi; "error" for all of them if one fails. */
export type OpResult =
  | { readonly type: "create"; readonly path: string; readonly stat: Stat | null }
  | { readonly type: "delete" }
  | { readonly type: "setData"; readonly stat: Stat }
  | { readonly type: "check" }
  | ErrorResult;

/** The result of one operation of a multiRead; the others stand whatever becomes of one. */
export type ReadResult =
  | { readonly type: "getData"; readonly data: Uint8Array | null; readonly stat: Stat }
  | { readonly type: "getChildren"; readonly children: string[] }
  | ErrorResult;

/** An operation that did not succeed. */
export interface ErrorResult {
  /** Tells it from the others. */
  readonly type: "error";
  /**
   * Its result code; in a failed multi 0 for those before the one that failed, and -2
   * (RUNTIMEINCONSISTENCY) for those after it.
   */
  readonly rc: number;
}

/** Writes the body of a multi or multiRead. */
export function writeMulti(to: Writer, ops: readonly (Op | ReadOp)[]): void {
  for (const op of ops) writeOp(to, op);
  writeMultiHeader(to, OpCode.error, true);
}

/** Reads the results of a multi or multiRead. */
export function readMultiResults(from: Reader): (OpResult | ReadResult)[] {
  const results: (OpResult | ReadResult)[] = [];
  for (;;) {
    const type = from.int();
    const done = from.bool();
    from.int();
    if (done) return results;
    results.push(readResult(from, type));
  }
}

function writeOp(to: Writer, op: Op | ReadOp): void {
  switch (op.type) {
    case "create":
    case "create2":
      return writeCreateOp(to, op);
    case "delete":
    case "check":
      writeMultiHeader(to, OpCode[op.type], false);
      return writePathVersion(to, op.path, op.version);
    case "setData":
      writeMultiHeader(to, OpCode.setData, false);
      return writeSetData(to, op.path, op.data, op.version);
    case "getData":
    case "getChildren":
      writeMultiHeader(to, OpCode[op.type], false);
      return writePathWatch(to, op.path, false);
  }
}

function writeCreateOp(to: Writer, op: Extract<Op, { mode: unknown }>): void {
  const flags = createFlags[op.mode];
  writeMultiHeader(to, createOpCode(op.mode, op.type), false);
  if (op.ttl === null) writeCreate(to, op.path, op.data, op.acl, flags);
  else writeCreateTTL(to, op.path, op.data, op.acl, flags, op.ttl);
}

/** The operation for a mode: containers and TTLs have their own, whose replies carry a Stat. */
export function createOpCode(mode: CreateMode, plain: "create" | "create2"): number {
  switch (mode) {
    case "CONTAINER":
      return OpCode.createContainer;
    case "PERSISTENT_WITH_TTL":
    case "PERSISTENT_SEQUENTIAL_WITH_TTL":
      return OpCode.createTTL;
    default:
      return OpCode[plain];
  }
}

function writeMultiHeader(to: Writer, type: number, done: boolean): void {
  to.int(type);
  to.bool(done);
  to.int(-1);
}

function readResult(from: Reader, type: number): OpResult | ReadResult {
  switch (type) {
    case OpCode.create:
      return { type: "create", path: from.string(), stat: null };
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
      return { type: "create", path: from.string(), stat: readStat(from) };
    case OpCode.delete:
      return { type: "delete" };
    case OpCode.setData:
      return { type: "setData", stat: readStat(from) };
    case OpCode.check:
      return { type: "check" };
    case OpCode.getData:
      return { type: "getData", data: from.buffer(), stat: readStat(from) };
    case OpCode.getChildren:
      return { type: "getChildren", children: from.strings() };
    case OpCode.error:
      return { type: "error", rc: from.int() };
    default:
      throw new MarshallingError(`A multi result of the unknown type ${type}`);
  }
}
