/**
 * What stays on the heap: after one million operations and after ten, at depth 256, with everything
 * answered and garbage collected. The two must be the same, or something grows with each operation.
 *
 * Usage: deno run -A bench/heap.ts [MORE]      where MORE stands for the ten million
 */
// deno-lint-ignore-file no-console
import { endChildren, endOnSignals, run } from "./children.ts";
import { buildPeers } from "./peers.ts";
import { denoCommand } from "./programs.ts";
import { startNullServer } from "./server.ts";

/** Operations until the first look. */
const few = 1_000_000;
/** What the heap may grow by in the rest of them, MB. */
const growthMax = 2;
/** The longest that a program may take, ms. */
const timeout = 600_000;

if (import.meta.main) Deno.exit(await main(Number(Deno.args[0] ?? 10 * few)));

async function main(many: number): Promise<number> {
  await using stack = new AsyncDisposableStack();
  endOnSignals(stack);
  const temporary = await Deno.makeTempDir({ prefix: "zkst_bench_" });
  stack.defer(() => Deno.remove(temporary, { recursive: true }));
  stack.defer(endChildren);
  const { nullServer } = await buildPeers(temporary);
  const server = await startNullServer(nullServer);

  let grown = false;
  for (const api of ["promises", "callbacks"]) {
    const command = denoCommand("heap_of.ts", "--v8-flags=--expose-gc");
    const args = [...command.slice(1), server, api, String(few), String(many)];
    const [first, last] = JSON.parse(await run(command[0]!, args, timeout));
    const growth = last - first;
    grown ||= growth > growthMax;
    console.log(
      `${api}: ${first.toFixed(2)} MB after ${few.toLocaleString("en")} operations, ` +
        `${last.toFixed(2)} MB after ${many.toLocaleString("en")}: ` +
        `${growth >= 0 ? "+" : ""}${growth.toFixed(2)} MB`,
    );
  }
  if (grown) console.error(`The heap has grown by more than ${growthMax} MB`);
  return grown ? 1 : 0;
}
