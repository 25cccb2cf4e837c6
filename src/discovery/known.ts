/** What a cache knows of the znodes below a service's: instances, and others that are none. */
import type { Stat } from "../values.ts";
import { HoldDown, type HoldDownOptions } from "./hold_down.ts";
import { newInstance, type ServiceInstance } from "./instance.ts";
import type { Layout } from "./layout.ts";
import type { Read } from "./reader.ts";
import { visible } from "./snapshot.ts";

/** One znode below the service's. */
interface Entry<P> {
  readonly stat: Stat;
  /** null: it is none. */
  readonly instance: ServiceInstance<P> | null;
}

/** What is known, by the names of the znodes. */
export class Known<P> {
  readonly hold: HoldDown<P>;
  /** Names of those that should be instances and are none. */
  readonly invalid: Set<string> = new Set();
  /** The newest change that has been seen. */
  zxid = 0n;
  readonly #entries = new Map<string, Entry<P>>();
  /** What has vanished since it was last settled, and how many there were then. */
  #vanished = new Map<string, ServiceInstance<P>>();
  #before = 0;

  constructor(
    readonly layout: Layout,
    readonly service: string,
    readonly path: string,
    holdDown: HoldDownOptions,
    timeout: () => number,
  ) {
    this.hold = new HoldDown(holdDown, timeout);
  }

  /** How many znodes there are. */
  get size(): number {
    return this.#entries.size;
  }

  has(leaf: string): boolean {
    return this.#entries.has(leaf);
  }

  /** Whatever is not among the names has vanished. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const leaf of this.#entries.keys()) if (!names.has(leaf)) this.#drop(leaf);
    // Those that may not be read have no entry, so that they are tried again.
    for (const leaf of this.invalid) if (!names.has(leaf)) this.invalid.delete(leaf);
  }

  /**
   * Notes what was read of a znode. Returns what is wrong with it, if anything is.
   */
  note(leaf: string, read: Read): Error | null {
    if (read === null) return this.#drop(leaf);
    if ("refused" in read) {
      const isTold = this.invalid.has(leaf);
      this.#drop(leaf);
      this.invalid.add(leaf);
      return isTold ? null : read.refused;
    }
    const { data, stat } = read;
    const known = this.#entries.get(leaf);
    this.saw(stat.mzxid);
    if (known !== undefined && isSame(known.stat, stat)) return null;
    this.invalid.delete(leaf);
    try {
      const decoded = this.layout.decode(this.service, leaf, data, stat);
      const instance = decoded === null
        ? null
        : newInstance<P>(this.service, `${this.path}/${leaf}`, decoded, stat);
      this.#entries.set(leaf, { stat, instance });
      return null;
    } catch (error) {
      this.invalid.add(leaf);
      this.#entries.set(leaf, { stat, instance: null });
      return error as Error;
    }
  }

  /** A change has been seen. */
  saw(zxid: bigint): void {
    if (zxid > this.zxid) this.zxid = zxid;
  }

  /** All that belongs together has been noted: what has vanished goes, or is held. */
  settle(now: number): void {
    this.hold.consider(this.#vanished, this.#before, now);
    this.#vanished = new Map();
    this.#before = 0;
    for (const { instance } of this.#entries.values()) if (instance !== null) this.#before++;
  }

  /** The instances to be seen. */
  instances(uniqueAddress: boolean, now: number): readonly ServiceInstance<P>[] {
    this.hold.release(this.#entries, now);
    const all: ServiceInstance<P>[] = [...this.hold.instances()];
    for (const { instance } of this.#entries.values()) if (instance !== null) all.push(instance);
    return visible(all, uniqueAddress);
  }

  #drop(leaf: string): null {
    const instance = this.#entries.get(leaf)?.instance ?? null;
    this.#entries.delete(leaf);
    this.invalid.delete(leaf);
    if (instance !== null) this.#vanished.set(leaf, instance);
    return null;
  }
}

/**
 * By zxids and not by version: a znode made anew begins with version 0 again. And a server that has
 * forgotten everything begins with its zxids again.
 */
function isSame(a: Stat, b: Stat): boolean {
  return a.czxid === b.czxid && a.mzxid === b.mzxid && a.ephemeralOwner === b.ephemeralOwner &&
    a.mtime === b.mtime;
}
