/** The program's arguments. */
import type { ServerVersion } from "./settings.ts";

/** What the arguments ask for. */
export interface CommandLine {
  readonly hostname: string;
  readonly port: number;
  readonly tickTime: number;
  readonly version: ServerVersion;
  /** The file for the snapshot, or null. */
  readonly data: string | null;
}

/** What the program says when it is not called right. */
export const usage = `A ZooKeeper in memory, to test clients against.

  --port PORT          where to listen; 2181. 0 for any free port
  --hostname HOST      on which address; 127.0.0.1
  --data FILE          keeps znodes and sessions in a file across runs
  --tick-time MS       the server's tick; 2000. Sessions last 2 to 20 of them
  --version 3.8|3.9    which server to be like; 3.9`;

/** Reads the arguments; a text says what is wrong with them, "" that help was asked for. */
export function parseOptions(args: readonly string[]): CommandLine | string {
  const values: Record<string, string> = {};
  for (let i = 0; i < args.length; i++) {
    const [flag, inline] = args[i]!.split(/=(.*)/s) as [string, string?];
    if (flag === "--help" || flag === "-h") return "";
    if (!flags.includes(flag)) return `There is no argument "${flag}"`;
    const value = inline ?? args[++i];
    if (value === undefined) return `The argument ${flag} needs a value`;
    values[flag] = value;
  }
  const port = Number(values["--port"] ?? 2181);
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    return `A port is a number of 0 to 65535, not "${values["--port"]}"`;
  }
  const tickTime = Number(values["--tick-time"] ?? 2000);
  if (!Number.isInteger(tickTime) || tickTime < 1) {
    return `A tick is a whole number of ms, not "${values["--tick-time"]}"`;
  }
  const version = values["--version"] ?? "3.9";
  if (version !== "3.8" && version !== "3.9") return `The version is 3.8 or 3.9, not "${version}"`;
  const hostname = values["--hostname"] ?? "127.0.0.1";
  return { hostname, port, tickTime, version, data: values["--data"] ?? null };
}

const flags = ["--port", "--hostname", "--data", "--tick-time", "--version"];
