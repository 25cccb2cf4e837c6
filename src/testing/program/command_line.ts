/** The program's arguments. */
import { parseArgs } from "node:util";
import type { ServerVersion } from "../settings.ts";

/** What the arguments ask for. */
export interface CommandLine {
  readonly hostname: string;
  readonly port: number;
  readonly tickTime: number;
  readonly version: ServerVersion;
  /** The file for the snapshot, or null. */
  readonly data: string | null;
}

/** How the program is called. */
export const usage = `A ZooKeeper in memory, to test clients against.

  --port PORT          where to listen; 2181. 0 for any free port
  --hostname HOST      on which address; 127.0.0.1
  --data FILE          keeps znodes and sessions in a file across runs
                       written at most once a second, and at the end: killed, it may lose what came last
  --tick-time MS       the server's tick; 2000. Sessions last 2 to 20 of them
  --version 3.8|3.9    which server to be like; 3.9

It needs the permission --allow-net; with --data also to read and write FILE and FILE.tmp.`;

/**
 * Reads the arguments; null when help is asked for.
 *
 * @throws {TypeError} that says what is wrong with them.
 */
export function parseCommandLine(args: string[]): CommandLine | null {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: "string", default: "2181" },
      hostname: { type: "string", default: "127.0.0.1" },
      data: { type: "string" },
      "tick-time": { type: "string", default: "2000" },
      version: { type: "string", default: "3.9" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return null;
  const { hostname, data, version } = values;
  if (version !== "3.8" && version !== "3.9") {
    throw new TypeError(`--version takes 3.8 or 3.9, not "${version}"`);
  }
  if (hostname === "" || data === "") {
    throw new TypeError("--hostname and --data take no empty text");
  }
  const port = wholeNumber("port", values.port, 0, 65_535);
  const tickTime = wholeNumber("tick-time", values["tick-time"], 1, tickTimeMax);
  return { hostname, port, tickTime, version, data: data ?? null };
}

/** ms: a day. */
const tickTimeMax = 86_400_000;

function wholeNumber(name: string, given: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(given) ? Number(given) : NaN;
  if (value >= least && value <= most) return value;
  throw new TypeError(`--${name} takes a whole number of ${least} to ${most}, not "${given}"`);
}
