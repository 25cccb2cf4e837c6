/**
 * Calls a second and how long they take, client and server in processes of their own: ours with a
 * deadline and metadata for each call, beside grpc-js with the same, and beside bare Deno loops over
 * the same protobufjs that have neither.
 *
 *     deno task bench rpc [--quick] [--rounds R] [--seconds S] [--only NAMES] [--json FILE]
 *
 * Or, how much memory both sides have while they make so many calls:
 *
 *     deno task bench rpc --calls 5000000
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { parseArgs } from "node:util";
import { run, startAndHear } from "./children.ts";
import { machine } from "./machine.ts";
import { type Figures, readFigures } from "./meter.ts";
import { installNode } from "./peers.ts";
import { denoCommand, directory } from "./programs.ts";
import { median, medianRatio } from "./statistics.ts";
import { align } from "./table.ts";

/** A client and its server. */
interface Pair {
  readonly name: string;
  readonly title: string;
  /** What it is measured by. */
  readonly bare: string;
  readonly server: readonly string[];
  readonly client: readonly string[];
  /** Whether it makes a connection for each call. */
  readonly connects: boolean;
}

interface Options {
  readonly quick: boolean;
  readonly rounds: number;
  readonly seconds: number;
  readonly only: readonly string[] | null;
  readonly json: string | null;
  readonly calls: number | null;
}

/** In the order in which they run. */
const pairs: readonly Pair[] = [
  {
    name: "grpc",
    title: "grpc-js on Node",
    bare: "bare",
    server: ["node", `${directory}/peers/grpc/server.cjs`],
    client: ["node", `${directory}/peers/grpc/client.cjs`],
    connects: false,
  },
  ours("bare", "bare loop", "bare_server", "bare_client"),
  ours("wire", "the native wire alone", "wire_server", "wire_client"),
  ours("rpc", "zkst, native wire", "rpc_server", "rpc_client"),
  ours("bare_tiny", "bare loop, tiny_rpc's wire", "bare_tiny_server", "bare_tiny_client"),
  ours("tiny", "zkst, tiny_rpc's wire", "rpc_server", "tiny_client"),
];

function ours(name: string, title: string, server: string, client: string): Pair {
  const connects = name.endsWith("tiny");
  return {
    name,
    title,
    bare: connects ? "bare_tiny" : "bare",
    server: denoCommand(`rpc/${server}.ts`),
    client: denoCommand(`rpc/${client}.ts`),
    connects,
  };
}

/** What the arguments ask for; throws a TypeError that says what is wrong. */
export function rpcBench(args: string[]): () => Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: "boolean" },
      rounds: { type: "string" },
      seconds: { type: "string" },
      only: { type: "string" },
      json: { type: "string" },
      calls: { type: "string" },
    },
  });
  const { quick = false, rounds = quick ? "1" : "5", seconds = quick ? "0.5" : "2" } = values;
  const options: Options = {
    quick,
    rounds: positive("--rounds", rounds),
    seconds: positive("--seconds", seconds),
    only: values.only?.split(",") ?? null,
    json: values.json ?? null,
    calls: values.calls === undefined ? null : positive("--calls", values.calls),
  };
  const known = pairs.map(({ name }) => name);
  const strange = options.only?.find((name) => !known.includes(name));
  if (strange !== undefined) {
    throw new TypeError(`--only takes ${known.join(", ")}, not "${strange}"`);
  }
  return () => options.calls === null ? compare(options) : remember(options.calls);
}

function positive(name: string, text: string): number {
  const number = Number(text);
  if (number > 0) return number;
  throw new TypeError(`${name} takes a number above 0, not "${text}"`);
}

/** A scene: so many calls are outstanding. */
interface Scene {
  readonly depth: number;
  readonly connects: boolean;
}

const scenes: readonly Scene[] = [
  { depth: 1, connects: false },
  { depth: 100, connects: false },
  { depth: 1, connects: true },
  { depth: 16, connects: true },
];

async function compare({ rounds, seconds, only, json }: Options): Promise<void> {
  const present: { pair: Pair; port: string; env: Record<string, string> }[] = [];
  for (const pair of pairs) {
    if (only !== null && !only.includes(pair.name)) continue;
    try {
      const env = await environmentOf(pair);
      const [program, ...args] = pair.server as [string];
      present.push({ pair, env, port: await startAndHear(program, args, env) });
    } catch (error) {
      console.error(`Left out: ${pair.name}: ${(error as Error).message}`);
    }
  }
  console.error(machine());
  const figures = new Map<Scene, Map<string, Figures[]>>(
    scenes.map((scene) => [scene, new Map(present.map(({ pair }) => [pair.name, []]))]),
  );
  for (let round = 1; round <= rounds; round++) {
    for (const scene of scenes) {
      for (const { pair, port, env } of present) {
        if (pair.connects !== scene.connects) continue;
        console.error(`round ${round} of ${rounds}, depth ${scene.depth}: ${pair.name} …`);
        const args = [port, String(scene.depth), String(seconds)];
        figures.get(scene)!.get(pair.name)!.push(await measure(pair.client, args, env, seconds));
      }
    }
  }
  const results = [...figures].map(([scene, all]) => ({ scene, rows: rowsOf(all) }))
    .filter(({ rows }) => rows.length > 0);
  const text = JSON.stringify({ machine: machine(), rounds, seconds, results }, null, 2);
  if (json === "-") return console.log(text);
  if (json !== null) await Deno.writeTextFile(json, `${text}\n`);
  for (const { scene, rows } of results) console.log(`\n${titleOf(scene)}\n${tableOf(rows)}`);
}

async function environmentOf({ name }: Pair): Promise<Record<string, string>> {
  if (name !== "grpc") return {};
  return await installNode("grpc", ["@grpc/grpc-js@1.14.7", "@grpc/proto-loader@0.8.1"]);
}

async function measure(
  [program, ...command]: readonly string[],
  args: string[],
  env: Record<string, string>,
  seconds: number,
): Promise<Figures> {
  const line = await run(program!, [...command, ...args], 30_000 + 10_000 * seconds, env);
  const figures = readFigures(line);
  if (figures === null) throw new Error(`${command.at(-1)} printed no figures but "${line}"`);
  return figures;
}

/** Medians, and ratios taken round by round. */
interface Row {
  readonly name: string;
  readonly rate: number | null;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly cpu: number | null;
  readonly rss: number | null;
  readonly ofBare: number | null;
  readonly ofGrpc: number | null;
}

function rowsOf(all: ReadonlyMap<string, readonly Figures[]>): Row[] {
  return pairs.filter(({ name }) => (all.get(name)?.length ?? 0) > 0).map(({ name, bare }) => {
    const column = (of: string, value: (figures: Figures) => number | null) =>
      (all.get(of) ?? []).map(value);
    const middle = (value: (figures: Figures) => number | null) =>
      median(column(name, value).filter((value) => value !== null));
    const rate = ({ rate }: Figures) => rate;
    return {
      name,
      rate: middle(rate),
      p50: middle(({ p50 }) => p50),
      p99: middle(({ p99 }) => p99),
      cpu: middle(({ cpu }) => cpu),
      rss: middle(({ rss }) => rss),
      ofBare: medianRatio(column(name, rate), column(bare, rate)),
      ofGrpc: medianRatio(column(name, rate), column("grpc", rate)),
    };
  });
}

function titleOf({ depth, connects }: Scene): string {
  return `depth ${depth}, ${connects ? "a connection for each call" : "one connection"}`;
}

function tableOf(rows: readonly Row[]): string {
  const number = (value: number | null, digits = 0) =>
    value?.toLocaleString("en", { maximumFractionDigits: digits }) ?? "";
  return align([
    ["", "calls/s", "p50 us", "p99 us", "us cpu", "MB", "of bare", "x grpc"],
    ...rows.map(({ name, rate, p50, p99, cpu, rss, ofBare, ofGrpc }) => [
      pairs.find((pair) => pair.name === name)!.title,
      number(rate),
      number(p50),
      number(p99),
      number(cpu, 2),
      number(rss),
      ofBare === null ? "" : `${Math.round(100 * ofBare)} %`,
      number(ofGrpc, 2),
    ]),
  ]);
}

/** Both sides' memory while so many calls are made. */
async function remember(calls: number): Promise<void> {
  const { server } = pairs.find(({ name }) => name === "rpc")!;
  const [program, ...args] = server as [string];
  const port = await startAndHear(program, [...args, "--memory"]);
  const client = denoCommand("rpc/memory_client.ts");
  console.error(machine());
  const text = await run(client[0]!, [...client.slice(1), port, String(calls)], 3_600_000);
  const lines = text.trim().split("\n").map((line) => JSON.parse(line) as number[]);
  console.log(align([
    ["calls", "client MB", "server MB"],
    ...lines.map((line) => line.map((value) => Math.round(value).toLocaleString("en"))),
  ]));
}
