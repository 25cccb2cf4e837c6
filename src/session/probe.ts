/**
 * The question which version a server is, put as the four-letter word `srvr` on a connection of its
 * own, for the protocol itself has none. Whatever comes of it, the session goes on.
 */
import type { Endpoint, Platform, Transport } from "../types.ts";
import { attempt, messageOf } from "./dial.ts";
import { parseVersion } from "./versions.ts";

/** One question, and what has become of it. */
export class Probe {
  /** The version, once it is known, and how the server writes it. */
  version: number | null = null;
  name = "";
  /** Why there is none. */
  failure = "no answer in time";
  /** Whether the server has given an answer, and it was not its version: it never will be. */
  isRefused = false;
  done = false;
  readonly #controller = new AbortController();
  readonly #completed: () => void;
  #transport: Transport | null = null;
  #answer = "";

  constructor(
    platform: Platform,
    endpoint: Endpoint,
    /** When the session goes on without an answer. */
    readonly deadline: number,
    completed: () => void,
  ) {
    this.#completed = completed;
    attempt(
      () => platform.connect(endpoint, this.#controller.signal),
      (transport) => {
        if (this.done) return transport.close();
        this.#transport = transport;
        this.#write(new TextEncoder().encode("srvr"));
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
      this.#answer += new TextDecoder().decode(into.subarray(0, count ?? 0));
      const match = /^Zookeeper version: (\d+\.\d+\.\d+)/.exec(this.#answer);
      // The number is whole when something stands behind it.
      const isWhole = match !== null && match[0].length < this.#answer.length;
      if (!isWhole && count !== null && this.#answer.length < answerMax) return this.#read(into);
      this.name = match?.[1] ?? "";
      this.version = parseVersion(this.name);
      this.isRefused = this.version === null && this.#answer !== "";
      this.#end(
        this.#answer === "" ? "it hung up" : `it said "${this.#answer.slice(0, 80).trim()}"`,
      );
    }, this.#onFailure);
  }

  readonly #onFailure = (error: unknown): void => {
    this.#end(messageOf(error));
  };

  #end(failure: string): void {
    if (this.done) return;
    this.failure = failure;
    this.cancel();
    this.#completed();
  }
}

/** Bytes of an answer that are looked at; the version is in its first line. */
const answerMax = 4096;
