/** The simulation of the client as it is: it replays, it passes, and it leaves nothing behind. */
import { cpuUsage } from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { assert, assertEquals } from "@std/assert";
import { simulate } from "./simulate.ts";
import { fingerprint, tell } from "./trace.ts";

/** How many seeds are run before a change lands. */
const seeds = 2000;
/** What they may cost at most, s of the processor's time. */
const timeMax = 60;
/** What they may leave on the heap, bytes. */
const growthMax = 2_000_000;

Deno.test("a seed replays exactly", async () => {
  for (let seed = 1; seed <= 30; seed++) {
    const [first, second] = [await simulate(seed), await simulate(seed)];
    assertEquals(fingerprint(first), fingerprint(second), `seed ${seed}`);
  }
  assert(fingerprint(await simulate(1)) !== fingerprint(await simulate(2)));
});

Deno.test("a run without its faults is another one", async () => {
  const whole = await simulate(1);
  const reduced = await simulate(1, { faults: new Set(), calls: 3 });
  assert(whole.lines.some((line) => line.includes("***")), "seed 1 has faults");
  assert(!reduced.lines.some((line) => line.includes("***")));
  assertEquals(reduced.calls, 3);
});

Deno.test(`${seeds} seeds keep all promises, within ${timeMax} s of one core`, async () => {
  const before = cpuUsage();
  let heapBefore = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const ended = await simulate(seed);
    if (ended.violation !== null) {
      throw new Error(
        `To replay it: deno task simulate --seeds 1 --from ${seed} --trace\n${tell(ended)}`,
      );
    }
    // By then all is compiled.
    if (seed === seeds / 4) heapBefore = await heapUsed();
  }
  const { user, system } = cpuUsage(before);
  const seconds = (user + system) / 1e6;
  const growth = await heapUsed() - heapBefore;
  console.log(`${seeds} seeds: ${seconds.toFixed(1)} s, the heap grew by ${growth} bytes`);
  assert(seconds < timeMax, `${seconds} s`);
  assert(growth < growthMax, `The heap grew by ${growth} bytes`);
});

/** Bytes on the heap when all that can be collected has been. */
async function heapUsed(): Promise<number> {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve));
    gc();
  }
  return Deno.memoryUsage().heapUsed;
}
