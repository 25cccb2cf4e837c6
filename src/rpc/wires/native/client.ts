/**
 * The native wire as a client has it: many calls at once over one connection, each with an id of its
 * own, odd, rising and never used again. Replies come in whatever order the server has them.
 */
import type { Transport } from "../../../values.ts";
import { StatusCode } from "../../status.ts";
import type { ClientConnection, ClientConnectionEvents, OutgoingCall } from "../wire.ts";
import { Assembly } from "./assembly.ts";
import { CallTable } from "./call_table.ts";
import { Entries } from "./entries.ts";
import { failure, metadataOf, readEnd } from "./ending.ts";
import { type FrameReader, FrameType, metaMax, more, ProtocolError, wholeMax } from "./frames.ts";
import { Link, type LinkOwner } from "./link.ts";
import { Tag, writeNumber } from "./meta.ts";
import { Names } from "./names.ts";
import { readGoaway } from "./goaway.ts";
import { Routes } from "./routes.ts";
import { type NativeClientOptions, type Settings, settingsOf } from "./settings.ts";

/** No id may be larger: a connection that has used them all goes away. */
const idMax = 0x7fff_ffff;
/** A longer timeout is none. */
const timeoutMax = 0xffff_ffff;
const nothing = new Uint8Array(0);

/** A connection of the native wire, seen from the client. */
export class NativeClientConnection implements ClientConnection, LinkOwner {
  /** For the link: clients take in no requests. */
  readonly lastId = 0;
  readonly #settings: Settings;
  readonly #events: ClientConnectionEvents;
  readonly #link: Link;
  readonly #calls = new CallTable<OutgoingCall>();
  readonly #parts = new Map<number, Assembly>();
  readonly #names = new Names();
  readonly #routes = new Routes();
  readonly #entries = new Entries();
  #next: number;
  #usable = true;
  #draining = false;
  /** Whether that has been told. */
  #wentAway = false;
  #idleSince: number;
  /** What calls in flight are told when it is closed on purpose. */
  #farewell = "";

  constructor(transport: Transport, events: ClientConnectionEvents, options: NativeClientOptions) {
    this.#settings = settingsOf(options);
    this.#events = events;
    this.#next = this.#settings.firstId;
    this.#link = new Link(transport, this.#settings, this);
    this.#idleSince = this.#link.now;
    this.#link.start(nothing, 0);
  }

  get usable(): boolean {
    return this.#usable;
  }

  get goingAway(): boolean {
    return this.#draining || this.#link.ended;
  }

  get inFlight(): number {
    return this.#calls.size;
  }

  start(call: OutgoingCall): void {
    const { request, deadline, metadata } = call;
    const { length } = request;
    const { out } = this.#link;
    const { now } = this.#link;
    const id = this.#next;
    const refusal = this.#refusal(length);
    if (refusal !== null) return this.#refuse(call, ...refusal);
    const isWhole = length <= wholeMax;
    const to = out.frames;
    to.begin(FrameType.request, isWhole ? 0 : more, id);
    this.#routes.write(to, call.service, call.method);
    if (deadline < Infinity) writeNumber(to, Tag.requestTimeout, timeoutOf(deadline - now));
    if (metadata !== null) this.#entries.write(to, metadata);
    if (!isWhole) writeNumber(to, Tag.size, length);
    to.endMeta();
    if (to.metaLength > metaMax) {
      const text = `The metadata has ${to.metaLength} bytes, over the limit of ${metaMax}`;
      return this.#refuse(call, StatusCode.RESOURCE_EXHAUSTED, text);
    }
    if (isWhole) to.raw(request);
    to.end();
    out.newest = id;
    this.#register(call, now);
    if (isWhole) out.soon();
    else out.add({ id, bytes: request, sized: false, last: null });
    this.#update();
  }

  cancel(call: OutgoingCall): void {
    const { id } = call;
    if (this.#calls.get(id) !== call) return;
    this.#remove(call);
    if (this.#link.ended) return;
    if (id <= this.#link.out.newest) this.#sendCancel(id);
    this.settled();
  }

  drain(): void {
    this.#draining = true;
    if (!this.#link.ended) this.settled();
  }

  close(message: string): void {
    this.#farewell = message;
    this.#link.close(null);
  }

  /** For the link. */
  frame(frames: FrameReader): void {
    switch (frames.type) {
      case FrameType.end:
        return this.#onEnd(frames);
      case FrameType.headers:
        return this.#onHeaders(frames);
      case FrameType.data:
        return this.#onData(frames);
      case FrameType.goaway:
        return this.#onGoaway(frames);
      default:
        throw new ProtocolError(`A server has sent a frame of the type ${frames.type}`);
    }
  }

  /** For the link. */
  settled(): void {
    this.#update();
    if (this.#draining && this.#calls.size === 0) this.#link.close(null);
  }

  /** For the link. */
  judge(now: number): number {
    if (this.#calls.size > 0 || this.#link.ended) return Infinity;
    const due = this.#idleSince + this.#settings.idleTimeout;
    if (now < due) return due;
    this.#link.close(null);
    return Infinity;
  }

  /** For the link. */
  finished(): void {
    this.#link.close(new Error(`${this.#settings.name} has closed the connection`));
  }

  /** For the link. */
  closed(reason: Error | null): void {
    const { name, logger } = this.#settings;
    if (reason !== null) {
      logger.warn?.(`Lost ${name} with ${this.#calls.size} calls in flight: ${reason.message}`);
    }
    // closed() says so; until then nobody is to start anew here what ends.
    this.#usable = false;
    this.#wentAway = true;
    const text = reason === null
      ? this.#farewell || `The connection to ${name} was closed`
      : `The connection to ${name} was lost: ${reason.message}`;
    for (const call of this.#calls.all()) this.#fail(call, text, this.#isSent(call.id));
    this.#events.closed(reason);
  }

  /** Why no call of this length can be sent, or null. */
  #refusal(length: number): [status: number, text: string] | null {
    const { name, sendMax } = this.#settings;
    if (this.#link.ended || this.#draining || this.#next > idMax) {
      return [StatusCode.UNAVAILABLE, `The connection to ${name} takes no more calls`];
    }
    const max = Math.min(sendMax, this.#link.peer.messageMax);
    if (length <= max) return null;
    const text = `The request has ${length} bytes, over the limit of ${max}`;
    return [StatusCode.RESOURCE_EXHAUSTED, text];
  }

  /** Ends a call that is not sent, in a moment: never while it is being started. */
  #refuse(call: OutgoingCall, status: number, text: string): void {
    this.#register(call, this.#link.now);
    const { id } = call;
    queueMicrotask(() => {
      if (this.#calls.get(id) !== call) return;
      this.#remove(call);
      // Over a limit: to send it again would be of no use.
      const pushback = status === StatusCode.RESOURCE_EXHAUSTED ? -1 : null;
      call.ended(failure(status, text, false, pushback));
      if (!this.#link.ended) this.settled();
    });
  }

  #register(call: OutgoingCall, now: number): void {
    const id = call.id = this.#next;
    this.#next = id + 2;
    this.#calls.add(call);
    if (this.#calls.size === 1) this.#link.busy(now);
  }

  #remove(call: OutgoingCall): void {
    const { id } = call;
    this.#calls.delete(id);
    this.#parts.delete(id);
    this.#link.out.remove(id);
    call.id = 0;
    if (this.#calls.size > 0 || this.#link.ended) return;
    this.#idleSince = this.#link.now;
    this.#link.arm(this.#idleSince + this.#settings.idleTimeout);
  }

  #onEnd(frames: FrameReader): void {
    const call = this.#calls.get(frames.id);
    // One that was cancelled, or never was.
    if (call === undefined) return;
    const parts = this.#parts.get(frames.id);
    const length = (parts?.length ?? 0) + frames.end - frames.message;
    if (length > this.#settings.receiveMax) return this.#tooLong(call, length);
    const response = parts === undefined ? frames.takeMessage() : whole(parts, frames);
    const outcome = readEnd(frames, this.#link.fields, this.#names, response);
    this.#remove(call);
    call.ended(outcome);
  }

  #onHeaders(frames: FrameReader): void {
    const call = this.#calls.get(frames.id);
    if (call === undefined) return;
    const metadata = metadataOf(frames, this.#names);
    if (metadata !== null) call.headers(metadata);
  }

  #onData(frames: FrameReader): void {
    const call = this.#calls.get(frames.id);
    if (call === undefined) return;
    let parts = this.#parts.get(frames.id);
    if (parts === undefined) {
      parts = new Assembly(this.#sizeIn(frames));
      this.#parts.set(frames.id, parts);
    }
    const length = Math.max(parts.size, parts.length + frames.end - frames.message);
    if (length > this.#settings.receiveMax) return this.#tooLong(call, length);
    parts.add(frames.bytes.subarray(frames.message, frames.end));
  }

  #sizeIn(frames: FrameReader): number {
    const { fields } = this.#link;
    let size = 0;
    fields.point(frames.bytes, frames.meta, frames.message);
    while (fields.next()) if (fields.tag === Tag.size) size = fields.value;
    if (size === 0) throw new ProtocolError("A response of several frames does not say its size");
    return size;
  }

  /** That call alone is lost; what else comes of it is skipped. */
  #tooLong(call: OutgoingCall, length: number): void {
    const { receiveMax } = this.#settings;
    this.#sendCancel(call.id);
    this.#remove(call);
    const text = `The response has ${length} bytes, over the limit of ${receiveMax}`;
    call.ended(failure(StatusCode.RESOURCE_EXHAUSTED, text, true));
  }

  #onGoaway(frames: FrameReader): void {
    const { last, reason } = readGoaway(frames, this.#link.fields);
    const { name, logger } = this.#settings;
    const text = `${name} is going away${reason && `: ${reason}`}`;
    // It may say so again and again.
    if (!this.#draining) logger.info?.(text);
    this.#draining = true;
    // Before they end, so that nobody starts them here again.
    this.#update();
    for (const call of this.#calls.all()) {
      if (call.id > last) this.#fail(call, text, false);
    }
  }

  #fail(call: OutgoingCall, text: string, sent: boolean): void {
    if (this.#calls.get(call.id) !== call) return;
    this.#remove(call);
    call.ended(failure(StatusCode.UNAVAILABLE, text, sent));
  }

  #isSent(id: number): boolean {
    return id <= this.#link.out.handed && !this.#link.out.isGoing(id);
  }

  #sendCancel(id: number): void {
    const { out } = this.#link;
    out.frames.begin(FrameType.cancel, 0, id);
    out.frames.end();
    out.soon();
  }

  #update(): void {
    const { ended, peer, out } = this.#link;
    const usable = !ended && !this.#draining && this.#next <= idMax &&
      this.#calls.size < peer.maxConcurrent && out.unsent < this.#settings.unsentMax;
    if (this.#next > idMax) this.#draining = true;
    const { goingAway } = this;
    if (usable === this.#usable && goingAway === this.#wentAway) return;
    this.#usable = usable;
    this.#wentAway = goingAway;
    this.#events.changed();
  }
}

function whole(parts: Assembly, frames: FrameReader): Uint8Array {
  parts.add(frames.bytes.subarray(frames.message, frames.end));
  return parts.take();
}

/** What is left of the time, as it is sent: 0 would be none at all. */
function timeoutOf(left: number): number {
  return left > timeoutMax ? 0 : Math.max(1, Math.ceil(left));
}
