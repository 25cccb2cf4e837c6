/**
 * docs/operations.md says what every line of the log means: each text that src/ hands to a logger
 * stands in its tables, with "…" for what differs, and each that stands there is handed to one.
 */
import { assertEquals } from "@std/assert";

const root = decodeURI(new URL("..", import.meta.url).pathname);

/** Beside the library: they log what others say. */
const apart = ["src/testing/", "src/logger/"];

/** Texts that are made elsewhere than in the call, by what stands in the call. */
const madeElsewhere: Readonly<Record<string, readonly string[]>> = {
  // session.ts, which says which of the two it is.
  "… …: …": ["Lost …: …", "No session with …: …"],
  // requests.ts: refusals, of which there are as many as there are checks; overload() for one.
  "zh.refusal.message": ["Too much is outstanding: … requests and … bytes are allowed"],
  "refusal.message": ["A request of … bytes is over maxBuffer, which is … bytes"],
  // server/call.ts
  message: ["The response of … is over the limit of … bytes"],
  // wires/native/client.ts
  text: ["… is going away: …"],
};

/** A call of a logger; what follows is its first argument. */
const call = /\b(?:logger|zh\.logger)\??\.(?:debug|info|warn|error)\??\.?\(\s*/g;

Deno.test("Each log line has its place in docs/operations.md, and each there is one", async () => {
  const logged = new Set<string>();
  for (const path of sources("src/")) {
    const source = await Deno.readTextFile(root + path);
    for (const match of source.matchAll(call)) {
      const text = normalised(firstArgument(source, match.index + match[0].length));
      for (const line of madeElsewhere[text] ?? [text]) logged.add(line);
    }
  }
  const described = documented(await Deno.readTextFile(`${root}docs/operations.md`));
  assertEquals([...described].filter((line) => !logged.has(line)), [], "no line of src/");
  assertEquals([...logged].filter((line) => !described.has(line)), [], "not in the tables");
});

Deno.test("What a call logs is found whatever it is made of", () => {
  const source =
    'logger.warn?.(`Lost ${a({ b: `${c}` })}, ` +\n  "again" + messageOf(error), { peer })';
  const [match] = source.matchAll(call);
  assertEquals(normalised(firstArgument(source, match![0].length)), "Lost …, again…");
});

/** The first cells of the tables of the log: code, by which the others are known. */
function documented(text: string): Set<string> {
  const log = text.slice(text.indexOf("## The log"), text.indexOf("## Chaos"));
  return new Set([...log.matchAll(/^\| `(.+?)` +\|/gm)].map(([, line]) => line!));
}

function* sources(folder: string): Generator<string> {
  if (apart.includes(folder)) return;
  for (const { name, isDirectory } of Deno.readDirSync(root + folder)) {
    if (isDirectory) yield* sources(`${folder}${name}/`);
    else if (name.endsWith(".ts")) yield folder + name;
  }
}

/** What stands at a place, up to the comma or bracket that ends it. */
function firstArgument(source: string, start: number): string {
  let depth = 0;
  for (let at = start; at < source.length; at++) {
    const char = source[at]!;
    if ("\"'`".includes(char)) at = endOfText(source, at) - 1;
    else if ("([{".includes(char)) depth++;
    else if (depth === 0 && ",)".includes(char)) return source.slice(start, at).trim();
    else if (")]}".includes(char)) depth--;
  }
  throw new Error("A call without an end");
}

/** Where a string or a template that begins at a place is over. */
function endOfText(source: string, start: number): number {
  const quote = source[start]!;
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] === "\\") at++;
    else if (source[at] === quote) return at + 1;
    else if (quote === "`" && source.startsWith("${", at)) at = endOfHole(source, at);
  }
  throw new Error("A text without an end");
}

/** Where the bracket stands that ends a `${`. */
function endOfHole(source: string, start: number): number {
  let depth = 0;
  for (let at = start + 1;; at++) {
    const char = source[at]!;
    if ("\"'`".includes(char)) at = endOfText(source, at) - 1;
    else if (char === "{") depth++;
    else if (char === "}" && --depth === 0) return at;
  }
}

/** The text of an expression: what is no text in it is "…". One without any text stays as it is. */
function normalised(expression: string): string {
  let text = "";
  let hasText = false;
  for (let at = 0; at < expression.length; at++) {
    const char = expression[at]!;
    if ("\"'`".includes(char)) {
      const end = endOfText(expression, at);
      text += withoutHoles(expression.slice(at + 1, end - 1));
      hasText = true;
      at = end - 1;
    } else if (!/[\s+]/.test(char) && !text.endsWith("…")) text += "…";
  }
  return hasText ? text : expression;
}

function withoutHoles(text: string): string {
  for (let at; (at = text.indexOf("${")) >= 0;) {
    text = text.slice(0, at) + "…" + text.slice(endOfHole(text, at) + 1);
  }
  return text;
}
