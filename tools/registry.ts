/*
 * Where the packages of the tests come from. From JSR, when it answers. Otherwise from a folder
 * that is laid out as JSR is, which Deno takes for it when JSR_URL names it: its packages are the
 * stand-ins of tools/std.
 *
 * The folder lies outside the repository, because files inside would count as files of our own
 * package, and its name has the hash of its content, so that it is written once and never changed.
 */

import { print, run } from "./processes.ts";
import { cacheFolder } from "./servers/maven.ts";

/** How Deno finds packages. */
export interface Packages {
  /** Variables for the environment of every Deno. */
  env: Record<string, string>;
  /** Flags for the Denos that run or check code. */
  flags: string[];
}

/**
 * Finds out where packages come from, and says so when it is not JSR.
 *
 * @param root The repository.
 * @returns What Deno must be told.
 */
export async function findPackages(root: string): Promise<Packages> {
  if (Deno.env.get("JSR_URL") || await jsrAnswers(root)) return { env: {}, flags: [] };
  print("JSR does not answer: tools/std stands in for its packages\n");
  const url = await writeRegistry(`${root}/tools/std`, cacheFolder());
  // A lock file would take the stand-ins' versions and hashes.
  return { env: { JSR_URL: url }, flags: ["--no-lock"] };
}

/** Whether Deno can load what deno.json names, from JSR or from its own cache. */
async function jsrAnswers(root: string): Promise<boolean> {
  const { imports } = JSON.parse(await Deno.readTextFile(`${root}/deno.json`));
  const code = Object.values<string>(imports ?? {})
    .filter((specifier) => specifier.startsWith("jsr:"))
    .map((specifier) => `import ${JSON.stringify(specifier)};`)
    .join("\n");
  const slow = setTimeout(() => print("Waiting for JSR\n"), 2000);
  const { code: status } = await run(Deno.execPath(), ["eval", "--no-lock", code], {
    cwd: root,
    timeout: 20_000,
  });
  clearTimeout(slow);
  return status === 0;
}

/**
 * Lays out packages as JSR does: each folder of `source` is one, its `mod.ts` what it exports.
 *
 * @param source The folder with the packages' folders.
 * @param parent Where the registry's folder is to be; made if missing.
 * @returns The registry's address, for JSR_URL.
 */
export async function writeRegistry(source: string, parent: string): Promise<string> {
  const files = await Promise.all(
    packageFiles(source).map(async (path) => {
      const text = unchecked + await Deno.readTextFile(`${source}/${path}`);
      return { path, text, hash: await sha256(text) };
    }),
  );
  const id = await sha256(layout + files.map(({ path, hash }) => `${path} ${hash}\n`).join(""));
  const folder = `${parent}/zkst-std-${id.slice(0, 16)}`;
  if (!await exists(folder)) {
    await Deno.mkdir(parent, { recursive: true });
    const draft = await Deno.makeTempDir({ dir: parent, prefix: "zkst-std-draft-" });
    try {
      await writePackages(draft, files);
      // All or nothing, whoever else is at it. Who comes second finds it there.
      await Deno.rename(draft, folder).catch(async (error) => {
        if (!await exists(folder)) throw error;
      });
    } finally {
      await Deno.remove(draft, { recursive: true }).catch(() => {});
    }
  }
  return new URL(`file://${encodeURI(folder)}/`).href;
}

interface PackageFile {
  /** `assert/mod.ts`, say. */
  path: string;
  text: string;
  hash: string;
}

/**
 * Deno checks a package's public types in a form without function bodies, and where settings are
 * strict it complains about their then unused parameters. Our own check looks at the sources as
 * they are. The comment is lost along with what follows it, hence a type that stays.
 */
const unchecked = "// @ts-nocheck\nexport interface StandIn {}\n";

/** To be changed with the functions below, so that no folder of an older layout is taken. */
const layout = "1\n";
const version = "1.0.99";

async function writePackages(folder: string, files: PackageFile[]): Promise<void> {
  for (const name of new Set(files.map(({ path }) => path.split("/")[0]!))) {
    const home = `${folder}/@std/${name}`;
    const manifest: Record<string, { size: number; checksum: string }> = {};
    for (const { path, text, hash } of files.filter(({ path }) => path.startsWith(`${name}/`))) {
      const inside = path.slice(name.length);
      const target = `${home}/${version}${inside}`;
      await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), { recursive: true });
      await Deno.writeTextFile(target, text);
      const size = new TextEncoder().encode(text).length;
      manifest[inside] = { size, checksum: `sha256-${hash}` };
    }
    const meta = { scope: "std", name, latest: version, versions: { [version]: {} } };
    await Deno.writeTextFile(`${home}/meta.json`, JSON.stringify(meta));
    const versionMeta = { manifest, exports: { ".": "./mod.ts" } };
    await Deno.writeTextFile(`${home}/${version}_meta.json`, JSON.stringify(versionMeta));
  }
}

/** The modules in the folders of a folder, but none that lie beside these. */
function packageFiles(source: string): string[] {
  const files: string[] = [];
  function collect(folder: string) {
    for (const { name, isDirectory } of Deno.readDirSync(`${source}/${folder}`)) {
      const path = folder === "" ? name : `${folder}/${name}`;
      if (isDirectory) collect(path);
      else if (folder !== "" && name.endsWith(".ts")) files.push(path);
    }
  }
  collect("");
  return files.sort();
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex();
}

function exists(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}
