/** What the server says of watches: something has changed, or they are armed again. */
import type { Reader } from "../proto/archive.ts";
import { Rc, WireEvent } from "../proto/constants.ts";
import { readWatcherEvent } from "../proto/responses.ts";
import type { EventType, WatchedEvent } from "../types.ts";
import { tellWatchers } from "./completions.ts";
import type { Handle } from "./handle.ts";
import { parentOf, stripChroot } from "./paths.ts";
import { disconnect } from "./session.ts";
import { tellResync } from "./watch_changes.ts";

const eventTypes: Partial<Record<number, EventType>> = {
  [WireEvent.nodeCreated]: "NodeCreated",
  [WireEvent.nodeDeleted]: "NodeDeleted",
  [WireEvent.nodeDataChanged]: "NodeDataChanged",
  [WireEvent.nodeChildrenChanged]: "NodeChildrenChanged",
};

/** Tells an event to those whom it concerns. */
export function notify(zh: Handle, frame: Reader, zxidHigh: number, zxidLow: number): void {
  const { type, path } = readWatcherEvent(frame);
  const name = eventTypes[type];
  if (name === undefined) {
    zh.logger.warn?.("Ignored an event of an unknown type", { type });
    return;
  }
  // 3.9 and later send the change's zxid, earlier servers -1 (ZOOKEEPER-4655).
  const zxid = zxidHigh < 0 ? null : BigInt(zxidHigh) << 32n | BigInt(zxidLow >>> 0);
  const event = { type: name, state: zh.state, path: stripChroot(zh.chroot, path), zxid };
  const { foretold } = zh;
  zh.foretold = null;
  // From 3.9 on it comes right behind the event of the child.
  if (foretold !== null && sameChange(foretold, event)) return;
  tellWatchers(zh, event, zh.watches.take(type, path));
  if (type === WireEvent.nodeCreated || type === WireEvent.nodeDeleted) foretell(zh, event, path);
}

/**
 * A recursive watch is not told of lists of children, and on 3.8 those who are to be told of them
 * rely on it: their event follows from that of the child.
 */
function foretell(zh: Handle, { state, zxid }: WatchedEvent, path: string): void {
  if (zh.watches.recursive.size === 0 || path === "/") return;
  const parent = parentOf(path);
  if (!zh.watches.recursive.has(parent)) return;
  const type = "NodeChildrenChanged";
  const event = { type, state, path: stripChroot(zh.chroot, parent), zxid } as const;
  tellWatchers(zh, event, zh.watches.take(WireEvent.nodeChildrenChanged, parent));
  zh.foretold = event;
}

function sameChange(a: WatchedEvent, b: WatchedEvent): boolean {
  return a.type === b.type && a.path === b.path && a.zxid === b.zxid;
}

/** Watches are armed again: those for which servers have no catch-up may have missed something. */
export function armed(zh: Handle, err: number): number {
  if (err !== 0) {
    const reason = `the server refused to arm the watches again with code ${err}`;
    return disconnect(zh, Rc.CONNECTIONLOSS, reason);
  }
  const sent = zh.sentWatches.shift();
  if (sent?.unarmed) zh.unarmed.delete(sent.unarmed);
  for (const path of sent?.resync ?? []) tellResync(zh, path);
  return 0;
}
