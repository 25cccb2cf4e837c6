/** What the chart shows: one scene, the operations a second of each program. */
import type { Program } from "./programs.ts";
import type { Plan, Result } from "./rounds.ts";
import { bytes, type Scene } from "./scenes.ts";
import type { Chart } from "./svg.ts";
import { rowsOf } from "./table.ts";
import { hasSize, operations } from "./task.ts";

/** The chart of the scene that tells most: getData at depth 256, or else the first. */
export function chartOf(results: readonly Result[], plan: Plan, machine: string): Chart {
  const result = results.find(({ scene }) => tellsMost(scene)) ?? results[0]!;
  const rows = rowsOf(result, plan.programs);
  const bars = plan.programs.flatMap((program) => {
    const { rate } = rows.find(({ name }) => name === program.name)!;
    return rate === null ? [] : [{ label: program.title, kind: program.kind, value: rate }];
  }).toSorted((a, b) => order[a.kind] - order[b.kind] || a.value - b.value);
  return {
    title: `Operations a second: ${what(result.scene)}`,
    bars,
    notes: [
      `${whom(result.scene)}. ${repeated(plan)}.`,
      `More is better. A bare loop moves the same bytes and is nobody's client. ${machine}`,
    ],
  };
}

const order: Record<Program["kind"], number> = { peer: 0, ours: 1, bare: 2 };

function tellsMost({ operation, depth, size, server }: Scene): boolean {
  return operation === "get" && depth === 256 && size === 100 && server === "null";
}

function what({ operation, depth, size }: Scene): string {
  const data = hasSize(operation) ? ` of ${bytes(size)}` : "";
  return `${operations[operation]}${data}, ${depth.toLocaleString("en")} outstanding`;
}

function repeated({ rounds }: Plan): string {
  return rounds === 1 ? "One round" : `Medians of ${rounds} interleaved rounds`;
}

function whom({ server }: Scene): string {
  return server === "null"
    ? "Against a server that answers at memory speed, so that only clients are measured"
    : "Against a real ZooKeeper on the same machine, which is the bottleneck";
}
