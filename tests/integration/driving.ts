/*
 * The callback API's sessions: a loop that runs beside the test, and completions that can be
 * awaited.
 */

import { assertEquals } from "@std/assert";
import {
  close,
  closed,
  type Handle,
  type HandleOptions,
  interest,
  process,
  state,
} from "@zkst/zookeeper/st";
import { openHandle } from "./server.ts";
import { until, within } from "./waiting.ts";

/** A handle with its loop. */
export class Driven implements AsyncDisposable {
  readonly zh: Handle;
  /** What process() has returned beside 0. */
  readonly codes: number[] = [];
  readonly #loop: Promise<void>;

  /** A handle that is connected. */
  static async connect(servers: string, options: HandleOptions = {}): Promise<Driven> {
    const driven = new Driven(servers, options);
    await until("it is connected", () => state(driven.zh) === "CONNECTED");
    return driven;
  }

  constructor(servers: string, options: HandleOptions = {}) {
    this.zh = openHandle(servers, options);
    this.#loop = this.#run();
  }

  async #run(): Promise<void> {
    while (!closed(this.zh)) {
      const rc = process(this.zh, await interest(this.zh).wait());
      if (rc !== 0) this.codes.push(rc);
    }
  }

  /** Resolves when the loop has ended. */
  get ended(): Promise<void> {
    return within("the end of the loop", this.#loop);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    close(this.zh);
    await this.ended;
  }
}

/** A completion of any operation. */
// deno-lint-ignore no-explicit-any
export type Completion = (rc: number, ...values: any[]) => void;

/** Submits an operation; resolves with what its completion gets, which must not be at once. */
export async function completed(
  submit: (completion: Completion) => number,
  // deno-lint-ignore no-explicit-any
): Promise<any[]> {
  // deno-lint-ignore no-explicit-any
  const calls: any[][] = [];
  const done = Promise.withResolvers<void>();
  const rc = submit((...values) => {
    calls.push(values);
    done.resolve();
  });
  assertEquals([rc, calls], [0, []]);
  await within("a completion", done.promise);
  assertEquals(calls.length, 1);
  return calls[0]!;
}
