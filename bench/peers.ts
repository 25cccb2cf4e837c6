/**
 * The peers: the clients that one would use otherwise. Each is built anew if what it needs is on
 * this machine, and is left out for a reason that can be told if not.
 */
import { run } from "./children.ts";
import { directory, type Program } from "./programs.ts";

/** What could be had. */
export interface Peers {
  readonly programs: readonly Program[];
  /** What could not be had, and why. */
  readonly leftOut: readonly string[];
}

type Build = (into: string) => Promise<Program>;

/** Builds those that are asked for (null: all) into the directory `into`. */
export async function buildPeers(into: string, only: readonly string[] | null): Promise<Peers> {
  const wanted = Object.entries(builds).filter(([name]) => only?.includes(name) ?? true);
  const programs: Program[] = [];
  const leftOut: string[] = [];
  for (const [name, build] of wanted) {
    try {
      programs.push(await build(into));
    } catch (error) {
      leftOut.push(`${name}: ${reasonOf(error)}`);
    }
  }
  return { programs, leftOut };
}

/** Compiles a C program of this directory; returns where it is. */
export async function compile(source: string, into: string, libraries: string[]): Promise<string> {
  const program = `${into}/${source.split("/").at(-1)!.replace(/\.c$/, "")}`;
  const args = ["-O2", "-w", `${directory}/${source}`, "-o", program, ...libraries];
  const named = Deno.env.get("CC");
  for (const compiler of named ? [named] : ["gcc", "clang", "cc"]) {
    try {
      await run(compiler, args);
      return program;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new Error("there is no C compiler");
}

const jars = "/usr/share/java";
const nodeClient = "node-zookeeper-client@1.1.3";

const builds: Record<string, Build> = {
  async zookeeper_st(into) {
    const program = await compile("peers/zookeeper_st.c", into, ["-lzookeeper_st", "-lm"]);
    return peer("zookeeper_st", "zookeeper_st (C)", [program], 0);
  },

  async java(into) {
    const jar = `${jars}/zookeeper.jar`;
    if (!await exists(jar)) throw new Error(`there is no ${jar}`);
    await run("javac", ["-cp", jar, "-d", into, `${directory}/peers/JavaClient.java`]);
    const classPath = [into, jar, `${jars}/slf4j-nop.jar`].join(":");
    return peer("java", "ZooKeeper (Java)", ["java", "-cp", classPath, "JavaClient"], 2.2);
  },

  async node() {
    const env = await installNode("node", [nodeClient]);
    const command = ["node", `${directory}/peers/node_client.cjs`];
    const program = peer("node", "node-zookeeper-client", command, 0.2);
    return { ...program, env };
  },

  async kazoo() {
    // Debian's kazoo is its own Python's, whatever other one comes first.
    for (const python of ["/usr/bin/python3", "python3"]) {
      if (!await run(python, ["-c", "import kazoo"]).then(() => true, () => false)) continue;
      const command = [python, `${directory}/peers/kazoo_client.py`];
      return peer("kazoo", "kazoo (Python)", command, 0.4);
    }
    throw new Error("there is no python3 that has it");
  },
};

/**
 * Has Node and some of npm's packages, each with its version, in a folder that is kept; returns the
 * environment in which a program finds them.
 */
export async function installNode(
  name: string,
  packages: readonly string[],
): Promise<Record<string, string>> {
  const folder = `${cacheFolder()}/zkst-bench-${name}`;
  const modules = `${folder}/node_modules`;
  const nameOf = (one: string) => one.slice(0, one.lastIndexOf("@"));
  const present = await Promise.all(packages.map((one) => exists(`${modules}/${nameOf(one)}`)));
  if (present.includes(false)) {
    await Deno.mkdir(folder, { recursive: true });
    const flags = ["--silent", "--no-audit", "--no-fund", "--ignore-scripts"];
    await run("npm", ["install", "--prefix", folder, ...flags, ...packages]);
  }
  await run("node", ["--version"]);
  return { NODE_PATH: modules };
}

function peer(name: string, title: string, command: string[], extra: number): Program {
  return { name, title, command, kind: "peer", bare: null, extra };
}

/** What can be kept from run to run: outside of this repository. */
function cacheFolder(): string {
  const home = Deno.env.get("HOME");
  return Deno.env.get("XDG_CACHE_HOME") || (home ? `${home}/.cache` : "/tmp");
}

function reasonOf(error: unknown): string {
  return (error as Error).message.replace(/^Failed to spawn '(.*?)':.*/s, "there is no $1");
}

async function exists(file: string): Promise<boolean> {
  return await Deno.stat(file).then(() => true, () => false);
}
