import { assertEquals, assertGreater, assertStringIncludes, assertThrows } from "@std/assert";
import { readOptions } from "../../bench/options.ts";
import { nameOf, outstandingMax, quickScenes, usualScenes } from "../../bench/scenes.ts";
import { readScalingOptions } from "../../bench/scaling/scale.ts";

Deno.test("readOptions() without any: the usual scenes, three rounds, all programs", () => {
  const { scenes, rounds, only, json, svg, leftOut } = readOptions([]);
  assertEquals(scenes, usualScenes);
  assertEquals([rounds, only, json, svg, leftOut], [3, null, null, null, null]);
});

Deno.test("readOptions() --quick: fewer scenes, one round, and what is left out is said", () => {
  const { scenes, rounds, leftOut } = readOptions(["--quick"]);
  assertEquals([scenes, rounds], [quickScenes, 1]);
  assertStringIncludes(leftOut!, nameOf(usualScenes.find(({ depth }) => depth === 4096)!));
});

Deno.test("readOptions() makes the product of what is given, with the usual beside", () => {
  const { scenes } = readOptions(["--ops", "get,exists", "--depth", "1,16", "--size", "0,100"]);
  assertEquals(
    scenes.map(({ operation, depth, size }) => `${operation} ${depth} ${size}`),
    // No data, no sizes.
    ["get 1 0", "get 16 0", "get 1 100", "get 16 100", "exists 1 0", "exists 16 0"],
  );
  assertEquals(readOptions(["--ops", "set"]).scenes, [
    { operation: "set", depth: 256, size: 100, server: "null" },
  ]);
  assertEquals(readOptions(["--server", "real", "--ops", "set"]).scenes[0]!.server, "real");
});

Deno.test("readOptions() --all has everything but what memory or a server could not take", () => {
  const { scenes } = readOptions(["--all"]);
  assertGreater(scenes.length, 80);
  for (const { operation, depth, size } of scenes) {
    assertGreater(outstandingMax + 1, depth * size * (operation === "multi" ? 10 : 1));
  }
  assertEquals(readOptions(["--all", "--ops", "get", "--depth", "4096"]).scenes.length, 4);
});

Deno.test("readOptions() says what is wrong", () => {
  const wrong: [args: string[], said: string][] = [
    [["--ops", "put"], `--ops takes get, set, create, exists, multi, children, not "put"`],
    [["--depth", "0"], `--depth takes whole numbers from 1, not "0"`],
    [["--size", "-1"], "--size"],
    [["--size", "x"], `--size takes bytes, 0 to 999999, not "x"`],
    [["--server", "mine"], `--server takes null and real, not "mine"`],
    [["--seconds", "0"], `--seconds takes a number over 0 and up to 60, not "0"`],
    [["--rounds", "many"], `--rounds takes whole numbers from 1, not "many"`],
    [["--quick", "--all"], "--quick and --all exclude each other"],
    [["--ops", "multi", "--size", "500000"], "No scene is left"],
    [["--fast"], "--fast"],
  ];
  for (const [args, said] of wrong) assertThrows(() => readOptions(args), TypeError, said);
});

Deno.test("readScalingOptions() takes experiments by name, and says which there are", () => {
  const { experiments, quick } = readScalingOptions(["--quick", "--only", "heap,sessions"]);
  assertEquals([experiments.map(({ name }) => name), quick], [["heap", "sessions"], true]);
  assertThrows(() => readScalingOptions(["--only", "x"]), TypeError, `sessions, watches`);
});
