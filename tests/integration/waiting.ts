/*
 * Waiting for something to be so, never for longer than it may take, and never just for time to
 * pass.
 */

import { assertEquals, assertRejects } from "@std/assert";
import { deadline, delay } from "@std/async";
import { type WatchedEvent, type Watcher, ZooKeeperError } from "@zkst/zookeeper";

/** Settles as the promise does; when that takes too long, the error says what was waited for. */
export function within<T>(what: string, promise: Promise<T>, ms = 15_000): Promise<T> {
  return deadline(promise, ms).catch((error) => {
    if (error?.name !== "TimeoutError") throw error;
    throw new Error(`Waited for ${what} for more than ${ms} ms`);
  });
}

/** Asks again and again until the answer is neither null nor false. */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  ms = 15_000,
): Promise<NonNullable<T>> {
  for (const end = performance.now() + ms; performance.now() < end; await delay(5)) {
    const answer = await ask();
    if (answer !== null && answer !== undefined && answer !== false) return answer;
  }
  throw new Error(`Waited until ${what} for more than ${ms} ms`);
}

/** Asserts that an operation rejects with this code; returns the error. */
export async function assertCode(
  operation: Promise<unknown>,
  code: string,
): Promise<ZooKeeperError> {
  const error = await within(code, assertRejects(() => operation, ZooKeeperError));
  assertEquals(error.code, code, error.message);
  return error;
}

/** Asserts that each of the calls throws, there and then, and with words of our own. */
export function assertMisuse(
  kind: typeof TypeError | typeof RangeError,
  message: string,
  ...calls: (() => unknown)[]
): void {
  const failures = calls.map((call) => misuseFailure(kind, message, call));
  assertEquals(failures.filter((failure) => failure !== null), []);
}

function misuseFailure(kind: unknown, message: string, call: () => unknown): string | null {
  const text = `${call}`.replace(/\s+/g, " ");
  try {
    const result = call();
    // One that rejects instead has failed; the test is not to end with it unheard.
    if (result instanceof Promise) result.catch(() => {});
    return `${text} does not throw`;
  } catch (error) {
    if (!(error instanceof Error) || error.constructor !== kind) return `${text} throws ${error}`;
    const stray = /^(Cannot (read|set) prop|Maximum call)| is not (a function|iterable)/;
    const meant = error.message.includes(message) && !stray.test(error.message);
    return meant ? null : `${text} says: ${error.message}`;
  }
}

/** A watcher that keeps what it is told. */
export class Recorder {
  readonly events: WatchedEvent[] = [];
  #waiting: (() => void)[] = [];

  readonly watcher: Watcher = (event) => {
    this.events.push(event);
    for (const resolve of this.#waiting.splice(0)) resolve();
  };

  /** What it was told, in short: "NodeCreated /a", and "CONNECTED" for a session event. */
  get log(): string[] {
    return this.events.map(({ type, path, state }) =>
      type === "Session" ? state : `${type} ${path}`
    );
  }

  /** What it was told of znodes. */
  get nodeLog(): string[] {
    return this.log.filter((line) => line.includes(" "));
  }

  /** Resolves with an event that fits, the first one from `from` on, once it is there. */
  async until(fits: (event: WatchedEvent) => boolean, from = 0): Promise<WatchedEvent> {
    for (;;) {
      const event = this.events.slice(from).find(fits);
      if (event !== undefined) return event;
      const more = new Promise<void>((resolve) => this.#waiting.push(resolve));
      await within(`an event after ${JSON.stringify(this.log)}`, more);
    }
  }

  /** Resolves when it has been told so many times. */
  async count(number: number): Promise<void> {
    await this.until(() => this.events.length >= number);
  }
}
