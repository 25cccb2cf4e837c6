/** Side by side: builds what can be built, starts the servers, runs the rounds and reports. */
// deno-lint-ignore-file no-console
import type { Server } from "../tools/servers.ts";
import { machine } from "./machine.ts";
import type { Options } from "./options.ts";
import { buildPeers } from "./peers.ts";
import { measure, ownPrograms } from "./programs.ts";
import { durationOf, Progress, spoken } from "./progress.ts";
import { startRealServer } from "./real_server.ts";
import { report } from "./report.ts";
import { type Plan, runRounds, turnsOf } from "./rounds.ts";
import { startNullServer } from "./server.ts";

/** Does as the options say. */
export async function compare(
  options: Options,
  temporary: string,
  stack: AsyncDisposableStack,
): Promise<void> {
  const leftOut: string[] = [];
  const real = await startReal(options, stack, leftOut);
  const plan = await prepare(options, real, temporary, stack, leftOut);
  if (options.leftOut !== null) leftOut.push(options.leftOut);
  for (const what of leftOut) console.error(`Left out: ${what}`);
  announce(plan);

  const results = await runRounds(plan, progressOf(plan), (program, scene) => {
    const { operation, depth, size } = scene;
    const server = plan.servers[scene.server]!;
    if (scene.server === "real" && !real!.running) {
      return Promise.reject(new Error("The ZooKeeper has ended by itself"));
    }
    return measure(program, { server, operation, depth, size, seconds: plan.seconds });
  });
  await report(results, plan, leftOut, options);
}

async function prepare(
  { scenes, only, rounds, seconds }: Options,
  real: Server | null,
  temporary: string,
  stack: AsyncDisposableStack,
  leftOut: string[],
): Promise<Plan> {
  console.error("Building what can be built of the peers …");
  const peers = await buildPeers(temporary, only);
  leftOut.push(...peers.leftOut);
  const ours = ownPrograms.filter(({ name }) => only?.includes(name) ?? true);
  const servers: { null?: string; real?: string } = {};
  if (scenes.some(({ server }) => server === "null")) {
    const { address, language } = stack.use(await startNullServer(temporary));
    servers.null = address;
    if (language !== "C") leftOut.push("the null server in C; ours in TypeScript stands in for it");
  }
  if (real !== null) servers.real = real.address;
  const possible = scenes.filter(({ server }) => servers[server] !== undefined);
  return { scenes: possible, programs: [...peers.programs, ...ours], rounds, seconds, servers };
}

/** A real server if a scene asks for one and it can be had. */
async function startReal(
  { scenes }: Options,
  stack: AsyncDisposableStack,
  leftOut: string[],
): Promise<Server | null> {
  if (!scenes.some(({ server }) => server === "real")) return null;
  console.error("Starting a ZooKeeper and warming it up …");
  try {
    return stack.use(await startRealServer(scenes));
  } catch (error) {
    leftOut.push(`a real server: ${(error as Error).message}`);
    return null;
  }
}

function announce(plan: Plan): void {
  const turns = [...turnsOf(plan)];
  if (turns.length === 0) throw new Error("Nothing is left to measure");
  const duration = turns.reduce((sum, { program }) => sum + durationOf(program, plan.seconds), 0);
  console.error(machine());
  console.error(`${turns.length} measurements, about ${spoken(duration)}`);
}

function progressOf(plan: Plan): Progress {
  const write = (text: string) => void Deno.stderr.writeSync(new TextEncoder().encode(text));
  return new Progress(plan, write, Deno.stderr.isTerminal(), performance.now());
}
