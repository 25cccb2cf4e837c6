/**
 * Much of everything: each experiment is a program of this directory, run once for each step in a
 * process of its own, which prints one row as JSON. The columns are named by the rows.
 */
// deno-lint-ignore-file no-console
import { parseArgs } from "node:util";
import { run } from "../children.ts";
import { machine } from "../machine.ts";
import { denoCommand } from "../programs.ts";
import { startNullServer } from "../server.ts";
import { align } from "../table.ts";
import { type Experiment, experiments } from "./experiments.ts";

/** What it can be told. */
export interface ScalingOptions {
  readonly quick: boolean;
  readonly experiments: readonly Experiment[];
  /** Where the rows go as JSON: a file, "-" for the standard output, or null. */
  readonly json: string | null;
}

/** Reads the options; throws a TypeError that says what is wrong. */
export function readScalingOptions(args: string[]): ScalingOptions {
  const { values } = parseArgs({
    args,
    options: { quick: { type: "boolean" }, only: { type: "string" }, json: { type: "string" } },
  });
  const names = values.only?.split(",") ?? experiments.map(({ name }) => name);
  return {
    quick: values.quick ?? false,
    experiments: names.map((name) => {
      const experiment = experiments.find((known) => known.name === name);
      if (experiment !== undefined) return experiment;
      const known = experiments.map(({ name }) => name).join(", ");
      throw new TypeError(`--only takes ${known}, not "${name}"`);
    }),
    json: values.json ?? null,
  };
}

type Row = Record<string, string | number | null>;

/** Runs the experiments and prints a table for each. */
export async function scale(temporary: string, options: ScalingOptions): Promise<void> {
  await using server = await startNullServer(temporary);
  const { address } = server;
  console.error(machine());
  const all: Record<string, Row[]> = {};
  for (const experiment of options.experiments) {
    const rows = all[experiment.name] = await rowsOf(experiment, address, options.quick);
    if (options.json !== "-") console.log(`\n${experiment.title}\n${tableOfRows(rows)}`);
    if (options.json !== "-") console.log(experiment.note);
  }
  const text = JSON.stringify({ machine: machine(), experiments: all }, null, 2);
  if (options.json === "-") console.log(text);
  else if (options.json !== null) await Deno.writeTextFile(options.json, `${text}\n`);
}

async function rowsOf(experiment: Experiment, server: string, quick: boolean): Promise<Row[]> {
  const { name, program, flags } = experiment;
  const steps = quick ? experiment.quickSteps : experiment.steps;
  const rows: Row[] = [];
  for (const [i, step] of steps.entries()) {
    console.error(`${name}, ${i + 1} of ${steps.length}: ${step.join(" ")} …`);
    const [deno, ...args] = denoCommand(`scaling/${program}`, ...flags) as [string];
    rows.push(JSON.parse(await run(deno, [...args, server, ...step], timeout)));
  }
  return rows;
}

/** The longest that one step may take, ms. */
const timeout = 600_000;

/** Rows as text. */
export function tableOfRows(rows: readonly Row[]): string {
  const head = Object.keys(rows[0] ?? {});
  return align([head, ...rows.map((row) => head.map((key) => cell(row[key] ?? null)))]);
}

function cell(value: string | number | null): string {
  if (typeof value !== "number") return value ?? "";
  const maximumFractionDigits = Math.abs(value) < 100 ? 2 : 0;
  return value.toLocaleString("en", { maximumFractionDigits });
}
