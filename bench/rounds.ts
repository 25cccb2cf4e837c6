/**
 * The rounds. Programs take turns, so that whatever else the machine does in the meantime meets all
 * of them alike, and each one's ratio to another is taken within a round.
 */
import type { Figures } from "./meter.ts";
import type { Program } from "./programs.ts";
import type { Scene, ServerKind } from "./scenes.ts";

/** All rounds of one scene. */
export interface Result {
  readonly scene: Scene;
  /** Each program's figures by its name, round by round; null where it failed. */
  readonly figures: ReadonlyMap<string, (Figures | null)[]>;
}

/** What is run, and how. */
export interface Plan {
  readonly scenes: readonly Scene[];
  readonly programs: readonly Program[];
  readonly rounds: number;
  readonly seconds: number;
  /** HOST:PORT of each server there is. */
  readonly servers: Partial<Record<ServerKind, string>>;
}

/** One program's turn. */
export interface Turn {
  readonly round: number;
  readonly scene: Scene;
  readonly program: Program;
}

/** Who is told how it goes. */
export interface Listener {
  begins(turn: Turn): void;
  ended(turn: Turn, figures: Figures | null): void;
  /** A peer failed, and takes no further part in this scene. */
  failed(turn: Turn, reason: string): void;
}

/** All turns in order. */
export function* turnsOf({ scenes, programs, rounds }: Plan): Generator<Turn> {
  for (let round = 1; round <= rounds; round++) {
    for (const scene of scenes) {
      for (const program of programs) yield { round, scene, program };
    }
  }
}

/**
 * Runs all programs in all scenes, round by round.
 *
 * @throws when one of our own fails; a peer that fails is told of and left out of the scene.
 */
export async function runRounds(
  plan: Plan,
  listener: Listener,
  measure: (program: Program, scene: Scene) => Promise<Figures>,
): Promise<Result[]> {
  const empty = () => new Map(plan.programs.map(({ name }) => [name, [] as (Figures | null)[]]));
  const results = new Map(plan.scenes.map((scene) => [scene, empty()]));
  for (const turn of turnsOf(plan)) {
    const { scene, program } = turn;
    const figures = results.get(scene)!.get(program.name)!;
    // What failed once, by its time limit say, would only take as long again.
    if (figures.includes(null)) {
      figures.push(null);
      listener.ended(turn, null);
      continue;
    }
    listener.begins(turn);
    const measured = await measure(program, scene).catch((error: Error) => {
      if (program.kind !== "peer") throw error;
      listener.failed(turn, error.message);
      return null;
    });
    figures.push(measured);
    listener.ended(turn, measured);
  }
  return [...results].map(([scene, figures]) => ({ scene, figures }));
}
