/**
 * What one client is told of its session: each state behind one from which it can come, the same
 * session again after a lost connection, another one after expiry, and that only if a server has said
 * so, or none has been heard for 4/3 of the timeout.
 */
import type { State } from "@zkst/zookeeper";

/** What may be told behind what. */
const followers: Readonly<Record<string, readonly State[]>> = {
  "": ["CONNECTED"],
  CONNECTED: ["CONNECTING"],
  CONNECTING: ["CONNECTED", "EXPIRED_SESSION"],
  EXPIRED_SESSION: ["CONNECTED"],
};

/** A client judges by the clock a little later than its session. */
const slack = 200;

export class SessionPromises {
  /** Connections that were lost. */
  lost = 0;
  /** Sessions that have expired, and when their server said so, ms. Those it said nothing of are not in it. */
  readonly saidGone: Map<bigint, number> = new Map();
  /** How many have expired in all. */
  expired = 0;
  readonly broken: string[] = [];
  readonly #past = new Set<bigint>();
  #state: State | "" = "";
  #session = 0n;
  #answered = -Infinity;

  constructor(readonly client: string) {}

  /** A session event. */
  told(state: State, session: bigint): void {
    const before = this.#state;
    this.#state = state;
    if (!(followers[before] ?? []).includes(state)) {
      this.broken.push(`${this.client} was told ${state} behind ${before || "nothing"}`);
    }
    if (state === "CONNECTING") this.lost++;
    if (state === "EXPIRED_SESSION") this.#past.add(this.#session);
    if (state !== "CONNECTED") return;
    const isSame = session === this.#session;
    if (before === "CONNECTING" ? !isSame : this.#past.has(session)) {
      this.broken.push(
        `${this.client} was told ${state} in 0x${session.toString(16)} behind ${before} ` +
          `of 0x${this.#session.toString(16)}`,
      );
    }
    this.#session = session;
  }

  /** A server has answered. */
  answered(now: number): void {
    this.#answered = now;
  }

  /** The session has ended, as its log says why; ahead of the event. */
  ended(reason: string, now: number, timeout: number): void {
    this.expired++;
    if (!reason.startsWith("no server could be reached")) {
      this.saidGone.set(this.#session, now);
      return;
    }
    const silence = now - this.#answered;
    if (silence < 4 / 3 * timeout - slack) {
      this.broken.push(`${this.client} gave its session up after ${silence.toFixed(0)} ms`);
    }
  }
}
