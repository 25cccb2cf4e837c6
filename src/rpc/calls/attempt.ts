/** One sending of a call, to one instance. */
import type { Feedback, ServiceInstance } from "../../discovery/mod.ts";
import type { Metadata } from "../metadata.ts";
import { type ClientConnection, type Outcome, OutgoingCall } from "../wires/wire.ts";

/** Whose attempt it is. */
export interface Attempting {
  readonly service: string;
  readonly name: string;
  readonly request: Uint8Array;
  readonly metadata: Metadata | null;
  readonly deadline: number;
  /** Metadata has come ahead of the response. */
  headersOf(attempt: Attempt, metadata: Metadata): void;
  /** It is over. */
  endOf(attempt: Attempt, outcome: Outcome): void;
}

/** One sending of a call. */
export class Attempt extends OutgoingCall {
  readonly service: string;
  readonly method: string;
  readonly request: Uint8Array;
  readonly metadata: Metadata | null;
  readonly deadline: number;
  readonly instance: ServiceInstance;
  readonly connection: ClientConnection;
  /** ms on the clock. */
  readonly startedAt: number;
  /** Another one of the same call. */
  next: Attempt | null = null;
  readonly #of: Attempting;

  constructor(
    of: Attempting,
    instance: ServiceInstance,
    connection: ClientConnection,
    startedAt: number,
  ) {
    super();
    this.service = of.service;
    this.method = of.name;
    this.request = of.request;
    this.metadata = of.metadata;
    this.deadline = of.deadline;
    this.instance = instance;
    this.connection = connection;
    this.startedAt = startedAt;
    this.#of = of;
  }

  override headers(metadata: Metadata): void {
    this.#of.headersOf(this, metadata);
  }

  override ended(outcome: Outcome): void {
    this.#of.endOf(this, outcome);
  }
}

/** A list of attempts without one of them. */
export function without(list: Attempt | null, attempt: Attempt): Attempt | null {
  if (list === attempt) return attempt.next;
  for (let one = list; one !== null; one = one.next) {
    if (one.next === attempt) one.next = attempt.next;
  }
  return list;
}

/** Cancels the attempts of a list but for one, which is a list alone then. */
export function cancelAll(
  list: Attempt,
  kept: Attempt | null,
  feedback: Feedback | null,
  now: number,
  ok: boolean,
): void {
  for (let one: Attempt | null = list; one !== null; one = one.next) {
    if (one === kept) continue;
    one.connection.cancel(one);
    feedback?.ended(one.instance, now - one.startedAt, ok);
  }
  if (kept !== null) kept.next = null;
}
