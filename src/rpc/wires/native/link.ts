/**
 * What both sides of a connection have in common: one read armed, frames taken out of it, pings
 * answered, and one timer for all that is due. Its owner has the calls.
 */
import { TurnClock } from "../../time/turn_clock.ts";
import { attempt, messageOf } from "../../../session/dial.ts";
import type { Transport } from "../../../values.ts";
import { FrameReader, FrameType, ProtocolError } from "./frames.ts";
import { writeGoaway } from "./goaway.ts";
import { Fields, Tag, writeNumber } from "./meta.ts";
import { Outbox } from "./outbox.ts";
import type { Settings } from "./settings.ts";

/** Who has the calls. */
export interface LinkOwner {
  /** Calls in flight. */
  readonly inFlight: number;
  /** The id of the newest request that was taken in; 0 for none. */
  readonly lastId: number;
  /** A frame that concerns calls has come. */
  frame(frames: FrameReader): void;
  /** The frames of one read have been seen, or a write is done. */
  settled(): void;
  /** Judges what is due at `now` beside the link's own; returns when to ask again. */
  judge(now: number): number;
  /** The peer sends no more. */
  finished(): void;
  /** It is closed; null where that was asked for. */
  closed(reason: Error | null): void;
}

/** What the other side says of itself. */
export interface PeerSettings {
  /** So many calls it takes at once. */
  maxConcurrent: number;
  /** The most bytes of a message it takes. */
  messageMax: number;
}

/** One connection. */
export class Link {
  readonly out: Outbox;
  readonly fields: Fields = new Fields();
  readonly peer: PeerSettings = { maxConcurrent: Infinity, messageMax: Infinity };
  /** Whether it is over. */
  ended = false;
  /** Nothing is read while the peer takes nothing; the owner decides. */
  paused = false;
  readonly #transport: Transport;
  readonly #owner: LinkOwner;
  readonly #settings: Settings;
  readonly #frames = new FrameReader();
  #reading = false;
  readonly #turn: TurnClock;
  #heard: number;
  /** When a ping left that nothing was heard after; Infinity for none. */
  #pinged = Infinity;
  #pings = 0;
  /** Whether the timer came so late that what has come in the meantime is read first. */
  #late = false;
  /** When bytes were last written, or began to be. */
  #wrote: number;
  #timer: Disposable | null = null;
  #timerAt = Infinity;

  constructor(transport: Transport, settings: Settings, owner: LinkOwner) {
    this.#transport = transport;
    this.#settings = settings;
    this.#owner = owner;
    this.#turn = new TurnClock(settings.clock);
    this.#heard = this.#wrote = this.#turn.now();
    this.out = new Outbox(transport, this);
  }

  /** Takes what has been read already, tells the peer about this side, and reads on. */
  start(first: Uint8Array, maxConcurrent: number): void {
    const to = this.out.frames;
    to.begin(FrameType.settings, 0, 0);
    writeNumber(to, Tag.settingsConcurrent, maxConcurrent);
    writeNumber(to, Tag.settingsMessage, this.#settings.receiveMax);
    to.endMeta();
    to.end();
    this.out.soon();
    this.arm(this.#due(this.#heard));
    if (first.length === 0) return this.#read();
    // Whoever makes the connection has it in hand before calls come.
    queueMicrotask(() => {
      this.#takeAll(first);
      this.#read();
    });
  }

  /** The time; for what happens at one go, that of the first time it was asked for. */
  get now(): number {
    return this.#turn.now();
  }

  /** When bytes were last read, or calls began to be in flight. */
  get heard(): number {
    return this.#heard;
  }

  /** There are calls in flight, after there were none. */
  busy(now: number): void {
    this.#heard = Math.max(this.#heard, now);
    this.arm(now + this.#settings.keepalive);
  }

  /** Sees to it that what is due at `at` is judged then. */
  arm(at: number): void {
    if (at >= this.#timerAt || this.ended) return;
    this.#timer?.[Symbol.dispose]();
    this.#timerAt = at;
    const timer = this.#settings.clock.timer(at, this.#onTimer);
    timer.unref?.();
    this.#timer = timer;
  }

  /** Reads again, after a pause. */
  resume(): void {
    if (!this.paused || this.ended) return;
    this.paused = false;
    this.#heard = this.now;
    this.#read();
  }

  /** Ends it because of what the peer did, and tells it where that can be done at once. */
  violated(error: Error): void {
    if (this.ended) return;
    if (this.out.writing) return this.close(error);
    const to = this.out.frames;
    writeGoaway(to, this.#owner.lastId, error.message);
    // What is written leaves with the close, as far as the system has room for it.
    attempt(() => this.#transport.write(to.frames), ignore, ignore);
    this.close(error);
  }

  /** Ends it. */
  close(reason: Error | null): void {
    if (this.ended) return;
    this.ended = true;
    this.#timer?.[Symbol.dispose]();
    this.out.close();
    this.#transport.close();
    this.#owner.closed(reason);
  }

  /** For the outbox. */
  writes(): void {
    this.#wrote = this.#settings.clock.now();
    this.arm(this.#wrote + this.#settings.stallTimeout);
  }

  /** For the outbox. */
  wrote(): void {
    this.#wrote = this.#settings.clock.now();
    this.#owner.settled();
  }

  /** For the outbox. */
  failed(error: unknown): void {
    this.close(asError(error));
  }

  #read(): void {
    if (this.#reading || this.paused || this.ended) return;
    this.#reading = true;
    attempt(() => this.#transport.read(this.#frames.space()), this.#onRead, this.#onFailure);
  }

  readonly #onRead = (count: number | null): void => {
    this.#reading = false;
    if (this.ended) return;
    if (count === null) return this.#guard(() => this.#owner.finished());
    this.#heard = this.now;
    this.#pinged = Infinity;
    this.#frames.received(count);
    this.#guard(this.#take);
    this.#read();
  };

  readonly #onFailure = (error: unknown): void => {
    this.#reading = false;
    this.close(asError(error));
  };

  #takeAll(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && !this.ended;) {
      const space = this.#frames.space();
      const part = bytes.subarray(at, at + space.length);
      space.set(part);
      this.#frames.received(part.length);
      this.#guard(this.#take);
      at += part.length;
    }
  }

  readonly #take = (): void => {
    const frames = this.#frames;
    while (!this.ended && frames.next()) this.#frame(frames);
    if (!this.ended) this.#owner.settled();
  };

  /** Nothing that a peer sends, and no fault of ours, is more than the end of a connection. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (error instanceof ProtocolError) return this.violated(error);
      this.#settings.logger.error?.(`A fault while frames were handled: ${messageOf(error)}`);
      this.close(asError(error));
    }
  }

  #frame(frames: FrameReader): void {
    switch (frames.type) {
      case FrameType.ping:
        return this.#answer(frames.id);
      case FrameType.pong:
        return;
      case FrameType.settings:
        return this.#settle(frames);
      default:
        // What later versions may add is skipped.
        if (frames.type < FrameType.settings) this.#owner.frame(frames);
    }
  }

  /** Who asks and asks and reads no answer gets none. */
  #answer(id: number): void {
    if (this.out.unsent < this.#settings.unsentMax) this.#write(FrameType.pong, id);
  }

  #settle(frames: FrameReader): void {
    const { fields, peer } = this;
    fields.point(frames.bytes, frames.meta, frames.message);
    while (fields.next()) {
      if (fields.tag === Tag.settingsConcurrent) peer.maxConcurrent = fields.value || Infinity;
      else if (fields.tag === Tag.settingsMessage) peer.messageMax = fields.value || Infinity;
    }
  }

  /** A frame that is nothing but its header. */
  #write(type: number, id: number): void {
    this.out.frames.begin(type, 0, id);
    this.out.frames.end();
    this.out.soon();
  }

  readonly #onTimer = (): void => {
    const late = this.#settings.clock.now() - this.#timerAt > lateness;
    this.#timerAt = Infinity;
    this.#timer = null;
    if (late && !this.#late) {
      this.#late = true;
      return this.arm(this.#settings.clock.now());
    }
    this.#late = false;
    this.#guard(() => this.#judge(this.#settings.clock.now()));
  };

  #judge(now: number): void {
    const { stallTimeout, keepalive, keepaliveTimeout } = this.#settings;
    if (this.out.writing && now >= this.#wrote + stallTimeout) {
      return this.close(new Error(`The peer has taken no bytes for ${stallTimeout} ms`));
    }
    if (this.#pinged < Infinity) {
      if (now >= this.#pinged + keepaliveTimeout && !this.paused) {
        return this.close(new Error(`No answer to a ping within ${keepaliveTimeout} ms`));
      }
    } else if (this.#asks && now >= this.#heard + keepalive) {
      this.#pinged = now;
      this.#write(FrameType.ping, ++this.#pings);
    }
    this.arm(this.#due(now));
  }

  /** What is due next, after the owner has judged. */
  #due(now: number): number {
    const { stallTimeout, keepalive, keepaliveTimeout } = this.#settings;
    let due = this.#owner.judge(now);
    if (this.out.writing) due = Math.min(due, this.#wrote + stallTimeout);
    if (this.paused) return due;
    if (this.#pinged < Infinity) return Math.min(due, this.#pinged + keepaliveTimeout);
    return this.#asks ? Math.min(due, this.#heard + keepalive) : due;
  }

  /** Whether silence is suspicious. */
  get #asks(): boolean {
    return this.#owner.inFlight > 0 && !this.paused;
  }
}

/** A timer that comes so much later was kept by whatever else runs here, ms. */
const lateness = 100;

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function ignore(): void {}
