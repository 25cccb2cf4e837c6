/**
 * A program that logs numbers into a file, for tests of several processes and of their ends:
 * `flood.ts <path> <as JSON: count, name, end, options of the sinks>`.
 */
// deno-lint-ignore-file no-console
import {
  asyncSink,
  type AsyncSinkOptions,
  createLogger,
  fileSink,
  type FileSinkOptions,
} from "../../src/logger/mod.ts";
import { turn } from "./fakes.ts";

/** What the program is to do. */
export interface Flood {
  /** How many records; it goes on for ever unless given. */
  count?: number;
  /** The category. */
  name?: string;
  /** Records per turn; 50 unless given. */
  burst?: number;
  /** What it does at the end; nothing unless given. */
  end?: "throw" | "reject" | "exit" | "wait";
  /** Whether to flush on SIGTERM. */
  sigterm?: boolean;
  file?: FileSinkOptions;
  queue?: AsyncSinkOptions;
}

async function main(path: string, flood: Flood): Promise<void> {
  const { count = Infinity, name = "zk", burst = 50, end, sigterm = false, file, queue } = flood;
  const sink = asyncSink(fileSink(path, file), { overflow: "block", ...queue });
  const log = createLogger({ sink }).child({ category: name });
  let i = 0;
  if (sigterm) {
    Deno.addSignalListener("SIGTERM", () => {
      sink.flushSync();
      Deno.stdout.writeSync(new TextEncoder().encode(`${i}\n`));
      Deno.exit(0);
    });
  }
  while (i < count) {
    for (const end = Math.min(count, i + burst); i < end; i++) log.info?.("Connected", { i });
    // The last ones are still in the queue when the program ends.
    if (i < count) await turn();
  }
  if (end === "throw") throw new Error("Thrown at the end");
  if (end === "reject") await Promise.reject(new Error("Rejected at the end"));
  if (end === "exit") Deno.exit(7);
  if (end === "wait") {
    await sink.flush();
    console.log("ready");
    for await (const _ of Deno.stdin.readable) {
      log.info?.("Connected", { i: i++ });
      await sink.flush();
      console.log("logged");
    }
  }
}

if (import.meta.main) await main(Deno.args[0]!, JSON.parse(Deno.args[1]!));
