/**
 * What each program is asked to do, in whatever language it is written, as its arguments:
 *
 *     HOST:PORT OPERATION DEPTH SIZE SECONDS
 *
 * DEPTH chains of operations run side by side, each of which begins its next operation when one is
 * answered: so many are outstanding. SIZE is how many bytes of data are read or written. The time is
 * what is measured; before it a program warms up for three quarters as long, and then prints one line
 * of JSON.
 */

/** The operations that are measured, and how they are called in text. */
export const operations = {
  get: "getData",
  set: "setData",
  create: "create + delete",
  exists: "exists with a watch",
  multi: "multi of 10 setData",
  children: "getChildren of 1,000",
} as const;
/** One of them. */
export type Operation = keyof typeof operations;

/** So long DEPTH of them are outstanding. */
export interface Task {
  /** HOST:PORT. */
  readonly server: string;
  readonly operation: Operation;
  readonly depth: number;
  /** Bytes. */
  readonly size: number;
  readonly seconds: number;
}

/** How many operations one multi has. */
export const multiLength = 10;
/** How many children one getChildren reads. */
export const childrenCount = 1000;
/** The session timeout asked for, ms. */
export const sessionTimeout = 30_000;

/** Whether an operation moves data of a size, or is the same for all sizes. */
export function hasSize(operation: Operation): boolean {
  return operation !== "exists" && operation !== "children";
}

/** The znode that is read and written: the null server answers with as many bytes as it says. */
export function dataPath(size: number): string {
  return `/bench/d${size}`;
}

/** The znode that has the children: the null server answers with as many as it says. */
export const childrenPath: string = `/bench/c${childrenCount}`;

/** The znode that each chain creates and deletes. */
export function ownPath(chain: number): string {
  return `/bench/w${chain}`;
}

/** The task that a program's arguments name. */
export function readTask([server, operation, depth, size, seconds]: string[]): Task {
  const task = {
    server,
    operation,
    depth: Number(depth),
    size: Number(size),
    seconds: Number(seconds),
  };
  if (isTask(task)) return task;
  throw new TypeError("The arguments must be HOST:PORT OPERATION DEPTH SIZE SECONDS");
}

/** The task as a program's arguments. */
export function taskArguments({ server, operation, depth, size, seconds }: Task): string[] {
  return [server, operation, String(depth), String(size), String(seconds)];
}

/** Whether there is an operation of this name. */
export function isOperation(name: unknown): name is Operation {
  return typeof name === "string" && Object.hasOwn(operations, name);
}

function isTask(task: { [Key in keyof Task]: unknown }): task is Task {
  const { server, operation, depth, size, seconds } = task;
  return typeof server === "string" && isOperation(operation) &&
    Number.isSafeInteger(depth) && depth as number > 0 &&
    Number.isSafeInteger(size) && size as number >= 0 && seconds as number > 0;
}
