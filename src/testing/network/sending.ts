/**
 * From the service to the client. What the service has written is taken all at once, while nothing
 * is on its way, so one write carries all that has come together meanwhile. Faults act here: stalled,
 * nothing is taken; delayed, it waits in a queue until its time; then it may be cut into single
 * bytes, cut off, or spoilt.
 */
import type { Clock } from "../../types.ts";
import type { Carrier } from "./carrier.ts";
import type { Place } from "./rules.ts";
import type { Standing } from "./standing.ts";
import type { Served } from "./wire.ts";

/** What a line and its sending half have in common. */
export interface Sender extends Place {
  readonly served: Served;
  readonly carrier: Carrier;
  readonly standing: Standing;
  readonly clock: Clock;
  /** Some bytes have gone, and there is room for more. */
  sent(): void;
  /** As many bytes have gone as the client was to get. */
  spent(): void;
}

/** What leaves together: whole frames. */
interface Chunk {
  /** When it may leave; 0 is at once. */
  at: number;
  /** What is left of it. */
  bytes: Uint8Array;
  /** Whether a part of it has left; what comes behind would make a sound frame with false values. */
  begun: boolean;
}

export class Sending {
  readonly #sender: Sender;
  readonly #queue: Chunk[] = [];
  #queued = 0;
  /** Bytes that the carrier has and the client has not. */
  #inFlight = 0;
  /** So many bytes the client is still to get. */
  #left = Infinity;
  #corrupting = false;
  #timer: Disposable | null = null;
  #waking = false;

  constructor(sender: Sender) {
    this.#sender = sender;
  }

  /** Bytes that the client has not got. */
  get size(): number {
    return this.#sender.served.out.length + this.#queued + this.#inFlight;
  }

  /** Whether the carrier has everything. */
  get empty(): boolean {
    return this.#sender.served.out.length === 0 && this.#queue.length === 0;
  }

  /** Sends what there is once all that belongs together has been written. */
  start(): void {
    if (this.#waking) return;
    this.#waking = true;
    this.#sender.carrier.soon(this.#woken);
  }

  /** Nothing that waits is sent any more. */
  discard(): void {
    this.#sender.served.out.clear();
    this.#queue.length = 0;
    this.#queued = 0;
    this.#stopTimer();
  }

  /** After so many more bytes nothing is sent. */
  limit(bytes: number): void {
    this.#left = bytes;
  }

  /** Spoils what is sent next, or leaves it alone. */
  corrupt(corrupting: boolean): void {
    this.#corrupting = corrupting;
  }

  /** The rules have changed: what no rule delays any more goes at once. */
  recheck(): void {
    const delayed = this.#sender.standing.delay.of(this.#sender) > 0;
    if (!delayed) this.#queue.forEach((chunk) => chunk.at = 0);
    this.#stopTimer();
    this.start();
  }

  readonly #woken = () => {
    this.#waking = false;
    this.#go();
  };

  #go(): void {
    const { standing } = this.#sender;
    if (standing.stalled.of(this.#sender)) return;
    const delay = standing.delay.of(this.#sender);
    if (delay > 0 || this.#inFlight === 0 && this.#queue.length === 0) this.#take(delay);
    if (this.#inFlight === 0) this.#sendFirst();
    // While something is on its way, its arrival tells; to ask again and again would stop all else.
    if (this.#inFlight === 0) this.#sender.sent();
  }

  #take(delay: number): void {
    const { out } = this.#sender.served;
    if (out.length === 0) return;
    const bytes = out.written.slice();
    out.clear();
    // One behind another waits for it, whatever its own time.
    this.#queue.push({ at: delay > 0 ? this.#sender.clock.now() + delay : 0, bytes, begun: false });
    this.#queued += bytes.length;
  }

  #sendFirst(): void {
    const [first] = this.#queue;
    if (first === undefined) return;
    if (first.at > 0 && first.at > this.#sender.clock.now()) return this.#wait(first.at);
    if (this.#corrupting && !first.begun) {
      spoil(first.bytes);
      this.#corrupting = false;
    }
    first.begun = true;
    const piece = this.#sender.standing.trickling.of(this.#sender) ? 1 : first.bytes.length;
    const length = Math.min(piece, this.#left);
    const bytes = first.bytes.subarray(0, length);
    if (length === first.bytes.length) this.#queue.shift();
    else first.bytes = first.bytes.subarray(length);
    this.#queued -= length;
    this.#left -= length;
    this.#inFlight = length;
    this.#sender.carrier.send(bytes, this.#sent);
  }

  readonly #sent = () => {
    this.#inFlight = 0;
    if (this.#left === 0) this.#sender.spent();
    else if (!this.empty) this.start();
    else this.#sender.sent();
  };

  #wait(at: number): void {
    this.#timer ??= this.#sender.clock.timer(at, () => {
      this.#timer = null;
      this.#go();
    });
  }

  #stopTimer(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = null;
  }
}

/** Every byte comes out different; a frame's length becomes negative, and every text unreadable. */
function spoil(bytes: Uint8Array): void {
  for (let i = 0; i < bytes.length; i++) bytes[i]! ^= 0xa5;
}
