/**
 * A world for a fuzzed session: a clock that jumps, servers that answer as servers do, and chance,
 * which garbles, delays, cuts and drops what they say. It watches what a platform may rely on.
 */
import { assert } from "@std/assert";
import { OpCode } from "../../src/proto/constants.ts";
import {
  aclStatResponse,
  childrenResponse,
  childrenStatResponse,
  clientInfoResponse,
  dataStatResponse,
  emptyResponse,
  numberResponse,
  pathResponse,
  pathStatResponse,
  type Response,
  statResponse,
} from "../../src/proto/responses.ts";
import type { Clock, Endpoint, Platform, Transport } from "../../src/types.ts";
import type { Random } from "./random.ts";
import {
  frame,
  joined,
  mutated,
  writeConnectResponse,
  writeEvent,
  writeMultiResults,
  writeResponse,
} from "./wire.ts";

/** How bad the day is: the probability of each mishap. */
export interface Odds {
  /** Of a frame to be garbled. */
  readonly garbled: number;
  /** Of a frame to be sent twice, late, or not at all, or of an event nobody asked for. */
  readonly stray: number;
  /** Of a connection to end, at each read and write. */
  readonly ended: number;
  /** Of a dial or lookup to fail or hang. */
  readonly unreachable: number;
  /** Of the application to come late. */
  readonly late: number;
  /** Of a read or write to move a few bytes only. */
  readonly cut: number;
  /** Of another list of servers, at each step. */
  readonly relisted: number;
}

/** Nothing goes wrong. */
export const goodDay: Odds = {
  garbled: 0,
  stray: 0,
  ended: 0,
  unreachable: 0,
  late: 0,
  cut: 0,
  relisted: 0,
};

interface Timer {
  readonly at: number;
  readonly wake: () => void;
}

/** A clock that stands still until it is told to go on. */
export class JumpingClock implements Clock {
  #now = 0;
  #timers: Timer[] = [];
  #turns: Timer[] = [];

  now(): number {
    return this.#now;
  }

  timer(at: number, wake: () => void): Disposable {
    const timer = { at, wake };
    this.#timers.push(timer);
    return { [Symbol.dispose]: () => void (this.#timers = without(this.#timers, timer)) };
  }

  turn(wake: () => void): Disposable {
    const turn = { at: this.#now, wake };
    this.#turns.push(turn);
    return { [Symbol.dispose]: () => void (this.#turns = without(this.#turns, turn)) };
  }

  /** Timers and turns that somebody still waits for. */
  get pending(): number {
    return this.#timers.length + this.#turns.length;
  }

  /** Lets the next turn come, or the next timer; returns whether there was one. */
  goOn(): boolean {
    const turn = this.#turns.shift();
    if (turn !== undefined) {
      turn.wake();
      return true;
    }
    const next = this.#timers.reduce<Timer | null>(
      (least, timer) => least === null || timer.at < least.at ? timer : least,
      null,
    );
    if (next === null || next.at === Infinity) return false;
    this.#timers = without(this.#timers, next);
    this.#now = Math.max(this.#now, next.at);
    next.wake();
    return true;
  }

  /** The application was busy elsewhere for so long. */
  jump(ms: number): void {
    this.#now += ms;
  }
}

/** A platform with its servers. */
export class World implements Platform {
  readonly clock: JumpingClock = new JumpingClock();
  readonly wires: Wire[] = [];
  /** Frames that servers sent. */
  frames = 0;
  /** Whether servers say nothing by themselves. */
  silent = false;
  /** Called when the client closes a connection. */
  onClose: () => void = () => {};

  constructor(readonly dice: Random, readonly odds: Odds) {}

  connect = async (endpoint: Endpoint, signal: AbortSignal): Promise<Transport> => {
    await this.#reached(signal, `connect to ${endpoint.address}`);
    const wire = new Wire(this);
    this.wires.push(wire);
    return wire;
  };

  resolve = async (host: string, signal: AbortSignal): Promise<string[]> => {
    await this.#reached(signal, `resolve ${host}`);
    return this.dice.pick([["10.0.0.7"], ["10.0.0.7", "10.0.0.8"], ["::1"]]);
  };

  random = (): number => this.dice.next();

  #reached(signal: AbortSignal, what: string): Promise<void> {
    if (!this.dice.chance(this.odds.unreachable)) return Promise.resolve();
    if (this.dice.chance(0.7)) return Promise.reject(new Error(`Cannot ${what}`));
    return new Promise((_, reject) => {
      // What hangs may ignore that it is called off, too.
      if (this.dice.chance(0.5)) signal.addEventListener("abort", () => reject(signal.reason));
    });
  }
}

/** One connection, with the server at its other end. */
export class Wire implements Transport {
  readonly #world: World;
  #received: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #toSend: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #late: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #read: { into: Uint8Array; done: (n: number | null) => void; failed: (e: Error) => void } | null =
    null;
  #writing = false;
  #greeted = false;
  /** Whether it is no session's, but a four-letter word's. */
  #isQuestion = false;
  #ended = false;
  /** Requests that have come. */
  requests = 0;
  closed = false;

  constructor(world: World) {
    this.#world = world;
  }

  read(into: Uint8Array): Promise<number | null> {
    assert(!this.closed, "Nothing may be read from a connection that was closed");
    assert(this.#read === null, "Only one read may be armed at a time");
    assert(into.length > 0, "A read of nothing would be over at once");
    return new Promise((done, failed) => {
      this.#read = { into, done, failed };
      this.#deliver();
    });
  }

  async write(bytes: Uint8Array): Promise<number> {
    assert(!this.closed, "Nothing may be written to a connection that was closed");
    assert(!this.#writing, "Only one write may be in flight at a time");
    assert(bytes.length > 0, "A write of nothing does nothing");
    const { dice, odds } = this.#world;
    const copy = bytes.slice();
    // A frame's length begins with a 0.
    if (!this.#greeted && this.#received.length === 0) this.#isQuestion = bytes[0] !== 0;
    this.#writing = true;
    await null;
    this.#writing = false;
    assert(
      this.closed || bytes.toHex() === copy.toHex(),
      "What is being written must stay as it is",
    );
    if (dice.chance(odds.ended)) throw new Error("Broken pipe");
    const count = dice.chance(odds.cut) ? 1 + dice.below(bytes.length) : bytes.length;
    this.#received = joined(this.#received, copy.subarray(0, count));
    this.#serve();
    return count;
  }

  close(): void {
    if (!this.closed && !this.#isQuestion) this.#world.onClose();
    this.closed = true;
    this.#read?.failed(new Error("Interrupted"));
    this.#read = null;
  }

  /** The server sends these bytes as they are. */
  push(bytes: Uint8Array): void {
    if (!this.#ended) this.#toSend = joined(this.#toSend, bytes);
    this.#deliver();
  }

  /** What was late comes now. */
  catchUp(): void {
    const late = this.#late;
    this.#late = new Uint8Array(0);
    if (late.length > 0) this.push(late);
  }

  /** The server closes, once all that it has sent is read. */
  #end(): void {
    this.#ended = true;
    this.#deliver();
  }

  #deliver(): void {
    const { dice, odds } = this.#world;
    const read = this.#read;
    if (read === null) return;
    if (dice.chance(odds.ended)) {
      this.#read = null;
      this.#ended = true;
      this.#toSend = new Uint8Array(0);
      read.failed(new Error("Connection reset by peer"));
    } else if (this.#toSend.length > 0) {
      const most = dice.chance(odds.cut) ? 1 + dice.below(20) : Infinity;
      const count = Math.min(read.into.length, this.#toSend.length, most);
      read.into.set(this.#toSend.subarray(0, count));
      this.#toSend = this.#toSend.slice(count);
      this.#read = null;
      read.done(count);
    } else if (this.#ended) {
      this.#read = null;
      read.done(null);
    }
  }

  /** Answers the whole frames that have come. */
  #serve(): void {
    if (this.#isQuestion) return this.#answer();
    for (;;) {
      if (this.#received.length < 4) return;
      const end = 4 + new DataView(this.#received.buffer).getInt32(0);
      if (this.#received.length < end) return;
      const request = new DataView(this.#received.slice(4, end).buffer);
      this.#received = this.#received.slice(end);
      if (this.#greeted) this.#reply(request);
      else this.#greet(request);
    }
  }

  /** On a good day no server can write, and the session stays. */
  #answer(): void {
    if (this.#received.length < 4) return;
    const { dice, odds } = this.#world;
    const says = odds.stray > 0 ? dice.pick(answers) : "ro";
    this.push(new TextEncoder().encode(says));
    if (dice.chance(0.9)) this.#end();
  }

  #greet(request: DataView): void {
    assert(request.byteLength === 45, "A connect request has 45 bytes");
    this.#greeted = true;
    const { dice, odds } = this.#world;
    const asked = request.getBigInt64(16);
    const expired = asked !== 0n && dice.chance(odds.stray / 2);
    const timeout = expired ? 0 : request.getInt32(12);
    const sessionId = expired ? 0n : asked || dice.long() || 1n;
    this.#send(frame((to) => writeConnectResponse(to, dice, timeout, sessionId)));
  }

  #reply(request: DataView): void {
    this.requests++;
    const { dice, odds } = this.#world;
    const [xid, type] = [request.getInt32(0), request.getInt32(4)];
    const fails = xid > 0 && dice.chance(odds.stray);
    if (dice.chance(odds.stray)) this.#send(someEvent(dice));
    if (xid === -8 && odds.stray > 0) this.#send(someEvent(dice));
    this.#send(frame((to) => {
      to.int(xid);
      to.long(xid > 0 ? dice.long() & 0xffffffffffn : 0n);
      to.int(fails ? dice.pick([-101, -103, -110, -4, -999, 7]) : 0);
      if (fails) return;
      if (type === OpCode.multi || type === OpCode.multiRead) writeMultiResults(to, dice, 2);
      else writeResponse(to, responses[type] ?? emptyResponse, dice);
    }));
    if (type === OpCode.closeSession || dice.chance(odds.ended)) this.#end();
  }

  #send(bytes: Uint8Array<ArrayBuffer>): void {
    const { dice, odds, silent } = this.#world;
    if (silent) return;
    this.#world.frames++;
    const all = dice.chance(odds.garbled) ? mutated(bytes, dice) : bytes;
    const copies = dice.chance(odds.stray / 4) ? dice.pick([0, 2]) : 1;
    for (let i = 0; i < copies; i++) {
      if (this.#late.length > 0 || dice.chance(odds.stray)) this.#late = joined(this.#late, all);
      else this.push(all);
    }
  }
}

/** What servers say to four-letter words. */
const answers = [
  "rw",
  "ro",
  "null",
  "",
  "isro is not executed because it is not in the whitelist.\n",
  "Zookeeper version: 3.8.0\nMode: follower\n",
  "rwrw",
  "x".repeat(5000),
];

/** The form of the reply to each type of request; the others have no body. */
const responses: Partial<Record<number, Response>> = {
  [OpCode.create]: pathResponse,
  [OpCode.create2]: pathStatResponse,
  [OpCode.createContainer]: pathStatResponse,
  [OpCode.createTTL]: pathStatResponse,
  [OpCode.exists]: statResponse,
  [OpCode.getData]: dataStatResponse,
  [OpCode.setData]: statResponse,
  [OpCode.getACL]: aclStatResponse,
  [OpCode.setACL]: statResponse,
  [OpCode.getChildren]: childrenResponse,
  [OpCode.getChildren2]: childrenStatResponse,
  [OpCode.sync]: pathResponse,
  [OpCode.reconfig]: dataStatResponse,
  [OpCode.getEphemerals]: childrenResponse,
  [OpCode.getAllChildrenNumber]: numberResponse,
  [OpCode.whoAmI]: clientInfoResponse,
};

function someEvent(dice: Random): Uint8Array<ArrayBuffer> {
  return frame((to) => {
    to.int(-1);
    to.long(dice.chance(0.5) ? -1n : dice.long());
    to.int(0);
    writeEvent(to, dice);
  });
}

function without<T>(list: T[], item: T): T[] {
  return list.filter((other) => other !== item);
}
