/**
 * The rounds. Programs take turns, so that whatever else the machine does in the meantime meets all
 * of them alike, and each one's ratio to another is taken within a round.
 */
import type { Figures } from "./meter.ts";
import type { Options } from "./options.ts";
import { measure, type Program } from "./programs.ts";
import type { Operation, Task } from "./task.ts";

/** All rounds of one operation at one depth. */
export interface Scene {
  readonly operation: Operation;
  readonly depth: number;
  /** Each program's figures by its name, round by round. */
  readonly figures: Map<string, Figures[]>;
}

/** Runs all programs in all scenes, round by round; tells `progress` of each scene that is done. */
export async function runRounds(
  programs: readonly Program[],
  server: string,
  options: Options,
  progress: (line: string) => void,
): Promise<Scene[]> {
  const scenes = options.operations.flatMap((operation) =>
    options.depths.map((depth): Scene => ({
      operation,
      depth,
      figures: new Map(programs.map(({ name }) => [name, []])),
    }))
  );
  for (let round = 1; round <= options.rounds; round++) {
    for (const { operation, depth, figures } of scenes) {
      const task = { server, operation, depth, count: countOf(depth, options.quick) };
      const rates = await runAll(programs, task, figures);
      progress(`round ${round} of ${options.rounds}, ${operation} depth ${depth}: ${rates}`);
    }
  }
  return scenes;
}

async function runAll(
  programs: readonly Program[],
  task: Task,
  figures: Scene["figures"],
): Promise<string> {
  const rates: string[] = [];
  for (const program of programs) {
    const measured = await measure(program, task);
    figures.get(program.name)!.push(measured);
    rates.push(`${program.name} ${Math.round(measured.rate / 1000)}k`);
  }
  return rates.join(", ");
}

/** Enough for a second or so: at depth 1 each operation is a round trip. */
function countOf(depth: number, quick: boolean): number {
  const count = Math.min(30_000 * depth, 2_000_000);
  return quick ? count / 10 : count;
}
