/** Files: deleted, renamed, rotated, full, shared. Those of other processes are in processes_test.ts. */
import { assert, assertEquals, assertLess, assertLessOrEqual, assertThrows } from "@std/assert";
import {
  asyncSink,
  createLogger,
  fileSink,
  type FileSinkOptions,
  type LeveledLogger,
  tinyRpcFile,
} from "../../src/logger/mod.ts";
import { directory, linesOf, numbers, reported, upTo } from "./fakes.ts";

const encode = (text: string) => new TextEncoder().encode(text);

function count(log: LeveledLogger, from: number, to: number): void {
  for (let i = from; i < to; i++) log.info?.("Connected", { i });
}

/** A queue before a file. */
function open(path: string, options: FileSinkOptions = {}) {
  const told: string[] = [];
  const complain = (text: string) => void told.push(text);
  const file = fileSink(path, { hangup: false, complain, ...options });
  const sink = asyncSink(file, { overflow: "block", complain });
  return { file, sink, log: createLogger({ sink }), told };
}

Deno.test("fileSink: by itself each line is there when the call returns; what was there stays", async () => {
  await using dir = await directory();
  const path = `${dir.path}/app.log`;
  for (let i = 0; i < 3; i++) {
    using sink = fileSink(path);
    count(createLogger({ sink }), i, i + 1);
    assertEquals(numbers(linesOf(path)), upTo(i + 1));
  }
});

Deno.test("fileSink: it opens with the first line, not before", async () => {
  await using dir = await directory();
  using sink = fileSink(`${dir.path}/app.log`);
  assertEquals([...Deno.readDirSync(dir.path)].length, 0);
  createLogger({ sink }).info?.("Connected");
  assertEquals([...Deno.readDirSync(dir.path)].length, 1);
});

Deno.test("fileSink: a line torn by one who died is ended first", async () => {
  await using dir = await directory();
  const path = `${dir.path}/app.log`;
  Deno.writeTextFileSync(path, "half a li");
  using sink = fileSink(path);
  count(createLogger({ sink }), 0, 1);
  const [torn, ...lines] = linesOf(path);
  assertEquals([torn, numbers(lines)], ["half a li", [0]]);
});

Deno.test("appendSync: comes after the write under way, and tears nothing", async () => {
  await using dir = await directory();
  const path = `${dir.path}/app.log`;
  using sink = fileSink(path);
  const big = encode("big line\n".repeat(1 << 20));
  const appended = sink.append(big);
  sink.appendSync(encode("after\n"));
  assertEquals(Deno.statSync(path).size, big.length + 6, "Both are there when the call returns");
  assertEquals(await appended, big.length);
  const text = Deno.readTextFileSync(path);
  assert(text.indexOf("after\n") === big.length, "In their order");
});

Deno.test("flushSync: while a write is under way, nothing is lost, doubled or out of order", async () => {
  await using dir = await directory();
  const path = `${dir.path}/app.log`;
  const { sink, log } = open(path);
  for (let i = 0; i < 100_000; i += 2000) {
    count(log, i, i + 1000);
    await new Promise((resolve) => setImmediate(resolve));
    count(log, i + 1000, i + 2000);
    sink.flushSync();
  }
  await sink[Symbol.asyncDispose]();
  assertEquals(numbers(linesOf(path)), upTo(100_000));
});

Deno.test("fileSink: deleted or renamed under it, it begins a new file", async () => {
  await using dir = await directory();
  const path = `${dir.path}/app.log`;
  const { sink, log, told } = open(path);
  count(log, 0, 10);
  await sink.flush();
  Deno.renameSync(path, `${path}.old`);
  count(log, 10, 20);
  await sink.flush();
  assertEquals([numbers(linesOf(`${path}.old`)), numbers(linesOf(path))], [
    upTo(10),
    upTo(20).slice(10),
  ]);
  Deno.removeSync(path);
  count(log, 20, 30);
  sink.flushSync();
  assertEquals(numbers(linesOf(path)), upTo(30).slice(20));
  // Another file in its place, as logrotate leaves it.
  Deno.removeSync(path);
  Deno.writeTextFileSync(path, "");
  count(log, 30, 40);
  await sink[Symbol.asyncDispose]();
  assertEquals([numbers(linesOf(path)), told], [upTo(40).slice(30), []]);
});

Deno.test("fileSink: truncated under it, it goes on at the start", async () => {
  await using dir = await directory();
  const path = `${dir.path}/app.log`;
  const { sink, log } = open(path);
  count(log, 0, 10);
  await sink.flush();
  Deno.truncateSync(path);
  count(log, 10, 12);
  await sink[Symbol.asyncDispose]();
  assertEquals(numbers(linesOf(path)), [10, 11]);
});

Deno.test("rotate: by size, keeping so many; no line is cut in two", async () => {
  await using dir = await directory();
  const path = `${dir.path}/app.log`;
  const { sink, log, told } = open(path, { rotate: { bytes: 2000, keep: 3 } });
  for (let i = 0; i < 400; i += 4) {
    count(log, i, i + 4);
    await sink.flush();
  }
  await sink[Symbol.asyncDispose]();
  const names = ["app.log", "app.log.1", "app.log.2", "app.log.3"];
  assertEquals([...Deno.readDirSync(dir.path)].map(({ name }) => name).sort(), names);
  const files = names.toReversed().map((name) => `${dir.path}/${name}`);
  for (const file of files) assertLessOrEqual(Deno.statSync(file).size, 2000);
  const found = files.flatMap((file) => numbers(linesOf(file)));
  assertEquals(found, upTo(400).slice(-found.length));
  assertLess(100, found.length);
  assertEquals(told, []);
});

Deno.test("rotate: with enough to keep, every line is in one of the files", async () => {
  await using dir = await directory();
  const path = `${dir.path}/app.log`;
  const { sink, log } = open(path, { rotate: { bytes: 1000, keep: 99 } });
  for (let i = 0; i < 300; i += 5) {
    count(log, i, i + 5);
    if (i % 2 === 0) sink.flushSync();
    else await sink.flush();
  }
  await sink[Symbol.asyncDispose]();
  const age = (name: string) => Number(name.split(".")[2] ?? 0);
  const names = [...Deno.readDirSync(dir.path)].map(({ name }) => name)
    .sort((a, b) => age(b) - age(a));
  assertLess(10, names.length);
  assertEquals(names.flatMap((name) => numbers(linesOf(`${dir.path}/${name}`))), upTo(300));
});

Deno.test("rotate: also while a write is under way and its caller floods on", async () => {
  await using dir = await directory();
  const path = `${dir.path}/app.log`;
  const { sink, log } = open(path, { rotate: { bytes: 500_000, keep: 99 } });
  count(log, 0, 8000);
  await new Promise((resolve) => setImmediate(resolve));
  count(log, 8000, 50_000);
  await sink[Symbol.asyncDispose]();
  const files = [...Deno.readDirSync(dir.path)].map(({ name }) => `${dir.path}/${name}`);
  for (const file of files) assertLessOrEqual(Deno.statSync(file).size, 500_000);
  const lines = files.flatMap((file) => numbers(linesOf(file)));
  assertEquals(lines.toSorted((a, b) => a - b), upTo(50_000));
});

Deno.test("rotate: by local day, also for a file that an earlier run has left", async () => {
  await using dir = await directory();
  const path = `${dir.path}/app.log`;
  let now = new Date(2026, 2, 9, 23, 59, 59).getTime();
  Deno.writeTextFileSync(path, "yesterday\n");
  Deno.utimeSync(path, new Date(2026, 2, 8), new Date(2026, 2, 8, 23, 0));
  const { sink, log } = open(path, { rotate: { daily: true }, now: () => now });
  count(log, 0, 1);
  await sink.flush();
  assertEquals(linesOf(`${path}.1`), ["yesterday"]);
  now += 999;
  count(log, 1, 2);
  await sink.flush();
  now += 1;
  count(log, 2, 3);
  await sink[Symbol.asyncDispose]();
  assertEquals(linesOf(`${path}.2`), ["yesterday"]);
  assertEquals([numbers(linesOf(`${path}.1`)), numbers(linesOf(path))], [[0, 1], [2]]);
});

Deno.test("rotate: if that fails, the lines go on into the same file, and it is told once", async () => {
  await using dir = await directory();
  const path = `${dir.path}/app.log`;
  // A directory that is not empty stands where the file is to go.
  Deno.mkdirSync(`${path}.1/full`, { recursive: true });
  const { sink, log, told } = open(path, { rotate: { bytes: 100, keep: 1 } });
  for (let i = 0; i < 10; i++) {
    count(log, i, i + 1);
    await sink.flush();
  }
  await sink[Symbol.asyncDispose]();
  assertEquals([numbers(linesOf(path)), told.length], [upTo(10), 1]);
  assert(told[0]!.startsWith("Cannot rotate the log: "), told[0]);
});

Deno.test("rotate: options are checked", () => {
  assertThrows(() => fileSink("a", { rotate: { bytes: 0 } }), RangeError, "bytes");
  assertThrows(() => fileSink("a", { rotate: { keep: 0 } }), RangeError, "keep");
  const misspelt = { rotate: { byte: 1 } } as FileSinkOptions;
  assertThrows(() => fileSink("a", misspelt), TypeError, 'rotate has no option "byte"');
  const none = { rotate: null as never };
  assertThrows(() => fileSink("a", none), TypeError, "The options of rotate must be an object");
  assertThrows(() => fileSink("a", { rotat: {} } as FileSinkOptions), TypeError, '"rotat"');
  assertThrows(() => fileSink(7 as never), TypeError, "not number");
});

Deno.test("fileSink: where there is no directory, it is told once; when there is one, it is written", async () => {
  await using dir = await directory();
  const path = `${dir.path}/logs/app.log`;
  const { sink, log, told } = open(path);
  count(log, 0, 1);
  await sink.flush();
  count(log, 1, 2);
  await sink.flush();
  assertEquals([told.length, sink.failed], [1, 2]);
  Deno.mkdirSync(`${dir.path}/logs`);
  count(log, 2, 3);
  await sink[Symbol.asyncDispose]();
  assertEquals([numbers(linesOf(path)), reported(linesOf(path)), told.length], [[2], 2, 1]);
});

Deno.test({
  name: "fileSink: a full device fails as a full disk does",
  ignore: Deno.build.os !== "linux",
  async fn() {
    // Devices need every permission, which eval has.
    const mod = new URL("../../src/logger/mod.ts", import.meta.url).href;
    const program = `
      import { asyncSink, createLogger, fileSink } from ${JSON.stringify(mod)};
      const told = [];
      const complain = (text) => void told.push(text);
      const file = fileSink("/dev/full", { rotate: { bytes: 1 }, complain });
      const sink = asyncSink(file, { complain });
      const log = createLogger({ sink });
      for (let i = 0; i < 3; i++) log.info("line");
      await sink.flush();
      log.info("line");
      sink.flushSync();
      await sink[Symbol.asyncDispose]();
      const direct = [];
      using bare = fileSink("/dev/full", { complain: (text) => void direct.push(text) });
      const other = createLogger({ sink: bare });
      for (let i = 0; i < 3; i++) other.info("line");
      console.log(JSON.stringify([sink.failed, told.length, direct.length, told[0]]));`;
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--quiet", "--no-lock", program],
      env: { NO_COLOR: "1" },
    }).output();
    assertEquals(new TextDecoder().decode(stderr), "");
    const [failed, told, direct, text] = JSON.parse(new TextDecoder().decode(stdout));
    assertEquals([failed, told, direct], [4, 1, 1]);
    assert(text.includes("No space left"), text);
  },
});

Deno.test("tinyRpcFile: tiny_rpc's name and lines, a new file each day", async () => {
  await using dir = await directory();
  let now = new Date(2026, 2, 9, 4, 5, 6).getTime();
  const file = tinyRpcFile(dir.path, { now: () => now });
  await using sink = asyncSink(file);
  const log = createLogger({ sink, now: () => now });
  log.info?.("provider start");
  await sink.flush();
  now = new Date(2026, 9, 10, 14, 15, 16).getTime();
  log.error?.("no such service");
  await sink.flush();
  assertEquals(linesOf(`${dir.path}/2026-3-9-log.txt`), ["4:5:6 =>[info] provider start"]);
  assertEquals(linesOf(`${dir.path}/2026-10-10-log.txt`), ["14:15:16 =>[error] no such service"]);
});

Deno.test("block: a flood into a file, none lost, none out of order", async () => {
  await using dir = await directory();
  const path = `${dir.path}/app.log`;
  const { sink, log } = open(path);
  for (let i = 0; i < 300_000; i += 30_000) {
    count(log, i, i + 30_000);
    // Some batches are under way when the caller has to write.
    if (i % 60_000 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await sink[Symbol.asyncDispose]();
  const found = numbers(linesOf(path));
  assert(found.every((number, i) => number === i));
  assertEquals([found.length, sink.dropped, sink.failed], [300_000, 0, 0]);
});
