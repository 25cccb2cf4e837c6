/*
 * One of the two servers, seen from its clients: its connections, by the slot of the client that
 * has them, and the names under which the two servers' zxids, times and session ids are the same.
 *
 * A zxid is named by its distance from the first one seen, so that the servers must count alike. A
 * time is named by the zxid whose transaction it is of, if all it was seen with agree on it.
 */

import { Reader, Writer } from "../../src/proto/archive.ts";
import type { Stat } from "../../src/proto/stat.ts";
import { type Line, Link } from "./link.ts";

/** How a client introduces itself. */
export interface Introduction {
  /** Which session it comes back to, by its number; null for a new one. */
  readonly session: number | null;
  readonly timeout: number;
  /** Null leaves the field out, as clients before 3.4 did. */
  readonly readOnly: boolean | null;
  /** The last zxid seen, from the first one. */
  readonly seen: number;
  readonly wrongPassword?: boolean;
}

/** A session's secrets. */
interface Credentials {
  readonly id: bigint;
  readonly password: Uint8Array;
}

/** A server under comparison. */
export class Side {
  readonly name: string;
  readonly #dial: () => Promise<Line>;
  readonly #first: bigint;
  readonly #sessions: Credentials[] = [];
  readonly #numbers = new Map<bigint, number>();
  readonly #times = new Map<bigint, number>();
  readonly #links: (Link | null)[] = [];

  /** `first` is a zxid from before the comparison. */
  constructor(name: string, dial: () => Promise<Line>, first: bigint) {
    this.name = name;
    this.#dial = dial;
    this.#first = first;
  }

  /** Whether a slot has a connection, be it one that has ended. */
  has(slot: number): boolean {
    return Boolean(this.#links[slot]);
  }

  /** The connection of a slot. */
  link(slot: number): Link {
    return this.#links[slot]!;
  }

  /** A connection that belongs to no slot. */
  async open(): Promise<Link> {
    return new Link(await this.#dial());
  }

  /** Connects a slot and introduces itself; what came back, in words. */
  async connect(slot: number, introduction: Introduction): Promise<string> {
    const link = await this.open();
    this.#links[slot] = link;
    return await this.introduce(link, introduction);
  }

  /** Introduces itself over a connection; a new session is known by the next number. */
  async introduce(link: Link, introduction: Introduction): Promise<string> {
    await link.send(this.#introduction(introduction));
    await link.until(() => link.frames.length > 0 || link.ended, "the handshake's answer");
    const frame = link.frames.shift();
    if (!frame) return "closed";
    const from = Reader.of(frame);
    const [version, timeout, id] = [from.int(), from.int(), from.long()];
    const password = from.buffer();
    if (timeout > 0 && introduction.session === null) {
      this.#numbers.set(id, this.#sessions.length);
      this.#sessions.push({ id, password: password! });
    }
    const zero = password?.every((byte) => byte === 0);
    if (timeout <= 0) {
      await link.until(() => link.ended, "the end of a refused connection");
    }
    return `version ${version} timeout ${timeout} ${
      this.session(id)
    } password ${password?.length}` +
      `${zero ? " zeros" : ""} left ${[...frame.subarray(from.at)]}`;
  }

  /** Closes a slot's connection from the client's end. */
  async drop(slot: number): Promise<void> {
    await this.#links[slot]?.close();
    this.#links[slot] = null;
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    for (const slot of this.#links.keys()) await this.drop(slot);
  }

  /** The name of a zxid; those up to 0 are no transaction's. */
  zxid(zxid: bigint): string {
    return zxid <= 0n ? `${zxid}` : `z${zxid - this.#first}`;
  }

  /** The zxid at this distance from the first one. */
  zxidAt(distance: number): bigint {
    return this.#first + BigInt(distance);
  }

  /** The distance of a zxid from the first one. */
  distance(zxid: bigint): number {
    return Number(zxid - this.#first);
  }

  /** The name of a session id. */
  session(id: bigint): string {
    const number = this.#numbers.get(id);
    return number === undefined ? `id ${id}` : `session ${number}`;
  }

  /** A Stat in words. */
  stat(stat: Stat): string {
    const { czxid, mzxid, pzxid, version, cversion, aversion } = stat;
    return `c${this.zxid(czxid)} m${this.zxid(mzxid)} p${this.zxid(pzxid)} ` +
      `ctime ${this.#time(czxid, stat.ctime)} mtime ${this.#time(mzxid, stat.mtime)} ` +
      `versions ${version} ${cversion} ${aversion} owner ${this.session(stat.ephemeralOwner)} ` +
      `length ${stat.dataLength} children ${stat.numChildren}`;
  }

  #time(zxid: bigint, time: number): string {
    if (zxid <= 0n) return time === 0 ? "0" : "of no transaction";
    const known = this.#times.get(zxid);
    if (known === undefined) this.#times.set(zxid, time);
    return known === undefined || known === time ? "ok" : `${time} after ${known}`;
  }

  #introduction({ session, timeout, readOnly, seen, wrongPassword }: Introduction): Uint8Array {
    const { id, password } = session === null
      ? { id: 0n, password: new Uint8Array(16) }
      : this.#sessions[session] ?? { id: 0x7777_0000_0000_0000n, password: new Uint8Array(16) };
    const to = new Writer(64);
    const start = to.startFrame();
    to.int(0);
    to.long(this.zxidAt(seen));
    to.int(timeout);
    to.long(id);
    to.buffer(wrongPassword ? new Uint8Array(16).fill(7) : password);
    if (readOnly !== null) to.bool(readOnly);
    to.endFrame(start);
    return to.frames;
  }
}
