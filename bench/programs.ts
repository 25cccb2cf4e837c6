/** The programs that are measured, and how each one is run, in a process of its own. */
import { run } from "./children.ts";
import { type Figures, readFigures } from "./meter.ts";
import { type Task, taskArguments } from "./task.ts";

/** A program that takes a task and prints a line of figures. */
export interface Program {
  /** Its name in options and in JSON. */
  readonly name: string;
  /** What it is called in the chart. */
  readonly title: string;
  readonly command: readonly string[];
  /** Variables that it needs in its environment. */
  readonly env?: Record<string, string>;
  /** Whose it is: a peer's, ours, or a bare loop, which is nobody's client. */
  readonly kind: "peer" | "ours" | "bare";
  /** The bare loop that it is measured by, or null. */
  readonly bare: string | null;
  /** What it takes to start and to warm up beside what all take, about, in seconds. */
  readonly extra: number;
}

/** Where these files are. */
export const directory: string = decodeURI(new URL(".", import.meta.url).pathname)
  .replace(/\/$/, "");

/** This client in both its forms, and the bare loops, in the order in which they run. */
export const ownPrograms: readonly Program[] = [
  own("bare_promises", "bare Deno loop, promises", null),
  own("promises", "zkst, promises", "bare_promises"),
  own("bare_callbacks", "bare Deno loop, callbacks", null),
  own("callbacks", "zkst, callbacks", "bare_callbacks"),
];

function own(name: string, title: string, bare: string | null): Program {
  const kind = bare === null ? "bare" : "ours";
  return { name, title, command: denoCommand(`${name}.ts`), kind, bare, extra: 0.2 };
}

/** How a program of this directory is run. */
export function denoCommand(file: string, ...flags: string[]): string[] {
  return [Deno.execPath(), "run", "-A", "--quiet", "--no-check", ...flags, `${directory}/${file}`];
}

/** Runs a program once. */
export async function measure({ name, command, env }: Program, task: Task): Promise<Figures> {
  const [program, ...args] = command as [string];
  // One at its slowest may yet have to empty its queue when its time is over.
  const timeout = 30_000 + 10_000 * task.seconds;
  const line = await run(program, [...args, ...taskArguments(task)], timeout, env);
  const figures = readFigures(line);
  if (figures === null) throw new Error(`${name} printed no figures but "${line.trim()}"`);
  return figures;
}
