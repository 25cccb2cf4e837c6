/**
 * TestServer as a program, for clients of any language.
 *
 *   deno run --allow-net src/testing/main.ts --port 2181
 *   deno run --allow-net --allow-read --allow-write src/testing/main.ts --data zookeeper.bin
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { parseOptions, usage } from "./command_line.ts";
import { SnapshotFile } from "./snapshot_file.ts";
import { TestServer } from "./server.ts";

if (import.meta.main) await main(Deno.args);

/** Runs the program: serves until it is told to end, by a signal. */
export async function main(args: string[]): Promise<void> {
  const options = parseOptions(args);
  if (typeof options === "string") {
    console.error(options === "" ? usage : `${options}\n\n${usage}`);
    Deno.exitCode = options === "" ? 0 : 2;
    return;
  }
  const { data, port, hostname, ...rest } = options;
  const file = data === null ? null : new SnapshotFile(data);
  const snapshot = await file?.load() ?? null;
  const server = new TestServer({
    ...rest,
    realTime: true,
    logger: console,
    ...snapshot && { snapshot },
  });
  console.log(`Serving on ${await server.listen({ hostname, port })}`);
  await using _ = server;
  await toldToEnd(file, server);
}

/** Saves what there is from time to time, and once more at the end. */
async function toldToEnd(file: SnapshotFile | null, server: TestServer): Promise<void> {
  const ended = Promise.withResolvers<void>();
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, ended.resolve);
  const saving = file?.keep(() => server.snapshot());
  await ended.promise;
  for (const signal of signals) Deno.removeSignalListener(signal, ended.resolve);
  await saving?.end();
}
