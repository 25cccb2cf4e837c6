/** A watcher of a znode's data that nobody wants to hear any more. */
import { Rc } from "../proto/constants.ts";
import type { Watcher } from "../types.ts";
import { type Handle, isConnected } from "./handle.ts";
import { addChroot } from "./paths.ts";
import { aremoveWatches } from "./watching.ts";

/** Takes it out for certain, and has the server drop its watch if nobody else needs that. */
export function unwatch(zh: Handle, path: string, watcher: Watcher): void {
  const forget = () => void zh.watches.remove("DATA", addChroot(zh.chroot, path), watcher);
  // On the next connection it is not armed again.
  if (!isConnected(zh) || zh.closing) return forget();
  const removed = (rc: number) => rc === Rc.OK || forget();
  if (aremoveWatches(zh, path, "DATA", watcher, removed) !== 0) forget();
}
