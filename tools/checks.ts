/*
 * Everything that must hold before a change lands, in order. All is tried, whatever failed before.
 */

import { print } from "./processes.ts";
import { asStep, asTests, failure, type Report, type Result, skip } from "./report.ts";
import { deno, type Setting } from "./setting.ts";
import { chaos, differential, testWorlds } from "./worlds.ts";
import { howToHaveOne, testServerOn2181 } from "./zookeeper.ts";

/**
 * Runs all checks.
 *
 * @param setting What they run in.
 * @param report Where they are counted.
 */
export async function checkAll(setting: Setting, report: Report): Promise<void> {
  const { flags } = setting.packages;
  const step = (name: string, args: string[], needs: string[] = []) =>
    report.step(name, () => ifThere(setting, needs, async () => asStep(await deno(setting, args))));

  await step("deno fmt --check", ["fmt", "--check"]);
  await step("deno lint", ["lint"]);
  const code = ["mod.ts", "src", "tests", "tools"];
  const more = ["bench", "examples"].filter((path) => isThere(setting, path));
  await step("deno check", ["check", "--quiet", ...flags, ...code, ...more], code);
  // All at once: what one entry point shows of another's types is then no private matter.
  await step("deno doc --lint", ["doc", "--lint", ...entryPoints(setting)]);
  const apart = ["tests/integration", differential, chaos].filter((path) => isThere(setting, path));
  const ignored = apart.length > 0 ? [`--ignore=${apart.join(",")}`] : [];
  await report.step("deno test", () => test(setting, ignored), true);
  if (apart.length > 0) await testWorlds(setting, report);
  await report.step("deno test --doc", () => testDocs(setting), true);
  for (const name of ["examples/loop.ts", "examples/watch.ts", "examples/kimserver.ts"]) {
    await report.step(name, () => ifThere(setting, [name], () => tryExample(setting, name)));
    await step(`${name} by itself`, ["run", "--allow-net", ...flags, name], [name]);
  }
  await step("examples/testing.ts", ["run", ...flags, "examples/testing.ts"], [
    "examples/testing.ts",
  ]);
  await step("deno publish --dry-run", ["publish", "--dry-run", "--allow-dirty"]);
}

/**
 * Runs tests.
 *
 * @param setting What they run in.
 * @param args Which ones, as arguments of `deno test`.
 * @returns What became of them.
 */
export async function test(setting: Setting, args: string[]): Promise<Result> {
  const flags = ["-P", ...setting.packages.flags];
  return asTests(await deno(setting, ["test", ...flags, ...args], { live: true }));
}

/** The examples in our documentation. They expect a ZooKeeper on its usual port: a TestServer. */
async function testDocs(setting: Setting): Promise<Result> {
  const paths = ["src", "README.md", "mod.ts", ...pages(setting)];
  const [there, missing] = partition(paths, (path) => isThere(setting, path));
  if (there.length === 0) return failure(absent(missing));
  const program = "src/testing/main.ts";
  await using zookeeper = isThere(setting, program)
    ? await testServerOn2181(setting.root, program)
    : null;
  const result = zookeeper
    ? await test(setting, ["--doc", ...there])
    : await checkDocs(setting, there);
  if (missing.length === 0) return result;
  print(`${absent(missing)}\n`);
  return { ...result, failed: result.failed + missing.length };
}

async function checkDocs(setting: Setting, paths: string[]): Promise<Result> {
  const args = ["check", "--quiet", "--doc-only", ...setting.packages.flags, ...paths];
  const { code, output } = await deno(setting, args, { live: true });
  if (code !== 0) return failure(output);
  const why = "Type-checked only, for want of a TestServer";
  print(`${why}\n`);
  return skip(why);
}

/** Runs an example as a user would, with the one permission it may need. */
async function tryExample(setting: Setting, path: string): Promise<Result> {
  if (!setting.zookeeper) return skip(`It needs a ZooKeeper: ${howToHaveOne}`);
  const args = ["run", "--allow-net", ...setting.packages.flags, path];
  args.push(setting.zookeeper.connectString);
  return asStep(await deno(setting, args, { timeout: 60_000 }));
}

function ifThere(setting: Setting, needs: string[], work: () => Promise<Result>) {
  const missing = needs.filter((path) => !isThere(setting, path));
  return missing.length > 0 ? Promise.resolve(failure(absent(missing))) : work();
}

function isThere({ root }: Setting, path: string): boolean {
  try {
    Deno.statSync(`${root}/${path}`);
    return true;
  } catch {
    return false;
  }
}

/** What is in docs/, by name: `deno check` finds no Markdown by itself. */
function pages(setting: Setting): string[] {
  if (!isThere(setting, "docs")) return [];
  return [...Deno.readDirSync(`${setting.root}/docs`)].map(({ name }) => `docs/${name}`)
    .filter((path) => path.endsWith(".md")).sort();
}

function absent(paths: string[]): string {
  return `There is no ${paths.join(" and no ")} yet`;
}

function entryPoints({ root }: Setting): string[] {
  const { exports } = JSON.parse(Deno.readTextFileSync(`${root}/deno.json`));
  return Object.values<string>(exports);
}

function partition<T>(all: T[], test: (one: T) => boolean): [T[], T[]] {
  return [all.filter(test), all.filter((one) => !test(one))];
}
