/**
 * Runs seeds: `deno task simulate --seeds 2000 --from 1 [--trace]`. Stops at the first that fails,
 * leaves out what it fails without, and says how to replay it. With `--planted` it looks for the bugs
 * that it must find instead.
 */
// deno-lint-ignore-file no-console
import { look, planted } from "./planted.ts";
import { shrink } from "./shrink.ts";
import { simulate } from "./simulate.ts";
import { tell } from "./trace.ts";

const usage = `Usage: deno task simulate [--seeds N] [--from S] [--trace] [--planted]

  --seeds N   how many seeds to run; 2000
  --from S    the first of them; 1
  --trace     prints all that happens in each run
  --planted   plants one bug after the other and tells the first seed that finds it`;

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: string[]): Promise<number> {
  const options = { seeds: 2000, from: 1, trace: false, planted: false };
  for (let i = 0; i < args.length; i++) {
    if (args[i] === "--trace") options.trace = true;
    else if (args[i] === "--planted") options.planted = true;
    else if (args[i] === "--seeds") options.seeds = Number(args[++i]);
    else if (args[i] === "--from") options.from = Number(args[++i]);
    else options.seeds = NaN;
  }
  const { seeds, from, trace } = options;
  if (!Number.isInteger(seeds) || !Number.isInteger(from)) {
    console.error(usage);
    return 2;
  }
  return options.planted ? await findPlanted(from, seeds) : await runSeeds(from, seeds, trace);
}

async function findPlanted(from: number, seeds: number): Promise<number> {
  let missed = 0;
  for (const bug of planted) {
    const { seed, said } = await look(bug, from, seeds);
    if (seed === null) missed++;
    const found = seed === null ? `not within ${seeds} seeds` : /^Seed .*/m.exec(said)![0];
    console.log(`${bug.name}: ${found}`);
  }
  return missed > 0 ? 1 : 0;
}

async function runSeeds(from: number, seeds: number, trace: boolean): Promise<number> {
  const began = performance.now();
  let shown = began;
  for (let seed = from; seed < from + seeds; seed++) {
    const ended = await simulate(seed);
    if (trace) console.log(tell(ended));
    if (ended.violation !== null) {
      console.error(`Seed ${seed} fails: ${ended.violation.message}`);
      if (!trace) console.error(tell(await shrink(ended)));
      console.error(`To replay it: deno task simulate --seeds 1 --from ${seed} --trace`);
      return 1;
    }
    const now = performance.now();
    if (now - shown < 5000) continue;
    shown = now;
    const done = seed + 1 - from;
    console.error(`${done} of ${seeds} seeds, ${((now - began) / done).toFixed(1)} ms each`);
  }
  console.log(`${seeds} seeds from ${from} on have passed`);
  return 0;
}
