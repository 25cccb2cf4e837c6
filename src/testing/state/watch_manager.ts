/**
 * WatchManager: who is told when something happens at a path. A server keeps one watch for each
 * connection, path and kind, whatever the client has registered behind it.
 *
 * Up to 3.8 a path has one mode for each connection, and the one set last holds (ZOOKEEPER-4466);
 * from 3.9 on the modes stand side by side.
 */
import type { ACL } from "../../proto/acl.ts";
import { MarshallingError } from "../../proto/archive.ts";
import { WireEvent } from "../../proto/constants.ts";

/** What a watch can be; a sum of them from 3.9 on. */
export const WatchMode = { standard: 1, persistent: 2, recursive: 4 } as const;

/** Whoever watches. */
export interface Watcher {
  readonly sessionId: bigint;
  /** `acl` is the znode's, whose readers alone are told; null tells anyone. */
  tell(type: number, path: string, zxid: number, acl: readonly ACL[] | null): void;
}

/** The two tables of a server. */
export class WatchManager {
  /** Of exists and getData. */
  readonly data: WatchTable;
  /** Of getChildren. */
  readonly child: WatchTable;

  constructor(modesStandAlone: boolean) {
    this.data = new WatchTable(modesStandAlone);
    this.child = new WatchTable(modesStandAlone);
  }

  get size(): number {
    return this.data.size + this.child.size;
  }

  /** A connection is gone, and its watches with it. */
  forget(watcher: Watcher): void {
    this.data.forget(watcher);
    this.child.forget(watcher);
  }
}

/** One table: watchers by path, and the modes each has there. */
export class WatchTable {
  readonly #byPath = new Map<string, Map<Watcher, number>>();
  readonly #byWatcher = new Map<Watcher, Set<string>>();
  readonly #modesStandAlone: boolean;
  /** Recursive watches: without any, nobody looks at what is above a path. */
  #recursive = 0;
  #size = 0;

  constructor(modesStandAlone: boolean) {
    this.#modesStandAlone = modesStandAlone;
  }

  get size(): number {
    return this.#size;
  }

  /** Watchers and the paths of each. */
  watchers(): ReadonlyMap<Watcher, ReadonlySet<string>> {
    return this.#byWatcher;
  }

  get paths(): number {
    return this.#byPath.size;
  }

  add(path: string, watcher: Watcher, mode: number): void {
    const there = this.#byPath.get(path)?.get(watcher) ?? 0;
    this.#set(path, watcher, there, this.#modesStandAlone ? mode : there | mode);
  }

  /** Takes modes out; returns whether there were any of them. */
  remove(path: string, watcher: Watcher, modes: number): boolean {
    const there = this.#byPath.get(path)?.get(watcher) ?? 0;
    // Up to 3.8 what was asked for does not count: the whole watch goes.
    const left = this.#modesStandAlone ? 0 : there & ~modes;
    if (left === there) return false;
    this.#set(path, watcher, there, left);
    return true;
  }

  /** @throws {MarshallingError} for a path over which 3.8 stumbles. */
  has(path: string, watcher: Watcher, modes: number): boolean {
    if (this.#modesStandAlone) return this.#hasAny(path);
    return ((this.#byPath.get(path)?.get(watcher) ?? 0) & modes) !== 0;
  }

  /**
   * 3.8 says yes if anybody watches the path. It looks for the path above before, and while there
   * are recursive watches for all of them, which a path that begins without a slash does not have
   * (PathParentIterator).
   */
  #hasAny(path: string): boolean {
    const isRelative = path !== "" && !path.startsWith("/");
    const isThere = path !== "" && this.#byPath.has(path);
    if (isRelative && (!path.includes("/") || !isThere && this.#recursive > 0)) {
      throw new MarshallingError(`The path "${path}" begins without a slash`);
    }
    return isThere;
  }

  forget(watcher: Watcher): void {
    for (const path of this.#byWatcher.get(watcher) ?? []) {
      this.#set(path, watcher, this.#byPath.get(path)!.get(watcher)!, 0);
    }
  }

  /** Tells whom it concerns, each once, but those `told` already; returns all of them. */
  trigger(
    path: string,
    type: number,
    zxid: number,
    acl: readonly ACL[],
    told?: ReadonlySet<Watcher>,
  ): ReadonlySet<Watcher> {
    if (this.#size === 0) return nobody;
    const concerned = new Set<Watcher>();
    for (const [watcher, modes] of this.#byPath.get(path) ?? []) {
      if (modes === WatchMode.recursive && type === WireEvent.nodeChildrenChanged) continue;
      concerned.add(watcher);
      if (modes & WatchMode.standard) {
        this.#set(path, watcher, modes, modes & ~WatchMode.standard);
      }
    }
    if (this.#recursive > 0 && type !== WireEvent.nodeChildrenChanged) {
      for (const above of ancestors(path)) {
        for (const [watcher, modes] of this.#byPath.get(above) ?? []) {
          if (modes & WatchMode.recursive) concerned.add(watcher);
        }
      }
    }
    for (const watcher of concerned) {
      if (!told?.has(watcher)) watcher.tell(type, path, zxid, acl);
    }
    return concerned;
  }

  #set(path: string, watcher: Watcher, before: number, modes: number): void {
    this.#recursive += (modes & WatchMode.recursive) - (before & WatchMode.recursive);
    if (modes === 0) return this.#delete(path, watcher);
    if (before === 0) {
      this.#size++;
      if (!this.#byPath.has(path)) this.#byPath.set(path, new Map());
      if (!this.#byWatcher.has(watcher)) this.#byWatcher.set(watcher, new Set());
      this.#byWatcher.get(watcher)!.add(path);
    }
    this.#byPath.get(path)!.set(watcher, modes);
  }

  #delete(path: string, watcher: Watcher): void {
    this.#size--;
    const watchers = this.#byPath.get(path)!;
    watchers.delete(watcher);
    if (watchers.size === 0) this.#byPath.delete(path);
    const paths = this.#byWatcher.get(watcher)!;
    paths.delete(path);
    if (paths.size === 0) this.#byWatcher.delete(watcher);
  }
}

const nobody: ReadonlySet<Watcher> = new Set();

/** "/a/b", "/a", "/" for "/a/b/c". */
function* ancestors(path: string): Generator<string> {
  for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
    yield path.slice(0, end);
  }
  if (path !== "/") yield "/";
}
