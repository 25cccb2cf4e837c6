import { assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { Figures } from "../../bench/meter.ts";
import { ownPrograms, type Program } from "../../bench/programs.ts";
import { durationOf, Progress, short, spoken } from "../../bench/progress.ts";
import { type Listener, type Plan, runRounds } from "../../bench/rounds.ts";
import { quickScenes } from "../../bench/scenes.ts";

const figures: Figures = { rate: 12_345, cpu: 1, p50: 1, p99: 1, rss: 1 };
const peer: Program = { ...ownPrograms[1]!, name: "peer", kind: "peer", bare: null };
const plan: Plan = {
  scenes: quickScenes.slice(0, 2),
  programs: [peer, ownPrograms[0]!],
  rounds: 2,
  seconds: 1,
  servers: {},
};
const silent: Listener = { begins() {}, ended() {}, failed() {} };

Deno.test("runRounds() lets the programs take turns, scene by scene and round by round", async () => {
  const turns: string[] = [];
  await runRounds(plan, silent, ({ name }, { depth }) => {
    turns.push(`${name} ${depth}`);
    return Promise.resolve(figures);
  });
  const round = ["peer 1", "bare_promises 1", "peer 16", "bare_promises 16"];
  assertEquals(turns, [...round, ...round]);
});

Deno.test("runRounds() leaves a peer that failed out of the scene, and goes on", async () => {
  let [attempts, told] = [0, ""];
  const listener = { ...silent, failed: (_: unknown, reason: string) => told += reason };
  const results = await runRounds(plan, listener, ({ kind }, { depth }) => {
    if (kind !== "peer" || depth !== 16) return Promise.resolve(figures);
    attempts++;
    return Promise.reject(new Error("It fell"));
  });
  assertEquals([attempts, told], [1, "It fell"]);
  assertEquals(results[1]!.figures.get("peer"), [null, null]);
  assertEquals(results[0]!.figures.get("peer"), [figures, figures]);
});

Deno.test("runRounds() fails if one of our own does", async () => {
  const measure = ({ kind }: Program) =>
    kind === "bare" ? Promise.reject(new Error("It fell")) : Promise.resolve(figures);
  await assertRejects(() => runRounds(plan, silent, measure), Error, "It fell");
});

Deno.test("Progress tells scene, round, rates and the time left", async () => {
  const lines: string[] = [];
  const progress = new Progress(plan, (text) => lines.push(text), false, performance.now());
  await runRounds(plan, progress, () => Promise.resolve(figures));
  assertEquals(lines.length, 4, "A line for each scene and round");
  assertStringIncludes(lines[3]!, "round 2 of 2, 0 s left");
  assertStringIncludes(lines[3]!, "getData of 100 B, 16 outstanding, null server");
  assertStringIncludes(lines[3]!, "peer 12k, bare_promises 12k\n");
});

Deno.test("Progress expects more time where turns have taken more than expected", () => {
  const expected = 4 * (durationOf(peer, 1) + durationOf(ownPrograms[0]!, 1));
  const progress = new Progress(plan, () => {}, false, 0);
  assertAlmostEquals(progress.left(0), expected);
  const turn = { round: 1, scene: plan.scenes[0]!, program: peer };
  progress.ended(turn, figures);
  const left = expected - durationOf(peer, 1);
  assertAlmostEquals(progress.left(1000 * durationOf(peer, 1)), left);
  assertAlmostEquals(progress.left(1000 * (10 + 2 * durationOf(peer, 1))), 2 * left);
});

Deno.test("spoken() and short() are short", () => {
  assertEquals([spoken(59.2), spoken(300), spoken(7200)], ["60 s", "5 min", "2.0 h"]);
  assertEquals([12.3, 1234, 12_345, 999_600].map(short), ["12", "1.2k", "12k", "1.0M"]);
});
