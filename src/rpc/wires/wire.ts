/**
 * Where calls and wires meet. A wire carries calls over connections and knows nothing of retries,
 * balancers or handlers; those know nothing of frames. Everything is a callback: one promise for each
 * call is the caller's own.
 */
import type { TlsPeer } from "../../tls/transport.ts";
import type { Transport } from "../../values.ts";
import type { Metadata } from "../metadata.ts";

/** How a call ended. */
export interface Outcome {
  /** A status code, 0 to 16. */
  readonly status: number;
  /** What there is to say of a status that is not OK; else "". */
  readonly message: string;
  /** The response's bytes, whose buffer nobody writes into again; null unless the status is OK. */
  readonly response: Uint8Array | null;
  /** Metadata at the end, or null. */
  readonly trailers: Metadata | null;
  /** Bytes that say more of a status, or null. */
  readonly details: Uint8Array | null;
  /** Whether the request may have reached a handler. */
  readonly sent: boolean;
  /** How long the server wants to be left alone, ms; -1: for good; null where it does not say. */
  readonly pushback: number | null;
}

/** One call on its way out, made by the caller's side and carried by one connection. */
export abstract class OutgoingCall {
  /** For the connection alone: its number there, 0 before and after. */
  id = 0;
  /** With its package. */
  abstract readonly service: string;
  /** As in the .proto. */
  abstract readonly method: string;
  /** The request's bytes; the connection copies them, or keeps them until they are written. */
  abstract readonly request: Uint8Array;
  /** Metadata, or null. */
  abstract readonly metadata: Metadata | null;
  /** When the caller gives up, ms on the clock; Infinity for never. Sent as the time that is left. */
  abstract readonly deadline: number;
  /** Metadata has come ahead of the response. */
  abstract headers(metadata: Metadata): void;
  /** It is over: called once, and never inside `start()`. */
  abstract ended(outcome: Outcome): void;
}

/** A connection as callers see it, ready from the first moment. */
export interface ClientConnection {
  /** Whether a call may be started now: not closed, not going away, and room for one more. */
  readonly usable: boolean;
  /**
   * Whether it takes no new calls any more, whatever ends: a GOAWAY, ids used up, `drain()`, closed. It
   * closes after its last call, and its owner makes another one; one that is merely full is waited for.
   */
  readonly goingAway: boolean;
  /** Calls that have started and not ended. */
  readonly inFlight: number;
  /** Sends a call. Only while `usable`. */
  start(call: OutgoingCall): void;
  /** The caller has lost interest: `ended` is not called, the server is told where the wire can. */
  cancel(call: OutgoingCall): void;
  /** No new calls; it closes when the last one has ended. */
  drain(): void;
  /** Ends it; what is in flight ends with UNAVAILABLE and this message. */
  close(message: string): void;
}

/** What a connection tells its owner. */
export interface ClientConnectionEvents {
  /** `usable` or `goingAway` has changed, otherwise than by its end. */
  changed(): void;
  /** It is closed, after all its calls have ended; `reason` is null when that was asked for. */
  closed(reason: Error | null): void;
}

/** A peer's address, and of its certificate what is known. */
export interface Peer {
  /** An IP address. */
  readonly hostname: string;
  /** Its port. */
  readonly port: number;
  /** Its certificate, which is one that is trusted; absent without one. */
  readonly certificate?: TlsPeer;
}

/**
 * One call that has come in, made by a connection and answered by the server's side. It has a deadline
 * of its own, which is the server's business.
 */
export abstract class IncomingCall {
  /** With its package, or as short as the wire has it. */
  abstract readonly service: string;
  /** As in the .proto. */
  abstract readonly method: string;
  /** The request's bytes, whose buffer nobody writes into again. */
  abstract readonly request: Uint8Array;
  /** What came with it, never null: empty at least. */
  abstract readonly metadata: Metadata;
  /** When the caller gives up, ms on the clock; Infinity where it does not say. */
  abstract readonly deadline: number;
  /** Who calls. */
  abstract readonly peer: Peer;
  /** Set by the server's side: called once when the caller is gone or has lost interest; after an end, never. */
  onCancel: (() => void) | null = null;
  /** Sends metadata ahead of the response, where the wire can. Before `end` alone, once. */
  abstract headers(metadata: Metadata): void;
  /** The request has been read, and its handler takes its time: its bytes need be kept no longer. */
  release(): void {}
  /** Answers, once; what comes later is dropped, as is an answer to one that was cancelled. */
  abstract end(outcome: Outcome): void;
}

/** A connection as the server sees it. */
export interface ServerConnection {
  /** Calls that have come in and are not answered. */
  readonly inFlight: number;
  /** Since when there is none, ms on the clock; Infinity while there is one. */
  readonly idleSince: number;
  /** Takes no new calls, tells the peer where the wire can, and closes when the last is answered. */
  drain(): void;
  /** Ends it; calls in flight are cancelled. */
  close(): void;
}

/** What a connection tells the server. */
export interface ServerConnectionEvents {
  /** A call has come in, and nothing is owed before `end`. Must not throw. */
  call(call: IncomingCall): void;
  /** It is closed, after every call in flight was cancelled; `reason` is null for an orderly end. */
  closed(reason: Error | null): void;
}

/** What every wire needs of its surroundings is the same: a transport, and what was read of it. */
export interface Accepted {
  /** The connection. */
  readonly transport: Transport;
  /** What has been read of it to find out which wire it speaks. */
  readonly first: Uint8Array;
  /** Who has connected. */
  readonly peer: Peer;
}
