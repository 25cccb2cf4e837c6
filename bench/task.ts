/** What each program is asked to do, in the C program's order: HOST:PORT get|set N DEPTH. */

/** The operations that are measured. */
export const operations = ["get", "set"] as const;
/** One of them. */
export type Operation = typeof operations[number];

/** N operations with DEPTH of them outstanding. */
export interface Task {
  readonly server: string;
  readonly operation: Operation;
  readonly count: number;
  readonly depth: number;
}

/** The znode that is read and written. */
export const path = "/bench";
/** What is written to it: as much as the null server gives when it is read. */
export const data: Uint8Array<ArrayBuffer> = new Uint8Array(100);
/** The session timeout asked for, ms. */
export const sessionTimeout = 30_000;

/** The task that a program's arguments name. */
export function readTask([server, operation, count, depth]: string[]): Task {
  const task = { server, operation, count: Number(count), depth: Number(depth) };
  if (isTask(task)) return task;
  throw new TypeError("The arguments must be HOST:PORT get|set N DEPTH");
}

/** The task as a program's arguments. */
export function taskArguments({ server, operation, count, depth }: Task): string[] {
  return [server, operation, String(count), String(depth)];
}

function isTask(task: { [Key in keyof Task]: unknown }): task is Task {
  const { server, operation, count, depth } = task;
  return typeof server === "string" && operations.some((known) => known === operation) &&
    isCount(count) && isCount(depth);
}

function isCount(given: unknown): boolean {
  return Number.isSafeInteger(given) && given as number > 0;
}
