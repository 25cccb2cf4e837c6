/** The programs that are measured, and how each one is run, in a process of its own. */
import { run } from "./children.ts";
import { type Figures, readFigures } from "./meter.ts";
import { type Task, taskArguments } from "./task.ts";

/** A program that takes a task and prints a line of figures. */
export interface Program {
  readonly name: string;
  readonly command: readonly string[];
  /** The bare loop that it is measured by, or null. */
  readonly bare: string | null;
  /** The operations it does at most in one run: a slow one need not do as many. */
  readonly countMax: number;
}

/** Where these files are. */
export const directory: string = decodeURI(new URL(".", import.meta.url).pathname)
  .replace(/\/$/, "");

/** All programs, in the order in which they run; `zookeeperSt` is the C client, if it is there. */
export function programs(zookeeperSt: string | null): Program[] {
  const ours = [
    ["bare_promises", null],
    ["promises", "bare_promises"],
    ["bare_callbacks", null],
    ["callbacks", "bare_callbacks"],
  ] as const;
  const all: Program[] = ours.map(([name, bare]) => ({
    name,
    command: denoCommand(`${name}.ts`),
    bare,
    countMax: Infinity,
  }));
  if (zookeeperSt === null) return all;
  return [
    { name: "zookeeper_st", command: [zookeeperSt], bare: null, countMax: 60_000 },
    ...all,
  ];
}

/** How a program of this directory is run. */
export function denoCommand(file: string, ...flags: string[]): string[] {
  return [Deno.execPath(), "run", "-A", "--quiet", "--no-check", ...flags, `${directory}/${file}`];
}

/** Runs a program once. */
export async function measure({ name, command, countMax }: Program, task: Task): Promise<Figures> {
  const ours = { ...task, count: Math.min(task.count, countMax) };
  const line = await run(command[0]!, [...command.slice(1), ...taskArguments(ours)]);
  const figures = readFigures(line.trim(), task.operation);
  if (figures === null) throw new Error(`${name} printed no figures but "${line.trim()}"`);
  return figures;
}
