/** The command line of tiny_rpc's programs: `provider -i test.conf`. */
import { TinyRpcConfig } from "./config.ts";

/** What tiny_rpc prints where the command line is wrong, before it exits with 1. */
export const tinyRpcUsage = "format: command -i <configfile>";

/**
 * The configuration file that a command line names, as getopt(3) reads it for "i:": the last `-i`
 * counts, its value may stand in the same word, and words that are no options are passed over. Null
 * where it is wrong or missing: print {@link tinyRpcUsage} and exit with 1, as tiny_rpc does.
 */
export function configFileOf(args: readonly string[]): string | null {
  let file: string | null = null;
  for (let at = 0; at < args.length; at++) {
    const word = args[at]!;
    if (word === "--") break;
    if (!word.startsWith("-") || word === "-") continue;
    if (!word.startsWith("-i")) return null;
    file = word.length > 2 ? word.slice(2) : args[++at] ?? null;
    if (file === null) return null;
  }
  return file;
}

/**
 * What tiny_rpc's `MprpcApplication::Init` does: finds the configuration file in the command line and
 * reads it. Null where the command line is wrong.
 *
 * @example
 * ```ts ignore
 * import { initTinyRpc, tinyRpcUsage } from "@zkst/zookeeper/rpc";
 *
 * const config = await initTinyRpc(Deno.args);
 * if (config === null) {
 *   console.log(tinyRpcUsage);
 *   Deno.exit(1);
 * }
 * ```
 */
export async function initTinyRpc(
  args: readonly string[],
  readTextFile: (path: string) => Promise<string> = Deno.readTextFile,
): Promise<TinyRpcConfig | null> {
  const file = configFileOf(args);
  return file === null ? null : new TinyRpcConfig(await readTextFile(file));
}
