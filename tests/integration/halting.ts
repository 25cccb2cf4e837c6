/*
 * A session whose loop can be halted: while it is, the server sees an application that has gone
 * quiet, and nothing reaches its watchers.
 */

import type { ZooKeeper, ZooKeeperOptions } from "@zkst/zookeeper";
import { open } from "./server.ts";
import { within } from "./waiting.ts";

/** A session that is driven, or not. */
export class Halting implements AsyncDisposable {
  readonly zk: ZooKeeper;
  #halt = new AbortController();
  #running: Promise<void> = Promise.resolve();

  /** A session that is connected, and driven at first. */
  static async connect(servers: string, options: ZooKeeperOptions = {}): Promise<Halting> {
    const session = new Halting(servers, options);
    session.go();
    await within("connecting", session.zk.connected());
    return session;
  }

  private constructor(servers: string, options: ZooKeeperOptions) {
    this.zk = open(servers, options);
  }

  /** Stops to drive it. */
  async halt(): Promise<void> {
    this.#halt.abort();
    await this.#running;
  }

  /** Drives it again. */
  go(): void {
    this.#halt = new AbortController();
    this.#running = this.zk.run({ signal: this.#halt.signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await within("closing", this.zk.close());
    await within("the end of the loop", this.#running);
  }
}
