/** What `deno task bench` can be told. */
import { parseArgs } from "node:util";
import { type Operation, operations } from "./task.ts";

/** The options, all decided. */
export interface Options {
  readonly rounds: number;
  readonly depths: readonly number[];
  readonly operations: readonly Operation[];
  /** Whether the results are printed as JSON, with every round's figures. */
  readonly json: boolean;
  /** A tenth of the operations: shows that all works, and little else. */
  readonly quick: boolean;
}

/** How they are given. */
export const usage = `Usage: deno task bench [options]
       deno task bench testing [--quick]      the server in memory

  --rounds R          how often each program runs; the medians count (5, with --quick 1)
  --depth 1,16,256    how many operations are outstanding
  --operation get,set which operations
  --json              the results as JSON, each round of them
  --quick             a tenth of the operations, to see that all works

ZKST_BENCH_PEERS names the directory of null_server.c and zookeeper_st.c (../shared/bench).`;

/** Reads them; throws a TypeError that says what is wrong. */
export function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: "string" },
      depth: { type: "string", default: "1,16,256" },
      operation: { type: "string", default: operations.join() },
      json: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
    },
  });
  return {
    rounds: readCount("--rounds", values.rounds ?? (values.quick ? "1" : "5")),
    depths: values.depth.split(",").map((depth) => readCount("--depth", depth)),
    operations: values.operation.split(",").map(readOperation),
    json: values.json,
    quick: values.quick,
  };
}

function readCount(name: string, given: string): number {
  if (/^[1-9]\d{0,5}$/.test(given)) return Number(given);
  throw new TypeError(`${name} takes whole numbers from 1, not "${given}"`);
}

function readOperation(given: string): Operation {
  const operation = operations.find((known) => known === given);
  if (operation !== undefined) return operation;
  throw new TypeError(`--operation takes ${operations.join(" and ")}, not "${given}"`);
}
