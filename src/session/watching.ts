/** The operations about watches, in the callback form: addWatch, removeWatches. */
import { OpCode, Rc } from "../proto/constants.ts";
import { type AddWatchMode, addWatchModes, type WatcherType } from "../proto/modes.ts";
import { writePathType } from "../proto/requests.ts";
import { emptyResponse } from "../proto/responses.ts";
import type { Watcher } from "../types.ts";
import { stir } from "../wait.ts";
import { expectedMode, expectedWatches, submitRemoval } from "./arming.ts";
import { accept, checkAddWatchMode, checkFunction, checkPath, checkWatcherType } from "./checks.ts";
import type { Handle } from "./handle.ts";
import { addChroot } from "./paths.ts";
import { type Completion, Pending } from "./pending.ts";
import { type RequestOptions, startRequest, submit } from "./submitting.ts";

/**
 * Adds a watch that stays: on a znode, or on the whole tree below it. 3.6 and later. What it
 * missed while the session was disconnected, servers do not tell: it gets "Resync" instead.
 */
export function aaddWatch(
  zh: Handle,
  path: string,
  mode: AddWatchMode,
  watcher: Watcher,
  completion: (rc: number) => void,
  options?: RequestOptions,
): number {
  const problem = checkPath(path) ?? checkAddWatchMode(mode) ?? checkFunction(watcher, "watcher");
  const refused = accept(zh, problem, completion, options);
  if (refused !== 0) return refused;
  const full = addChroot(zh.chroot, path);
  // A weaker one would overwrite the stronger one that stands there (ZOOKEEPER-4466).
  const armed = expectedMode(zh, full) === "PERSISTENT_RECURSIVE" ? "PERSISTENT_RECURSIVE" : mode;
  const start = startRequest(zh, OpCode.addWatch);
  writePathType(zh.toSend, full, addWatchModes[armed]);
  const kind = mode === "PERSISTENT" ? "persistent" : "recursive";
  const watch = { kind, watcher: zh.scope.own(watcher), armed } as const;
  return submit(zh, start, emptyResponse, full, completion, watch, options, 0);
}

/** Removes one watcher; without such a one the code is NOWATCHER. C: zoo_aremove_watches. */
export function aremoveWatches(
  zh: Handle,
  path: string,
  type: WatcherType,
  watcher: Watcher,
  completion: (rc: number) => void,
  options?: RequestOptions,
): number {
  const problem = checkPath(path) ?? checkWatcherType(type) ?? checkFunction(watcher, "watcher");
  return remove(zh, path, type, watcher, problem, completion, options);
}

/** Removes all watchers of a type; not those of views. C: zoo_aremove_all_watches. */
export function aremoveAllWatches(
  zh: Handle,
  path: string,
  type: WatcherType,
  completion: (rc: number) => void,
  options?: RequestOptions,
): number {
  const problem = checkPath(path) ?? checkWatcherType(type);
  return remove(zh, path, type, null, problem, completion, options);
}

function remove(
  zh: Handle,
  path: string,
  type: WatcherType,
  watcher: Watcher | null,
  problem: ReturnType<typeof checkPath>,
  completion: Completion,
  options: RequestOptions | undefined,
): number {
  const refused = accept(zh, problem, completion, options);
  if (refused !== 0) return refused;
  const full = addChroot(zh.chroot, path);
  const before = expectedWatches(zh, full);
  const { scope } = zh;
  const own = watcher === null ? null : scope.own(watcher);
  const whose = (other: Watcher) => own === null ? scope.owns(other) : other === own;
  if (before.of(full).remove(type, full, whose).length === 0) {
    return noWatcher(zh, full, completion);
  }
  const watch = { kind: "remove", type, whose } as const;
  return submitRemoval(zh, full, before, watch, completion, options);
}

/** The server need not be asked; but no completion runs inside the call that submitted it. */
function noWatcher(zh: Handle, path: string, completion: Completion): number {
  const pending = new Pending(0, emptyResponse, path, completion, null, Infinity, 0, zh.scope);
  zh.submitted = pending;
  zh.toDispatch.push(pending.failed(Rc.NOWATCHER));
  stir(zh);
  return 0;
}
