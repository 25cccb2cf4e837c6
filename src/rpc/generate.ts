/**
 * Turns a .proto into a module of TypeScript, on standard output:
 * `deno run --allow-read jsr:@zkst/zookeeper/rpc/generate user.proto > user.ts`. What it imports is
 * looked for beside it.
 *
 * @module
 */
import { importsOf, isCommon } from "./schema/parse_services.ts";
import { typescriptOf } from "./schema/typescript.ts";

if (import.meta.main) {
  try {
    console.log(generate(Deno.args).trimEnd());
  } catch (error) {
    console.error((error as Error).message);
    Deno.exit(1);
  }
}

function generate(args: readonly string[]): string {
  const [file] = args;
  if (args.length !== 1 || file === undefined || file.startsWith("-")) {
    throw new TypeError("Usage: deno run --allow-read jsr:@zkst/zookeeper/rpc/generate FILE.proto");
  }
  const slash = file.lastIndexOf("/") + 1;
  const imports: Record<string, string> = {};
  const text = Deno.readTextFileSync(file);
  collect("The .proto", text, file.slice(0, slash), imports);
  return typescriptOf(text, { imports, from: file.slice(slash) });
}

/** The text of what a file imports, but for those of Google's own that need none. */
function collect(
  name: string,
  text: string,
  folder: string,
  imports: Record<string, string>,
): void {
  for (const imported of importsOf(name, text)) {
    if (isCommon(imported) || Object.hasOwn(imports, imported)) continue;
    const found = imports[imported] = Deno.readTextFileSync(folder + imported);
    collect(`"${imported}"`, found, folder, imports);
  }
}
