/*
 * Runs a peer's program, and has done to it what it asks for.
 *
 * The program gets the server's address as its last argument. It says what it saw, a line for each
 * thing, as a JSON array: a name and a value. When it wants something done to it, it says
 * ["please", "drop"] or ["please", "expire", "<session id>", "<password>"], both in hexadecimal, or
 * another fault of servers.ts, and reads a line from its input, which comes when that is done. What
 * else it says is shown if it fails.
 */

import type { Shown } from "./servers.ts";

/** How long a program may take, in milliseconds. */
const timeLimit = 60_000;

/** What a program saw, by the names it gave. */
export type Seen = Record<string, unknown>;

/** A program that runs. */
export class Program implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #errors: Promise<string>;
  readonly #timer: ReturnType<typeof setTimeout>;
  #said = "";

  /** Starts it. */
  constructor(command: string[]) {
    const [program, ...args] = command;
    this.#child = new Deno.Command(program!, {
      args,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#errors = new Response(this.#child.stderr).text();
    this.#timer = setTimeout(() => this.#child.kill("SIGKILL"), timeLimit);
  }

  /** Gives it a line to read. */
  async say(line: string): Promise<void> {
    // One that has ended reads no more: its exit code tells.
    await this.#input.write(new TextEncoder().encode(`${line}\n`)).catch(() => {});
  }

  /** The lines it says, to the end of its output. */
  async *lines(): AsyncGenerator<string> {
    let rest = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      this.#said += text;
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      yield* lines;
    }
  }

  /** Throws unless it ends well. */
  async ended(): Promise<void> {
    const [{ success, code, signal }, errors] = await Promise.all([
      this.#child.status,
      this.#errors,
    ]);
    if (success) return;
    const how = signal ?? `code ${code}`;
    throw new Error(`The program ended with ${how}. It said:\n${this.#said}\n${errors}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await Promise.all([this.#child.status, this.#errors, this.#input.close().catch(() => {})]);
    if (!this.#child.stdout.locked) await this.#child.stdout.cancel();
  }
}

/**
 * Runs a program that says what it sees.
 *
 * @param command The program and its arguments but for the last.
 * @param server The server it is to work with.
 * @returns What it saw.
 */
export async function play(command: string[], server: Shown): Promise<Seen> {
  await using program = new Program([...command, server.address]);
  const seen: Seen = {};
  for await (const line of program.lines()) {
    const [name, ...values] = line.startsWith("[") ? JSON.parse(line) : [];
    if (name === "please") {
      await please(server, values);
      await program.say("done");
    } else if (name !== undefined) {
      seen[name] = values[0];
    }
  }
  await program.ended();
  return seen;
}

async function please({ faults }: Shown, [what, ...details]: string[]): Promise<void> {
  const fault = faults[what!];
  if (fault === undefined) throw new Error(`The program asks for "${what}", which nobody can do`);
  await fault(...details);
}
