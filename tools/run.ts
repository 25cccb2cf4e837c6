/**
 * The launcher behind `deno task`: sees to packages and to a ZooKeeper, then runs Deno. It imports
 * no package itself, so that it starts wherever Deno does.
 *
 * @module
 */
// deno-lint-ignore-file no-console

import { checkAll, test } from "./checks.ts";
import { begin, end, hand } from "./processes.ts";
import { findPackages } from "./registry.ts";
import { Report } from "./report.ts";
import { environment, type Setting } from "./setting.ts";
import { testIn, type World, worlds } from "./worlds.ts";
import {
  find39,
  findZooKeeper,
  howToHaveOne,
  type ZooKeeper,
  zooKeeperByName,
  zooKeeperOn2181,
} from "./zookeeper.ts";

const usage = `Usage:
  deno task test [--install]          everything that must hold before a change lands
  deno task test [--install] -- ...   some tests: a file, a word of their names, flags of deno test
  deno task example NAME [...]        an example, against a ZooKeeper that is there or is started
  deno task bench [...]               the benchmarks
  deno task simulate [...]            the simulation: --seeds N --from S --trace, or --planted
  deno task chaos [...]               real servers and their mishaps: --minutes M --seed S
  deno task fuzz NAME [FACTOR]        so many times (10) as much chance as in the tests: codec, rpc,
                                      session, tiny_rpc, watches, by the files of tests/fuzz

  --world WORLD        for some tests: where those of tests/integration run, ${worlds.join(", ")}
  --install            installs Debian's ZooKeeper, and clients to test with, if missing
  ZKST_SERVERS=...     the ZooKeeper to use, as host:port`;

const root = decodeURI(new URL("..", import.meta.url).pathname).replace(/\/$/, "");

if (import.meta.main) {
  begin();
  await end(
    await main(Deno.args).catch((error) => {
      console.error(error.message);
      return 1;
    }),
  );
}

function main([command, ...args]: string[]): Promise<number> {
  if (wantsUsage(command, args)) {
    console.log(usage);
    return Promise.resolve(0);
  }
  switch (command) {
    case "test":
      return runTests(args);
    case "example":
      return runExample(args);
    case "bench":
      return runBench(args);
    case "simulate":
      return runSimulation(args);
    case "chaos":
      return runChaos(args);
    case "fuzz":
      return runFuzz(args);
    default:
      return misuse(command ? `There is no command "${command}"` : "There is no command given");
  }
}

/** Whether we are asked, not a program that is run: an example, `deno test`, one that has its own usage. */
function wantsUsage(command: string | undefined, args: string[]): boolean {
  const asks = (arg: string | undefined) => arg === "--help" || arg === "-h";
  if (command === "test") return args.slice(0, dashesOf(args)).some(asks);
  return asks(command) || (command === "example" || command === "fuzz") && asks(args[0]);
}

function dashesOf(args: string[]): number {
  return args.includes("--") ? args.indexOf("--") : args.length;
}

async function runTests(args: string[]): Promise<number> {
  const dashes = dashesOf(args);
  const [ours, theirs] = [args.slice(0, dashes), args.slice(dashes + 1)];
  const world = takeWorld(ours);
  if (world === null || world !== undefined && theirs.length === 0) {
    return misuse(`--world takes one of ${worlds.join(", ")}, and some tests after --`);
  }
  const stray = ours.find((arg) => arg !== "--install");
  if (stray) {
    return misuse(`"${stray}" is no flag; for some tests only: deno task test -- ${stray}`);
  }

  const report = new Report();
  const packages = await findPackages(root);
  await using zookeeper = await zooKeeperFor(report, ours.includes("--install"));
  const without39 = await find39(ours.includes("--install"));
  const setting: Setting = { root, packages, zookeeper, without39 };
  if (theirs.length === 0) await checkAll(setting, report);
  else {
    const tests = selection(theirs);
    const run = () => world ? testIn(world, setting, tests, true) : test(setting, tests);
    await report.step("deno test", run, true);
  }
  return report.end();
}

/** Takes "--world WORLD" out of the arguments: undefined without it, null when it makes no sense. */
function takeWorld(args: string[]): World | null | undefined {
  const at = args.indexOf("--world");
  if (at < 0) return undefined;
  const [, name] = args.splice(at, 2);
  return worlds.find((world) => world === name) ?? null;
}

/** A ZooKeeper that cannot be had as asked for counts as a failure, but the rest goes on. */
async function zooKeeperFor(report: Report, install: boolean): Promise<ZooKeeper | null> {
  try {
    const zookeeper = await findZooKeeper(install);
    console.log(
      zookeeper
        ? `Testing against the ZooKeeper on ${zookeeper.connectString}`
        : `There is no ZooKeeper, so tests that need one are skipped. To run them: ${howToHaveOne}`,
    );
    return zookeeper;
  } catch (error) {
    await report.step("a ZooKeeper to test against", () => Promise.reject(error));
    return null;
  }
}

/** What stands for itself in `deno test`: flags and paths. Other words are a filter. */
function selection(args: string[]): string[] {
  const isWord = (arg: string) => !/^-|\/|\.ts$/.test(arg);
  const words = args.filter(isWord).join(" ");
  return [...args.filter((arg) => !isWord(arg)), ...words ? [`--filter=${words}`] : []];
}

async function runExample([name, ...args]: string[]): Promise<number> {
  const names = examples();
  if (args[0] === "--") args.shift();
  if (!name || !names.includes(name)) return misuse(`The examples are: ${names.join(", ")}`);
  const packages = await findPackages(root);
  // With arguments of one's own goes a ZooKeeper of one's own.
  await using zookeeper = args.length > 0
    ? null
    : await zooKeeperByName() ?? await zooKeeperOn2181();
  const address = zookeeper ? [zookeeper.connectString] : [];
  return await hand(
    Deno.execPath(),
    ["run", ...permissions(name), ...packages.flags, `examples/${name}.ts`, ...address, ...args],
    { cwd: root, env: environment({ packages, zookeeper }) },
  );
}

/** Their names: "loop", "tiny_rpc/provider". */
function examples(folder = ""): string[] {
  return [...Deno.readDirSync(`${root}/examples/${folder}`)].flatMap(({ name, isDirectory }) => {
    if (isDirectory) return examples(`${folder}${name}/`);
    return name.endsWith(".ts") ? [`${folder}${name.slice(0, -3)}`] : [];
  }).sort();
}

/** The ones of tiny_rpc read a configuration file, the one of TLS certificates. */
function permissions(example: string): string[] {
  const reads = example === "tls" || example.startsWith("tiny_rpc/");
  return ["--allow-net", ...reads ? ["--allow-read"] : []];
}

async function runBench(args: string[]): Promise<number> {
  const packages = await findPackages(root);
  return await hand(Deno.execPath(), ["run", "-A", ...packages.flags, "bench/main.ts", ...args], {
    cwd: root,
    env: environment({ packages, zookeeper: null }),
  });
}

async function runSimulation(args: string[]): Promise<number> {
  const program = "tests/simulation/run.ts";
  return await hand(Deno.execPath(), ["run", "-A", "--no-lock", program, ...args], { cwd: root });
}

async function runChaos(args: string[]): Promise<number> {
  const packages = await findPackages(root);
  const program = "tests/chaos/run.ts";
  return await hand(Deno.execPath(), ["run", "-A", ...packages.flags, program, ...args], {
    cwd: root,
    env: environment({ packages, zookeeper: null }),
  });
}

async function runFuzz([name, factor = "10"]: string[]): Promise<number> {
  const names = [...Deno.readDirSync(`${root}/tests/fuzz`)].map((entry) => entry.name)
    .filter((file) => file.endsWith("_test.ts")).map((file) => file.slice(0, -"_test.ts".length));
  if (!name || !names.includes(name)) {
    return misuse(`What can be fuzzed: ${names.sort().join(", ")}`);
  }
  if (!(Number(factor) > 0)) return misuse(`"${factor}" is no factor`);
  const packages = await findPackages(root);
  const env = { ...environment({ packages, zookeeper: null }), FUZZ_FACTOR: factor };
  const args = ["test", "-P", ...packages.flags, `tests/fuzz/${name}_test.ts`];
  return await hand(Deno.execPath(), args, { cwd: root, env });
}

function misuse(message: string): Promise<number> {
  console.error(`${message}\n\n${usage}`);
  return Promise.resolve(2);
}
