/*
 * Debian's packages, installed when the user asks for that: the ZooKeeper, without which the run
 * has failed, and other people's clients, without which some tests are skipped.
 */

import { hand, print, run } from "./processes.ts";

/** The clients that tests/peers shows our server to. No compilers: whoever has none skips a test. */
const peers = [
  "python3-kazoo",
  "libcurator-recipes-java",
  "libcurator-discovery-java",
  "libzookeeper-st-dev",
  "libprotobuf-dev",
  "protobuf-compiler",
];

/** Installs a ZooKeeper. */
export async function installZooKeeper(): Promise<void> {
  await install("ZooKeeper", ["zookeeper"]);
}

/** Installs the clients that are missing. That this fails is said, and does no harm. */
export async function installPeers(): Promise<void> {
  const there = await installedPackages();
  const missing = peers.filter((name) => !there.includes(name));
  if (missing.length === 0) return;
  await install("other clients", missing).catch((error) => {
    print(`${error.message}. Tests with them are skipped\n`);
  });
}

async function installedPackages(): Promise<string[]> {
  const format = "-f=${Package} ${Status}\n";
  const asked = run("dpkg-query", ["-W", format, ...peers], { cwd: "/" });
  const { output } = await asked.catch(() => ({ output: "" }));
  return [...output.matchAll(/^(\S+) install ok installed$/gm)].map((match) => match[1]!);
}

async function install(what: string, packages: string[]): Promise<void> {
  const asRoot = Deno.uid() === 0 ? [] : ["sudo"];
  for (const args of [["update"], ["install", "-y", "--no-install-recommends", ...packages]]) {
    const command = [...asRoot, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", ...args];
    print(`Installing ${what}: ${command.join(" ")}\n`);
    const code = await hand(command[0]!, command.slice(1), { cwd: "/" }).catch(() => -1);
    if (code !== 0) throw new Error(`Installing ${what} failed at: ${command.join(" ")}`);
  }
}
