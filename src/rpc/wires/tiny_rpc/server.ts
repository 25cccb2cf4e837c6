/**
 * One connection of a tiny_rpc client, which is one call: the request comes in as many pieces as it
 * likes, within a time; the response goes out, and the connection's end is its end.
 *
 * A client's end ahead of the response means that it is gone: none of theirs closes one side alone.
 * There is no status: a call that failed gets a byte that does not parse, since a client takes no bytes
 * for a message without fields. What comes behind the request is no second call: nobody would know
 * which bytes of the reply are whose. It is read and dropped, for a connection that is closed with
 * bytes unread is reset, and the reply with it.
 */
import type { Clock, Logger, Transport } from "../../../values.ts";
import { type Deadlines, Timed } from "../../time/deadlines.ts";
import type { Metadata } from "../../metadata.ts";
import { statusName } from "../../status.ts";
import {
  type Accepted,
  IncomingCall,
  type Outcome,
  type Peer,
  type ServerConnection,
  type ServerConnectionEvents,
} from "../wire.ts";
import { decodeHeader, headerMax, lengthSize, readLength, unparsable } from "./header.ts";

/** What a call that failed gets: a byte that no client can parse, or nothing but the end. */
export type LegacyError = "invalid-bytes" | "close";

/** How calls are taken. */
export interface TinyRpcServerOptions {
  /** Time, which all connections share. */
  readonly deadlines: Deadlines;
  /** The platform's. */
  readonly clock: Clock;
  /** Where its lines go. */
  readonly logger: Logger;
  /** The longest arguments, bytes. */
  readonly maxRequest: number;
  /** How long a request may take to come, and a response to go, ms. */
  readonly transferTimeout: number;
  /** What a call that failed gets. */
  readonly legacyError: LegacyError;
}

/** A transport that can close its sending side alone. */
type HalfClosing = Transport & { closeWrite?(): Promise<void> };

/** How long a client has to close what it has more than one request on, ms. */
const lingering = 1000;
/** How much of what nobody asked for is read, bytes. */
const excessMax = 64 * 1024;
/** Where bytes go that nobody reads. */
const nowhere = new Uint8Array(4096);

const noMetadata: Metadata = Object.freeze({});

/** A connection, and its call. */
export class TinyRpcServerConnection extends Timed implements ServerConnection {
  readonly #transport: HalfClosing;
  readonly #peer: Peer;
  readonly #events: ServerConnectionEvents;
  readonly #options: TinyRpcServerOptions;
  readonly #since: number;
  #call: Call | null = null;
  #answered = false;
  /** Bytes that came behind the request. */
  #excess = 0;
  /** Whether all has been said, and the client is waited for. */
  #ended = false;
  /** Whether the client has closed. */
  #gone = false;
  #closed = false;

  /** Reads the request behind what was read to find out that this is one. */
  constructor(
    { transport, first, peer }: Accepted,
    events: ServerConnectionEvents,
    options: TinyRpcServerOptions,
  ) {
    super();
    this.#transport = transport;
    this.#peer = peer;
    this.#events = events;
    this.#options = options;
    this.#since = options.clock.now();
    this.#within(options.transferTimeout);
    void this.#run(first);
  }

  /** 1 while the call is not answered. */
  get inFlight(): number {
    return this.#call !== null && !this.#answered ? 1 : 0;
  }

  /** Since it is there, until there is a call. */
  get idleSince(): number {
    return this.#call === null ? this.#since : Infinity;
  }

  /** Nothing: its one call is on its way, and to end ahead of it would look like an empty message. */
  drain(): void {}

  /** Ends it; in no way that looks like an empty message. */
  close(): void {
    const said = this.#call !== null || this.#answered || this.#closed;
    if (said) return this.#close(null);
    const close = () => this.#close(null);
    this.#transport.write(this.#failure).then(close, close);
  }

  /** The request, or the response, or the client's end takes too long. */
  override expired(): void {
    const { transferTimeout } = this.#options;
    if (this.#ended) this.#close(null);
    else if (this.#answered) {
      this.#close(new Error(`The response was not taken within ${transferTimeout} ms`));
    } else this.#refuse(`No whole request came within ${transferTimeout} ms`);
  }

  async #run(first: Uint8Array): Promise<void> {
    try {
      const call = await this.#receive(first);
      if (call !== null) {
        this.#options.deadlines.delete(this);
        this.#events.call(call);
        // Most are answered by now, or before long, and need nobody to look whether they are gone.
        if (!this.#answered) await this.#turn();
        if (this.#answered && this.#excess === 0) return;
      }
      await this.#drop();
    } catch (error) {
      this.#close(error as Error);
    }
  }

  /** The call; null where there is none, and will be none. */
  async #receive(first: Uint8Array): Promise<Call | null> {
    let bytes = first, length = first.length;
    for (let needed = lengthSize;;) {
      if (length >= needed) {
        const next = this.#needed(bytes, length);
        if (typeof next !== "number") return next;
        needed = next;
        continue;
      }
      // As the bytes come, for whoever announces many is to send them.
      if (length === bytes.length) bytes = grown(bytes, needed);
      const count = await this.#transport.read(bytes.subarray(length));
      if (this.#closed || this.#answered) return null;
      if (count === null) {
        this.#close(new Error(`It ended after ${length} bytes of a request of ${needed} or more`));
        return null;
      }
      length += count;
    }
  }

  /** How many bytes there must be to go on; or the request; or null when that was refused. */
  #needed(bytes: Uint8Array, length: number): number | Call | null {
    const headerSize = readLength(bytes);
    const headerEnd = lengthSize + headerSize;
    if (headerSize > headerMax) {
      return this.#refuse(`A header of ${headerSize} bytes is over the limit of ${headerMax}`);
    }
    if (length < headerEnd) return headerEnd;
    try {
      const { service, method, argsSize } = decodeHeader(bytes.subarray(lengthSize, headerEnd));
      const { maxRequest } = this.#options;
      if (argsSize > maxRequest) {
        return this.#refuse(`Arguments of ${argsSize} bytes are over the limit of ${maxRequest}`);
      }
      const end = headerEnd + argsSize;
      if (length < end) return end;
      const args = bytes.subarray(headerEnd, end);
      const answer = (outcome: Outcome) => this.#answer(outcome);
      this.#call = new Call(service, method, args, this.#peer, answer);
      this.#note(length - end);
      return this.#call;
    } catch (error) {
      return this.#refuse(`A header makes no sense: ${(error as Error).message}`);
    }
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => void this.#options.clock.turn(resolve));
  }

  /** Reads on until the client is gone. */
  async #drop(): Promise<void> {
    while (!this.#closed && this.#excess <= excessMax) {
      const count = await this.#transport.read(nowhere);
      if (count === null) {
        this.#gone = true;
        // While a response is under way: it arrives, or not.
        if (this.#ended || !this.#answered) this.#close(null);
        return;
      }
      this.#note(count);
    }
  }

  #note(excess: number): void {
    if (excess === 0) return;
    if (this.#excess === 0 && this.#call !== null) {
      this.#options.logger.warn?.(
        "A client has sent more than one request on a connection; the first one is answered",
        { peer: this.#peer },
      );
    }
    this.#excess += excess;
  }

  /** There will be no call. */
  #refuse(message: string): null {
    this.#options.logger.warn?.(`A request is refused: ${message}`, { peer: this.#peer });
    // Its bytes have not all come.
    this.#excess++;
    void this.#send(this.#failure);
    return null;
  }

  #answer({ status, response }: Outcome): void {
    if (this.#closed) return;
    if (status !== 0) {
      const { logger } = this.#options;
      logger.debug?.(`A call ends with ${statusName(status)}`, { peer: this.#peer });
    }
    void this.#send(status === 0 ? response! : this.#failure);
  }

  get #failure(): Uint8Array {
    return this.#options.legacyError === "close" ? unparsable.subarray(1) : unparsable;
  }

  async #send(bytes: Uint8Array): Promise<void> {
    this.#answered = true;
    this.#within(this.#options.transferTimeout);
    try {
      for (let at = 0; at < bytes.length;) {
        at += await this.#transport.write(at === 0 ? bytes : bytes.subarray(at));
      }
      await this.#end();
    } catch (error) {
      this.#close(error as Error);
    }
  }

  /** The end of the response: at once, or, so that it arrives, once the client has closed. */
  async #end(): Promise<void> {
    if (this.#closed) return;
    const unread = this.#excess > 0 && !this.#gone;
    if (!unread || this.#transport.closeWrite === undefined) return this.#close(null);
    this.#ended = true;
    this.#within(lingering);
    await this.#transport.closeWrite();
  }

  #within(ms: number): void {
    const { deadlines, clock } = this.#options;
    deadlines.delete(this);
    deadlines.add(this, clock.now() + ms);
  }

  #close(reason: Error | null): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.deadlines.delete(this);
    this.#transport.close();
    if (!this.#answered) this.#call?.onCancel?.();
    this.#events.closed(reason);
  }
}

class Call extends IncomingCall {
  readonly metadata = noMetadata;
  readonly deadline = Infinity;
  #answer: ((outcome: Outcome) => void) | null;

  constructor(
    readonly service: string,
    readonly method: string,
    readonly request: Uint8Array,
    readonly peer: Peer,
    answer: (outcome: Outcome) => void,
  ) {
    super();
    this.#answer = answer;
  }

  /** There is no room for it. */
  headers(): void {}

  end(outcome: Outcome): void {
    const answer = this.#answer;
    this.#answer = null;
    answer?.(outcome);
  }
}

function grown(bytes: Uint8Array, needed: number): Uint8Array<ArrayBuffer> {
  const more = new Uint8Array(
    Math.max(bytes.length + 1, Math.min(needed, 2 * bytes.length + 1024)),
  );
  more.set(bytes);
  return more;
}
