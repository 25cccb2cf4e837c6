/**
 * How a cache learns what has changed. Two ways, the same to the cache: one-shot watches on the list
 * and on each znode, which all servers have; or one persistent recursive watch, 3.6 and later. To a
 * server that does not know it, asking for it would cost the connection; so it is used only where
 * the server's version is known.
 */
import type { WatchedEvent, Watcher } from "../types.ts";
import type { ZooKeeper } from "../zookeeper.ts";
import type { Dirt } from "./dirt.ts";
import { heed } from "./owned_znode.ts";

/** The names below a znode, null where that is missing; and the zxid of their last change. */
export interface Listing {
  readonly names: readonly string[] | null;
  readonly zxid: bigint;
}

/** One way. */
export interface Engine {
  /** Goes with each read of a znode; null: none is needed. */
  readonly watcher: Watcher | null;
  /** Lists the znodes, and sees to it that a change is told. */
  list(): Promise<Listing>;
  /** What has to be read again on a new connection, which a new session may have. */
  reconnected(renewed: boolean, dirt: Dirt): void;
  /** How many watches the server keeps for it. */
  watches(entries: number): number;
  stop(): void;
}

/** What an engine tells. */
export interface Told {
  /** Dirt has come. */
  touched(): void;
  /** The server refuses what it is said to know: the other way must do. */
  refused(): void;
}

/** The better way that the server is known to have. */
export function newEngine(zk: ZooKeeper, path: string, dirt: Dirt, told: Told): Engine {
  return zk.supports("addWatch") === true
    ? new RecursiveEngine(zk, path, dirt, told)
    : new OneShotEngine(zk, path, dirt, told);
}

/** A watch on the list, and one on each znode. */
export class OneShotEngine implements Engine {
  readonly #zk: ZooKeeper;
  readonly #path: string;
  readonly #dirt: Dirt;
  readonly #told: Told;

  constructor(zk: ZooKeeper, path: string, dirt: Dirt, told: Told) {
    this.#zk = zk;
    this.#path = path;
    this.#dirt = dirt;
    this.#told = told;
  }

  readonly watcher: Watcher = ({ type, path }: WatchedEvent) => {
    if (type !== "NodeDataChanged" && type !== "NodeDeleted") return;
    if (type === "NodeDeleted") this.#dirt.list = true;
    this.#dirt.leaves.add(path.slice(path.lastIndexOf("/") + 1));
    this.#told.touched();
  };

  readonly #listWatcher: Watcher = ({ type }: WatchedEvent) => {
    if (type === "Session" || type.endsWith("Removed")) return;
    this.#dirt.list = true;
    this.#told.touched();
  };

  async list(): Promise<Listing> {
    const watch = this.#listWatcher;
    for (;;) {
      const found = await heed(this.#zk.getChildren2(this.#path, { watch }), "NONODE");
      if (found !== null) return { names: found.children, zxid: found.stat.pzxid };
      if (await this.#zk.exists(this.#path, { watch }) === null) return { names: null, zxid: 0n };
    }
  }

  /** Within a session what was missed is told; the list is asked for to know that all has been. */
  reconnected(renewed: boolean, dirt: Dirt): void {
    dirt.list = true;
    dirt.all ||= renewed;
  }

  watches(entries: number): number {
    return entries + 1;
  }

  stop(): void {}
}

/** One watch on the service's znode and all below it. */
class RecursiveEngine implements Engine {
  readonly watcher = null;
  readonly #zk: ZooKeeper;
  readonly #path: string;
  readonly #dirt: Dirt;
  readonly #told: Told;
  readonly #end = new AbortController();

  constructor(zk: ZooKeeper, path: string, dirt: Dirt, told: Told) {
    this.#zk = zk;
    this.#path = path;
    this.#dirt = dirt;
    this.#told = told;
    this.#watch();
  }

  /** It is asked for before the first read is, so what the read misses is told. */
  async #watch(): Promise<void> {
    const options = { recursive: true, signal: this.#end.signal, buffer: 100_000 };
    try {
      for await (const event of this.#zk.watch(this.#path, options)) this.#note(event);
    } catch {
      this.#told.refused();
    }
  }

  #note({ type, path }: WatchedEvent): void {
    const below = path.slice(this.#path.length + 1);
    if (type === "Resync") this.#dirt.list = this.#dirt.all = true;
    else if (path === this.#path) this.#dirt.list = true;
    else if (below.includes("/")) return;
    else this.#dirt.leaves.add(below);
    this.#told.touched();
  }

  async list(): Promise<Listing> {
    const found = await heed(this.#zk.getChildren2(this.#path), "NONODE");
    if (found === null) return { names: null, zxid: 0n };
    return { names: found.children, zxid: found.stat.pzxid };
  }

  reconnected(_renewed: boolean, dirt: Dirt): void {
    dirt.list = dirt.all = true;
  }

  watches(): number {
    return 1;
  }

  stop(): void {
    this.#end.abort();
  }
}
