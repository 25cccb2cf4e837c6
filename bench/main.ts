/**
 * The client beside a bare Deno loop that moves the same bytes, and beside the C client, against a
 * server that does nothing but answer.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { endChildren, endOnSignals } from "./children.ts";
import { type Options, readOptions, usage } from "./options.ts";
import { buildPeers, type Peers } from "./peers.ts";
import { type Program, programs } from "./programs.ts";
import { runRounds, type Scene } from "./rounds.ts";
import { startNullServer } from "./server.ts";
import { rowsOf, tableOf } from "./table.ts";
import { benchTesting } from "./testing.ts";

if (import.meta.main) {
  const [first, ...rest] = Deno.args;
  if (first === "testing") await benchTesting(rest.includes("--quick"));
  else Deno.exit(await main(Deno.args));
}

async function main(args: string[]): Promise<number> {
  let options;
  try {
    options = readOptions(args);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  try {
    await bench(options);
    return 0;
  } catch (error) {
    console.error((error as Error).message);
    return 1;
  }
}

async function bench(options: Options): Promise<void> {
  await using stack = new AsyncDisposableStack();
  endOnSignals(stack);
  const temporary = await Deno.makeTempDir({ prefix: "zkst_bench_" });
  stack.defer(() => Deno.remove(temporary, { recursive: true }));
  stack.defer(endChildren);

  const peers = await buildPeers(temporary);
  const server = await startNullServer(peers.nullServer);
  for (const reason of notices(peers)) console.error(reason);
  const all = programs(peers.zookeeperSt);
  const scenes = await runRounds(all, server, options, (line) => console.error(line));
  console.log(options.json ? json(scenes, all, peers) : text(scenes, all, options));
}

function notices({ leftOut, nullServer }: Peers): string[] {
  const instead = nullServer === null ? ["The null server is the one in TypeScript"] : [];
  return [...leftOut.map((reason) => `Left out: ${reason}`), ...instead];
}

function text(scenes: readonly Scene[], all: readonly Program[], { rounds }: Options): string {
  const tables = scenes.map((scene) => tableOf(scene, all));
  const repeated = rounds === 1 ? "1 round" : `${rounds} rounds`;
  return `
${tables.join("\n")}
Medians of ${repeated}. "of bare": operations a second by those of the bare loop of its kind; "by
cpu": the same by CPU time, which other programs on the machine sway less.
Deno ${Deno.version.deno}, ${navigator.hardwareConcurrency} cores.`;
}

function json(scenes: readonly Scene[], all: readonly Program[], { leftOut }: Peers): string {
  const results = scenes.map((scene) => ({
    operation: scene.operation,
    depth: scene.depth,
    medians: rowsOf(scene, all),
    rounds: Object.fromEntries(scene.figures),
  }));
  const machine = { deno: Deno.version.deno, cores: navigator.hardwareConcurrency };
  return JSON.stringify({ machine, leftOut, results }, null, 2);
}
