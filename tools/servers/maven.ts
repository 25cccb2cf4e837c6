/*
 * ZooKeeper 3.9, which Debian does not have: its jars come from where the machine's own mvn takes
 * them, once, into a folder outside this repository that appears whole or not at all.
 */

import { print, run } from "../processes.ts";

/** The release that {@linkcode fetchJars} fetches. */
export const release = "3.9.5";

/** What the server needs: itself, what its pom leaves to the distribution, and somebody to log. */
const artifacts = [
  ["org.apache.zookeeper", "zookeeper", release],
  ["io.dropwizard.metrics", "metrics-core", "4.1.12.1"],
  ["org.xerial.snappy", "snappy-java", "1.1.10.5"],
  ["org.slf4j", "slf4j-simple", "2.0.13"],
];

/** How long mvn may take, in milliseconds; a quick network needs a tenth of it. */
const timeLimit = 120_000;

/** How the jars are fetched. */
export interface FetchOptions {
  /** The folder that has the folder of jars; that for caches by default. */
  parent?: string;
  /** How long it may take, in milliseconds. */
  timeout?: number;
  /** What tells the user that it takes a while. */
  say?: (line: string) => void;
  /** The program that fetches. */
  mvn?: string;
}

/**
 * The folder of the jars, whether it is there or not.
 *
 * @param parent The folder that has it.
 * @returns Its path.
 */
export function jarsFolder(parent: string = cacheFolder()): string {
  return `${parent}/zkst-zookeeper-${release}`;
}

/**
 * Fetches the jars unless they are there.
 *
 * @param options How.
 * @returns Why they could not be had, or `null` when they are there.
 */
export async function fetchJars(options: FetchOptions = {}): Promise<string | null> {
  const { parent = cacheFolder(), timeout = timeLimit, mvn = "mvn" } = options;
  const { say = (line: string) => print(`${line}\n`) } = options;
  const folder = jarsFolder(parent);
  if (await exists(folder)) return null;
  say(`Fetching ZooKeeper ${release} with mvn`);
  let draft: string | undefined;
  try {
    await Deno.mkdir(parent, { recursive: true });
    draft = await Deno.makeTempDir({ dir: parent, prefix: "zkst-zookeeper-draft-" });
    const why = await copyJars(mvn, draft, timeout);
    if (why !== null) return why;
    // All or nothing, whoever else is at it. Who comes second finds it there.
    await Deno.rename(`${draft}/jars`, folder).catch(async (error) => {
      if (!await exists(folder)) throw error;
    });
    return null;
  } catch (error) {
    return String(error);
  } finally {
    if (draft) await Deno.remove(draft, { recursive: true }).catch(() => {});
  }
}

async function copyJars(mvn: string, draft: string, timeout: number): Promise<string | null> {
  await Deno.writeTextFile(`${draft}/pom.xml`, pom());
  const args = ["-B", "-q", "-f", `${draft}/pom.xml`, "dependency:copy-dependencies"];
  args.push("-DincludeScope=runtime", `-DoutputDirectory=${draft}/jars`);
  try {
    const { code, output } = await run(mvn, args, { cwd: draft, timeout });
    if (code === 0 && await exists(`${draft}/jars/zookeeper-${release}.jar`)) return null;
    return `mvn failed with exit code ${code}: ${firstComplaint(output)}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "mvn is not installed";
    throw error;
  }
}

function pom(): string {
  const dependencies = artifacts.map(([group, artifact, version]) =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId>` +
    `<version>${version}</version></dependency>`
  );
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>zkst</groupId><artifactId>jars</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>${dependencies.join("\n")}</dependencies></project>
`;
}

/** The line that tells what was wrong: mvn's first error, or the word of who ended it. */
function firstComplaint(output: string): string {
  // deno-lint-ignore no-control-regex
  const lines = output.replace(/\x1b\[[\d;]*m/g, "").split("\n").map((line) => line.trim());
  const complaint = lines.find((line) => /^\[ERROR\] \S|^Ended by force/.test(line)) ??
    lines.find((line) => line !== "") ?? "";
  return complaint.replace("[ERROR] ", "").slice(0, 300);
}

/**
 * Where programs keep what they can fetch again.
 *
 * @returns The folder's path.
 */
export function cacheFolder(): string {
  const home = Deno.env.get("HOME");
  return Deno.env.get("XDG_CACHE_HOME") || (home ? `${home}/.cache` : "/tmp");
}

function exists(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}
