/**
 * One connection between a client and the server, as a pair of queues of bytes. It does nothing by
 * itself: it says what may happen next (bytes leave the client's buffer, reach the server, reach the
 * client; an end is noticed), and chance decides when and in how many pieces.
 */
import type { Random } from "../fuzz/random.ts";
import type { Served, Wire } from "../../src/testing/network/wire.ts";
import type { Endpoint, Transport } from "../../src/types.ts";
import { Bytes } from "./bytes.ts";
import type { LinkRecord } from "./history.ts";
import type { Owner, Step } from "./scheduler.ts";

/** What a link tells whoever made it. */
export interface LinkTap {
  /** The client's bytes have left it. */
  left(link: Link, bytes: Uint8Array): void;
  /** The client's bytes reach the server. */
  reached(link: Link, bytes: Uint8Array): void;
  /** The server's bytes reach the client. */
  delivered(link: Link, bytes: Uint8Array): void;
  /** The service has written something, or closed. */
  dirty(link: Link): void;
  closedByClient(link: Link): void;
  violate(promise: string, message: string): void;
}

/** How bytes are cut. */
export interface Cutting {
  /** Probability that a write, a delivery or a read moves only a part. */
  readonly parts: number;
  /** How many bytes the way holds before writes wait. */
  readonly window: number;
}

interface Read {
  readonly into: Uint8Array;
  resolve(count: number | null): void;
  reject(error: Error): void;
}

interface Write {
  readonly bytes: Uint8Array;
  /** How many of them have left. */
  taken: number;
  resolve(count: number): void;
  reject(error: Error): void;
}

export class Link implements Transport {
  served: Served | null = null;
  readonly toServer: Bytes = new Bytes();
  readonly toClient: Bytes = new Bytes();
  /** Nothing moves before. */
  stalledUntil = 0;
  /** What the server sends arrives so much later, ms. */
  delay = 0;
  deliverAt = 0;
  /** Bytes vanish, and nobody is told. */
  severed = false;
  /** The client has closed it. */
  closedHere = false;
  /** The server closes it, behind what is in {@link toClient}. */
  endedThere = false;
  /** It has broken: what is in the queues may still arrive. */
  broken = false;
  /** The service knows that it is over. */
  serviceClosed = false;
  /** After so many more bytes to the client, or to the server, it breaks. */
  leftToClient: number = Infinity;
  leftToServer: number = Infinity;
  /** When bytes were last handed to write(), and by how much the client may have been late until then. */
  lastWrite: number;
  lostAtWrite: number;
  /** When the last write completed, and by how much the client may have been late until then. */
  wroteAt = 0;
  lostAtWrote = 0;
  #read: Read | null = null;
  #write: Write | null = null;

  constructor(
    readonly record: LinkRecord,
    readonly owner: Owner,
    readonly endpoint: Endpoint,
    readonly tap: LinkTap,
    readonly random: Random,
    readonly cutting: Cutting,
  ) {
    this.lastWrite = owner.now();
    this.lostAtWrite = owner.lost;
  }

  // ---- for the client

  read(into: Uint8Array): Promise<number | null> {
    if (this.#read !== null) this.tap.violate("one read at a time", "two reads are armed at once");
    if (this.closedHere) return Promise.reject(new Error("The connection is closed"));
    return new Promise((resolve, reject) => this.#read = { into, resolve, reject });
  }

  write(bytes: Uint8Array): Promise<number> {
    if (this.#write !== null) this.tap.violate("one write at a time", "two writes are in flight");
    if (this.closedHere) return Promise.reject(new Error("The connection is closed"));
    this.lastWrite = this.owner.now();
    this.lostAtWrite = this.owner.lost;
    return new Promise((resolve, reject) => this.#write = { bytes, taken: 0, resolve, reject });
  }

  close(): void {
    if (this.closedHere) return;
    this.closedHere = true;
    this.tap.closedByClient(this);
    this.#read?.reject(new Error("Interrupted"));
    this.#write?.reject(new Error("Interrupted"));
    this.#read = this.#write = null;
  }

  get writing(): boolean {
    return this.#write !== null;
  }

  // ---- for the service

  get name(): string {
    return `${this.owner.name}#${this.record.id}`;
  }

  /** The service has written something. */
  flush(): void {
    this.tap.dirty(this);
  }

  /** The service closes it. */
  end(): void {
    this.endedThere = true;
    this.tap.dirty(this);
  }

  // ---- for faults

  /** Breaks: of what is under way so much still arrives. */
  break(toClient: number, toServer: number): void {
    this.toClient.truncate(toClient);
    this.toServer.truncate(toServer);
    this.broken = true;
  }

  sever(): void {
    this.severed = true;
    this.toClient.clear();
    this.toServer.clear();
  }

  // ---- for the scheduler

  /** Nothing more will come of it. */
  get over(): boolean {
    return this.closedHere && this.serviceClosed && this.toServer.length === 0;
  }

  get stalled(): boolean {
    return this.stalledUntil > this.owner.now();
  }

  nextAt(): number {
    const now = this.owner.now();
    const stall = this.stalled ? this.stalledUntil : Infinity;
    return Math.min(
      stall,
      this.deliverAt > now && this.toClient.length > 0 ? this.deliverAt : stall,
    );
  }

  collect(steps: Step[]): void {
    if (this.stalled) return;
    const awake = !this.owner.paused;
    const write = this.#write;
    if (write !== null && write.taken === 0 && this.#mayTake()) {
      steps.push({ label: "", run: () => this.#take(write) });
    }
    if (write !== null && write.taken > 0 && awake) {
      steps.push({ label: `${this.name}: wrote ${write.taken}`, run: () => this.#wrote(write) });
    }
    if (this.toServer.length > 0) steps.push({ label: "", run: () => this.#reach() });
    else if ((this.broken || this.closedHere) && !this.severed && !this.serviceClosed) {
      steps.push({ label: `${this.name}: the server learns of its end`, run: () => this.#lose() });
    }
    if (this.#read !== null && awake) this.#collectRead(this.#read, steps);
  }

  /** The service is told that it is over. */
  #lose(): void {
    this.serviceClosed = true;
    this.served?.closed();
  }

  #mayTake(): boolean {
    return this.broken || this.severed || this.toServer.length < this.cutting.window;
  }

  #take(write: Write): void {
    if (this.broken) {
      this.#write = null;
      this.wroteAt = this.owner.now();
      this.lostAtWrote = this.owner.lost;
      this.owner.scheduler.note(`${this.name}: a write fails`);
      return write.reject(new Error("Broken pipe"));
    }
    const room = this.severed ? Infinity : this.cutting.window - this.toServer.length;
    write.taken = Math.min(this.#part(write.bytes.length), room);
    const bytes = write.bytes.slice(0, write.taken);
    this.tap.left(this, bytes);
    if (this.severed) return;
    this.toServer.push(bytes);
  }

  #wrote(write: Write): void {
    this.#write = null;
    this.wroteAt = this.owner.now();
    this.lostAtWrote = this.owner.lost;
    write.resolve(write.taken);
  }

  #reach(): void {
    const count = Math.min(this.#part(this.toServer.length), this.leftToServer);
    this.leftToServer -= count;
    this.tap.reached(this, this.toServer.take(count));
    if (this.leftToServer === 0) this.break(this.toClient.length, 0);
  }

  #collectRead(read: Read, steps: Step[]): void {
    if (this.toClient.length > 0) {
      if (this.deliverAt > this.owner.now()) return;
      steps.push({ label: "", run: () => this.#deliver(read) });
    } else if (this.broken || this.endedThere) {
      steps.push({ label: `${this.name}: the client reads its end`, run: () => this.#end(read) });
    }
  }

  #deliver(read: Read): void {
    const most = Math.min(this.toClient.length, read.into.length);
    const count = Math.min(this.#part(most), this.leftToClient);
    const bytes = this.toClient.take(count);
    this.leftToClient -= count;
    if (this.leftToClient === 0) this.break(0, this.toServer.length);
    read.into.set(bytes);
    this.#read = null;
    this.tap.delivered(this, bytes);
    read.resolve(count);
  }

  #end(read: Read): void {
    this.#read = null;
    if (this.broken && this.random.chance(0.5)) read.reject(new Error("Connection reset by peer"));
    else read.resolve(null);
  }

  #part(length: number): number {
    return this.random.chance(this.cutting.parts) ? 1 + this.random.below(length) : length;
  }
}

/** Wire.close() and Transport.close() are two things: this is what the service gets. */
export function wireOf(link: Link): Wire {
  return {
    address: link.endpoint.address,
    host: `${link.endpoint.host}:${link.endpoint.port}`,
    ready: true,
    admits: () => true,
    flush: () => link.flush(),
    close: () => link.end(),
  };
}
