/** A message that comes in several frames. */
import { ProtocolError } from "./frames.ts";

const first = 65_536;

/** Grows with what has come, never ahead of it by what a peer merely says. */
export class Assembly {
  #bytes: Uint8Array;
  #length = 0;

  /** @param size How long it is said to be. */
  constructor(readonly size: number) {
    this.#bytes = new Uint8Array(Math.min(size, first));
  }

  /** Bytes that have come. */
  get length(): number {
    return this.#length;
  }

  /**
   * Adds a part.
   *
   * @throws {ProtocolError} when it becomes longer than was said.
   */
  add(part: Uint8Array): void {
    const length = this.#length + part.length;
    if (length > this.size) throw wrongSize(this.size, length);
    if (length > this.#bytes.length) this.#grow(length);
    this.#bytes.set(part, this.#length);
    this.#length = length;
  }

  /**
   * The whole message.
   *
   * @throws {ProtocolError} when it is shorter than was said.
   */
  take(): Uint8Array {
    if (this.#length < this.size) throw wrongSize(this.size, this.#length);
    return this.#bytes.subarray(0, this.#length);
  }

  #grow(needed: number): void {
    const doubled = Math.max(2 * this.#bytes.length, needed);
    const bytes = new Uint8Array(Math.min(doubled, this.size));
    bytes.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = bytes;
  }
}

function wrongSize(said: number, came: number): ProtocolError {
  return new ProtocolError(`A message of ${said} bytes came with ${came}`);
}
