/**
 * What a log that cannot be written says, and where: once on stderr, and once more after it has
 * worked again.
 *
 * @module
 */

/** Takes a complaint. */
export type Complain = (text: string) => void;

/** Whether the log is failing, and whether that was said. */
export class Complaint {
  readonly #complain: Complain;
  #failing = false;

  constructor(complain: Complain = toStderr) {
    this.#complain = complain;
  }

  /** Whether it has failed and not worked since. */
  get failing(): boolean {
    return this.#failing;
  }

  /** It has failed: says so, unless that was said. */
  failed(what: string, error: unknown): void {
    if (this.#failing) return;
    this.#failing = true;
    try {
      this.#complain(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    } catch {
      // There is nobody left to tell.
    }
  }

  /** It has worked. */
  worked(): void {
    this.#failing = false;
  }
}

function toStderr(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text + "\n"));
}
