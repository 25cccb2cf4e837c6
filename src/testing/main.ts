/**
 * TestServer as a program, for clients of any language.
 *
 *     deno run --allow-net jsr:@zkst/zookeeper/testing/main --port 2181
 *     deno run --allow-net --allow-read --allow-write jsr:@zkst/zookeeper/testing/main --data zookeeper.bin
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { type CommandLine, parseCommandLine, usage } from "./program/command_line.ts";
import { SnapshotFile } from "./program/snapshot_file.ts";
import { TestServer } from "./server.ts";

if (import.meta.main) Deno.exit(await main(Deno.args));

/** Runs the program: serves until a signal ends it. Resolves with its exit code. */
export async function main(args: string[]): Promise<number> {
  let options: CommandLine | null;
  try {
    options = parseCommandLine(args);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  if (options === null) {
    console.log(usage);
    return 0;
  }
  try {
    await using server = await begin(options);
    return await serve(server, options);
  } catch (error) {
    console.error((error as Error).message);
    return 1;
  }
}

/** The server, with what the file holds. */
async function begin({ data, tickTime, version }: CommandLine): Promise<TestServer> {
  const snapshot = data === null ? null : await SnapshotFile.load(data).catch((error) => {
    throw new Error(`Cannot read ${data}: ${error.message}`);
  });
  const options = { tickTime, version, realTime: true, logger: console };
  try {
    return new TestServer(snapshot === null ? options : { ...options, snapshot });
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`${message}. The file ${data} is left as it is: name another one with --data`);
  }
}

/** Serves until it is told to end. */
async function serve(server: TestServer, { data, hostname, port }: CommandLine): Promise<number> {
  // Who is told where it serves may send a signal at once.
  const ended = signalled();
  console.log(`Serving on ${await listen(server, hostname, port)}`);
  if (data === null) {
    await ended;
    return 0;
  }
  const file = new SnapshotFile(server, data, console.error);
  await file.keep();
  await ended;
  // From here on nothing changes any more.
  server.refuse();
  return await file.end() ? 0 : 1;
}

async function listen(server: TestServer, hostname: string, port: number): Promise<string> {
  try {
    return await server.listen({ hostname, port });
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      throw new Error(
        `Port ${port} of ${hostname} is taken: name another one with --port, or 0 for any free one`,
      );
    }
    throw new Error(`Cannot listen on port ${port} of ${hostname}: ${(error as Error).message}`);
  }
}

/** Resolves at the first signal to end; a second one ends the program at once. */
function signalled(): Promise<void> {
  const signals: Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT", "SIGBREAK"]
    : ["SIGINT", "SIGTERM"];
  return new Promise((resolve) => {
    function end(): void {
      for (const signal of signals) Deno.removeSignalListener(signal, end);
      resolve();
    }
    for (const signal of signals) Deno.addSignalListener(signal, end);
  });
}
