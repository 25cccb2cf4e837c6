/** Programs under test, each in a process of its own. */
const root = decodeURI(new URL("../../..", import.meta.url).pathname);

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** A program of ours that runs; disposing kills it. */
export class Program implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #out: ReadableStreamDefaultReader<string>;
  readonly #error: Promise<string>;
  /** Everything it has printed so far. */
  out = "";

  /** `wrapper` is what runs it, if anything. */
  constructor(path: string, args: string[], permissions: string[], wrapper: string[] = []) {
    const deno = [Deno.execPath(), "run", "--no-prompt", "--no-check", "--quiet"];
    const [command, ...rest] = [...wrapper, ...deno, ...permissions, root + path, ...args];
    this.#child = new Deno.Command(command!, {
      args: rest,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      env: { NO_COLOR: "1" },
    }).spawn();
    this.#out = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#error = new Response(this.#child.stderr).text();
  }

  /** The first group of a pattern, when it has printed that; throws if it ends before. */
  async said(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.out);
      if (match !== null) return match[1] ?? match[0];
      const { done, value } = await this.#out.read();
      if (done) throw new Error(`It has ended: ${this.out}${await this.#error}`);
      this.out += value;
    }
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  async end(): Promise<Ended> {
    for (let read = await this.#out.read(); !read.done; read = await this.#out.read()) {
      this.out += read.value;
    }
    const { code } = await this.#child.status;
    return { code, out: this.out, error: await this.#error };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.end();
  }
}
