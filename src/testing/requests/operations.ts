/** The operations that write, as they stand on the wire: single ones and those inside a multi. */
import { MarshallingError, type Reader } from "../../proto/archive.ts";
import { OpCode } from "../../proto/constants.ts";
import type { RawACL } from "./access.ts";
import { readData } from "../state/data.ts";

/** Null can be read, but servers stumble over it sooner or later. */
export type Path = string | null;

/** The operation of a request that is not what its operation needs: it is refused as unreadable. */
export const unfit = -1;

/** Any of the four operations that create a znode. */
export interface CreateOperation {
  readonly type: "create";
  /** create, create2, createContainer or createTTL, or {@link unfit}. */
  readonly opCode: number;
  readonly path: Path;
  readonly data: Uint8Array | null;
  readonly acl: readonly RawACL[];
  /** Whether there was no list at all, which mostly counts as an empty one. */
  readonly withoutACL: boolean;
  readonly flags: number;
  /** -1n where the request has none. */
  readonly ttl: bigint;
}

/** One operation that writes, or that a write depends on. */
export type WriteOperation =
  | CreateOperation
  | { readonly type: "delete" | "check"; readonly path: Path; readonly version: number }
  | { readonly type: "deleteContainer"; readonly path: string }
  | {
    readonly type: "setData";
    readonly path: Path;
    readonly data: Uint8Array | null;
    readonly version: number;
  }
  | {
    readonly type: "setACL";
    readonly path: Path;
    readonly acl: readonly RawACL[];
    readonly version: number;
  };

/** deleteContainer is the server's own; it has no place among the client's operations. */
export const deleteContainer = 20;

/** Reads the body of a single operation; null when `opCode` is none that writes. */
export function readOperation(from: Reader, opCode: number): WriteOperation | null {
  switch (opCode) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
      return readCreate(from, opCode);
    case OpCode.delete:
      return { type: "delete", path: from.nullableString(), version: from.int() };
    case OpCode.check:
      return { type: "check", path: from.nullableString(), version: from.int() };
    case OpCode.setData:
      return {
        type: "setData",
        path: from.nullableString(),
        data: readData(from),
        version: from.int(),
      };
    case OpCode.setACL:
      return {
        type: "setACL",
        path: from.nullableString(),
        acl: readRawACL(from),
        version: from.int(),
      };
    case deleteContainer:
      return { type: "deleteContainer", path: readPath(from) };
    default:
      return null;
  }
}

/** A path is a string that must be there. */
export function readPath(from: Reader): string {
  const path = from.nullableString();
  if (path === null) throw new MarshallingError("A path that is null");
  return path;
}

/** The operations that may stand in a multi. */
export const inMulti: ReadonlySet<number> = new Set<number>([
  OpCode.create,
  OpCode.create2,
  OpCode.createContainer,
  OpCode.createTTL,
  OpCode.delete,
  OpCode.setData,
  OpCode.check,
]);

/** The headers of a multi, one after the other; `read` reads what follows each. */
export function readMulti<T>(from: Reader, read: (opCode: number) => T): T[] {
  const ops: T[] = [];
  for (;;) {
    const opCode = from.int();
    const done = from.bool();
    from.int();
    if (done) return ops;
    ops.push(read(opCode));
  }
}

function readCreate(from: Reader, opCode: number): CreateOperation {
  const [path, data] = [from.nullableString(), readData(from)];
  const withoutACL = from.int() === -1;
  from.at -= 4;
  return {
    type: "create",
    opCode,
    path,
    data,
    acl: readRawACL(from),
    withoutACL,
    flags: from.int(),
    ttl: opCode === OpCode.createTTL ? from.long() : -1n,
  };
}

function readRawACL(from: Reader): RawACL[] {
  return from.vector(readEntry, 12);
}

function readEntry(from: Reader): RawACL {
  return {
    perms: from.int(),
    id: { scheme: from.nullableString(), id: from.nullableString() },
  };
}
