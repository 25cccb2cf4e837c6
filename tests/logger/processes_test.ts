/** Logs of other processes: several on one file, their ends, signals. */
import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { directory, linesOf, numbers, upTo } from "./fakes.ts";
import type { Flood } from "./flood.ts";

/** Starts flood.ts, with no permissions but those for `paths`. */
function start(path: string, flood: Flood, paths: string[] = [path]): Deno.ChildProcess {
  const program = new URL("./flood.ts", import.meta.url).pathname;
  const permissions = [`--allow-read=${paths.join()}`, `--allow-write=${paths.join()}`];
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-lock", "--no-prompt", "--no-check", ...permissions].concat(
      decodeURI(program),
      path,
      JSON.stringify(flood),
    ),
    stdin: flood.end === "wait" ? "piped" : "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
}

/** How many times a process has a file open. */
function handlesOf(pid: number, path: string): number {
  // Deno itself may not look into /proc without every permission.
  const { stdout } = new Deno.Command("ls", { args: ["-l", `/proc/${pid}/fd`] }).outputSync();
  return new TextDecoder().decode(stdout).split(` -> ${path}`).length - 1;
}

/** Waits for a file to be of a size. */
async function grown(path: string, size: number): Promise<void> {
  const end = performance.now() + 10_000;
  while (sizeOf(path) < size) {
    assertLess(performance.now(), end, `${path} has ${sizeOf(path)} bytes`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}

type Ended = [code: number, output: string, complaints: string];

async function ended(child: Deno.ChildProcess): Promise<Ended> {
  const { code, stdout, stderr } = await child.output();
  return [code, new TextDecoder().decode(stdout), new TextDecoder().decode(stderr)];
}

/** The lines of one process among those of several. */
function linesBy(name: string, lines: string[]): string[] {
  return lines.filter((line) => line.includes(` ${name}: `));
}

Deno.test("fileSink: two processes on one file keep lines whole and in order", async () => {
  await using dir = await directory();
  const path = `${dir.path}/app.log`;
  const names = ["one", "two"];
  const children = names.map((name) => start(path, { name, count: 30_000, burst: 500 }));
  const clean: Ended = [0, "", ""];
  assertEquals(await Promise.all(children.map(ended)), [clean, clean]);
  const lines = linesOf(path);
  assertEquals(lines.length, 60_000);
  for (const name of names) assertEquals(numbers(linesBy(name, lines)), upTo(30_000));
});

Deno.test("rotate: two processes that rotate one file lose no line", async () => {
  await using dir = await directory();
  const path = `${dir.path}/app.log`;
  const names = ["one", "two"];
  const file = { rotate: { bytes: 50_000, keep: 500 } };
  const flood: Flood = { count: 20_000, burst: 100, file, queue: { capacity: 100 } };
  const children = names.map((name) => start(path, { ...flood, name }, [dir.path]));
  const clean: Ended = [0, "", ""];
  assertEquals(await Promise.all(children.map(ended)), [clean, clean]);
  const files = [...Deno.readDirSync(dir.path)];
  assertLess(20, files.length);
  const lines = files.flatMap(({ name }) => linesOf(`${dir.path}/${name}`));
  for (const name of names) {
    const found = numbers(linesBy(name, lines)).toSorted((a, b) => a - b);
    assertEquals(found, upTo(20_000));
  }
});

Deno.test("asyncSink: a program that just ends has its queue written, and is not held", async () => {
  await using dir = await directory();
  const path = `${dir.path}/app.log`;
  assertEquals(await ended(start(path, { count: 1000 })), [0, "", ""]);
  assertEquals(numbers(linesOf(path)), upTo(1000));
});

Deno.test("asyncSink: exit(), errors and rejections that nobody catches have the queue written", async () => {
  await using dir = await directory();
  const expected = { exit: [7, ""], throw: [1, "Thrown at"], reject: [1, "Rejected at"] } as const;
  const ends = Object.keys(expected) as (keyof typeof expected)[];
  const children = ends.map((end) => start(`${dir.path}/${end}`, { count: 1020, end }));
  const all = await Promise.all(children.map(ended));
  for (const [i, [code, , stderr]] of all.entries()) {
    const end = ends[i]!;
    assertEquals(code, expected[end][0]);
    assertStringIncludes(stderr, expected[end][1]);
    assertEquals(numbers(linesOf(`${dir.path}/${end}`)), upTo(1020), end);
  }
});

Deno.test("flushSync: SIGTERM in mid-flood, with a flush in the handler nothing is lost", async () => {
  await using dir = await directory();
  const path = `${dir.path}/app.log`;
  const child = start(path, { sigterm: true, burst: 1000 });
  await grown(path, 1_000_000);
  child.kill("SIGTERM");
  const [code, stdout, stderr] = await ended(child);
  assertEquals([code, stderr], [0, ""]);
  assertEquals(numbers(linesOf(path)), upTo(Number(stdout)));
});

Deno.test("fileSink: SIGTERM in mid-flood, without a handler all lines but the last are whole", async () => {
  await using dir = await directory();
  const path = `${dir.path}/app.log`;
  const child = start(path, { burst: 20 });
  await grown(path, 500_000);
  child.kill("SIGTERM");
  assertEquals((await child.status).signal, "SIGTERM");
  await ended(child);
  // The kernel may give a write up at the end of a page if the process is to die.
  const lines = Deno.readTextFileSync(path).split("\n");
  const torn = lines.pop()!;
  assertEquals(numbers(lines), upTo(lines.length));
  assert(`${lines[0]!.replace(/\d+$/, "")}${lines.length}`.length >= torn.length);

  assertEquals(await ended(start(path, { count: 5 })), [0, "", ""]);
  const next = linesOf(path).slice(lines.length);
  assertEquals(next.slice(0, -5), torn === "" ? [] : [torn], "The next one ends the line first");
  assertEquals(numbers(next.slice(-5)), upTo(5));
});

Deno.test("fileSink: SIGHUP lets go of the file and ends nothing", async () => {
  await using dir = await directory();
  const path = `${dir.path}/app.log`;
  await using child = start(path, { count: 10, end: "wait" });
  const stdin = child.stdin.getWriter();
  const stdout = child.stdout.getReader();
  await stdout.read();
  const handles = () => handlesOf(child.pid, path);
  if (Deno.build.os === "linux") assertEquals(handles(), 2);
  child.kill("SIGHUP");
  if (Deno.build.os === "linux") {
    const end = performance.now() + 10_000;
    while (handles() > 0) {
      assertLess(performance.now(), end, "The handles are closed");
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
  await stdin.write(new Uint8Array(1));
  await stdout.read();
  assertEquals(numbers(linesOf(path)), upTo(11));
  await stdin.close();
  await stdout.cancel();
  assert((await child.status).success);
  await child.stderr.cancel();
});
