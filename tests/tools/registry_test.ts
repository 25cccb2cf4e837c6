import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { writeRegistry } from "../../tools/registry.ts";

/** A temporary directory with a source of one package in two files, and a file beside it. */
async function sources(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir({ prefix: "zkst 100% " });
  await Deno.mkdir(`${path}/std/greet/parts`, { recursive: true });
  await Deno.writeTextFile(
    `${path}/std/greet/mod.ts`,
    'import { word } from "./parts/word.ts";\nexport function greet(times: number): string {\n  return word.repeat(times);\n}\n',
  );
  await Deno.writeTextFile(`${path}/std/greet/parts/word.ts`, 'export const word = "Grüezi";\n');
  await Deno.writeTextFile(`${path}/std/greet_test.ts`, "");
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

async function read(url: string): Promise<Record<string, unknown>> {
  return JSON.parse(await Deno.readTextFile(new URL(url)));
}

Deno.test("writeRegistry() describes each file by size and hash", async () => {
  await using source = await sources();
  const url = await writeRegistry(`${source.path}/std`, `${source.path}/cache`);
  assertMatch(url, /^file:\/\/\/.*zkst%20100%25%20.*\/zkst-std-[0-9a-f]{16}\/$/);
  assertEquals(await read(`${url}@std/greet/meta.json`), {
    scope: "std",
    name: "greet",
    latest: "1.0.99",
    versions: { "1.0.99": {} },
  });
  const { manifest, exports } = await read(`${url}@std/greet/1.0.99_meta.json`);
  assertEquals(exports, { ".": "./mod.ts" });
  assertEquals(Object.keys(manifest as object), ["/mod.ts", "/parts/word.ts"]);
  for (const [path, entry] of Object.entries(manifest as object)) {
    const bytes = await Deno.readFile(new URL(`${url}@std/greet/1.0.99${path}`));
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    assertEquals(entry, { size: bytes.length, checksum: `sha256-${digest.toHex()}` });
  }
});

Deno.test("writeRegistry() is something that Deno takes for JSR", async () => {
  await using source = await sources();
  const url = await writeRegistry(`${source.path}/std`, `${source.path}/cache`);
  // Strict settings of the user's do not hold for the packages he uses.
  const config = { compilerOptions: { noUnusedParameters: true }, lock: false };
  await Deno.writeTextFile(`${source.path}/deno.json`, JSON.stringify(config));
  const main = `import { greet } from "jsr:@std/greet@^1.0.0";\nconsole.log(greet(1));\n`;
  await Deno.writeTextFile(`${source.path}/main.ts`, main);
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--check", "main.ts"],
    cwd: source.path,
    env: { JSR_URL: url, NO_COLOR: "1" },
  }).output();
  assertEquals(new TextDecoder().decode(stdout), "Grüezi\n", new TextDecoder().decode(stderr));
});

Deno.test("writeRegistry() writes the same sources once, and others to another place", async () => {
  await using source = await sources();
  const [from, to] = [`${source.path}/std`, `${source.path}/cache`];
  const [url, same] = await Promise.all([writeRegistry(from, to), writeRegistry(from, to)]);
  assertEquals(same, url);
  await Deno.writeTextFile(new URL(`${url}mark`), "");
  assertEquals(await writeRegistry(from, to), url);
  await Deno.stat(new URL(`${url}mark`));
  assertEquals([...Deno.readDirSync(to)].length, 1, "Drafts are left behind");
  await Deno.writeTextFile(`${from}/greet/parts/word.ts`, 'export const word = "Salü";\n');
  assertNotEquals(await writeRegistry(from, to), url);
});
