/*
 * What checks and tests run in: the repository, its packages, a ZooKeeper. Deno is started in it.
 */

import { type Ended, run, type RunOptions } from "./processes.ts";
import type { Packages } from "./registry.ts";
import type { ZooKeeper } from "./zookeeper.ts";

/** What the checks run in. */
export interface Setting {
  /** The repository. */
  root: string;
  /** Where packages come from. */
  packages: Packages;
  /** A ZooKeeper, if there is one. */
  zookeeper: ZooKeeper | null;
  /** Why there is no ZooKeeper 3.9 to test against, or `null` when there is. */
  without39: string | null;
}

/**
 * Runs Deno.
 *
 * @param setting What it runs in.
 * @param args Its arguments.
 * @param options How it is run; variables are added to the setting's.
 * @returns How it ended.
 */
export function deno(
  setting: Setting,
  args: string[],
  options: Partial<RunOptions> = {},
): Promise<Ended> {
  const env = { ...environment(setting), ...options.env };
  return run(Deno.execPath(), args, { cwd: setting.root, ...options, env });
}

/**
 * The variables that what we run finds in its environment, beside ours.
 *
 * @param setting What it runs in.
 * @returns The variables.
 */
export function environment(
  { packages, zookeeper }: Pick<Setting, "packages" | "zookeeper">,
): Record<string, string> {
  const env: Record<string, string> = { ...packages.env };
  if (zookeeper) env["ZKST_SERVERS"] = zookeeper.connectString;
  return env;
}
