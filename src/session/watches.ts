/**
 * The watchers, by what they watch and by full path. One-shot ones are taken out before they are
 * told; persistent and recursive ones stay. A watcher registered twice for the same is told once.
 */
import { WireEvent } from "../proto/constants.ts";
import type { AddWatchMode, WatcherType } from "../proto/modes.ts";
import type { WatchPaths } from "../proto/requests.ts";
import type { Watcher } from "../types.ts";

/** The five tables a watcher may stand in. */
export type WatchTable = "data" | "exist" | "child" | "persistent" | "recursive";

/** Mostly there is one watcher of a path, and then no set around it. */
type Table = Map<string, Watcher | Set<Watcher>>;

/** A path whose one-shot watches stand here alone until the server has confirmed them. */
export interface Unarmed {
  readonly path: string;
  /** What they have to be told happened after this. */
  readonly since: bigint;
}

/** A setWatches on its way. */
export interface SentWatches {
  /** The paths whose lasting watchers may have missed something. */
  readonly resync: readonly string[];
  /** What it arms beside those that the connection began with. */
  readonly unarmed: Unarmed | null;
}

/** All watchers of one session. */
export class Watches {
  readonly data: Table = new Map();
  readonly exist: Table = new Map();
  readonly child: Table = new Map();
  readonly persistent: Table = new Map();
  readonly recursive: Table = new Map();

  /** Registers a watcher; the same one for the same path counts once. */
  add(table: WatchTable, path: string, watcher: Watcher): void {
    const there = this[table].get(path);
    if (there === undefined || there === watcher) this[table].set(path, watcher);
    else if (typeof there === "function") this[table].set(path, new Set([there, watcher]));
    else there.add(watcher);
  }

  /** Whom a wire event concerns, each once: one-shot, persistent, recursive, as registered. */
  take(type: number, path: string): Set<Watcher> {
    const told = new Set<Watcher>();
    for (const table of oneShotTables(type)) {
      for (const watcher of each(this[table].get(path))) told.add(watcher);
      this[table].delete(path);
    }
    for (const watcher of each(this.persistent.get(path))) told.add(watcher);
    // A recursive watch is told of the children themselves, not of its list of them.
    if (type !== WireEvent.nodeChildrenChanged && this.recursive.size > 0) {
      for (const above of ancestors(path)) {
        for (const watcher of each(this.recursive.get(above))) told.add(watcher);
      }
    }
    return told;
  }

  /** Every watcher once, for a session event. */
  all(): Set<Watcher> {
    const told = new Set<Watcher>();
    for (const table of allTables) {
      for (const watchers of this[table].values()) {
        for (const watcher of each(watchers)) told.add(watcher);
      }
    }
    return told;
  }

  /** The paths that those watchers watch which are meant. */
  pathsOf(whose: (watcher: Watcher) => boolean): Set<string> {
    const paths = new Set<string>();
    for (const table of allTables) {
      for (const [path, watchers] of this[table]) {
        if ([...each(watchers)].some(whose)) paths.add(path);
      }
    }
    return paths;
  }

  /** A copy of the watchers of one path. */
  of(path: string): Watches {
    const copy = new Watches();
    for (const table of allTables) {
      for (const watcher of each(this[table].get(path))) copy.add(table, path, watcher);
    }
    return copy;
  }

  /** Forgets all that are told once. */
  clearOneShot(): void {
    for (const table of ["data", "exist", "child"] as const) this[table].clear();
  }

  /** Whether there are one-shot watchers of a znode itself. */
  hasData(path: string): boolean {
    return this.data.has(path) || this.exist.has(path);
  }

  /** Whom a lasting watch of a path tells. */
  lasting(path: string): Set<Watcher> {
    return new Set([...each(this.persistent.get(path)), ...each(this.recursive.get(path))]);
  }

  /** Takes those watchers out that are meant; returns them by the table they were in. */
  remove(
    type: WatcherType,
    path: string,
    whose: (watcher: Watcher) => boolean,
  ): [WatchTable, Watcher][] {
    const removed: [WatchTable, Watcher][] = [];
    for (const table of tablesOf[type]) {
      const there = this[table].get(path);
      for (const watcher of each(there)) {
        if (!whose(watcher)) continue;
        removed.push([table, watcher]);
        if (there === watcher) this[table].delete(path);
        else (there as Set<Watcher>).delete(watcher);
      }
      if (there instanceof Set && there.size === 0) this[table].delete(path);
    }
    return removed;
  }

  /**
   * The paths to arm again on a new connection, in packets of at most `max` bytes of path, since
   * one packet for all may exceed what the server accepts (ZOOKEEPER-706).
   */
  *packets(max: number): Generator<WatchPaths> {
    let packet = emptyPacket();
    let size = 0;
    for (const table of allTables) {
      for (const path of this[table].keys()) {
        // At most three bytes a character, and the length.
        const bytes = 4 + 3 * path.length;
        if (size > 0 && size + bytes > max) {
          yield packet;
          packet = emptyPacket();
          size = 0;
        }
        packet[table].push(path);
        size += bytes;
      }
    }
    if (size > 0) yield packet;
  }
}

/** The mode that a path needs: the stronger one of those asked for, or null. */
export function modeOf(watches: Watches, path: string): AddWatchMode | null {
  if (watches.recursive.has(path)) return "PERSISTENT_RECURSIVE";
  return watches.persistent.has(path) ? "PERSISTENT" : null;
}

function each(watchers: Watcher | Set<Watcher> | undefined): Iterable<Watcher> {
  if (watchers === undefined) return [];
  return typeof watchers === "function" ? [watchers] : watchers;
}

const allTables = ["data", "exist", "child", "persistent", "recursive"] as const;

/** removeWatches' types, by what they take out here; ANY takes persistent ones too. */
const tablesOf: { readonly [Type in WatcherType]: readonly WatchTable[] } = {
  CHILDREN: ["child"],
  DATA: ["data", "exist"],
  ANY: allTables,
};

function oneShotTables(type: number): readonly WatchTable[] {
  switch (type) {
    case WireEvent.nodeCreated:
    case WireEvent.nodeDataChanged:
      return ["data", "exist"];
    case WireEvent.nodeDeleted:
      return ["data", "exist", "child"];
    case WireEvent.nodeChildrenChanged:
      return ["child"];
    default:
      return [];
  }
}

/** "/a/b", "/a", "/" for "/a/b". */
function* ancestors(path: string): Generator<string> {
  yield path;
  for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
    yield path.slice(0, end);
  }
  if (path !== "/") yield "/";
}

function emptyPacket(): { [Table in WatchTable]: string[] } {
  return { data: [], exist: [], child: [], persistent: [], recursive: [] };
}
