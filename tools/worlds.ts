/*
 * The same integration tests against several servers, each a world: real ones of two versions, and
 * the TestServer in memory and over TCP. They mostly wait, so two worlds are tried at a time.
 */

import { asTests, type Report, type Result, skip } from "./report.ts";
import { Server } from "./servers.ts";
import { deno, type Setting } from "./setting.ts";

/** The worlds, as ZKST_WORLD names them. */
export const worlds = ["3.8", "3.9", "memory", "tcp"] as const;

/** One of them. */
export type World = (typeof worlds)[number];

/** Where the tests are. */
const folder = "tests/integration";

/** The tests with random requests to two servers at once. */
export const differential = "tests/differential";

/** Clients on real servers that are killed, paused and cut off. */
export const chaos = "tests/chaos";

/** What depends on the server's version; the rest is about the client and what becomes of it. */
const ofVersion = [
  "acl",
  "callbacks",
  "create_modes",
  "limits",
  "multi",
  "multi_limits",
  "operations",
  "persistent_watches",
  "removed_watches",
  "sasl",
  "session",
  "watches",
  "watches_restart",
].map((name) => `${folder}/${name}_test.ts`);

/** Steps in the order in which they are told; of each lane one at a time is under way. */
const steps: { name: string; lane: number; run: (setting: Setting) => Promise<Result> }[] = [
  { name: "real 3.8", lane: 0, run: (setting) => testIn("3.8", setting, [folder]) },
  { name: "in memory", lane: 1, run: (setting) => testIn("memory", setting, [folder]) },
  { name: "over TCP", lane: 1, run: (setting) => testIn("tcp", setting, [folder]) },
  { name: "real 3.9", lane: 1, run: (setting) => testIn("3.9", setting, ofVersion) },
  { name: "differential", lane: 1, run: (setting) => testIn("3.8", setting, [differential]) },
  { name: "chaos", lane: 1, run: (setting) => testIn("3.8", setting, [chaos]) },
];

/**
 * Runs the tests in all worlds.
 *
 * @param setting What they run in.
 * @param report Where they are counted.
 */
export async function testWorlds(setting: Setting, report: Report): Promise<void> {
  const lanes: Promise<unknown>[] = [];
  const results = steps.map(({ lane, run }) => {
    const result = Promise.resolve(lanes[lane]).then(() => timed(() => run(setting)));
    lanes[lane] = result.catch(() => {});
    return result;
  });
  // One that fails is told of in its turn.
  for (const result of results) result.catch(() => {});
  for (const [i, { name }] of steps.entries()) {
    await report.step(`integration tests, ${name}`, () => results[i]!);
  }
}

async function timed(work: () => Promise<Result>): Promise<Result> {
  const start = performance.now();
  const result = await work();
  return { ...result, seconds: (performance.now() - start) / 1000 };
}

/**
 * Runs tests in a world.
 *
 * @param world The world.
 * @param setting What they run in.
 * @param args Which ones, as arguments of `deno test`.
 * @param live Whether their output is shown as it comes.
 * @returns What became of them.
 */
export async function testIn(
  world: World,
  setting: Setting,
  args: string[],
  live = false,
): Promise<Result> {
  if (world === "3.9" && setting.without39 !== null) return skip(setting.without39);
  await using server = world === "3.9" ? await Server.start({ version: "3.9" }) : null;
  const env: Record<string, string> = { ZKST_WORLD: world };
  if (server) env["ZKST_SERVERS"] = server.address;
  const flags = ["-P", ...setting.packages.flags];
  return asTests(await deno(setting, ["test", ...flags, ...args], { live, env }));
}
