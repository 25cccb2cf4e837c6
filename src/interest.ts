/**
 * interest(): which events the session waits for, and until when. It changes nothing, so it may be
 * asked at any time and as often as one likes; C's also dials and pings.
 *
 * @module
 */
import type { Handle } from "./session/handle.ts";
import { deadline } from "./session/time.ts";
import type { Events } from "./types.ts";
import { wait, wanted } from "./wait.ts";

/** What a session waits for. */
export interface Interest {
  /** A sum of READ and WRITE; 0 while nothing but time must pass, and after the end. */
  readonly events: Events;
  /** When process() must run at the latest: ms on the platform's clock, Infinity after the end. */
  readonly deadline: number;
  /**
   * Waits for the events or the deadline that hold when it is called; resolves with what came, 0
   * for the deadline. An aborted signal rejects with its reason.
   *
   * @throws {TypeError} when the session is being waited for already.
   */
  wait(options?: { signal?: AbortSignal }): Promise<Events>;
}

/**
 * Says which events the session waits for and until when. C: zookeeper_interest.
 *
 * @example The loop
 * ```ts
 * import { agetChildren, close, closed, init, interest, process } from "@zkst/zookeeper/st";
 *
 * const zh = init("127.0.0.1:2181");
 * agetChildren(zh, "/", null, (rc, children) => {
 *   console.log(rc, children);
 *   close(zh);
 * });
 * while (!closed(zh)) process(zh, await interest(zh).wait());
 * ```
 */
export function interest(zh: Handle): Interest {
  return new SessionInterest(zh, wanted(zh), deadline(zh));
}

class SessionInterest implements Interest {
  readonly #zh: Handle;

  constructor(zh: Handle, readonly events: Events, readonly deadline: number) {
    this.#zh = zh;
  }

  wait(options?: { signal?: AbortSignal }): Promise<Events> {
    if (this.#zh.driven) throw new TypeError("Cannot wait for the session while run() drives it");
    return wait(this.#zh, options?.signal);
  }
}
