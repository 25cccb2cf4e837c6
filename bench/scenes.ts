/** Which scenes are measured: an operation, its depth, its size, and whom it is asked of. */
import { hasSize, multiLength, type Operation, operations } from "./task.ts";

/** Whom the programs talk to: the null server, or a real ZooKeeper. */
export const servers = ["null", "real"] as const;
/** One of them. */
export type ServerKind = typeof servers[number];

/** One situation that all programs are put in. */
export interface Scene {
  readonly operation: Operation;
  readonly depth: number;
  /** Bytes of data. */
  readonly size: number;
  readonly server: ServerKind;
}

/** What scenes are to be had of: each with each. */
export interface Axes {
  readonly operations: readonly Operation[];
  readonly depths: readonly number[];
  readonly sizes: readonly number[];
  readonly servers: readonly ServerKind[];
}

/** All of what can be measured. */
export const allAxes: Axes = {
  operations: Object.keys(operations) as Operation[],
  depths: [1, 16, 256, 4096],
  sizes: [0, 100, 10_000, 500_000],
  servers,
};

/** What an axis that the user does not name is. */
export const usualAxes: Axes = {
  operations: allAxes.operations,
  depths: [256],
  sizes: [100],
  servers: ["null"],
};

/** Bytes that may be outstanding at once, lest a machine's memory be what is measured. */
export const outstandingMax: number = 32 << 20;
/** Bytes of a request that a server takes unless it is told otherwise (jute.maxbuffer). */
const frameMax = 1_000_000;

/** Each with each, but for what cannot be; operations without data come once, not for each size. */
export function product({ operations, depths, sizes, servers }: Axes): Scene[] {
  return servers.flatMap((server) =>
    operations.flatMap((operation) =>
      (hasSize(operation) ? sizes : sizes.slice(0, 1)).flatMap((size) =>
        depths.map((depth): Scene => ({ operation, depth, size: sizeOf(operation, size), server }))
      )
    )
  ).filter(isPossible);
}

/** The table that tells the story. */
export const usualScenes: readonly Scene[] = [
  ...[1, 16, 256, 4096].map((depth) => scene("get", depth)),
  ...(["set", "create", "exists", "multi"] as const).map((operation) => scene(operation, 256)),
  scene("children", 16),
  scene("get", 256, 10_000),
  scene("get", 256, 100, "real"),
  scene("set", 256, 100, "real"),
];

/** What is left of it when there is a minute only. */
export const quickScenes: readonly Scene[] = [
  ...[1, 16, 256].map((depth) => scene("get", depth)),
  scene("set", 256),
  scene("get", 256, 100, "real"),
];

/** What a user who has a minute only does not see. */
export function leftOutByQuick(): string {
  const quick = quickScenes.map(nameOf);
  const others = usualScenes.map(nameOf).filter((name) => !quick.includes(name));
  return `two rounds of three, and these scenes: ${others.join("; ")}`;
}

/** A scene in words. */
export function nameOf({ operation, depth, size, server }: Scene): string {
  const data = hasSize(operation) ? ` of ${bytes(size)}` : "";
  const whom = server === "null" ? "null server" : "ZooKeeper";
  return `${operations[operation]}${data}, ${depth.toLocaleString("en")} outstanding, ${whom}`;
}

/** Bytes in words. */
export function bytes(size: number): string {
  return size < 1000 ? `${size} B` : `${size / 1000} KB`;
}

function scene(
  operation: Operation,
  depth: number,
  size = 100,
  server: ServerKind = "null",
): Scene {
  return { operation, depth, size: sizeOf(operation, size), server };
}

function sizeOf(operation: Operation, size: number): number {
  return hasSize(operation) ? size : 0;
}

function isPossible({ operation, depth, size }: Scene): boolean {
  const frame = operation === "multi" ? multiLength * size : size;
  return frame <= frameMax && depth * frame <= outstandingMax;
}
