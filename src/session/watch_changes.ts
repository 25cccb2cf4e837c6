/** What a reply changes among the watchers: one is registered, or some are gone. */
import { Rc } from "../proto/constants.ts";
import type { EventType, Watcher } from "../types.ts";
import { type Handle, Told } from "./handle.ts";
import { stripChroot } from "./paths.ts";
import type { Pending } from "./pending.ts";
import type { WatchTable } from "./watches.ts";

/** Does what the request asked for, if its reply says that the server has done so too. */
export function changeWatches(zh: Handle, pending: Pending, rc: number): void {
  const { path } = pending;
  const watch = pending.watch!;
  if (watch.kind === "exists") {
    if (rc === Rc.OK) zh.watches.add("data", path, watch.watcher);
    else if (rc === Rc.NONODE) zh.watches.add("exist", path, watch.watcher);
  } else if (rc !== Rc.OK) {
    return;
  } else if (watch.kind === "remove") {
    tellRemoved(zh, path, zh.watches.remove(watch.type, path, watch.watcher));
  } else {
    zh.watches.add(watch.kind, path, watch.watcher);
  }
}

const removalEvents: { readonly [Table in WatchTable]: EventType } = {
  data: "DataWatchRemoved",
  exist: "DataWatchRemoved",
  child: "ChildWatchRemoved",
  persistent: "PersistentWatchRemoved",
  recursive: "PersistentWatchRemoved",
};

function tellRemoved(zh: Handle, path: string, removed: [WatchTable, Watcher][]): void {
  for (const [table, watcher] of removed) {
    const type = removalEvents[table];
    const event = { type, state: zh.state, path: stripChroot(zh.chroot, path), zxid: null };
    zh.toDispatch.push(new Told(event, [watcher]));
  }
}
