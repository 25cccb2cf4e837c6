/**
 * The question which version a server is, put as the four-letter word `srvr`, for the protocol
 * itself has none.
 */
import type { Endpoint, Platform } from "../types.ts";
import { Question } from "./question.ts";
import { parseVersion } from "./versions.ts";

/** The question, and what the answer says. */
export class Probe {
  readonly #question: Question;

  constructor(platform: Platform, endpoint: Endpoint, deadline: number, completed: () => void) {
    this.#question = new Question(platform, endpoint, "srvr", deadline, isWhole, completed);
  }

  get done(): boolean {
    return this.#question.done;
  }

  /** When the session goes on without an answer. */
  get deadline(): number {
    return this.#question.deadline;
  }

  /** How the server writes its version, "" if it has not told. */
  get name(): string {
    return firstLine.exec(this.#question.answer)?.[1] ?? "";
  }

  /** The version, or null. */
  get version(): number | null {
    return parseVersion(this.name);
  }

  /** Whether the server has given an answer, and it was not its version: it never will be. */
  get isRefused(): boolean {
    const { answer, failure } = this.#question;
    return this.version === null && answer !== "" && failure === null;
  }

  /** Why there is no version. */
  get failure(): string {
    const { answer, failure } = this.#question;
    return failure ?? (answer === "" ? "it hung up" : `it said "${answer.slice(0, 80).trim()}"`);
  }

  /** Ends it, answered or not. */
  cancel(): void {
    this.#question.cancel();
  }
}

const firstLine = /^Zookeeper version: (\d+\.\d+\.\d+)/;

/** The number is whole when something stands behind it. */
function isWhole(answer: string): boolean {
  const match = firstLine.exec(answer);
  return match !== null && match[0].length < answer.length;
}
