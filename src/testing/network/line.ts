/**
 * One connection between a client and the service, in memory or over a socket: the same code, the
 * same faults. The carrier feeds in what the client writes and takes out what the service writes.
 *
 * It is open, then closing (the service has closed it, and what it wrote before is on its way), then
 * over. The service learns the end on a turn of its own, never from within a call that it makes.
 * Apart from that it can be severed: nothing gets through either way and neither side is told.
 */
import type { Clock } from "../../types.ts";
import type { Carrier } from "./carrier.ts";
import { Sending } from "./sending.ts";
import type { Standing } from "./standing.ts";
import type { Accept, Served, Wire } from "./wire.ts";

/** A client with more output than this, bytes, must read before anything more is answered. */
const throttled = 1 << 20;
/** A client with more output than this, bytes, is dropped. */
const outputMax = 64 << 20;

/** What a line stands in. */
export interface Setting {
  readonly clock: Clock;
  readonly standing: Standing;
  readonly accept: Accept;
  /** The line is over. */
  ended(line: Line): void;
  /** The line is dropped since its client does not read. */
  overflowed(line: Line): void;
}

export class Line implements Wire {
  readonly served: Served;
  readonly clock: Clock;
  readonly standing: Standing;
  readonly #setting: Setting;
  readonly #sending: Sending;
  #state: "open" | "closing" | "over" = "open";
  #severed = false;

  /** A connection from `address` to the server `host`. */
  constructor(
    setting: Setting,
    readonly carrier: Carrier,
    readonly host: string,
    readonly address: string,
  ) {
    this.#setting = setting;
    this.clock = setting.clock;
    this.standing = setting.standing;
    this.#sending = new Sending(this);
    this.served = setting.accept(this);
  }

  get sessionId(): bigint {
    return this.served.sessionId;
  }

  // ---- for the service

  get ready(): boolean {
    return this.#state === "open" && this.#sending.size <= throttled &&
      !this.standing.stalled.of(this);
  }

  flush(): void {
    if (this.#state === "over" || this.#severed) return this.#sending.discard();
    if (this.#sending.size > outputMax) {
      this.#setting.overflowed(this);
      return this.drop();
    }
    this.#sending.start();
  }

  close(): void {
    if (this.#state !== "open") return;
    // Over a dead line the client does not learn it.
    if (this.#severed) return this.#end();
    this.#state = "closing";
    this.#sending.start();
  }

  // ---- for the carrier

  /** Whether the service takes bytes from the client now. */
  get readable(): boolean {
    return this.#state !== "open" || this.#severed || this.ready;
  }

  /** Where the client's next bytes go. */
  space(): Uint8Array {
    return this.#state === "open" ? this.served.space() : new Uint8Array(1024);
  }

  /** So many bytes of the client are in {@link space}. */
  received(count: number): void {
    if (this.#state !== "open" || this.#severed) return;
    this.served.received(count);
    // Now it may be known whose it is.
    if (this.standing.refused.of(this)) this.drop();
  }

  admits(sessionId: bigint): boolean {
    return !this.standing.refused.of({ host: this.host, sessionId });
  }

  /** The client will send no more, but it may be reading. */
  finished(): void {
    if (this.#severed) this.#abandon();
    else this.close();
  }

  /** The client is gone. */
  lost(): void {
    if (this.#severed) this.#abandon();
    else this.drop();
  }

  // ---- for its sending half

  sent(): void {
    if (this.#state === "closing" && this.#sending.empty) {
      this.carrier.end(() => this.#end());
    } else {
      this.served.proceed();
      if (this.readable) this.carrier.resume();
    }
  }

  spent(): void {
    this.drop();
  }

  // ---- for faults

  /** Ends it at once. */
  drop(): void {
    if (this.#state === "over") return;
    this.#end();
    this.carrier.cut();
  }

  /** Ends it after so many more bytes to the client. */
  dropAfter(bytes: number): void {
    if (bytes === 0) this.drop();
    else this.#sending.limit(bytes);
  }

  /** Lets nothing through any more. */
  sever(): void {
    this.#severed = true;
    this.#sending.discard();
    if (this.#state === "closing") this.#end();
    else this.carrier.resume();
  }

  /** Spoils what is sent next, or leaves it alone. */
  corrupt(corrupting: boolean): void {
    this.#sending.corrupt(corrupting);
  }

  /** The standing faults have changed. */
  recheck(): void {
    if (this.standing.refused.of(this)) return this.drop();
    if (this.#severed) return;
    this.#sending.recheck();
  }

  /**
   * The client leaves a dead line. The service learns it when the session ends; where there is none
   * nothing would tell it, and servers forget such connections after some seconds.
   */
  #abandon(): void {
    this.carrier.cut();
    if (this.sessionId === 0n) this.#end();
  }

  #end(): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#sending.discard();
    this.#setting.ended(this);
    this.clock.turn(() => this.served.closed());
  }
}
