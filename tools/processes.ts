/*
 * Runs programs, one at a time: keeps what they say, bounds their time, and ends them when we are
 * told to end. Their temporary files go to a directory that goes away with us, because a program
 * that is cut short does not remove them itself.
 */

/** How a program is run. */
export interface RunOptions {
  /** Where. */
  cwd: string;
  /** Variables that it gets beside ours. */
  env?: Record<string, string>;
  /** How long it may run, in milliseconds. */
  timeout?: number;
  /** Whether its output is shown as it comes. */
  live?: boolean;
}

/** How a program ended. */
export interface Ended {
  /** Its exit code, 0 when all is well. */
  code: number;
  /** All it said, on both of its outputs, in order. */
  output: string;
}

/**
 * Runs a program to its end, with nothing to read.
 *
 * @param program The program.
 * @param args Its arguments.
 * @param options How it is run.
 * @returns How it ended.
 */
export async function run(program: string, args: string[], options: RunOptions): Promise<Ended> {
  const { cwd, env = {}, timeout = 1_800_000, live = false } = options;
  const child = new Deno.Command(program, {
    args,
    cwd,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const abort = new AbortController();
  let output = "";
  const keep = (text: string) => {
    output += text;
    if (live) print(text);
  };
  const timer = setTimeout(() => {
    keep(`Ended by force: it took more than ${timeout / 1000} seconds\n`);
    child.kill("SIGKILL");
    // A child of its own may still hold its outputs open.
    abort.abort();
  }, timeout);
  const [{ code }] = await Promise.all([
    statusOf(child),
    readText(child.stdout, keep, abort.signal),
    readText(child.stderr, keep, abort.signal),
  ]);
  clearTimeout(timer);
  return { code, output };
}

/**
 * Runs a program to its end on our own input and output.
 *
 * @param program The program.
 * @param args Its arguments.
 * @param options How it is run.
 * @returns Its exit code.
 */
export async function hand(
  program: string,
  args: string[],
  options: Pick<RunOptions, "cwd" | "env">,
): Promise<number> {
  const child = new Deno.Command(program, { args, ...options, stdin: "inherit" }).spawn();
  return (await statusOf(child)).code;
}

/**
 * Writes to our own output.
 *
 * @param text What to write, its ends of lines included.
 */
export function print(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) {
    written += Deno.stdout.writeSync(bytes.subarray(written));
  }
}

/**
 * Makes a directory for temporary files, and has the programs that run end with us when the user
 * interrupts us. Real ZooKeepers need no word: they end when we do.
 */
export function begin(): void {
  directory = Deno.makeTempDirSync({ prefix: "zkst-run-" });
  Deno.env.set("TMPDIR", directory);
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
    Deno.addSignalListener(signal, async () => {
      ending = true;
      // A terminal has told them as well, and they may have something to put in order.
      setTimeout(() => children.forEach((child) => child.kill("SIGTERM")), 1000);
      setTimeout(() => children.forEach((child) => child.kill("SIGKILL")), 5000);
      await Promise.all([...children].map((child) => child.status));
      await end(code);
    });
  }
}

/**
 * Ends this process, with all that it has left in the way of temporary files.
 *
 * @param code The exit code.
 */
export async function end(code: number): Promise<never> {
  // Servers that were cut short may still be at their own removal, and in our way.
  for (let attempts = 20; directory && attempts > 0; attempts--) {
    try {
      Deno.removeSync(directory, { recursive: true });
      directory = null;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  Deno.exit(code);
}

const children = new Set<Deno.ChildProcess>();
let ending = false;
let directory: string | null = null;

/** What its end leads to is of no interest any more when we are ending ourselves. */
async function statusOf(child: Deno.ChildProcess): Promise<Deno.CommandStatus> {
  children.add(child);
  const status = await child.status;
  children.delete(child);
  return ending ? await new Promise(() => {}) : status;
}

function readText(
  stream: ReadableStream<Uint8Array>,
  keep: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const decoder = new TextDecoder();
  const write = (bytes: Uint8Array) => keep(decoder.decode(bytes, { stream: true }));
  return stream.pipeTo(new WritableStream({ write }), { signal }).catch(() => {});
}
