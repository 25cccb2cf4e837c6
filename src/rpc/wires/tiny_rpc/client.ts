/**
 * Calls over tiny_rpc's wire: each has a connection of its own, and the connection's end is the end of
 * the reply. So this is an endpoint rather than a connection: it dials for each call.
 *
 * The wire has no status. What ends the connection in any way but in order is UNAVAILABLE; a reply of
 * no bytes is a message without fields, which is also what a provider leaves behind that just closes:
 * `emptyAs` says which of both it is taken for.
 */
import { messageOf } from "../../../session/dial.ts";
import type { Clock, Transport } from "../../../values.ts";
import { type Deadlines, Timed } from "../../time/deadlines.ts";
import { shortName } from "../../service.ts";
import { StatusCode } from "../../status.ts";
import type { ClientConnection, ClientConnectionEvents, Outcome, OutgoingCall } from "../wire.ts";
import { encodeNames, encodeRequest, unparsable } from "./header.ts";

/** What a reply of no bytes is taken for. */
export type EmptyAs = "message" | "UNAVAILABLE";

/** How calls are made. */
export interface TinyRpcClientOptions {
  /** Time of the one platform that all are on. */
  readonly deadlines: Deadlines;
  /** The platform's. */
  readonly clock: Clock;
  /** How long a connection may take to be made, ms. */
  readonly connectTimeout: number;
  /** The longest response, bytes. */
  readonly maxResponse: number;
  /** Connections, and so calls, at once. */
  readonly maxConnections: number;
  /** What a reply of no bytes is taken for. */
  readonly emptyAs: EmptyAs;
}

/** Opens a connection to the endpoint. */
export type Dial = (signal: AbortSignal) => Promise<Transport>;

/** An endpoint that speaks tiny_rpc. */
export class TinyRpcClientConnection implements ClientConnection {
  readonly #dial: Dial;
  readonly #events: ClientConnectionEvents;
  readonly #options: TinyRpcClientOptions;
  /** The names of methods as they stand in headers. */
  readonly #names = new Map<string, Uint8Array>();
  readonly #exchanges = new Map<OutgoingCall, Exchange>();
  #going = false;
  #closed = false;
  #reason: Error | null = null;

  /** Dials nobody until there is a call. */
  constructor(dial: Dial, events: ClientConnectionEvents, options: TinyRpcClientOptions) {
    this.#dial = dial;
    this.#events = events;
    this.#options = options;
  }

  /** Whether a call may be started now. */
  get usable(): boolean {
    return !this.#going && this.#exchanges.size < this.#options.maxConnections;
  }

  /** Whether no more calls are taken, rather than none at the moment. */
  get goingAway(): boolean {
    return this.#going;
  }

  /** Calls that have started and not ended. */
  get inFlight(): number {
    return this.#exchanges.size;
  }

  /** Connects, and sends a call. */
  start(call: OutgoingCall): void {
    const request = encodeRequest(this.#namesOf(call), call.request);
    const exchange = new Exchange(request, this.#options, (outcome) => this.#end(call, outcome));
    this.#exchanges.set(call, exchange);
    if (!this.usable) this.#events.changed();
    void exchange.run(this.#dial);
  }

  /** Closes the call's connection, which is all that the provider can be told. */
  cancel(call: OutgoingCall): void {
    this.#exchanges.get(call)?.stop();
    this.#forget(call);
  }

  /** No new calls. */
  drain(): void {
    this.#leave(null);
    this.#closeIfDone();
  }

  /** Ends it. */
  close(message: string): void {
    this.#leave(null);
    for (const [call, exchange] of this.#exchanges) {
      exchange.stop();
      this.#end(call, failed("UNAVAILABLE", message, exchange.sent));
    }
    this.#closeIfDone();
  }

  #namesOf({ service, method }: OutgoingCall): Uint8Array {
    const key = `${service}/${method}`;
    let names = this.#names.get(key);
    if (names === undefined) {
      names = encodeNames(shortName(service), method);
      this.#names.set(key, names);
    }
    return names;
  }

  #end(call: OutgoingCall, outcome: Outcome): void {
    const unreachable = outcome.status === StatusCode.UNAVAILABLE && !outcome.sent;
    call.ended(outcome);
    // Whoever balances is to know that nobody is there.
    if (unreachable) this.#leave(new Error(outcome.message));
    this.#forget(call);
  }

  #forget(call: OutgoingCall): void {
    const was = this.usable;
    this.#exchanges.delete(call);
    if (this.usable !== was) this.#events.changed();
    this.#closeIfDone();
  }

  #leave(reason: Error | null): void {
    if (this.#going) return;
    this.#going = true;
    this.#reason = reason;
    this.#events.changed();
  }

  #closeIfDone(): void {
    if (!this.#going || this.#closed || this.#exchanges.size > 0) return;
    this.#closed = true;
    this.#events.closed(this.#reason);
  }
}

/** One call's connection. */
class Exchange extends Timed {
  readonly #request: Uint8Array;
  readonly #options: TinyRpcClientOptions;
  readonly #done: (outcome: Outcome) => void;
  /** Gives the connection up while it is made. */
  #dialling: AbortController | null = new AbortController();
  #transport: Transport | null = null;
  #over = false;
  /** Whether all of the request has left. */
  sent = false;

  constructor(
    request: Uint8Array,
    options: TinyRpcClientOptions,
    done: (outcome: Outcome) => void,
  ) {
    super();
    this.#request = request;
    this.#options = options;
    this.#done = done;
  }

  /** Runs to its end, which is told once unless it is stopped. Never rejects. */
  async run(dial: Dial): Promise<void> {
    const { deadlines, connectTimeout } = this.#options;
    deadlines.add(this, this.#options.clock.now() + connectTimeout);
    try {
      const transport = await dial(this.#dialling!.signal);
      this.#dialling = null;
      deadlines.delete(this);
      if (this.#over) return transport.close();
      this.#transport = transport;
    } catch (error) {
      return this.#finish(failed("UNAVAILABLE", `Not connected: ${messageOf(error)}`, false));
    }
    const written = this.#write(this.#transport);
    await this.#read(this.#transport, written);
  }

  /** Connecting takes too long. */
  override expired(): void {
    const { connectTimeout } = this.#options;
    this.#finish(failed("UNAVAILABLE", `Not connected within ${connectTimeout} ms`, false));
  }

  /** Ends it, and tells nobody. */
  stop(): void {
    this.#over = true;
    this.#options.deadlines.delete(this);
    this.#dialling?.abort();
    this.#transport?.close();
  }

  async #write(transport: Transport): Promise<void> {
    try {
      for (let at = 0; at < this.#request.length;) {
        at += await transport.write(this.#request.subarray(at));
      }
      this.sent = true;
    } catch {
      // What the provider has said before it closed counts, and reading tells.
    }
  }

  async #read(transport: Transport, written: Promise<void>): Promise<void> {
    const { maxResponse } = this.#options;
    let bytes = new Uint8Array(1024);
    let length = 0;
    try {
      for (;;) {
        if (length > maxResponse) return this.#finish(tooLong(maxResponse));
        if (length === bytes.length) bytes = grown(bytes, maxResponse + 1);
        const count = await transport.read(bytes.subarray(length));
        if (count === null) break;
        length += count;
      }
    } catch (error) {
      // Whether all of it has left is to be known before it is said.
      transport.close();
      await written;
      return this.#finish(
        failed("UNAVAILABLE", `The reply broke off: ${messageOf(error)}`, this.sent),
      );
    }
    if (length === 0 && !this.sent) await written;
    this.#finish(this.#outcome(bytes.subarray(0, length)));
  }

  #outcome(response: Uint8Array): Outcome {
    if (response.length === 1 && response[0] === unparsable[0]) {
      return failed("INTERNAL", "The provider could not answer; tiny_rpc cannot say why", true);
    }
    if (response.length === 0 && !this.sent) {
      return failed(
        "UNAVAILABLE",
        "The provider closed the connection ahead of the request",
        false,
      );
    }
    if (response.length === 0 && this.#options.emptyAs !== "message") {
      return failed(this.#options.emptyAs, "The reply is empty", true);
    }
    const none = { trailers: null, details: null, pushback: null };
    return { status: StatusCode.OK, message: "", response, sent: true, ...none };
  }

  #finish(outcome: Outcome): void {
    if (this.#over) return;
    this.stop();
    this.#done(outcome);
  }
}

function grown(bytes: Uint8Array, most: number): Uint8Array<ArrayBuffer> {
  const twice = new Uint8Array(Math.min(2 * bytes.length, Math.max(most, bytes.length + 1)));
  twice.set(bytes);
  return twice;
}

function tooLong(limit: number): Outcome {
  return failed("RESOURCE_EXHAUSTED", `The response is over the limit of ${limit} bytes`, true);
}

function failed(code: StatusCode, message: string, sent: boolean): Outcome {
  const status = StatusCode[code];
  return { status, message, response: null, trailers: null, details: null, sent, pushback: null };
}
