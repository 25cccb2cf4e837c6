/** The requests of a bare loop: how each one is written, and what its reply is read as. */
import type { In, Out } from "./bare_bytes.ts";
import { childrenPath, dataPath, multiLength, ownPath, sessionTimeout, type Task } from "./task.ts";

/** A request that is the same each time. */
export interface Exchange {
  readonly opCode: number;
  write(to: Out): void;
  /** Reads the reply's value, or null where it has but a Stat or nothing. */
  readonly value: ((from: In) => unknown) | null;
  /** Whether a Stat follows. */
  readonly stat: boolean;
}

/** What an operation consists of: one exchange, or for each chain two, one after the other. */
export type Exchanges = readonly [Exchange, Exchange?];

const opCodes = {
  create: 1,
  delete: 2,
  exists: 3,
  getData: 4,
  setData: 5,
  getChildren: 8,
  multi: 14,
};

/** The exchanges of a chain. */
export function exchangesOf({ operation, size }: Task, chain: number): Exchanges {
  const path = dataPath(size);
  const data = new Uint8Array(size);
  switch (operation) {
    case "get":
      return [read(opCodes.getData, path, false, (from) => from.buffer(), true)];
    case "set":
      return [set(path, data)];
    case "create":
      return [create(ownPath(chain), data), remove(ownPath(chain))];
    case "exists":
      return [read(opCodes.exists, path, true, null, true)];
    case "multi":
      return [multi(path, data)];
    case "children":
      return [read(opCodes.getChildren, childrenPath, false, strings, false)];
  }
}

/** The most bytes that one request or its reply may have. */
export function frameSizeMax({ operation, size }: Task): number {
  return 64 * 1024 + (operation === "multi" ? multiLength : 1) * (size + 128);
}

/** The most bytes that one request may have. */
export function requestSizeMax({ operation, size }: Task): number {
  return 128 + (operation === "multi" ? multiLength : 1) * (size + 64);
}

/** The first frame, which asks for a session. */
export function connectRequest(): Uint8Array {
  const bytes = new Uint8Array(49);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, 45);
  view.setInt32(16, sessionTimeout);
  view.setInt32(28, 16);
  return bytes;
}

function read(
  opCode: number,
  path: string,
  watch: boolean,
  value: Exchange["value"],
  stat: boolean,
): Exchange {
  const write = (to: Out) => {
    to.string(path);
    to.bool(watch);
  };
  return { opCode, write, value, stat };
}

function set(path: string, data: Uint8Array): Exchange {
  const write = (to: Out) => writeSet(to, path, data);
  return { opCode: opCodes.setData, write, value: null, stat: true };
}

function create(path: string, data: Uint8Array): Exchange {
  const write = (to: Out) => {
    to.string(path);
    to.buffer(data);
    to.int(1);
    to.int(31);
    to.string("world");
    to.string("anyone");
    to.int(0);
  };
  return { opCode: opCodes.create, write, value: (from) => from.string(), stat: false };
}

function remove(path: string): Exchange {
  const write = (to: Out) => {
    to.string(path);
    to.int(-1);
  };
  return { opCode: opCodes.delete, write, value: null, stat: false };
}

function multi(path: string, data: Uint8Array): Exchange {
  const write = (to: Out) => {
    for (let i = 0; i < multiLength; i++) {
      writeMultiHeader(to, opCodes.setData, false);
      writeSet(to, path, data);
    }
    writeMultiHeader(to, -1, true);
  };
  return { opCode: opCodes.multi, write, value: results, stat: false };
}

function writeMultiHeader(to: Out, type: number, done: boolean): void {
  to.int(type);
  to.bool(done);
  to.int(-1);
}

function writeSet(to: Out, path: string, data: Uint8Array): void {
  to.string(path);
  to.buffer(data);
  to.int(-1);
}

function strings(from: In): string[] {
  const all: string[] = [];
  for (let left = from.int(); left > 0; left--) all.push(from.string());
  return all;
}

function results(from: In): unknown[] {
  const all: unknown[] = [];
  for (;;) {
    from.int();
    const done = from.bool();
    from.int();
    if (done) return all;
    all.push({ type: "setData", stat: from.stat() });
  }
}
