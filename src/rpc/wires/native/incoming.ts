/** A call that has come in, and the REQUEST frame it is made of. */
import type { Metadata } from "../../metadata.ts";
import { IncomingCall, type Outcome, type Peer } from "../wire.ts";
import { Assembly } from "./assembly.ts";
import { type FrameReader, more, ProtocolError } from "./frames.ts";
import { Fields, noMetadata, readMetadata, Tag } from "./meta.ts";
import { Names } from "./names.ts";

/** Where a call is answered. */
export interface Answering {
  readonly peer: Peer;
  /** Answers it, unless it has been answered or cancelled. */
  answer(call: NativeCall, outcome: Outcome): void;
  /** Sends metadata ahead of the response. */
  sendHeaders(call: NativeCall, metadata: Metadata): void;
}

/** One call of a connection. */
export class NativeCall extends IncomingCall {
  readonly #answering: Answering;
  readonly #names: Names;
  /** The chunk its metadata is in, until somebody asks for it: few handlers do. */
  #bytes: Uint8Array | null;
  #meta: number;
  #message: number;
  #metadata: Metadata = noMetadata;
  #released = false;

  constructor(
    answering: Answering,
    names: Names,
    frames: FrameReader,
    hasMetadata: boolean,
    readonly service: string,
    readonly method: string,
    readonly deadline: number,
    public request: Uint8Array,
    /** What has come of a request of several frames; null once it is whole. */
    public parts: Assembly | null,
  ) {
    super();
    this.#answering = answering;
    this.#names = names;
    this.#bytes = hasMetadata ? frames.lend() : null;
    this.#meta = frames.meta;
    this.#message = frames.message;
    this.id = frames.id;
    this.held = parts === null ? request.length : parts.size;
  }

  /** Its number on the connection. */
  readonly id: number;
  /** Bytes of its request, or those that it is going to have. */
  readonly held: number;

  get metadata(): Metadata {
    if (this.#bytes !== null) {
      this.#metadata = readMetadata(this.#bytes, this.#meta, this.#message, this.#names)!;
      this.#bytes = null;
    }
    return this.#metadata;
  }

  get peer(): Peer {
    return this.#answering.peer;
  }

  headers(metadata: Metadata): void {
    this.#answering.sendHeaders(this, metadata);
  }

  override release(): void {
    this.request = nothing;
    this.#released = true;
  }

  /**
   * A later chunk is being read, or the call is over but its handler may go on: a few bytes must not
   * keep the whole one that they came in.
   */
  leaveChunk(): void {
    if (!this.#released || this.#bytes === null || this.#meta === 0) return;
    this.#bytes = this.#bytes.slice(this.#meta, this.#message);
    this.#message -= this.#meta;
    this.#meta = 0;
  }

  end(outcome: Outcome): void {
    this.#answering.answer(this, outcome);
  }

  /** The caller is gone, or has lost interest. */
  cancelled(): void {
    this.leaveChunk();
    const { onCancel } = this;
    this.onCancel = null;
    onCancel?.();
  }
}

const nothing = new Uint8Array(0);

/** Makes calls of REQUEST frames; one for each connection. */
export class RequestReader {
  readonly #answering: Answering;
  readonly #names = new Names();
  readonly #fields = new Fields();
  readonly #entry = new Fields();

  constructor(answering: Answering) {
    this.#answering = answering;
  }

  /**
   * The call that a frame begins, at `now`.
   *
   * @throws {ProtocolError} for meta that is none.
   */
  read(frames: FrameReader, now: number): NativeCall {
    const fields = this.#fields;
    let [service, method] = ["", ""];
    let [timeout, size] = [0, 0];
    let hasMetadata = false;
    fields.point(frames.bytes, frames.meta, frames.message);
    while (fields.next()) {
      switch (fields.tag) {
        case Tag.requestService:
          service = this.#names.text(fields.bytes, fields.start, fields.stop);
          break;
        case Tag.requestMethod:
          method = this.#names.text(fields.bytes, fields.start, fields.stop);
          break;
        case Tag.requestTimeout:
          timeout = fields.value;
          break;
        case Tag.size:
          size = fields.value;
          break;
        case Tag.metadata:
          hasMetadata = true;
          this.#check();
          break;
      }
    }
    const deadline = timeout === 0 ? Infinity : now + timeout;
    const request = frames.takeMessage();
    let parts: Assembly | null = null;
    if ((frames.flags & more) !== 0) {
      if (size === 0) throw new ProtocolError("A request of several frames does not say its size");
      parts = new Assembly(size);
      parts.add(request);
    }
    return new NativeCall(
      this.#answering,
      this.#names,
      frames,
      hasMetadata,
      service,
      method,
      deadline,
      request,
      parts,
    );
  }

  /** Looks through an entry, which will be read later or never. */
  #check(): void {
    this.#entry.point(this.#fields.bytes, this.#fields.start, this.#fields.stop);
    while (this.#entry.next());
  }
}
