/**
 * One call on a server: from the request's bytes to its outcome. A call is over when it is answered,
 * when its deadline is past, or when its caller is gone; a handler that goes on behind that is told by
 * the signal, keeps a place of its own connection's alone, and what it returns is dropped. So a handler
 * that never answers costs its own caller alone.
 */
import { messageOf } from "../../session/dial.ts";
import type { Clock, Logger } from "../../values.ts";
import { type Handled, run } from "../calls/context.ts";
import { type Deadlines, Timed } from "../time/deadlines.ts";
import { checkMetadata, copyMetadata, type Metadata } from "../metadata.ts";
import { RpcError, StatusCode } from "../status.ts";
import type { IncomingCall, Outcome, Peer } from "../wires/wire.ts";
import type { BoundedLog } from "./bounded_log.ts";
import type { ServerContext } from "./context.ts";
import type { InFlight, Placed } from "./in_flight.ts";
import type { Limits, Waiting } from "./limits.ts";
import type { Entry, Services } from "./services.ts";

/** What all calls of a server share. */
export interface CallSetting {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly log: BoundedLog;
  readonly services: Services;
  readonly limits: Limits;
  /** How long a handler has where the caller does not say, ms. */
  readonly timeout: number;
  /** The longest response, bytes. */
  readonly maxResponse: number;
  /** Calls at once of one connection. */
  readonly maxPerConnection: number;
  /** How long a caller that finds no room is to leave the server alone, ms. */
  readonly pushback: number;
  /** Told what handlers throw that is no RpcError. */
  onError(error: unknown, context: ServerContext): void;
}

/** Whose calls they are: a connection. */
export interface Caller {
  /** Its calls that are not over. */
  calls: number;
  /** Handlers of calls that are over which still run. */
  abandoned: number;
}

/** Where a server's calls are counted. */
export interface Tally {
  /** What they share. */
  readonly setting: CallSetting;
  /** Those that are not over. */
  readonly calls: InFlight<ServerCall>;
  /** How many have ended with each status. */
  readonly ended: number[];
  /** Handlers that go on although their call is over. */
  abandoned: number;
}

/** One call, which is also its handler's context. */
export class ServerCall extends Timed implements ServerContext, Handled, Waiting, Placed {
  /** For {@link InFlight} alone. */
  place = 0;
  /** When the caller gives up, ms on the platform's clock. */
  readonly deadline: number;
  /** Whether its handler has come to its end. */
  finished = false;
  readonly #tally: Tally;
  readonly #caller: Caller;
  readonly #incoming: IncomingCall;
  readonly #entry: Entry;
  #controller: AbortController | null = null;
  #trailers: Metadata | null = null;
  #headersSent = false;
  #running = false;
  #over = false;
  /** Why it is over without an answer of its handler's. */
  #reason: RpcError | null = null;

  constructor(
    tally: Tally,
    caller: Caller,
    incoming: IncomingCall,
    entry: Entry,
    deadline: number,
  ) {
    super();
    this.deadline = deadline;
    this.#tally = tally;
    this.#caller = caller;
    this.#incoming = incoming;
    this.#entry = entry;
    caller.calls++;
    tally.calls.add(this);
    tally.setting.deadlines.add(this, deadline);
    incoming.onCancel = () => this.#cancelled();
  }

  get service(): string {
    return this.#entry.service;
  }

  get method(): string {
    return this.#entry.method;
  }

  get peer(): Peer {
    return this.#incoming.peer;
  }

  get metadata(): Metadata {
    return this.#incoming.metadata;
  }

  get timeLeft(): number {
    return Math.max(0, this.deadline - this.#tally.setting.clock.now());
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason !== null) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  sendHeaders(metadata: Metadata): void {
    checkMetadata(metadata);
    if (this.#headersSent) throw new TypeError("The headers of this call have been sent already");
    this.#headersSent = true;
    if (!this.#over) this.#incoming.headers(metadata);
  }

  setTrailers(metadata: Metadata): void {
    this.#trailers = copyMetadata(metadata);
  }

  /** Runs the handler. */
  begin(): void {
    this.#running = true;
    let result: unknown;
    try {
      const request = this.#decode();
      result = run(this, () => this.#entry.invoke(request, this));
      // A thenable of somebody's may say more than once what it comes to.
      if (isThenable(result)) result = Promise.resolve(result);
    } catch (error) {
      return this.#failed(error);
    }
    if (result instanceof Promise) {
      this.#incoming.release();
      result.then((response) => this.#respond(response), (error) => this.#failed(error));
    } else this.#respond(result);
  }

  /** It found no room. */
  withdraw(): void {
    this.#leave();
  }

  /** Its deadline is past. */
  override expired(): void {
    this.#giveUp(new RpcError("DEADLINE_EXCEEDED", "The deadline is past"), true);
  }

  /** The server ends. */
  abort(message: string): void {
    this.#giveUp(new RpcError("UNAVAILABLE", message), true);
  }

  #cancelled(): void {
    this.#giveUp(new RpcError("CANCELLED", "The caller has cancelled, or is gone"), false);
  }

  #giveUp(reason: RpcError, tell: boolean): void {
    if (this.#over) return;
    this.#reason = reason;
    if (this.#running) this.#abandon(1);
    this.#end(failed(reason.status, reason.message, this.#running), tell);
    this.#controller?.abort(reason);
  }

  #decode(): unknown {
    try {
      return this.#entry.request.decode(this.#incoming.request);
    } catch (error) {
      const logger = this.#loggerOf("requests");
      // Not what it says: a codec's error may have the bytes in it.
      const name = (error as Error | null)?.name;
      logger.warn?.(`A request of ${this.#name} cannot be parsed`, {
        peer: this.peer,
        error: name,
      });
      throw new RpcError("INVALID_ARGUMENT", `The request of ${this.#name} cannot be parsed`);
    }
  }

  #respond(response: unknown): void {
    if (this.#isLate()) return;
    const { maxResponse } = this.#tally.setting;
    let bytes: Uint8Array;
    try {
      bytes = this.#entry.response.encode(response);
      if (!(bytes instanceof Uint8Array)) throw new TypeError("its codec gives no Uint8Array");
    } catch (error) {
      const logger = this.#loggerOf("responses");
      logger.error?.(`A response of ${this.#name} cannot be encoded: ${messageOf(error)}`);
      return this.#fail("INTERNAL", `The response of ${this.#name} cannot be encoded`);
    }
    if (bytes.length > maxResponse) {
      const message = `The response of ${this.#name} is over the limit of ${maxResponse} bytes`;
      const logger = this.#loggerOf("responses");
      logger.error?.(message, { length: bytes.length });
      return this.#fail("RESOURCE_EXHAUSTED", message);
    }
    this.#end({
      status: 0,
      message: "",
      response: bytes,
      trailers: this.#trailers,
      details: null,
      sent: true,
      pushback: null,
    }, true);
  }

  #failed(error: unknown): void {
    if (this.#isLate()) return;
    if (!(error instanceof RpcError)) {
      const { onError } = this.#tally.setting;
      const logger = this.#loggerOf("failures");
      logger.error?.(`The handler of ${this.#name} has failed: ${messageOf(error)}`, { error });
      this.#fail("UNKNOWN", `The handler of ${this.#name} has failed`);
      return onError(error, this);
    }
    // Of its own making, perhaps: who has changed it is not to bring the server down.
    const status = StatusCode[error.code] || StatusCode.UNKNOWN;
    this.#end({ ...failed(status, messageOf(error), true), ...this.#besides(error) }, true);
  }

  /** What goes with an error; what cannot be sent is left out. */
  #besides({ details, trailers }: RpcError): Pick<Outcome, "details" | "trailers"> {
    const own = this.#trailers;
    try {
      if (details !== null && !(details instanceof Uint8Array)) {
        throw new TypeError("The details must be a Uint8Array");
      }
      return { details, trailers: trailers === null ? own : { ...own, ...copyMetadata(trailers) } };
    } catch (problem) {
      const logger = this.#loggerOf("errors");
      logger.error?.(
        `An error of ${this.#name} is sent without what it has: ${messageOf(problem)}`,
      );
      return { details: null, trailers: own };
    }
  }

  #fail(code: StatusCode, message: string): void {
    this.#end({ ...failed(StatusCode[code], message, true), trailers: this.#trailers }, true);
  }

  /** A handler has come to its end: too late for its call? */
  #isLate(): boolean {
    this.finished = true;
    if (this.#over) this.#abandon(-1);
    return this.#over;
  }

  #abandon(more: 1 | -1): void {
    this.#tally.abandoned += more;
    this.#caller.abandoned += more;
  }

  #end(outcome: Outcome, tell: boolean): void {
    const wasRunning = this.#running;
    this.#leave();
    this.#tally.ended[outcome.status]!++;
    if (tell) this.#incoming.end(outcome);
    if (wasRunning) this.#tally.setting.limits.leave();
    else this.#tally.setting.limits.withdraw(this);
  }

  #leave(): void {
    this.#over = true;
    this.#incoming.onCancel = null;
    this.#caller.calls--;
    this.#tally.calls.delete(this);
    this.#tally.setting.deadlines.delete(this);
  }

  #loggerOf(what: string): Logger {
    return this.#tally.setting.log.about(`${what} of ${this.#name}`);
  }

  get #name(): string {
    return `${this.#entry.service}/${this.#entry.method}`;
  }
}

/** An outcome that is not OK. */
export function failed(status: number, message: string, sent: boolean, pushback?: number): Outcome {
  return {
    status,
    message,
    response: null,
    trailers: null,
    details: null,
    sent,
    pushback: pushback ?? null,
  };
}

function isThenable(one: unknown): boolean {
  return one instanceof Promise || typeof (one as PromiseLike<unknown> | null)?.then === "function";
}
