/** The operations about watches, in the callback form: addWatch, removeWatches. */
import { OpCode, Rc } from "../proto/constants.ts";
import {
  type AddWatchMode,
  addWatchModes,
  type WatcherType,
  watcherTypes,
} from "../proto/modes.ts";
import { writePathType } from "../proto/requests.ts";
import { emptyResponse } from "../proto/responses.ts";
import type { Watcher } from "../types.ts";
import { stir } from "../wait.ts";
import { accept, checkAddWatchMode, checkFunction, checkPath, checkWatcherType } from "./checks.ts";
import type { Handle } from "./handle.ts";
import { addChroot } from "./paths.ts";
import { type Completion, Pending } from "./pending.ts";
import { type RequestOptions, startRequest, submit, unanswered } from "./requests.ts";
import type { Watches } from "./watches.ts";

/**
 * Adds a watch that stays: on a znode, or on the whole tree below it. 3.6 and later. Servers do not
 * tell what it missed while the session was disconnected.
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
  const start = startRequest(zh, OpCode.addWatch);
  writePathType(zh.toSend, full, addWatchModes[mode]);
  const kind = mode === "PERSISTENT" ? "persistent" : "recursive";
  return submit(zh, start, emptyResponse, full, completion, { kind, watcher }, options, 0);
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

/** Removes all watchers of a type. C: zoo_aremove_all_watches. */
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
  const watches = expectedWatches(zh, full);
  if (watches.remove(type, full, watcher).length === 0) return noWatcher(zh, full, completion);
  // The server has one watch for all watchers here: it goes with the last of them only.
  const needed = watches.need(type, full);
  const start = startRequest(zh, needed ? OpCode.checkWatches : OpCode.removeWatches);
  writePathType(zh.toSend, full, watcherTypes[type]);
  const watch = { kind: "remove", type, watcher } as const;
  return submit(zh, start, emptyResponse, full, completion, watch, options, 0);
}

/** The watchers of a path as they will be when the requests on their way have succeeded. */
function expectedWatches(zh: Handle, path: string): Watches {
  const watches = zh.watches.of(path);
  for (const { path: concerned, watch } of unanswered(zh)) {
    if (watch === null || concerned !== path) continue;
    if (watch.kind === "remove") watches.remove(watch.type, path, watch.watcher);
    else watches.add(watch.kind === "exists" ? "data" : watch.kind, path, watch.watcher);
  }
  return watches;
}

/** The server need not be asked; but no completion runs inside the call that submitted it. */
function noWatcher(zh: Handle, path: string, completion: Completion): number {
  const pending = new Pending(0, emptyResponse, path, completion, null, Infinity, 0);
  zh.submitted = pending;
  zh.toDispatch.push(pending.failed(Rc.NOWATCHER));
  stir(zh);
  return 0;
}
