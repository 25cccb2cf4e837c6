/*
 * Two servers, asked the same in lockstep: what comes from the one must come from the other.
 *
 * A step is a run of requests of one client, pipelined, with a ping behind them: what the server
 * sends in the order of its transactions has then been sent. A ping of every other client brings
 * in the events that the step caused there. What may overtake, or cost the connection, is a step
 * of its own.
 */

import { Writer } from "../../src/proto/archive.ts";
import { OpCode, Rc } from "../../src/proto/constants.ts";
import type { Link } from "./link.ts";
import { describeFrame } from "./replies.ts";
import {
  auth,
  deletionOf,
  opening,
  randomRequest,
  type Request,
  setWatchesOf,
} from "./requests.ts";
import type { Introduction, Side } from "./side.ts";
import { Values } from "./values.ts";
import { Random } from "../fuzz/random.ts";

/** The clients; the last one may do anything. */
const slots = [0, 1, 2, 3];
const superSlot = slots.length - 1;
const proofs = [[], ["alice:secret"], ["bob:secret", "alice:secret"], ["super:secret"]];

/** Codes of answers that servers may close the connection after. */
const refusals = new Set<number>([Rc.UNIMPLEMENTED, Rc.AUTHFAILED]);

/** What a client has. */
interface Client {
  session: number;
  xid: number;
  /** The operations of its requests, by their xids. */
  readonly types: Map<number, number>;
}

/** The two servers have parted. */
export class Divergence extends Error {
  override readonly name = "Divergence";
}

/** A comparison under way. */
export class Lockstep {
  readonly #sides: readonly [Side, Side];
  readonly #values: Values;
  readonly #clients: Client[] = slots.map(() => ({ session: 0, xid: 0, types: new Map() }));
  #sessions = 0;
  #step = 0;
  /** Whose step it is. */
  #asking = 0;
  #zxid = 0;
  #said: string[] = [];
  /** How many requests were compared. */
  requests = 0;

  constructor(left: Side, right: Side, seed: number) {
    this.#sides = [left, right];
    this.#values = new Values(new Random(seed));
  }

  /** Compares so many requests. */
  async run(requests: number): Promise<void> {
    for (const slot of slots) await this.#connectNew(slot);
    while (this.requests < requests) await this.#next();
  }

  async #next(): Promise<void> {
    const { random } = this.#values;
    const slot = random.pick(slots);
    const at = random.next();
    if (at < 0.02) await this.#comeBack(slot);
    else if (at < 0.03) await this.#takeOver(slot);
    else if (at < 0.04) await this.#closeSession(slot);
    else if (at < 0.06) await this.#stranger(slot);
    else if (at < 0.06 + this.#values.size / 2000) await this.#tidy();
    else await this.#requests(slot);
  }

  /** A run of requests, or one that must be alone. */
  async #requests(slot: number): Promise<void> {
    const run: Request[] = [];
    for (let left = 1 + this.#values.random.below(40); left > 0; left--) {
      const request = randomRequest(this.#values);
      if (request.alone) {
        if (run.length > 0) await this.#pipeline(slot, run);
        return await this.#alone(slot, request);
      }
      run.push(request);
    }
    await this.#pipeline(slot, run);
  }

  /** The one who may do anything deletes much, so that the tree stays small. */
  async #tidy(): Promise<void> {
    const paths = Array.from({ length: 30 }, () => this.#values.known()).filter((p) => p !== null);
    const { random } = this.#values;
    const each = (path: string) => random.chance(0.8) ? deletionOf(path) : opening(path);
    // From the leaves up.
    paths.sort((a, b) => b.length - a.length);
    await this.#pipeline(superSlot, paths.map(each));
  }

  async #pipeline(slot: number, requests: Request[]): Promise<void> {
    const paths = new Map<number, string>();
    const xids = requests.map((request) => this.#number(slot, request));
    this.#begin(slot, requests.map(({ text }, i) => `${xids[i]} ${text}`).join("\n    "));
    requests.forEach(({ deletes }, i) => deletes && paths.set(xids[i]!, deletes));
    await this.#both(async (side) => {
      const to = new Writer();
      requests.forEach((request, i) => writeRequest(to, xids[i]!, request, side));
      writePing(to);
      await side.link(slot).send(to.frames);
      await pinged(side.link(slot));
    });
    await this.#compare(paths);
    await this.#recover();
  }

  async #alone(slot: number, request: Request): Promise<void> {
    const xid = this.#number(slot, request);
    this.#begin(slot, `${xid} ${request.text}`);
    await this.#both(async (side) => {
      const link = side.link(slot);
      const to = new Writer();
      writeRequest(to, xid, request, side);
      await link.send(to.frames);
      await answered(link, xid);
      await ping(link);
    });
    await this.#compare();
    await this.#recover();
  }

  /** A client loses its connection and comes back to its session, and to watches. */
  async #comeBack(slot: number): Promise<void> {
    this.#begin(slot, "drop, come back");
    await this.#both((side) => side.drop(slot));
    await this.#introduce(slot, this.#introduction({ session: this.#clients[slot]!.session }));
    await this.#recover();
    await this.#watchAgain(slot);
  }

  /** A second connection for a session costs the first one. */
  async #takeOver(slot: number): Promise<void> {
    this.#begin(slot, "take over");
    const old = this.#sides.map((side) => side.link(slot));
    await this.#introduce(slot, this.#introduction({ session: this.#clients[slot]!.session }));
    for (const link of old) {
      await link.until(() => link.ended, "the end of what was taken over");
      await link.close();
    }
    await this.#recover();
    await this.#watchAgain(slot);
  }

  /** What clients do when they are back, or some of it. */
  async #watchAgain(slot: number): Promise<void> {
    const { random } = this.#values;
    if (random.chance(0.7)) await this.#authenticate(slot);
    const type = random.chance(0.5) ? OpCode.setWatches : OpCode.setWatches2;
    const since = Math.max(0, this.#zxid - random.below(random.chance(0.9) ? 20 : 5000));
    await this.#pipeline(slot, [setWatchesOf(type, this.#values, since)]);
  }

  async #closeSession(slot: number): Promise<void> {
    this.#begin(slot, "closeSession, a new session");
    const request: Request = { text: "", type: OpCode.closeSession, write() {} };
    const xid = this.#number(slot, request);
    await this.#both(async (side) => {
      const to = new Writer();
      writeRequest(to, xid, request, side);
      await side.link(slot).send(to.frames);
      await side.link(slot).until(() => side.link(slot).ended, "the end of a closed session");
    });
    await this.#compare(new Map(), true);
    await this.#both((side) => side.drop(slot));
    await this.#connectNew(slot);
  }

  async #connectNew(slot: number): Promise<void> {
    this.#begin(slot, "a new session");
    this.#clients[slot]!.session = this.#sessions++;
    await this.#introduce(slot, this.#introduction({ session: null }));
    await this.#authenticate(slot);
  }

  async #authenticate(slot: number): Promise<void> {
    for (const proof of proofs[slot]!) await this.#alone(slot, auth("digest", proof));
  }

  /** Somebody who should not get in. */
  async #stranger(slot: number): Promise<void> {
    const { random } = this.#values;
    const { session } = this.#clients[slot]!;
    const introductions: [string, Introduction | Uint8Array][] = [
      ["wrong password", this.#introduction({ session, wrongPassword: true })],
      ["unknown session", this.#introduction({ session: 1e9 })],
      ["closed session", this.#introduction({ session: random.below(this.#sessions) })],
      ["from the future", this.#introduction({ session: null, seen: this.#zxid + 100_000 })],
      ["too long", new Uint8Array([0, 0x10, 0, 0, 1, 2, 3])],
      ["negative length", new Uint8Array([0xff, 0xff, 0xff, 0xfe, 1])],
      ["a ping", new Uint8Array([0, 0, 0, 8, 255, 255, 255, 254, 0, 0, 0, 11])],
      ["nothing", new Uint8Array([0, 0, 0, 0])],
    ];
    const [what, introduction] = random.pick(introductions);
    // Their own sessions are not to be disturbed unseen.
    if (what === "closed session" && this.#isLive(introduction as Introduction)) return;
    this.#begin(slot, what);
    const answers = await this.#both((side) => refused(side, introduction));
    this.#same(`the answer to ${what}`, answers);
    // Who tries a wrong password costs the owner the connection.
    if (what === "wrong password") {
      for (const side of this.#sides) {
        const link = side.link(slot);
        await link.until(() => link.ended, "the end of the owner's connection", 1000)
          .catch(() => {});
      }
    }
    await this.#compare();
    await this.#recover();
  }

  #isLive({ session }: Introduction): boolean {
    return this.#clients.some((client) => client.session === session);
  }

  #introduction(some: Partial<Introduction>): Introduction {
    const { random } = this.#values;
    const timeout = random.pick([30_000, 30_000, 60_000, 0, -1, 1, 0x7fffffff]);
    const readOnly = random.pick([false, false, true, null]);
    return { session: null, timeout, readOnly, seen: Math.max(0, this.#zxid), ...some };
  }

  async #introduce(slot: number, introduction: Introduction): Promise<void> {
    const answers = await this.#both((side) => side.connect(slot, introduction));
    this.#same(`the handshake ${JSON.stringify(introduction)}`, answers);
    await this.#compare();
  }

  /** Clients whose connections the step cost come back, each to its session or else to a new one. */
  async #recover(): Promise<void> {
    for (const slot of slots) {
      if (!this.#sides[0].has(slot) || !this.#sides[0].link(slot).ended) continue;
      this.#begin(slot, "recover");
      await this.#both((side) => side.drop(slot));
      const { session } = this.#clients[slot]!;
      await this.#introduce(slot, { ...this.#introduction({ session }) });
      if (this.#sides[0].link(slot).ended) {
        await this.#both((side) => side.drop(slot));
        await this.#connectNew(slot);
      } else {
        await this.#authenticate(slot);
      }
    }
  }

  #begin(slot: number, what: string): void {
    this.#step++;
    this.#asking = slot;
    this.#said.push(`  step ${this.#step}, client ${slot}:\n    ${what}`);
  }

  #number(slot: number, request: Request): number {
    const client = this.#clients[slot]!;
    this.requests++;
    const xid = request.xid ?? ++client.xid;
    if (request.xid === undefined) client.types.set(xid, request.type);
    return xid;
  }

  async #both<T>(work: (side: Side) => Promise<T>): Promise<T[]> {
    try {
      return await Promise.all(this.#sides.map(work));
    } catch (error) {
      throw this.#divergence(String(error));
    }
  }

  /** Brings in what has been sent to anybody, and compares it. */
  async #compare(deleted: Map<number, string> = new Map(), unordered = false): Promise<void> {
    await this.#both((side) =>
      Promise.all(slots.filter((slot) => side.has(slot)).map((slot) => ping(side.link(slot))))
    );
    // The one who asked comes first: what others are told follows from it.
    for (const slot of [this.#asking, ...slots]) {
      if (!this.#sides[0].has(slot)) continue;
      const answers = this.#sides.map((side) => this.#lines(side, slot, deleted));
      const ordered = unordered ? answers.map(sortEvents) : answers;
      this.#same(`what client ${slot} gets`, ordered.map((lines) => lines.join("\n")));
    }
  }

  #lines(side: Side, slot: number, deleted: Map<number, string>): string[] {
    const link = side.link(slot);
    const { types } = this.#clients[slot]!;
    const first = side === this.#sides[0];
    const lines = link.take().map((frame) => {
      const [xid, zxid, err] = header(frame);
      if (zxid > 0n) this.#zxid = Math.max(this.#zxid, side.distance(zxid));
      const path = deleted.get(xid);
      if (path !== undefined && (err === 0 || err === -101)) this.#values.forget(path);
      const created = (path: string) => first && this.#values.remember(path);
      return describeFrame(frame, side, (xid) => types.get(xid), created);
    });
    return link.ended ? [...lines, "closed"] : lines;
  }

  #same(what: string, [left, right]: string[]): void {
    if (left === right) return;
    const [mine, theirs] = [left!.split("\n"), right!.split("\n")];
    const at = mine.findIndex((line, i) => line !== theirs[i]);
    const from = at < 0 ? mine.length : at;
    const show = (lines: string[]) => lines.slice(Math.max(0, from - 2), from + 4).join("\n      ");
    const [a, b] = this.#sides;
    throw this.#divergence(
      `${what} differs from line ${from} on:\n    ${a.name}:\n      ${show(mine)}\n    ` +
        `${b.name}:\n      ${show(theirs)}`,
    );
  }

  #divergence(message: string): Divergence {
    const { seed } = this.#values.random;
    const trace = Deno.env.get("ZKST_DIFFERENTIAL_TRACE");
    if (trace) Deno.writeTextFileSync(trace, this.#said.join("\n"));
    return new Divergence(
      `Seed ${seed}, step ${this.#step}, ${this.requests} requests.\n${this.#history(message)}` +
        `The last steps:\n${this.#said.slice(-3).join("\n")}\n  ${message}`,
    );
  }

  /** What was asked about the paths that a message names. */
  #history(message: string): string {
    const paths = new Set(message.match(/(?<= )\/[^\s(,]+/g));
    return [...paths].map((path) => {
      const about = this.#said.flatMap((step) => {
        const [head, ...requests] = step.split("\n    ");
        return requests.filter((line) => line.includes(`"${path}"`)).map((line) => head + line);
      });
      return `About ${path}:\n${about.slice(-20).join("\n")}\n`;
    }).join("");
  }
}

function sortEvents(lines: string[]): string[] {
  const isEvent = (line: string) => line.startsWith("-1 ");
  return [...lines.filter(isEvent).sort(), ...lines.filter((line) => !isEvent(line))];
}

function header(frame: Uint8Array): [xid: number, zxid: bigint, err: number] {
  const view = new DataView(frame.buffer, frame.byteOffset);
  return [view.getInt32(0), view.getBigInt64(4), view.getInt32(12)];
}

function writeRequest(to: Writer, xid: number, request: Request, side: Side): void {
  const start = to.startFrame();
  to.int(xid);
  to.int(request.type);
  request.write(to, side);
  to.endFrame(start);
}

function writePing(to: Writer): void {
  const start = to.startFrame();
  to.int(-2);
  to.int(OpCode.ping);
  to.endFrame(start);
}

async function ping(link: Link): Promise<void> {
  if (link.ended) return;
  const to = new Writer(16);
  writePing(to);
  const before = pings(link);
  await link.send(to.frames);
  await link.until(() => pings(link) > before || link.ended, "a ping's answer");
}

function pings(link: Link): number {
  return link.frames.filter((frame) => header(frame)[0] === -2).length;
}

async function pinged(link: Link): Promise<void> {
  await link.until(() => pings(link) > 0 || link.ended, "a ping's answer");
}

/**
 * Waits for an answer or the end, or for some time: there are requests that are not answered. Some
 * refusals are followed by the end, but a ping may slip in between.
 */
async function answered(link: Link, xid: number): Promise<void> {
  const answer = () => link.frames.find((frame) => header(frame)[0] === xid);
  await link.until(() => link.ended || answer() !== undefined, "an answer", 100).catch(() => {});
  const frame = answer();
  if (frame === undefined || !refusals.has(header(frame)[2])) return;
  await link.until(() => link.ended, "the end", 500).catch(() => {});
}

async function refused(side: Side, introduction: Introduction | Uint8Array): Promise<string> {
  const link = await side.open();
  try {
    if (!(introduction instanceof Uint8Array)) return await side.introduce(link, introduction);
    await link.send(introduction);
    await link.until(() => link.ended, "the end of garbage");
    return `${link.frames.length} frames, then the end`;
  } finally {
    await link.close();
  }
}
