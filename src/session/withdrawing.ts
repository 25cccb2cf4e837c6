/** Watchers that nobody wants to hear any more: they go for certain, and the server is told. */
import { Rc } from "../proto/constants.ts";
import type { Watcher } from "../types.ts";
import { stir } from "../wait.ts";
import { expectedWatches, submitRemoval } from "./arming.ts";
import { type Handle, isConnected } from "./handle.ts";
import type { Removal } from "./pending.ts";
import { abandonRequests } from "./requests.ts";
import type { Scope } from "./scope.ts";

/**
 * Takes watchers of a path out. They must be deaf already: while the server is asked they stay, for
 * what it still sends until it has answered is sent for them, too.
 */
export function withdraw(zh: Handle, path: string, whose: (watcher: Watcher) => boolean): void {
  const watch: Removal = { kind: "remove", type: "ANY", whose, certain: true };
  if (!isConnected(zh) || zh.closing) {
    zh.watches.remove(watch.type, path, whose);
    return;
  }
  const before = expectedWatches(zh, path);
  if (before.of(path).remove(watch.type, path, whose).length === 0) return;
  submitRemoval(zh, path, before, watch, () => {}, undefined);
}

/** Closes a view: its requests fail, its watchers are told nothing more, the session goes on. */
export function closeScope(zh: Handle, scope: Scope): void {
  if (scope.closed) return;
  scope.close();
  abandonRequests(zh, Rc.CLOSING, (pending) => pending.scope.isWithin(scope));
  const isOurs = (watcher: Watcher) => scope.contains(watcher);
  for (const path of zh.watches.pathsOf(isOurs)) withdraw(zh, path, isOurs);
  stir(zh);
}
