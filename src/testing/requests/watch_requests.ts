/** The requests about watches: to arm them, for once and for long, to look for them, to remove them. */
import type { Reader } from "../../proto/archive.ts";
import { Rc, WireEvent } from "../../proto/constants.ts";
import type { Client } from "../service.ts";
import { readPath } from "./operations.ts";
import { WatchMode } from "../state/watch_manager.ts";

/**
 * Arms watches again after a reconnect. What was missed is told before the reply, by kind in this
 * order; persistent ones have nothing to compare with and miss what happened meanwhile.
 */
export function setWatches(
  client: Client,
  frame: Reader,
  xid: number,
  lists: number,
): number {
  const since = Number(frame.long());
  const paths = Array.from({ length: lists }, () => frame.vector(readPath, 4));
  const { tree, watches } = client.service;
  const { standard, persistent, recursive } = WatchMode;
  const tell = (type: number, path: string) => client.tell(type, path, -1, null);
  for (const path of paths[0]!) {
    const znode = tree.get(path);
    if (!znode) tell(WireEvent.nodeDeleted, path);
    else if (znode.mzxid > since) tell(WireEvent.nodeDataChanged, path);
    else watches.data.add(path, client, standard);
  }
  for (const path of paths[1]!) {
    if (tree.get(path)) tell(WireEvent.nodeCreated, path);
    else watches.data.add(path, client, standard);
  }
  for (const path of paths[2]!) {
    const znode = tree.get(path);
    if (!znode) tell(WireEvent.nodeDeleted, path);
    else if (znode.pzxid > since) tell(WireEvent.nodeChildrenChanged, path);
    else watches.child.add(path, client, standard);
  }
  for (const path of paths[3] ?? []) addLasting(client, path, persistent);
  for (const path of paths[4] ?? []) addLasting(client, path, recursive);
  client.reply(xid, Rc.OK);
  return Rc.OK;
}

/** A watch that stays. */
export function addWatch(client: Client, frame: Reader, xid: number): number {
  const path = readWatched(frame);
  const mode = [WatchMode.persistent, WatchMode.recursive][frame.int()];
  if (mode === undefined) return Rc.MARSHALLINGERROR;
  if (path === nowhere && mode === WatchMode.recursive && is38(client)) return Rc.MARSHALLINGERROR;
  addLasting(client, path, mode);
  const start = client.startReply(xid);
  client.out.int(Rc.OK);
  client.out.endFrame(start);
  return Rc.OK;
}

/** Whether there is a watch of a type. */
export function checkWatches(client: Client, frame: Reader, xid: number): number {
  const path = readWatched(frame);
  const type = typeOf(client, frame.int());
  if (type === undefined || path === nowhere && is38(client)) return Rc.MARSHALLINGERROR;
  const { data, child } = client.service.watches;
  // Both are asked: 3.8 may stumble over either.
  const ofChildren = type.child && child.has(path, client, type.modes);
  const ofData = type.data && data.has(path, client, type.modes);
  if (!ofChildren && !ofData) return Rc.NOWATCHER;
  client.reply(xid, Rc.OK);
  return Rc.OK;
}

/** Removes the watches of a type. */
export function removeWatches(client: Client, frame: Reader, xid: number): number {
  const path = readWatched(frame);
  const type = typeOf(client, frame.int());
  if (type === undefined) return Rc.MARSHALLINGERROR;
  const { data, child } = client.service.watches;
  const fromChild = type.child && child.remove(path, client, type.modes);
  const fromData = type.data && data.remove(path, client, type.modes);
  if (!fromChild && !fromData) return Rc.NOWATCHER;
  client.reply(xid, Rc.OK);
  return Rc.OK;
}

/** The path of a watch may be null, which is one more path, and one where nothing happens. */
function readWatched(frame: Reader): string {
  return frame.nullableString() ?? nowhere;
}

const nowhere = "\0null";

function is38({ service }: Client): boolean {
  return service.settings.version === "3.8";
}

/** Up to 3.8 a recursive watch stands in both tables, later in that of data alone. */
function addLasting(client: Client, path: string, mode: number): void {
  const { watches: { data, child }, settings: { version } } = client.service;
  data.add(path, client, mode);
  if (mode !== WatchMode.recursive || version === "3.8") child.add(path, client, mode);
}

/** Which tables and modes a WatcherType is about (WatcherType.java). */
interface Type {
  readonly data: boolean;
  readonly child: boolean;
  readonly modes: number;
}

function typeOf({ service }: Client, type: number): Type | undefined {
  return type > 3 && service.settings.version === "3.8" ? undefined : types[type];
}

const all = WatchMode.standard | WatchMode.persistent | WatchMode.recursive;

const types: Partial<Record<number, Type>> = {
  1: { data: false, child: true, modes: WatchMode.standard },
  2: { data: true, child: false, modes: WatchMode.standard },
  3: { data: true, child: true, modes: all },
  4: { data: true, child: true, modes: WatchMode.persistent },
  5: { data: true, child: false, modes: WatchMode.recursive },
};
