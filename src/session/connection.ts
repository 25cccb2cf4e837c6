/**
 * One connection to one server: at most one read armed and one write in flight, and what has become
 * of them until process() asks. A new connection begins with new buffers, so that nothing of an old
 * one, half a frame say, can reach it.
 */
import { Writer } from "../proto/archive.ts";
import { FrameReader } from "../proto/frames.ts";
import { attempt, messageOf } from "./dial.ts";
import { type Endpoint, type Events, READ, type Transport, WRITE } from "../types.ts";

/** Why a connection has ended that the server closed. */
export const hungUp = "the server closed the connection";

/** A transport with its buffers. */
export class Connection {
  /** What has been read and not yet taken apart. */
  readonly frames: FrameReader;
  /** Frames that go ahead of all requests: the connect request, authentication, watches. */
  readonly front: Writer = new Writer(64);
  /** Frames being written; the session's toSend takes turns with it. */
  sending: Writer = new Writer();
  /** Why no more can be read or written, or null. */
  ended: string | null = null;
  #arrived = 0;
  #reading = false;
  #unwritten: Uint8Array | null = null;
  #writing = false;
  #closed = false;

  constructor(
    readonly transport: Transport,
    readonly endpoint: Endpoint,
    maxBuffer: number,
    /** Called when a read or write has completed. */
    readonly completed: (events: Events) => void,
  ) {
    this.frames = new FrameReader(maxBuffer);
  }

  /** What has completed and waits for process(). */
  get ready(): Events {
    if (this.ended !== null) return READ;
    return (this.#arrived > 0 ? READ : 0) |
      (this.#unwritten !== null && !this.#writing ? WRITE : 0);
  }

  /** Whether a write is in flight or only partly done. */
  get writing(): boolean {
    return this.#unwritten !== null;
  }

  /** Bytes handed to a write that is not done. */
  get unwritten(): number {
    return this.#unwritten === null ? 0 : this.#unwritten.length;
  }

  /** Takes what was read over into {@link frames}; returns how many bytes it was. */
  take(): number {
    const arrived = this.#arrived;
    this.#arrived = 0;
    if (arrived > 0) this.frames.received(arrived);
    return arrived;
  }

  /** Arms a read unless one is armed or its bytes have not been taken. */
  read(): void {
    if (this.#reading || this.#arrived > 0 || this.ended !== null) return;
    this.#reading = true;
    attempt(() => this.transport.read(this.frames.space()), this.#onRead, this.#onFailure);
  }

  /** Starts to write `bytes`, which stay untouched until {@link writing} is false again. */
  write(bytes: Uint8Array): void {
    this.#unwritten = bytes;
    this.writeOn();
  }

  /** Goes on with a write that was done in part. */
  writeOn(): void {
    if (this.#unwritten === null || this.#writing || this.ended !== null) return;
    this.#writing = true;
    const bytes = this.#unwritten;
    attempt(() => this.transport.write(bytes), this.#onWritten, this.#onFailure);
  }

  /** Closes the transport; what was under way is forgotten. */
  close(): void {
    this.#closed = true;
    this.transport.close();
  }

  readonly #onRead = (count: number | null): void => {
    this.#reading = false;
    if (this.#closed) return;
    if (count === null) this.ended ??= hungUp;
    else this.#arrived = count;
    this.completed(READ);
  };

  readonly #onWritten = (count: number): void => {
    this.#writing = false;
    if (this.#closed || this.#unwritten === null) return;
    const done = count >= this.#unwritten.length;
    this.#unwritten = done ? null : this.#unwritten.subarray(count);
    this.completed(done ? 0 : WRITE);
  };

  readonly #onFailure = (error: unknown): void => {
    if (this.#closed) return;
    this.ended ??= messageOf(error);
    this.completed(READ);
  };
}
