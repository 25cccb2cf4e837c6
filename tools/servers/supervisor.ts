/*
 * Keeps one program, which can be started over and over, and the directory it works in. Both are
 * gone when we are, however we end: the program runs below a small shell whose standard input is a
 * pipe from us. When that pipe closes, because we closed it or because we crashed or were killed,
 * the shell kills the program and removes the directory.
 *
 * The shell answers each line of its input with the pid of a newly started program, and says
 * "gone" once that has ended. We read only when such an answer is due, so that no operation is
 * pending in between that a test's sanitizer would find.
 */

const script = `
trap '' HUP INT PIPE
cd -- "$1" || exit
directory=$1
shift
mkfifo pid || exit
while read -r _; do
  rm -f ended
  (
    # A fifo, so that the pid is known before the next line, or the end of all, is read.
    sh -c 'echo $$ >pid; exec "$@"' sh "$@" >>server.log 2>&1
    : >ended
    echo gone
  ) </dev/null &
  read -r pid <pid
  echo "$pid"
done
# Not the other way round: somebody else may be removing the directory already.
[ -e ended ] || kill -KILL "$pid"
wait
cd / && rm -rf -- "$directory"
`;

/** The shell above: one program at a time, and one directory. */
export class Supervisor {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #directory: string;
  #unread = "";
  #pid: number | null = null;
  #leaving: Promise<void> | null = null;
  #closing: Promise<void> | null = null;

  /**
   * Starts the shell, not yet the program.
   *
   * @param directory Where the program works and its output goes, to `server.log`. It is removed
   * at the end.
   * @param command The program and its arguments.
   */
  constructor(directory: string, command: string[]) {
    this.#directory = directory;
    this.#child = new Deno.Command("sh", {
      args: ["-c", script, "sh", directory, ...command],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
      // A group of its own: what kills our whole group at once leaves it time to clean up.
      detached: true,
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#reader = this.#child.stdout.getReader();
  }

  /** Whether the program runs. It may have ended by itself. */
  get running(): boolean {
    return this.#pid !== null && !exists(`${this.#directory}/ended`);
  }

  /** The program's process, or `null` when it does not run. */
  get pid(): number | null {
    return this.running ? this.#pid : null;
  }

  /** Starts the program, which must not run. */
  async start(): Promise<void> {
    await this.gone();
    await this.#writer.write(new TextEncoder().encode("start\n"));
    this.#pid = Number(await this.#line());
  }

  /** Sends the program a signal. One that has ended does not mind. */
  signal(signal: Deno.Signal): void {
    if (!this.running) return;
    try {
      Deno.kill(this.#pid!, signal);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** Resolves when the program has ended. */
  gone(): Promise<void> {
    if (this.#pid === null) return Promise.resolve();
    return this.#leaving ??= this.#line().then(() => {
      this.#pid = this.#leaving = null;
    });
  }

  /** Kills the program and removes the directory. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    await this.#writer.close();
    await this.#child.status;
    await this.#reader.cancel();
  }

  async #line(): Promise<string> {
    let end: number;
    while ((end = this.#unread.indexOf("\n")) < 0) {
      const { value, done } = await this.#reader.read();
      if (done) throw new Error(`The shell that watches ${this.#directory} has ended`);
      this.#unread += new TextDecoder().decode(value);
    }
    const line = this.#unread.slice(0, end);
    this.#unread = this.#unread.slice(end + 1);
    return line;
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
