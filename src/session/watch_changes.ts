/** What a reply changes among the watchers: one is registered, or some are gone. */
import { Rc } from "../proto/constants.ts";
import type { AddWatchMode } from "../proto/modes.ts";
import type { EventType, Watcher } from "../types.ts";
import { expectedMode, expectedWatches, rearm, submitRemoval } from "./arming.ts";
import { type Handle, Told } from "./handle.ts";
import { stripChroot } from "./paths.ts";
import type { Lasting, Pending, Reading, Removal, Unwanted } from "./pending.ts";
import { modeOf, type Watches, type WatchTable } from "./watches.ts";

/**
 * Does what the request asked for, if its reply says that the server has done so too. Returns the
 * code to tell.
 */
export function changeWatches(zh: Handle, pending: Pending, rc: number): number {
  const { path } = pending;
  const watch = pending.watch!;
  zh.watchRequests.delete(pending);
  zh.foretold = null;
  switch (watch.kind) {
    case "remove":
      return remove(zh, path, watch, rc);
    case "persistent":
    case "recursive":
      if (rc === Rc.OK) keep(zh, path, watch);
      // Those who relied on it are on their own.
      else if (modeOf(zh.watches, path) === null) rearm(zh, path);
      return rc;
    case "unwanted":
      if (!zh.closing) putAside(zh, path, watch, rc);
      return rc;
    default:
      register(zh, path, watch, rc);
      return rc;
  }
}

function keep(zh: Handle, path: string, { kind, watcher, armed }: Lasting): void {
  zh.watches.add(kind, path, watcher);
  // The recursive one that it relied on was given up before it had left.
  if (armed === "PERSISTENT_RECURSIVE") takeBack(zh, path, armed);
  else if (hasOverwritten(zh, path, armed)) rearm(zh, path);
}

/** A watch that the server has set and nobody wants. */
function putAside(zh: Handle, path: string, { mode, relies }: Unwanted, rc: number): void {
  if (rc === Rc.OK && mode !== null) takeBack(zh, path, mode);
  const isSet = rc === Rc.OK || rc === Rc.NONODE;
  if (isSet && !relies && hasOverwritten(zh, path, mode)) rearm(zh, path);
}

function register(zh: Handle, path: string, watch: Reading, rc: number): void {
  if (rc === Rc.OK) {
    zh.watches.add(watch.kind === "exists" ? "data" : watch.kind, path, watch.watcher);
  } else if (watch.kind === "exists" && rc === Rc.NONODE) {
    zh.watches.add("exist", path, watch.watcher);
  } else return;
  // One that is still on its way came too late for what has happened since the read.
  const isAlone = watch.relies && modeOf(zh.watches, path) === null;
  if (isAlone || !watch.relies && hasOverwritten(zh, path, null)) rearm(zh, path);
}

/** Whether a watch of this mode, or a one-shot one, has overwritten on 3.8 a stronger one that stays. */
function hasOverwritten(zh: Handle, path: string, mode: AddWatchMode | null): boolean {
  if (mode === "PERSISTENT_RECURSIVE") return false;
  return isWithout(
    zh,
    path,
    (watches) => mode === null ? modeOf(watches, path) !== null : watches.recursive.has(path),
  );
}

/**
 * Whether watchers stand here, and stay, that the server has been left without: what was sent has
 * counted on a removal that was given up before it left, or that the server has refused.
 */
function isWithout(zh: Handle, path: string, stand: (watches: Watches) => boolean): boolean {
  return stand(zh.watches) && stand(expectedWatches(zh, path));
}

/** Who is registered here counts: on 3.9 a watcher that relies on another's watch has none there. */
function remove(zh: Handle, path: string, watch: Removal, rc: number): number {
  // 3.8 knows no removal of recursive ones alone: it has overwritten them at the request before.
  const isDone = rc === Rc.OK || rc === Rc.NOWATCHER || watch.takes === "RECURSIVE";
  if (!isDone) return rc;
  const mode = modeOf(zh.watches, path);
  const removed = zh.watches.remove(watch.type, path, watch.whose);
  // Those who are deaf are not told: each event takes a turn of the loop.
  if (!watch.certain) tellRemoved(zh, path, removed);
  if (watch.rearm || isWithout(zh, path, (watches) => areOf(watch.takes, watches, path))) {
    rearm(zh, path);
  }
  // The server has kept it for one that never came to be, or it was not there when this was asked for.
  const isKept = mode !== null && !watch.rearm && !watch.follower;
  if (isKept && expectedMode(zh, path) !== mode) takeBack(zh, path, mode);
  if (watch.resync) tellResync(zh, path);
  return removed.length > 0 ? Rc.OK : Rc.NOWATCHER;
}

/**
 * Whether there are watchers that live on those of the server's watches that were taken: up to 3.8 a
 * lasting one goes with the one-shot ones.
 */
function areOf(takes: Removal["takes"], watches: Watches, path: string): boolean {
  const lasting = modeOf(watches, path) !== null;
  switch (takes) {
    case "RECURSIVE":
      return watches.recursive.has(path);
    case "DATA":
      return lasting || watches.hasData(path);
    case "CHILDREN":
      return lasting || watches.child.has(path);
    case "ANY":
      return lasting || watches.hasData(path) || watches.child.has(path);
    default:
      return false;
  }
}

/**
 * The server has a lasting watch that nobody wants any more. Until it has gone it stands here too, and
 * tells nobody: on 3.8 it has overwritten the one-shot ones, which live on its events meanwhile.
 */
function takeBack(zh: Handle, path: string, mode: AddWatchMode): void {
  const table = mode === "PERSISTENT" ? "persistent" : "recursive";
  if (zh.watches[table].has(path)) return;
  const unwanted = () => {};
  zh.watches.add(table, path, unwanted);
  const before = expectedWatches(zh, path);
  const whose = (watcher: Watcher) => watcher === unwanted;
  // While it overwrites a persistent watch, that one may miss something.
  const resync = mode === "PERSISTENT_RECURSIVE";
  const watch: Removal = { kind: "remove", type: "ANY", whose, resync, certain: true };
  submitRemoval(zh, path, before, watch, () => {}, undefined);
}

/** Tells the lasting watchers of a path that they may have missed something. */
export function tellResync(zh: Handle, path: string): void {
  const watchers = zh.watches.lasting(path);
  if (watchers.size > 0) tellOf(zh, "Resync", path, watchers);
}

const removalEvents: { readonly [Table in WatchTable]: EventType } = {
  data: "DataWatchRemoved",
  exist: "DataWatchRemoved",
  child: "ChildWatchRemoved",
  persistent: "PersistentWatchRemoved",
  recursive: "PersistentWatchRemoved",
};

function tellRemoved(zh: Handle, path: string, removed: [WatchTable, Watcher][]): void {
  for (const [table, watcher] of removed) tellOf(zh, removalEvents[table], path, [watcher]);
}

function tellOf(zh: Handle, type: EventType, path: string, watchers: Iterable<Watcher>): void {
  const event = { type, state: zh.state, path: stripChroot(zh.chroot, path), zxid: null };
  zh.toDispatch.push(new Told(event, watchers));
}
