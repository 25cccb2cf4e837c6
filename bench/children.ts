/** Child processes. All of them end with us, also on Ctrl-C. */

const children = new Set<Deno.ChildProcess>();
let ending = false;

/** Starts a program that runs until {@link endChildren}. */
export function start(program: string, args: string[]): Deno.ChildProcess {
  const options = { args, stdin: "null", stdout: "null", stderr: "inherit" } as const;
  const child = new Deno.Command(program, options).spawn();
  children.add(child);
  return child;
}

/**
 * Starts a program that runs until {@link endChildren}; resolves with the first line it prints.
 *
 * @throws when it ends before it has printed one.
 */
export async function startAndHear(
  program: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<string> {
  const options = { args, env, stdin: "null", stdout: "piped", stderr: "inherit" } as const;
  const child = new Deno.Command(program, options).spawn();
  children.add(child);
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`${nameOf(program)} has ended`);
    text += value;
  }
  await reader.cancel();
  return text.split("\n")[0]!;
}

/**
 * Runs a program to its end; resolves with what it printed.
 *
 * @throws when it fails, or has not ended within `timeout` ms.
 */
export async function run(
  program: string,
  args: string[],
  timeout = 60_000,
  env: Record<string, string> = {},
): Promise<string> {
  const options = { args, env, stdin: "null", stdout: "piped", stderr: "piped" } as const;
  const child = new Deno.Command(program, options).spawn();
  children.add(child);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, timeout);
  const { success, signal, code, stdout, stderr } = await child.output();
  clearTimeout(timer);
  children.delete(child);
  if (success) return new TextDecoder().decode(stdout);
  // Ctrl-C tells the child, too; its end must not pass for a failure before we are told.
  await new Promise((resolve) => setTimeout(resolve, 100));
  if (ending) await new Promise(() => {});
  if (late) throw new Error(`${nameOf(program)} has not ended within ${timeout / 1000} s`);
  const said = new TextDecoder().decode(stderr).trim().split("\n")[0];
  throw new Error(`${nameOf(program)} failed: ${said || (signal ?? `code ${code}`)}`);
}

function nameOf(program: string): string {
  return program.split("/").at(-1)!;
}

/** Ends all that is still running. */
export async function endChildren(): Promise<void> {
  ending = true;
  await Promise.all([...children].map(endChild));
}

/** Ends one that was started; resolves when it is gone. */
export async function endChild(child: Deno.ChildProcess): Promise<void> {
  try {
    child.kill("SIGTERM");
  } catch {
    // It has ended by itself.
  }
  await child.status;
  children.delete(child);
}

/** On Ctrl-C and the like undoes what `stack` holds, then exits. */
export function endOnSignals(stack: AsyncDisposableStack): void {
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
    Deno.addSignalListener(signal, () => {
      ending = true;
      stack.disposeAsync().finally(() => Deno.exit(code));
    });
  }
}
