/**
 * The state of the search for a server that can write: a pause, a lookup of the names, one server
 * after the other asked `isro`, and again, with a pause that grows. It is nobody's dial: the session
 * goes on reading meanwhile.
 */
import type { Endpoint } from "../types.ts";
import type { Lookup } from "./lookup.ts";
import type { Question } from "./question.ts";

/** Pauses between rounds, ms (ClientCnxn: minPingRwTimeout, maxPingRwTimeout). */
const pauseLeast = 100;
const pauseMost = 60_000;

/** The search of one session, which rests unless it is with a read-only server. */
export class Search {
  /** When the next round begins; Infinity while nobody searches. */
  at: number = Infinity;
  lookup: Lookup | null = null;
  /** The servers of this round that have not been asked. */
  round: Endpoint[] = [];
  question: Question | null = null;
  /** Outlives a connection, so that a server that is not what it says is not run to for ever. */
  #pause = pauseLeast;

  /** When its next step is due at the latest. */
  get deadline(): number {
    return this.question?.deadline ?? this.lookup?.deadline ?? this.at;
  }

  /** Whether its next step can be done at once. */
  get isReady(): boolean {
    return this.question?.done ?? this.lookup?.done ?? false;
  }

  /** The next round begins after a pause, with jitter, and the one after it after a longer one. */
  pause(now: number, random: number): void {
    this.at = now + Math.trunc(this.#pause * (1 + random) / 2);
    this.#pause = Math.min(2 * this.#pause, pauseMost);
  }

  /** Ends what is under way. */
  stop(): void {
    this.lookup?.cancel();
    this.question?.cancel();
    this.lookup = this.question = null;
    this.round = [];
    this.at = Infinity;
  }

  /** There is a server that can write: the next search begins with short pauses. */
  settled(): void {
    this.#pause = pauseLeast;
  }
}
