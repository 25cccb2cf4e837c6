/**
 * The world of a run: one server, reached under several names, the ways to it, and the clients. All
 * that crosses a way is looked at on both sides, frame by frame, by code that shares nothing with the
 * client's but the codec.
 */
import { Reader } from "../../src/proto/archive.ts";
import { OpCode, Xid } from "../../src/proto/constants.ts";
import { Connection } from "../../src/testing/requests/connection.ts";
import type { TestClock } from "../../src/testing/network/clock.ts";
import { Service } from "../../src/testing/service.ts";
import { settle } from "../../src/testing/settings.ts";
import type { Endpoint, Platform } from "../../src/types.ts";
import type { Random } from "../fuzz/random.ts";
import { answerInWords } from "./answers.ts";
import { Frames, lengthMax } from "./bytes.ts";
import type { Client } from "./client.ts";
import type { Call, Change, History } from "./history.ts";
import { logChanges, logSessions } from "./journal.ts";
import { type Cutting, Link, type LinkTap, wireOf } from "./link.ts";
import { absent, nameOf } from "./operations.ts";
import type { Owner, Source, Step } from "./scheduler.ts";
import { Ways } from "./ways.ts";

/** What the server is like. */
export interface ServerSettings {
  readonly version: "3.8" | "3.9";
  readonly tickTime: number;
}

/** A frame on its way to a client. */
interface Outgoing {
  /** How many bytes of the link have gone when it has. */
  readonly end: number;
  readonly xid: number;
  readonly zxid: number;
  /** How many changes there were when it was written. */
  readonly index: number;
  readonly connect: boolean;
  /** For the trace. */
  readonly name: string;
}

/** What the world knows of a link beside what the link knows itself. */
export class Side {
  readonly fromClient: Frames = new Frames();
  readonly toService: Frames = new Frames();
  readonly fromService: Frames = new Frames();
  readonly outgoing: Outgoing[] = [];
  out = 0;
  delivered = 0;
  leftFrames = 0;
  servedFrames = 0;
  answered = 0;
  session = 0n;
  /** Changes there were when the last frame that the client has got was written. */
  seenIndex = 0;
  /** The next bytes to the client are garbage. */
  corrupt = false;

  constructor(readonly client: Client, readonly connection: Connection) {}
}

export class World implements Source, LinkTap {
  readonly service: Service;
  readonly clients: Client[] = [];
  readonly links: Link[] = [];
  readonly sides: Map<Link, Side> = new Map();
  readonly ways: Ways;
  readonly #calls = new Map<string, Call>();
  readonly #dirty = new Set<Link>();
  #serving: { call: Call | null; changes: Change[] } | null = null;

  constructor(
    readonly history: History,
    readonly random: Random,
    readonly cutting: Cutting,
    settings: ServerSettings,
    server: Owner,
  ) {
    this.ways = new Ways(this, random);
    const platform: Platform = {
      connect: () => Promise.reject(new Error("The server dials nobody")),
      resolve: () => Promise.reject(new Error("The server looks nobody up")),
      clock: server,
      random: () => random.next(),
    };
    const clock = { epoch: () => 1_700_000_000_000 + server.now() } as unknown as TestClock;
    const { version, tickTime } = settings;
    this.service = new Service(
      settle({ version, tickTime, containerInterval: 10 * tickTime }),
      platform,
      clock,
    );
    logChanges(this.service, history, (change) => this.#serving?.changes.push(change));
    logSessions(this.service, history);
  }

  // ---- for the scheduler

  collect(steps: Step[]): void {
    this.ways.collect(steps);
    for (const link of this.links) link.collect(steps);
  }

  nextAt(): number {
    return Math.min(this.ways.nextAt(), ...this.links.map((link) => link.nextAt()));
  }

  /** Forgets the links of which nothing more will come. */
  sweep(): void {
    for (const link of this.links.filter(({ over }) => over)) {
      this.links.splice(this.links.indexOf(link), 1);
      this.sides.delete(link);
    }
  }

  // ---- for clients

  /** A request stands in a client's queue under this xid. */
  expect(call: Call): void {
    this.#calls.set(`${call.client} ${call.xid}`, call);
  }

  /** A dial has succeeded. */
  open(client: Client, endpoint: Endpoint): Link {
    const record = {
      id: this.history.links.length + 1,
      client: client.id,
      opened: this.history.moment(),
      closed: null,
      granted: null,
      frames: [],
    };
    this.history.links.push(record);
    const link = new Link(record, client.owner, endpoint, this, this.random, this.cutting);
    const connection = new Connection(this.service, wireOf(link));
    link.served = connection;
    this.links.push(link);
    this.sides.set(link, new Side(client, connection));
    return link;
  }

  violate(promise: string, message: string): void {
    this.history.violate(promise, message);
  }

  // ---- for links

  left(link: Link, bytes: Uint8Array): void {
    const side = this.sides.get(link)!;
    for (const frame of side.fromClient.cut(bytes)) this.#checkFrame(link, side, frame);
  }

  reached(link: Link, bytes: Uint8Array): void {
    const side = this.sides.get(link)!;
    for (const frame of side.toService.cut(bytes)) {
      if (!link.serviceClosed && !link.severed) this.#serve(link, side, frame);
    }
  }

  dirty(link: Link): void {
    this.#dirty.add(link);
  }

  closedByClient(link: Link): void {
    link.record.closed = this.history.moment();
    this.history.note(`${link.name}: the client closes it`);
  }

  delivered(link: Link, bytes: Uint8Array): void {
    const side = this.sides.get(link)!;
    side.delivered += bytes.length;
    side.client.heardAt = this.history.now();
    side.client.heardLost = side.client.owner.lost;
    const got: string[] = [];
    while (side.outgoing.length > 0 && side.outgoing[0]!.end <= side.delivered) {
      const frame = side.outgoing.shift()!;
      side.client.frameAt = this.history.now();
      side.seenIndex = frame.index;
      got.push(frame.name);
      this.#gotFrame(link, side, frame);
    }
    this.history.note(`${link.name}: the client reads ${bytes.length} bytes: ${got.join(" ")}`);
  }

  /** Sends what the service has written in a step. Called after whatever makes it write. */
  drain(): void {
    for (const link of this.#dirty) this.#drain(link);
    this.#dirty.clear();
  }

  #gotFrame(link: Link, side: Side, frame: Outgoing): void {
    const { client } = side;
    if (frame.connect) {
      link.record.granted = this.history.moment();
      client.granted(link, side.session);
    } else {
      if (frame.xid > 0 && frame.zxid > 0) client.repliedZxid = frame.zxid;
    }
  }

  #checkFrame(link: Link, side: Side, frame: Uint8Array): void {
    const wrong = (why: string) => this.violate("only whole frames", `${link.name}: ${why}`);
    const length = new DataView(frame.buffer, frame.byteOffset).getInt32(0);
    if (length < 0 || length > lengthMax) return wrong(`a length of ${length}`);
    const reader = Reader.of(frame.subarray(4));
    if (side.leftFrames++ === 0) {
      const protocol = reader.remaining >= 44 ? reader.int() : -1;
      if (protocol !== 0) wrong("the first frame is no connect request");
      return;
    }
    if (reader.remaining < 8) return wrong(`a frame of ${reader.remaining} bytes`);
    const [xid, type] = [reader.int(), reader.int()];
    if (specialTypes[xid]?.includes(type)) return;
    if (xid < 1) wrong(`a request with the xid ${xid} and the type ${type}`);
    else if (!requestTypes.has(type)) wrong(`a request of the type ${type}`);
  }

  #serve(link: Link, side: Side, frame: Uint8Array): void {
    const reader = Reader.of(frame.subarray(4));
    if (side.servedFrames++ === 0) {
      this.#checkConnect(side.client, reader);
      this.#feed(link, frame);
      side.session = side.connection.sessionId;
      return this.drain();
    }
    if (reader.remaining < 8) return this.#feed(link, frame);
    const [xid, type] = [reader.int(), reader.int()];
    link.record.frames.push({ xid, type });
    const call = xid > 0 ? this.#calls.get(`${side.client.id} ${xid}`) ?? null : null;
    const serving = { call, changes: [] as Change[] };
    this.#serving = serving;
    const session = side.connection.sessionId;
    this.#feed(link, frame);
    this.#serving = null;
    const rc = this.#answerTo(side, xid);
    this.history.note(
      `${link.name}: the server takes ${xid} ${call ? nameOf(call.op) : type}: ${rc ?? "no reply"}`,
    );
    if (call !== null) this.#note(link, side, call, session, rc, serving.changes);
    this.drain();
  }

  #note(
    link: Link,
    side: Side,
    call: Call,
    session: bigint,
    rc: number | null,
    changes: Change[],
  ): void {
    const { op } = call;
    call.changes.push(...changes);
    const missing = op.name === "exists" && rc === -101;
    call.served.push({
      ...this.history.moment(),
      index: this.history.changes.length,
      zxid: this.service.tree.zxid,
      rc,
      value: missing ? absent : rc === 0 ? answerInWords(op, side.connection, changes) : "",
      link: link.record.id,
      session,
    });
  }

  /** The code of the reply to a request, before it is drained; null when there is none. */
  #answerTo({ connection }: Side, xid: number): number | null {
    const frames = new Frames();
    for (const frame of frames.cut(connection.out.frames.slice())) {
      const reader = Reader.of(frame.subarray(4));
      if (reader.int() !== xid) continue;
      reader.long();
      return reader.int();
    }
    return null;
  }

  #feed(link: Link, bytes: Uint8Array): void {
    const served = link.served!;
    for (let rest = bytes; rest.length > 0 && !link.serviceClosed;) {
      const space = served.space();
      const count = Math.min(space.length, rest.length);
      space.set(rest.subarray(0, count));
      rest = rest.subarray(count);
      served.received(count);
    }
  }

  #checkConnect(client: Client, reader: Reader): void {
    if (reader.remaining < 44) return;
    reader.int();
    const seen = Number(reader.long());
    reader.int();
    client.checkZxidSeen(seen, reader.long());
  }

  #drain(link: Link): void {
    const side = this.sides.get(link);
    if (side === undefined) return;
    const { out } = side.connection;
    const bytes = out.frames.slice();
    out.clear();
    const lost = link.severed || link.broken || link.closedHere;
    if (!lost && bytes.length > 0) this.#send(link, side, bytes);
    if (!link.endedThere || link.serviceClosed) return;
    link.serviceClosed = true;
    link.toServer.clear();
    if (link.severed) link.endedThere = false;
    this.history.note(`${link.name}: the server closes it`);
  }

  #send(link: Link, side: Side, bytes: Uint8Array): void {
    if (side.corrupt) {
      side.corrupt = false;
      for (let i = 0; i < bytes.length; i++) bytes[i]! ^= 0xa5;
      side.out = Infinity;
    } else if (side.out < Infinity) {
      for (const frame of side.fromService.cut(bytes)) this.#announce(side, frame);
    }
    link.toClient.push(bytes);
    if (link.delay > 0) link.deliverAt = this.history.now() + link.delay;
  }

  #announce(side: Side, bytes: Uint8Array): void {
    side.out += bytes.length;
    const connect = side.answered++ === 0;
    const reader = Reader.of(bytes.subarray(4));
    const xid = reader.int();
    const zxid = connect ? 0 : Number(reader.long());
    const index = this.history.changes.length;
    const name = connect ? "the grant" : xid === Xid.notification ? eventIn(reader) : String(xid);
    side.outgoing.push({ end: side.out, xid, zxid, index, connect, name });
  }
}

/** An event behind its zxid. */
function eventIn(reader: Reader): string {
  reader.int();
  const type = ["", "created", "deleted", "set", "children of"][reader.int()];
  reader.int();
  return `(${type} ${reader.string()})`;
}

const specialTypes: Partial<Record<number, readonly number[]>> = {
  [Xid.ping]: [OpCode.ping],
  [Xid.auth]: [OpCode.auth],
  [Xid.setWatches]: [OpCode.setWatches, OpCode.setWatches2],
};

const requestTypes = new Set<number>(Object.values(OpCode));
