/** What `deno task bench` can be told. */
import { parseArgs } from "node:util";
import {
  allAxes,
  leftOutByQuick,
  product,
  quickScenes,
  type Scene,
  type ServerKind,
  servers,
  usualAxes,
  usualScenes,
} from "./scenes.ts";
import { isOperation, type Operation, operations } from "./task.ts";

/** The options, all decided. */
export interface Options {
  readonly scenes: readonly Scene[];
  readonly rounds: number;
  /** How long each program measures in each scene and round. */
  readonly seconds: number;
  /** The programs to run, by name, or null for all there are. */
  readonly only: readonly string[] | null;
  /** Where the results go as JSON: a file, "-" for the standard output, or null. */
  readonly json: string | null;
  /** The file that the chart goes to, or null. */
  readonly svg: string | null;
  /** What is not measured for want of time, or null. */
  readonly leftOut: string | null;
}

/** How they are given. */
export const usage: string = `Usage: deno task bench [options]            this client beside others
       deno task bench scaling [--quick]   many sessions, watches and requests; bytes allocated
       deno task bench testing [--quick]   the server in memory
       deno task bench discovery [--quick] services with 10,000 instances; or with --outage SECONDS,
                                           a ZooKeeper that is away for so long
       deno task bench balancers           picks a second over 1,000 instances
       deno task bench rpc [options]       calls a second beside grpc-js and bare loops

Without options: the scenes that tell the story, in three rounds, about six minutes.
  --quick            fewer scenes, one round: a minute
  --all              every operation, depth, size and server
Any of these makes the scenes the product of what is given:
  --ops OPS          ${Object.keys(operations).join(",")} (all)
  --depth N,...      how many operations are outstanding (${usualAxes.depths})
  --size N,...       bytes of data (${usualAxes.sizes})
  --server KINDS     null, a server that answers at memory speed; real, a ZooKeeper (null)
And:
  --only NAMES       these programs: zookeeper_st, java, node, kazoo, bare_promises, promises,
                     bare_callbacks, callbacks
  --rounds R         how often each program runs; the medians count (3, with --quick 1)
  --seconds S        how long each measures (0.4)
  --json FILE        the results as JSON, each round of them; - is the standard output
  --svg FILE         a chart of getData at depth 256, or of the first scene

rpc takes --quick, --rounds, --seconds, --json FILE, --only with names of its own, which it tells,
and --calls N, which makes so many calls and tells how much memory client and server have.
scaling takes --quick, --json FILE, and --only with names of its own, which it tells.
CC names the C compiler.`;

/** Reads them; throws a TypeError that says what is wrong. */
export function readOptions(args: string[]): Options {
  const { values } = parseArgs({ args, options: known });
  const { quick = false, all = false } = values;
  if (quick && all) throw new TypeError("--quick and --all exclude each other");
  const scenes = scenesOf(values);
  return {
    scenes,
    leftOut: scenes === quickScenes ? leftOutByQuick() : null,
    rounds: readCount("--rounds", values.rounds ?? (quick ? "1" : "3")),
    seconds: readSeconds(values.seconds ?? "0.4"),
    only: values.only?.split(",") ?? null,
    json: values.json ?? null,
    svg: values.svg ?? null,
  };
}

const known = {
  quick: { type: "boolean" },
  all: { type: "boolean" },
  ops: { type: "string" },
  depth: { type: "string" },
  size: { type: "string" },
  server: { type: "string" },
  only: { type: "string" },
  rounds: { type: "string" },
  seconds: { type: "string" },
  json: { type: "string" },
  svg: { type: "string" },
} as const;

interface Axis {
  ops?: string;
  depth?: string;
  size?: string;
  server?: string;
}

function scenesOf(
  { quick, all, ...axes }: { quick?: boolean; all?: boolean } & Axis,
): readonly Scene[] {
  const { ops, depth, size, server } = axes;
  const named = ops ?? depth ?? size ?? server;
  if (named === undefined && !all) return quick ? quickScenes : usualScenes;
  const others = all ? allAxes : usualAxes;
  const scenes = product({
    operations: ops?.split(",").map(readOperation) ?? others.operations,
    depths: depth?.split(",").map((given) => readCount("--depth", given)) ?? others.depths,
    sizes: size?.split(",").map(readSize) ?? others.sizes,
    servers: server?.split(",").map(readServer) ?? others.servers,
  });
  if (scenes.length > 0) return scenes;
  throw new TypeError("No scene is left: so much data cannot be outstanding, or in one request");
}

function readCount(name: string, given: string): number {
  if (/^[1-9]\d{0,5}$/.test(given)) return Number(given);
  throw new TypeError(`${name} takes whole numbers from 1, not "${given}"`);
}

function readSize(given: string): number {
  if (/^\d{1,6}$/.test(given)) return Number(given);
  throw new TypeError(`--size takes bytes, 0 to 999999, not "${given}"`);
}

function readSeconds(given: string): number {
  const seconds = Number(given);
  if (seconds > 0 && seconds <= 60) return seconds;
  throw new TypeError(`--seconds takes a number over 0 and up to 60, not "${given}"`);
}

function readOperation(given: string): Operation {
  if (isOperation(given)) return given;
  throw new TypeError(`--ops takes ${Object.keys(operations).join(", ")}, not "${given}"`);
}

function readServer(given: string): ServerKind {
  const server = servers.find((known) => known === given);
  if (server !== undefined) return server;
  throw new TypeError(`--server takes ${servers.join(" and ")}, not "${given}"`);
}
