/**
 * The native wire as a server has it. What a peer does wrong with one call costs that call: a message
 * over the limit is refused when its length is known and its frames are skipped. What is against the
 * protocol costs the connection.
 */
import type { Metadata } from "../../metadata.ts";
import { StatusCode } from "../../status.ts";
import type { Accepted, Outcome, Peer, ServerConnection, ServerConnectionEvents } from "../wire.ts";
import { CallTable } from "./call_table.ts";
import { failure, writeEnd } from "./ending.ts";
import {
  type FrameReader,
  FrameType,
  type FrameWriter,
  metaMax,
  more,
  ProtocolError,
  wholeMax,
} from "./frames.ts";
import { readGoaway, writeGoaway } from "./goaway.ts";
import { type Answering, type NativeCall, RequestReader } from "./incoming.ts";
import { Link, type LinkOwner } from "./link.ts";
import { writeMetadata } from "./meta.ts";
import { type NativeServerOptions, type Settings, settingsOf } from "./settings.ts";

/** So many times `unsentMax` may wait for a peer that reads nothing. */
const unsentFactor = 16;
/** How long a peer that was told to go has to close the connection, ms. */
const lingerTime = 1_000;

/** A connection of the native wire, seen from the server. */
export class NativeServerConnection implements ServerConnection, LinkOwner, Answering {
  /** Who has connected. */
  readonly peer: Peer;
  readonly #settings: Settings;
  readonly #events: ServerConnectionEvents;
  readonly #link: Link;
  readonly #calls = new CallTable<NativeCall>();
  readonly #requests: RequestReader;
  /** What the newest request came in. */
  #chunk: Uint8Array | null = null;
  /** The id of the newest request, and of the newest that was taken in. */
  #newest = 0;
  #lastId = 0;
  /** Bytes of the requests in flight. */
  #held = 0;
  #draining = false;
  #idleSince: number;
  /** When it goes away for its age, or once it does so is closed; Infinity for never. */
  #agedAt: number;
  /** When it is closed though the peer has not; Infinity while calls are in flight. */
  #lingersUntil = Infinity;

  constructor(accepted: Accepted, events: ServerConnectionEvents, options: NativeServerOptions) {
    this.peer = accepted.peer;
    this.#settings = settingsOf(options);
    this.#events = events;
    this.#requests = new RequestReader(this);
    this.#link = new Link(accepted.transport, this.#settings, this);
    this.#idleSince = this.#link.now;
    this.#agedAt = this.#idleSince + this.#settings.maxAge;
    this.#link.start(accepted.first, this.#settings.maxConcurrent);
  }

  get inFlight(): number {
    return this.#calls.size;
  }

  get idleSince(): number {
    return this.#calls.size > 0 ? Infinity : this.#idleSince;
  }

  /** For the link. */
  get lastId(): number {
    return this.#lastId;
  }

  drain(): void {
    if (this.#draining || this.#link.ended) return;
    this.#draining = true;
    // How long its calls have is its owner's business now.
    this.#agedAt = Infinity;
    writeGoaway(this.#link.out.frames, this.#lastId, "");
    this.#link.out.soon();
    this.settled();
  }

  close(): void {
    this.#link.close(null);
  }

  /** For a call: sends metadata ahead of the response. */
  sendHeaders(call: NativeCall, metadata: Metadata): void {
    if (this.#calls.get(call.id) !== call) return;
    const { out } = this.#link;
    out.frames.begin(FrameType.headers, 0, call.id);
    writeMetadata(out.frames, metadata);
    out.frames.endMeta();
    const { metaLength } = out.frames;
    if (metaLength > metaMax) {
      throw new RangeError(`The metadata has ${metaLength} bytes, over the limit of ${metaMax}`);
    }
    out.frames.end();
    out.soon();
  }

  /** For a call: answers it. */
  answer(call: NativeCall, outcome: Outcome): void {
    if (this.#calls.get(call.id) !== call) return;
    this.#send(call.id, outcome);
    this.#remove(call);
    // Its deadline may be past, and its handler under way.
    if (outcome.response === null) call.leaveChunk();
    if (this.#link.out.unsent > unsentFactor * this.#settings.unsentMax) {
      this.#link.close(new Error(`The peer leaves ${this.#link.out.unsent} bytes unread`));
    }
  }

  /** For the link. */
  frame(frames: FrameReader): void {
    switch (frames.type) {
      case FrameType.request:
        return this.#onRequest(frames);
      case FrameType.data:
        return this.#onData(frames);
      case FrameType.cancel:
        return this.#onCancel(frames.id);
      case FrameType.goaway:
        return this.#onGoaway(frames);
      default:
        throw new ProtocolError(`A client has sent a frame of the type ${frames.type}`);
    }
  }

  /** For the link. */
  settled(): void {
    const { out } = this.#link;
    const { unsentMax } = this.#settings;
    if (this.#link.paused) {
      if (out.unsent <= unsentMax / 2) this.#link.resume();
    } else if (out.unsent > unsentMax) this.#link.paused = true;
    if (!this.#draining || this.#calls.size > 0 || !out.empty) return;
    // A close with something unread would take from the peer what it has not read yet.
    if (this.#lingersUntil === Infinity) this.#lingersUntil = this.#link.now + lingerTime;
    this.#link.arm(this.#lingersUntil);
  }

  /** For the link. */
  judge(now: number): number {
    if (this.#link.ended) return Infinity;
    if (now >= this.#lingersUntil || this.#draining && now >= this.#agedAt) {
      this.#link.close(null);
      return Infinity;
    }
    if (now >= this.#agedAt) {
      this.drain();
      this.#agedAt = now + this.#settings.maxAgeGrace;
    } else if (now >= this.idleSince + this.#settings.idleTimeout) this.drain();
    const idleAt = this.#draining ? Infinity : this.idleSince + this.#settings.idleTimeout;
    return Math.min(this.#agedAt, this.#lingersUntil, idleAt);
  }

  /** For the link. */
  finished(): void {
    const { size } = this.#calls;
    const reason = `The client has closed the connection with ${size} calls in flight`;
    this.#link.close(size === 0 ? null : new Error(reason));
  }

  /** For the link. */
  closed(reason: Error | null): void {
    const { hostname, port } = this.peer;
    if (reason !== null) {
      this.#settings.logger.warn?.(`Lost the client ${hostname}:${port}: ${reason.message}`);
    }
    for (const call of this.#calls.all()) {
      this.#remove(call);
      call.cancelled();
    }
    this.#events.closed(reason);
  }

  #onRequest(frames: FrameReader): void {
    const { id } = frames;
    if (id % 2 === 0 || id <= this.#newest) {
      throw new ProtocolError(`A request has the id ${id} after ${this.#newest}`);
    }
    this.#newest = id;
    // The peer will hear, if it has not yet, that nobody looks at this one.
    if (this.#draining) return;
    this.#lastId = id;
    if (frames.bytes !== this.#chunk) {
      this.#chunk = frames.bytes;
      this.#calls.each((call) => call.leaveChunk());
    }
    const call = this.#requests.read(frames, this.#link.heard);
    const refusal = this.#refusal(call);
    if (refusal !== null) return this.#send(id, refusal);
    this.#calls.add(call);
    this.#held += call.held;
    if (this.#calls.size === 1) this.#link.busy(this.#link.heard);
    if (call.parts === null) this.#events.call(call);
  }

  /** Why a call is not taken in, or null. */
  #refusal({ held }: NativeCall): Outcome | null {
    const { receiveMax, maxConcurrent, requestsMax } = this.#settings;
    const { RESOURCE_EXHAUSTED } = StatusCode;
    if (held > receiveMax) return this.#tooLong(held);
    if (this.#calls.size >= maxConcurrent) {
      const text = `There are ${maxConcurrent} calls in flight, the limit for one connection`;
      return failure(RESOURCE_EXHAUSTED, text, false);
    }
    if (this.#held + held <= requestsMax) return null;
    const text = `The requests in flight have ${this.#held} bytes, and the limit for one ` +
      `connection is ${requestsMax}`;
    return failure(RESOURCE_EXHAUSTED, text, false);
  }

  /** To repeat it would be of no use. */
  #tooLong(length: number): Outcome {
    const { receiveMax } = this.#settings;
    const text = `The request has ${length} bytes, over the limit of ${receiveMax}`;
    return failure(StatusCode.RESOURCE_EXHAUSTED, text, false, -1);
  }

  #onData(frames: FrameReader): void {
    const call = this.#calls.get(frames.id);
    // One that was refused or cancelled.
    if (call === undefined) return;
    const { parts } = call;
    if (parts === null) throw new ProtocolError(`The request ${frames.id} goes on after its end`);
    parts.add(frames.bytes.subarray(frames.message, frames.end));
    if ((frames.flags & more) !== 0) return;
    call.request = parts.take();
    call.parts = null;
    this.#events.call(call);
  }

  #onCancel(id: number): void {
    const call = this.#calls.get(id);
    // A response that is being sent is of no use any more.
    if (call === undefined) return void this.#link.out.remove(id);
    this.#remove(call);
    call.cancelled();
  }

  /** A client that leaves sends no more; it says so when something was wrong. */
  #onGoaway(frames: FrameReader): void {
    const { reason } = readGoaway(frames, this.#link.fields);
    const { hostname, port } = this.peer;
    this.#settings.logger.warn?.(`The client ${hostname}:${port} leaves: ${reason}`);
  }

  #send(id: number, outcome: Outcome): void {
    const { out, peer } = this.#link;
    const { response } = outcome;
    const length = response === null ? 0 : response.length;
    const max = Math.min(this.#settings.sendMax, peer.messageMax);
    if (length > max) {
      const text = `The response has ${length} bytes, over the limit of ${max}`;
      writeEnd(out.frames, id, failure(StatusCode.RESOURCE_EXHAUSTED, text, true), null);
    } else if (length <= wholeMax) {
      writeEnd(out.frames, id, outcome, response);
    } else {
      const last = (to: FrameWriter) => writeEnd(to, id, outcome, null);
      return out.add({ id, bytes: response!, sized: true, last });
    }
    out.soon();
  }

  #remove(call: NativeCall): void {
    this.#calls.delete(call.id);
    this.#held -= call.held;
    if (this.#calls.size > 0 || this.#link.ended) return;
    this.#idleSince = this.#link.now;
    if (this.#draining) this.settled();
    else this.#link.arm(this.#idleSince + this.#settings.idleTimeout);
  }
}
