/** The application's logger, kept from throwing into the session: what it throws goes to onError. */
import type { Logger, LogMethod } from "../types.ts";

/** Has the methods that the logger has at the moment, so that no message is built for the others. */
export class SafeLogger implements Logger {
  readonly #logger: Logger;
  readonly #onError: (error: unknown) => void;

  constructor(logger: Logger, onError: (error: unknown) => void) {
    this.#logger = logger;
    this.#onError = onError;
  }

  get error(): LogMethod | undefined {
    return this.#safe("error");
  }

  get warn(): LogMethod | undefined {
    return this.#safe("warn");
  }

  get info(): LogMethod | undefined {
    return this.#safe("info");
  }

  get debug(): LogMethod | undefined {
    return this.#safe("debug");
  }

  #safe(level: keyof Logger): LogMethod | undefined {
    const method = this.#logger[level];
    return method && ((message, fields) => {
      try {
        // A console would print an absent second argument.
        if (fields === undefined) method.call(this.#logger, message);
        else method.call(this.#logger, message, fields);
      } catch (error) {
        this.#onError(error);
      }
    });
  }
}
