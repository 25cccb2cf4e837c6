/** What comes of it all: tables, JSON, a chart. */
// deno-lint-ignore-file no-console
import { chartOf } from "./chart.ts";
import { machine } from "./machine.ts";
import type { Options } from "./options.ts";
import type { Plan, Result } from "./rounds.ts";
import { drawChart } from "./svg.ts";
import { legend, rowsOf, tableOf } from "./table.ts";

/** Prints the tables, or the JSON in their place; writes the files that are asked for. */
export async function report(
  results: readonly Result[],
  plan: Plan,
  leftOut: readonly string[],
  { json, svg }: Options,
): Promise<void> {
  const text = json === null ? "" : jsonOf(results, plan, leftOut);
  if (json === "-") console.log(text);
  else {
    if (json !== null) await Deno.writeTextFile(json, `${text}\n`);
    console.log(textOf(results, plan));
  }
  if (svg !== null) await Deno.writeTextFile(svg, drawChart(chartOf(results, plan, machine())));
}

function textOf(results: readonly Result[], { programs, rounds, seconds }: Plan): string {
  const tables = results.map((result) => tableOf(result, programs));
  const repeated = rounds === 1 ? "One round" : `Medians of ${rounds} rounds`;
  return `\n${tables.join("\n")}\n${repeated} of ${seconds} s.
${legend}\n${machine()}`;
}

function jsonOf(results: readonly Result[], plan: Plan, leftOut: readonly string[]): string {
  const { programs, rounds, seconds } = plan;
  const scenes = results.map((result) => ({
    ...result.scene,
    medians: rowsOf(result, programs),
    rounds: Object.fromEntries(result.figures),
  }));
  return JSON.stringify({ machine: machine(), rounds, seconds, leftOut, scenes }, null, 2);
}
