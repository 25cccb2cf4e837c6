/**
 * The SASL exchange of one connection, seen from the mechanism: a token comes, the mechanism answers,
 * at once or later. It ends by itself, or is called off with its connection.
 */
import type { Endpoint, SaslExchange, SaslMechanism } from "../types.ts";
import { messageOf } from "./dial.ts";

/** One exchange, and whose turn it is. */
export class Sasl {
  /** The mechanism's turn is over: it has answered, with a token or with null, or failed. */
  done = false;
  /** Why it failed, or null. */
  error: string | null = null;
  /** The request that carries our last token; 0 while it is not the server's turn. */
  xid = 0;
  readonly #controller = new AbortController();
  readonly #completed: () => void;
  readonly #exchange: SaslExchange | null = null;
  #answer: Uint8Array | null = null;

  constructor(
    mechanism: SaslMechanism,
    server: Endpoint,
    /** Called when the mechanism has answered later than at once. */
    completed: () => void,
    /** To be called when the exchange has succeeded. */
    readonly succeeded: () => void,
  ) {
    this.#completed = completed;
    try {
      this.#exchange = mechanism.start(server, this.#controller.signal);
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.step(new Uint8Array(0));
  }

  /** It is the mechanism's turn. */
  step(token: Uint8Array): void {
    this.xid = 0;
    try {
      const answer = this.#exchange!.step(token);
      if (!isThenable(answer)) return this.#take(answer);
      const later = (act: () => void) => {
        if (this.#controller.signal.aborted) return;
        act();
        this.#completed();
      };
      answer.then(
        (answer) => later(() => this.#take(answer)),
        (error) => later(() => this.#fail(error)),
      );
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Takes what the mechanism answered: a token for the server, or null for the end. */
  take(): Uint8Array | null {
    this.done = false;
    return this.#answer;
  }

  /** Nobody waits for it any more. */
  cancel(): void {
    this.#controller.abort();
  }

  #take(answer: unknown): void {
    if (answer !== null && !(answer instanceof Uint8Array)) {
      return this.#fail(`the mechanism answered ${typeof answer}, not a Uint8Array or null`);
    }
    this.#answer = answer;
    this.done = true;
  }

  #fail(error: unknown): void {
    this.error = messageOf(error);
    this.done = true;
  }
}

function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as PromiseLike<T> | null)?.then === "function";
}
