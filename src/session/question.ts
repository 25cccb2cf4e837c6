/**
 * One four-letter word to a server, on a connection of its own beside the session's, dialled as that
 * one is. Whatever comes of it, the session goes on.
 */
import type { Endpoint, Platform, Transport } from "../types.ts";
import { attempt, messageOf } from "./dial.ts";

/** One question, and what has become of it. */
export class Question {
  /** What the server has said so far. */
  answer = "";
  /** Why that is not all, or null when it is. */
  failure: string | null = "no answer in time";
  done = false;
  readonly #controller = new AbortController();
  #transport: Transport | null = null;

  constructor(
    platform: Platform,
    readonly endpoint: Endpoint,
    readonly word: string,
    /** When nobody waits for the answer any more. */
    readonly deadline: number,
    /** Whether an answer is whole, so that the server need not hang up. */
    readonly isWhole: (answer: string) => boolean,
    readonly completed: () => void,
  ) {
    attempt(
      () => platform.connect(endpoint, this.#controller.signal),
      (transport) => {
        if (this.done) return transport.close();
        this.#transport = transport;
        this.#write(new TextEncoder().encode(word));
      },
      this.#onFailure,
    );
  }

  /** Ends it, answered or not. */
  cancel(): void {
    this.done = true;
    this.#controller.abort();
    this.#transport?.close();
    this.#transport = null;
  }

  #write(bytes: Uint8Array): void {
    if (this.done) return;
    const written = (count: number) =>
      count < bytes.length ? this.#write(bytes.subarray(count)) : this.#read(new Uint8Array(1024));
    attempt(() => this.#transport!.write(bytes), written, this.#onFailure);
  }

  #read(into: Uint8Array): void {
    if (this.done) return;
    attempt(() => this.#transport!.read(into), (count) => {
      if (this.done) return;
      this.answer += new TextDecoder().decode(into.subarray(0, count ?? 0));
      const isEnd = count === null || this.answer.length >= answerMax || this.isWhole(this.answer);
      if (isEnd) this.#end(null);
      else this.#read(into);
    }, this.#onFailure);
  }

  readonly #onFailure = (error: unknown): void => {
    this.#end(messageOf(error));
  };

  #end(failure: string | null): void {
    if (this.done) return;
    this.failure = failure;
    this.cancel();
    this.completed();
  }
}

/** Bytes of an answer that are looked at; what matters is in its first lines. */
const answerMax = 4096;
