/**
 * What logging costs its caller, and whether what was logged arrives: a call at an absent level; half
 * a million records a second into a file; ten million through a queue that blocks; and a flood that
 * the queue may drop from.
 *
 *     deno run --allow-read --allow-write bench/logger.ts [count of the blocked records]
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { asyncSink, createLogger, fileSink, memorySink, type Overflow } from "../src/logger/mod.ts";

async function main(count: number): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "zkst_bench_" });
  try {
    absentLevel();
    for (const overflow of ["drop-newest", "drop-oldest"] as const) {
      await paced(`${directory}/paced.log`, overflow);
    }
    await blocked(`${directory}/blocked.log`, count);
    for (const overflow of ["drop-newest", "drop-oldest"] as const) {
      await flooded(`${directory}/flooded.log`, overflow);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** The least of several rounds, without the loop itself: the others had company. */
function absentLevel(): void {
  const log = createLogger({ level: "warn", sink: memorySink() }).child({ category: "zk" });
  const calls = 50_000_000;
  const timed = (act: () => void) => {
    const rounds = Array.from({ length: 5 }, () => {
      const start = performance.now();
      act();
      return performance.now() - start;
    });
    return Math.min(...rounds) / calls * 1e6;
  };
  const bare = timed(() => {
    for (let i = 0; i < calls; i++);
  });
  const absent = timed(() => {
    for (let i = 0; i < calls; i++) log.debug?.("Connecting", { i });
  });
  console.log(`absent level: ${(absent - bare).toFixed(2)} ns a call`);
}

const rate = 500_000;
const seconds = 5;

/** A caller that logs at a rate, a few records per turn, and measures each call. */
async function paced(path: string, overflow: Overflow): Promise<void> {
  const took = new Float64Array(rate * seconds);
  const { sink, log } = logger(path, overflow);
  const start = performance.now();
  for (let i = 0; i < took.length; await turn()) {
    const due = Math.min((performance.now() - start) / 1000 * rate, took.length);
    for (; i < due; i++) {
      const before = performance.now();
      log.info?.("Connected to 127.0.0.1:2181", { i, state: "CONNECTED" });
      took[i] = performance.now() - before;
    }
  }
  const achieved = took.length / (performance.now() - start) * 1000;
  await sink[Symbol.asyncDispose]();
  const { lines, reported, wrong } = await read(path);
  took.sort();
  const at = (share: number) => `${(took[Math.floor(share * took.length)]! * 1000).toFixed(1)} us`;
  console.log(
    `${overflow}, paced: ${achieved.toFixed(0)} records/s, p50 ${at(0.5)}, p99 ${at(0.99)}, ` +
      `p99.9 ${at(0.999)}; ${sink.dropped} dropped, ${wrong} out of order, ` +
      `${took.length - lines - reported} unaccounted for`,
  );
}

/** A caller that never pauses, and a queue that drops nothing. */
async function blocked(path: string, count: number): Promise<void> {
  const { sink, log } = logger(path, "block");
  const start = performance.now();
  for (let i = 0; i < count; i++) log.info?.("Connected to 127.0.0.1:2181", { i });
  await sink[Symbol.asyncDispose]();
  const took = performance.now() - start;
  const { lines, wrong } = await read(path);
  console.log(
    `block: ${count} records at ${(count / took * 1000).toFixed(0)} records/s, ` +
      `${count - lines} lost, ${wrong} out of order`,
  );
}

/** A caller that logs more per turn than the queue holds. */
async function flooded(path: string, overflow: Overflow): Promise<void> {
  const { sink, log } = logger(path, overflow);
  const count = 1_000_000;
  for (let i = 0; i < count; i++) {
    log.info?.("Connected to 127.0.0.1:2181", { i });
    if (i % 20_000 === 0) await turn();
  }
  await sink[Symbol.asyncDispose]();
  const { lines, reported, wrong } = await read(path);
  console.log(
    `${overflow}, flooded: ${count} records, ${sink.dropped} dropped, ${reported} reported, ` +
      `${count - lines} missing, ${wrong} out of order`,
  );
}

function logger(path: string, overflow: Overflow) {
  const sink = asyncSink(fileSink(path), { overflow });
  return { sink, log: createLogger({ sink }).child({ category: "zk" }) };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** How many records are in the file, how many it says are missing, how many follow a later one. */
async function read(path: string): Promise<{ lines: number; reported: number; wrong: number }> {
  const found = { lines: 0, reported: 0, wrong: 0 };
  let [last, rest] = [-1, ""];
  const file = await Deno.open(path);
  for await (const text of file.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const dropped = / dropped=(\d+)$/.exec(line);
      if (dropped !== null) {
        found.reported += Number(dropped[1]);
        continue;
      }
      const i = Number(/ i=(\d+)/.exec(line)![1]);
      if (i <= last) found.wrong++;
      found.lines++;
      last = i;
    }
  }
  await Deno.remove(path);
  return found;
}

if (import.meta.main) await main(Number(Deno.args[0] ?? 10_000_000));
