/**
 * The house: which file stands on which floor, who may import whom, what each floor may name, and
 * how long files and functions may get. The rules read the sources alone, without running them.
 */
import { assert, assertEquals, assertGreater } from "@std/assert";

const root = decodeURI(new URL("..", import.meta.url).pathname);

/** By the start of a path; the longest one that fits counts. */
const floors: Record<string, number> = {
  "src/rpc/": 7,
  "src/discovery/": 6,
  "src/telemetry/": 6,
  "mod.ts": 5,
  "src/st.ts": 5,
  "src/zookeeper.ts": 5,
  "src/client/": 5,
  "src/auth/": 5,
  "src/deno.ts": 5,
  "src/settings.ts": 5,
  "src/tls/": 5,
  "src/values.ts": 5,
  "src/interest.ts": 4,
  "src/process.ts": 4,
  "src/session/": 3,
  "src/wait.ts": 3,
  "src/poll.ts": 3,
  "src/errors.ts": 2,
  "src/types.ts": 1,
  "src/metrics.ts": 1,
  "src/logger/": 1,
  "src/proto/": 0,
};

/**
 * Beside the floors, so that it can judge the client: it uses these two and nothing above. It is a
 * platform of its own, with sockets, timers and promises.
 */
const testing = "src/testing/";
const testingMax = 1;

const fileLinesMax = 300;
const functionLinesMax = 70;

/** What only the platform may name, for everything below the top gets it from there. */
const platformNames = new RegExp(
  [
    /\bDeno\b/,
    /\bglobalThis\b/,
    /\b(?:set|clear)(?:Timeout|Interval|Immediate)\b/,
    /\bDate\s*\.\s*now\b/,
    /\bnew\s+Date\s*(?:\(\s*\)|;)/,
    /\bperformance\b/,
    /\bMath\s*\.\s*random\b/,
    /\bcrypto\s*\.\s*(?:getRandomValues|randomUUID)\b/,
  ].map(({ source }) => source).join("|"),
  "g",
);
/** What makes a promise. */
const promiseMakers = /\bnew\s+Promise\b|\basync\b|\bawait\b|\bPromise\s*\.\s*\w+/g;

/** One of these, whichever starts first, or any other character. */
const token =
  /(?<comment>\/\/.*|\/\*[^]*?\*\/)|(?<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|(?<tick>`)|(?<pattern>\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*)|(?<brace>[{}])|[^]/gy;

const sources = new Map<string, Source>(
  ["mod.ts", ...filesUnder("src")].map((path) => [path, scan(readText(path))]),
);
const examples = new Map<string, Source>(
  filesUnder("examples").map((path) => [path, scan(readText(path))]),
);

Deno.test("Every file under src/ has a floor", () => {
  assertGreater(sources.size, 40, "The sources are where they were");
  const homeless = [...sources.keys()].filter((path) => floorOf(path) === null && !inTesting(path));
  assertEquals(homeless, []);
});

Deno.test("Imports point down or stay on the floor", () => {
  assertGreater(edges(sources).length, 100, "The imports are seen");
  assertEquals(pointingUp(sources), []);
});

Deno.test("Imports go in no circle, be they of types alone", () => {
  assertEquals(circles(sources), []);
  const beside = ["tools", "bench"].flatMap(filesUnder);
  assertGreater(beside.length, 80, "The files are where they were");
  assertEquals(circles(new Map(beside.map((path) => [path, scan(readText(path))]))), []);
});

Deno.test("src/ and examples/ import nothing from JSR, and node: modules in the platform alone", () => {
  assertEquals(foreignImports(sources), []);
  assertEquals(jsrImports(examples), []);
});

Deno.test("Only the platform names Deno, timers, clocks and randomness below discovery/ and rpc/", () => {
  assertEquals(
    naming(sources, platformNames, (path) => inCore(path, 6) && !isPlatform(path)),
    [],
  );
});

Deno.test("Below floor 5 only waiting creates promises", () => {
  const waiting = ["src/wait.ts", "src/poll.ts"];
  const others = (path: string) => inCore(path, 5) && !waiting.includes(path);
  assertEquals(naming(sources, promiseMakers, others), []);
});

Deno.test("The core takes its logger from outside: it imports nothing of logger/", () => {
  const importers = edges(sources).filter(([from, to]) => inLogger(to) && !inLogger(from));
  assertEquals(importers, []);
});

Deno.test("Below floor 5 no result code becomes an error", () => {
  assertEquals(naming(sources, /\bnew\s+ZooKeeperError\b/g, (path) => below(path, 5)), []);
});

Deno.test("src/ has no Promise.race", () => {
  assertEquals(naming(sources, /\bPromise\s*\.\s*race\b/g, () => true), []);
});

Deno.test(`No file under src/ is over ${fileLinesMax} lines of code`, () => {
  const long = [...sources].map(([path, { code }]) => [path, linesOfCode(code)] as const)
    .filter(([, lines]) => lines > fileLinesMax);
  assertEquals(long, []);
});

Deno.test(`No function under src/ is over ${functionLinesMax} lines`, () => {
  const long = [...sources].flatMap(([path, { code }]) =>
    bodies(code).filter(({ lines }) => lines > functionLinesMax)
      .map(({ line, lines }) => `${path}:${line} has ${lines} lines`)
  );
  assertEquals(long, []);
});

// ---- whether the rules see what they are to see

/** Sources of a house, by path. */
function house(files: Record<string, string>): Map<string, Source> {
  return new Map(Object.entries(files).map(([path, text]) => [path, scan(text)]));
}

Deno.test("The rules see all forms of an import", () => {
  const { imports } = scan(`
    import "./a.ts";
    import b from './b.ts';
    import { c1, type c2 } from "./c.ts";
    import type { D } from "./d.ts";
    import * as e from "./e.ts";
    export * from "./f.ts";
    export type {
      G, // import "./not.ts";
    } from "./g.ts";
    type H = import("./h.ts").H;
    const i = await import( "./i.ts" );
    /* import "./not.ts"; */
    const text = 'import "./not.ts"';
    const template = \`import "./not.ts" \${from("./not.ts")} import("./not.ts")\`;
    const regular = /import "\\/not.ts"['"\`]/;
    export function from(): string { return "from './not.ts'"; }
    import { j } from "./j.ts";
  `);
  assertEquals(imports.sort(), "abcdefghij".split("").map((letter) => `./${letter}.ts`));
});

Deno.test("The rules see an import that points up", () => {
  const found = pointingUp(house({
    "src/proto/a.ts": `import type { B } from "../types.ts";`,
    "src/types.ts": `import "./proto/a.ts"; import "./logger/a.ts";`,
    "src/session/a.ts": `export * from "../process.ts"; import "../wait.ts"; import "./b.ts";`,
    "src/testing/server.ts": `import "../types.ts"; import "./tree.ts"; import "../errors.ts";`,
    "src/zookeeper.ts": `import "./testing/server.ts"; import "./rpc/mod.ts"; import "../mod.ts";`,
    "mod.ts": `import "./src/zookeeper.ts"; import "./src/discovery/mod.ts";`,
  }));
  assertEquals(found, [
    "src/proto/a.ts (0) imports src/types.ts (1)",
    "src/session/a.ts (3) imports src/process.ts (4)",
    "src/testing/server.ts (beside) imports src/errors.ts (2)",
    "src/zookeeper.ts (5) imports src/testing/server.ts (beside)",
    "src/zookeeper.ts (5) imports src/rpc/mod.ts (7)",
    "mod.ts (5) imports src/discovery/mod.ts (6)",
  ]);
});

Deno.test("The rules see circles, of one file and of many", () => {
  const found = circles(house({
    "src/session/a.ts": `import "./b.ts"; import "./d.ts";`,
    "src/session/b.ts": `import type { C } from "./c.ts";`,
    "src/session/c.ts": `export type { A } from "./a.ts";`,
    "src/session/d.ts": `import "./d.ts";`,
    "src/session/e.ts": `import "./a.ts";`,
  }));
  assertEquals(found, [
    "src/session/a.ts > src/session/b.ts > src/session/c.ts > src/session/a.ts",
    "src/session/d.ts > src/session/d.ts",
  ]);
});

Deno.test("The rules see packages and node: modules", () => {
  const found = foreignImports(house({
    "src/session/a.ts": `import "jsr:@std/async@1"; import "@std/assert"; import "node:dns";`,
    "src/deno.ts": `import { lookup } from "node:dns/promises"; import "jsr:@std/async";`,
    "src/rpc/a.ts": `import "npm:protobufjs@^8.8.1"; import "https://example.com/mod.ts";`,
    "src/client/a.ts": `import "npm:protobufjs@^8.8.1"; import "node:timers";`,
    "src/testing/a.ts": `import "node:timers"; import "@std/async";`,
  }));
  assertEquals(found, [
    "src/session/a.ts imports jsr:@std/async@1",
    "src/session/a.ts imports @std/assert",
    "src/session/a.ts imports node:dns",
    "src/deno.ts imports jsr:@std/async",
    "src/rpc/a.ts imports https://example.com/mod.ts",
    "src/client/a.ts imports npm:protobufjs@^8.8.1",
    "src/client/a.ts imports node:timers",
    "src/testing/a.ts imports @std/async",
  ]);
});

Deno.test("The rules see names in code, and not in comments, strings and patterns", () => {
  const text = `
    // Deno.connect(), setTimeout()
    const s = "Deno setTimeout async" + 'Date.now()' + /await Deno/.source;
    const t = \`performance \${Math.random()} async\`;
    const clock = Date.now(), other = denoPlatform, dated = new Date(7);
    function f() { return new   Promise<void>(() => setTimeout(f, 1)); }
    const g = async () => await Promise.resolve();
  `;
  const names = (pattern: RegExp) =>
    naming(house({ "src/session/a.ts": text }), pattern, () => true);
  assertEquals(names(platformNames), [
    "src/session/a.ts:4 Math.random",
    "src/session/a.ts:5 Date.now",
    "src/session/a.ts:6 setTimeout",
  ]);
  assertEquals(names(promiseMakers), [
    "src/session/a.ts:6 new   Promise",
    "src/session/a.ts:7 async",
    "src/session/a.ts:7 await",
    "src/session/a.ts:7 Promise.resolve",
  ]);
});

Deno.test("The rules see how long code is", () => {
  const body = "  call({ a: 1 }); // remark\n".repeat(71);
  const code = (text: string) => scan(text).code;
  const long = (text: string) =>
    bodies(code(text)).filter(({ lines }) => lines > functionLinesMax).length;
  assertEquals(linesOfCode(code(`/** Doc.\n * More. */\n\n// Remark.\n${body}\n`)), 71);
  assertEquals(long(`function f(a: { b: number }): string[] {\n${body}}`), 1);
  assertEquals(long(`class A {\n  method(): Map<string, { b: 1 }> {\n${body}}\n}`), 1);
  assertEquals(long(`const f = (a: number) => {\n${body}};`), 1);
  assertEquals(
    long(`class A {\n  readonly #f = (): void => {\n${body}};\n  get b() { return 1; }\n}`),
    1,
  );
  assertEquals(long(`test("name", () => {\n${body}});`), 1);
  const short = "  f(): void { call(); }\n".repeat(71);
  assertEquals(long(`export class A extends B<{ c: 1 }> implements D {\n${short}}`), 0);
  assertEquals(long(`const o = {\n${"  a: { b: 1 },\n".repeat(71)}};`), 0);
  assertEquals(long(`export interface I {\n${"  a: 1;\n".repeat(71)}}`), 0);
  assertEquals(long(`type T =\n  | {\n${"  a: 1;\n".repeat(71)}};`), 0);
  assertEquals(long(`export const T: {\n${"  a: 1;\n".repeat(71)}} = {};`), 0);
});

// ---- the rules

function floorOf(path: string): number | null {
  const start = Object.keys(floors).filter((start) => path.startsWith(start))
    .sort((a, b) => b.length - a.length)[0];
  return start === undefined ? null : floors[start]!;
}

function inTesting(path: string): boolean {
  return path.startsWith(testing);
}

/** What stands for Deno and Node below the top: sockets are theirs, and so is the date of today. */
function isPlatform(path: string): boolean {
  return path === "src/deno.ts" || path.startsWith("src/tls/");
}

function inLogger(path: string): boolean {
  return path.startsWith("src/logger/");
}

/** The logger's sinks are the application's: they write files, on Deno's own time. */
function inCore(path: string, floor: number): boolean {
  return below(path, floor) && !inLogger(path) && !inTesting(path);
}

function below(path: string, floor: number): boolean {
  return inTesting(path) || (floorOf(path) ?? 0) < floor;
}

function pointingUp(of: Map<string, Source>): string[] {
  return edges(of).filter(([from, to]) => {
    if (inTesting(to)) return !inTesting(from);
    return (floorOf(to) ?? Infinity) > (inTesting(from) ? testingMax : floorOf(from) ?? -1);
  }).map(([from, to]) => `${from} (${level(from)}) imports ${to} (${level(to)})`);
}

function level(path: string): number | string | null {
  return inTesting(path) ? "beside" : floorOf(path);
}

function circles(of: Map<string, Source>): string[] {
  const to = Map.groupBy(edges(of), ([from]) => from);
  const done = new Set<string>();
  const found: string[] = [];
  function visit(path: string, way: string[]): void {
    const at = way.indexOf(path);
    if (at >= 0) found.push([...way.slice(at), path].join(" > "));
    if (at >= 0 || done.has(path)) return;
    for (const [, next] of to.get(path) ?? []) visit(next, [...way, path]);
    done.add(path);
  }
  for (const path of of.keys()) visit(path, []);
  return found;
}

/** Who imports whom among our own files. */
function edges(of: Map<string, Source>): [from: string, to: string][] {
  return [...of].flatMap(([from, { imports }]) =>
    imports.filter(isOurs).map((specifier): [string, string] => {
      const { pathname } = new URL(specifier, `file:///${from}`);
      return [from, pathname.slice(1)];
    })
  );
}

function isOurs(specifier: string): boolean {
  return /^\.{0,2}\//.test(specifier);
}

/** protobufjs serves rpc/; node: modules serve the platforms, tls/, and the sockets of rpc/. */
function foreignImports(of: Map<string, Source>): string[] {
  return foreign(
    of,
    (path, specifier) =>
      specifier.startsWith("node:")
        ? !isPlatform(path) && !path.startsWith("src/rpc/") && !inTesting(path)
        : !(/^(npm:)?protobufjs\b/.test(specifier) && path.startsWith("src/rpc/")),
  );
}

function jsrImports(of: Map<string, Source>): string[] {
  return foreign(of, (_, specifier) => /^jsr:|^@std\//.test(specifier));
}

function foreign(
  of: Map<string, Source>,
  refused: (path: string, specifier: string) => boolean,
): string[] {
  return [...of].flatMap(([path, { imports }]) =>
    imports.filter((specifier) => !isOurs(specifier) && refused(path, specifier))
      .map((specifier) => `${path} imports ${specifier}`)
  );
}

/** Where a pattern stands in the code of those files that `where` says yes to. */
function naming(
  of: Map<string, Source>,
  pattern: RegExp,
  where: (path: string) => boolean,
): string[] {
  return [...of].filter(([path]) => where(path)).flatMap(([path, { code }]) =>
    [...code.matchAll(pattern)].map((match) => `${path}:${lineOf(code, match.index)} ${match[0]}`)
  );
}

function linesOfCode(code: string): number {
  return code.split("\n").filter((line) => line.trim() !== "").length;
}

/** All blocks but those of classes, types and objects: the bodies of functions, and what is in them. */
function bodies(code: string): { line: number; lines: number }[] {
  const open: number[] = [];
  const found: { line: number; lines: number }[] = [];
  for (let at = 0; at < code.length; at++) {
    if (code[at] === "{") open.push(at);
    if (code[at] !== "}") continue;
    const start = open.pop();
    assert(start !== undefined, "Braces must match, or the scanner is wrong");
    const line = lineOf(code, start);
    if (isBody(code.slice(0, start))) found.push({ line, lines: lineOf(code, at) - line + 1 });
  }
  assertEquals(open, [], "Braces must match, or the scanner is wrong");
  return found;
}

function isBody(before: string): boolean {
  if (/=>\s*$/.test(before)) return true;
  if (/(?:[=(,:[?&|<]|\b(?:return|default|satisfies|as|import|export|type))\s*$/.test(before)) {
    return false;
  }
  const header = before.slice(Math.max(before.lastIndexOf(";"), before.lastIndexOf("\n\n")) + 1);
  return !/\b(?:class|interface|enum|namespace)\s+\w+[^;()]*$/.test(header);
}

function lineOf(code: string, at: number): number {
  return code.slice(0, at).split("\n").length;
}

// ---- reading sources

interface Source {
  /** What it imports, as it is written there. */
  imports: string[];
  /** Without comments, and without what stands in strings and patterns; lines stay where they are. */
  code: string;
}

function scan(text: string): Source {
  const strings: string[] = [];
  const code = blank(text, strings);
  const numbered = /\b(?:from|import)\s*"(\d+)"|\bimport\s*\(\s*"(\d+)"/g;
  const imports = [...code.matchAll(numbered)]
    .map((match) => strings[Number(match[1] ?? match[2])]!);
  return { imports, code: code.replaceAll(/"\d+"/g, '""') };
}

/** Strings become their number among `strings`; comments and patterns become their line breaks. */
function blank(text: string, strings: string[]): string {
  let code = "";
  /** For each open brace whether it is that of a template's expression. */
  const braces: boolean[] = [];
  token.lastIndex = 0;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const { comment, string, tick, pattern, brace } = match.groups!;
    if (comment !== undefined) {
      code += comment.replaceAll(/[^\n]/g, "");
    } else if (string !== undefined) {
      code += `"${strings.push(string.slice(1, -1)) - 1}"`;
    } else if (pattern !== undefined && !mayBePattern(code)) {
      // A division: its slash alone.
      code += "/";
      token.lastIndex = match.index + 1;
    } else if (pattern !== undefined) {
      code += '""';
    } else if (tick !== undefined || brace === "}" && braces.pop()) {
      code += template(text, braces);
    } else {
      if (brace === "{") braces.push(false);
      code += match[0];
    }
  }
  return code;
}

/** The rest of a template up to its end or to its next expression. */
function template(text: string, braces: boolean[]): string {
  const rest = /(?:\\[^]|\$(?!\{)|[^`\\$])*(`|\$\{)/y;
  rest.lastIndex = token.lastIndex;
  const match = rest.exec(text);
  assert(match !== null, "A template must end, or the scanner is wrong");
  token.lastIndex = rest.lastIndex;
  if (match[1] === "${") braces.push(true);
  return match[0].replaceAll(/[^\n]/g, "") + (match[1] === "${" ? " " : "``");
}

/** A slash starts a pattern unless a value stands before it. */
function mayBePattern(before: string): boolean {
  return /(?:^|[=(,:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of))\s*$/.test(before.slice(-40));
}

function readText(path: string): string {
  return Deno.readTextFileSync(root + path);
}

function filesUnder(folder: string): string[] {
  const files: string[] = [];
  for (const { name, isDirectory } of entries(folder)) {
    if (isDirectory) files.push(...filesUnder(`${folder}/${name}`));
    else if (/\.(?:ts|js)$/.test(name)) files.push(`${folder}/${name}`);
  }
  return files.sort();
}

function entries(folder: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(root + folder)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
