/**
 * The C programs: the null server, and libzookeeper_st as the client to compare with. They are
 * compiled anew each time, and each one is left out for a reason that can be told.
 */
import { run } from "./children.ts";
import { directory } from "./programs.ts";

/** What could be had. */
export interface Peers {
  /** The null server's program, or null. */
  readonly nullServer: string | null;
  /** The C client's program, or null. */
  readonly zookeeperSt: string | null;
  /** What could not be had, and why. */
  readonly leftOut: readonly string[];
}

/** Compiles the C programs into the directory `into`. */
export async function buildPeers(into: string): Promise<Peers> {
  const leftOut: string[] = [];

  async function build(name: string, ...libraries: string[]): Promise<string | null> {
    try {
      return await compile(`${sources()}/${name}.c`, `${into}/${name}`, libraries);
    } catch (error) {
      leftOut.push(`${name}: ${(error as Error).message}`);
      return null;
    }
  }

  const nullServer = await build("null_server");
  const zookeeperSt = await build("zookeeper_st", "-lzookeeper_st");
  return { nullServer, zookeeperSt, leftOut };
}

/** Where the sources are: ZKST_BENCH_PEERS, or ../shared/bench beside the repository. */
function sources(): string {
  return Deno.env.get("ZKST_BENCH_PEERS") ?? `${directory}/../../shared/bench`;
}

async function compile(source: string, program: string, libraries: string[]): Promise<string> {
  if (!await exists(source)) {
    throw new Error("there is no source of it; ZKST_BENCH_PEERS may name a directory that has one");
  }
  const args = ["-O2", "-w", source, "-o", program, ...libraries];
  for (const compiler of ["gcc", "clang", "cc"]) {
    try {
      await run(compiler, args);
      return program;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) continue;
      throw error;
    }
  }
  throw new Error("there is no C compiler");
}

async function exists(file: string): Promise<boolean> {
  return await Deno.stat(file).then(() => true, () => false);
}
