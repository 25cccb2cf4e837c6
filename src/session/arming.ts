/**
 * What stands at the server for the watchers of one path here.
 *
 * Up to 3.8 a server keeps one mode for a session and a path, in each of two tables, data and
 * children; whatever comes last overwrites it (ZOOKEEPER-4466): a one-shot read with a watch unmakes
 * a persistent watch, a persistent one a recursive one. From 3.9 on they stand side by side. What is
 * sent here is right for both: where several are asked for, the strongest is armed, and the others
 * live on its events. A one-shot watcher needs no watch of its own beside one that lasts, a
 * persistent one none beside a recursive one: NodeChildrenChanged follows from what the children
 * themselves are told to be.
 */
import type { Writer } from "../proto/archive.ts";
import { OpCode } from "../proto/constants.ts";
import { type AddWatchMode, addWatchModes, watcherTypes } from "../proto/modes.ts";
import { writePathType, writeSetWatches } from "../proto/requests.ts";
import { emptyResponse } from "../proto/responses.ts";
import type { Handle } from "./handle.ts";
import type { Completion, Removal } from "./pending.ts";
import { type RequestOptions, startRequest, submit } from "./submitting.ts";
import { modeOf, type Unarmed, type Watches } from "./watches.ts";

/** removeWatches' own number for recursive watches (3.9); 3.8 answers -5 and does nothing. */
const recursiveType = 5;

/** The watchers of a path as they will be when the requests on their way have succeeded. */
export function expectedWatches(zh: Handle, path: string): Watches {
  const watches = zh.watches.of(path);
  for (const { watch } of zh.watchRequests.of(path)) {
    if (watch === null) continue;
    if (watch.kind === "remove") watches.remove(watch.type, path, watch.whose);
    else if (watch.kind === "exists") watches.add("data", path, watch.watcher);
    else if (watch.kind !== "unwanted") watches.add(watch.kind, path, watch.watcher);
  }
  return watches;
}

/** The mode of the lasting watch that will stand at a path, or null. */
export function expectedMode(zh: Handle, path: string): AddWatchMode | null {
  // Without one that takes some out, however many there are, the strongest is what counts.
  if (zh.watchRequests.removes(path)) return modeOf(expectedWatches(zh, path), path);
  const [now, asked] = [modeOf(zh.watches, path), zh.watchRequests.mode(path)];
  return asked === "PERSISTENT_RECURSIVE" ? asked : now ?? asked;
}

/**
 * Submits what changes the server's watches of a path with the watchers here. If nothing need
 * change, it is asked all the same whether there is a watch: the request takes its place among the
 * others, and its answer does not matter.
 */
export function submitRemoval(
  zh: Handle,
  path: string,
  before: Watches,
  watch: Removal,
  completion: Completion,
  options: RequestOptions | undefined,
): number {
  const after = before.of(path);
  after.remove(watch.type, path, watch.whose);
  const [mode, modeAfter] = [modeOf(before, path), modeOf(after, path)];
  const send = (opcode: number, type: number, change: Removal, done = completion) => {
    const start = startRequest(zh, opcode);
    writePathType(zh.toSend, path, type);
    return submit(zh, start, emptyResponse, path, done, change, options, 0);
  };
  if (mode !== null && modeAfter === null) {
    // It goes whole, and at the answer what lived on it is armed by itself.
    return send(OpCode.removeWatches, watcherTypes.ANY, { ...watch, rearm: true });
  }
  if (mode !== modeAfter) {
    // Overwritten on 3.8, without a gap; where they stand side by side the stronger one is taken.
    const change: Removal = { ...watch };
    const refused = send(OpCode.addWatch, addWatchModes.PERSISTENT, change);
    if (refused !== 0) return refused;
    const { submitted } = zh;
    const taking: Removal = { kind: "remove", type: "ANY", whose: () => false, takes: "RECURSIVE" };
    const isRefused = send(OpCode.removeWatches, recursiveType, taking, () => {}) !== 0;
    if (!isRefused) change.follower = zh.submitted;
    zh.submitted = submitted;
    return 0;
  }
  const gone = mode === null ? kindsGone(before, after, path) : null;
  return send(
    gone === null ? OpCode.checkWatches : OpCode.removeWatches,
    watcherTypes[gone ?? watch.type],
    { ...watch, takes: gone },
  );
}

/**
 * Arms what is watched at a path again, on this connection; one-shot events missed are told, and the
 * lasting watchers that they may have missed something.
 */
export function rearm(zh: Handle, path: string): void {
  const before = zh.toSend.size;
  const resync = modeOf(zh.watches, path) === null ? [] : [path];
  arm(zh, zh.toSend, { path, since: lastZxid(zh) }, resync);
  if (zh.toSend.size > before) zh.counters.sentPackets++;
}

/** On a new connection, what the last one did not come to confirm: from its own zxids on. */
export function rearmUnarmed(zh: Handle, front: Writer): void {
  // Lasting watches are armed with all the others, and told so there.
  for (const unarmed of [...zh.unarmed]) arm(zh, front, unarmed, []);
}

function arm(zh: Handle, to: Writer, unarmed: Unarmed, resync: readonly string[]): void {
  const { path, since } = unarmed;
  zh.unarmed.delete(unarmed);
  const expected = expectedWatches(zh, path);
  const { data, exist, child } = zh.watches.of(path);
  const { persistent, recursive } = expected;
  const tables = { data, exist, child, persistent, recursive };
  if (!Object.values(tables).some((table) => table.size > 0)) return;
  const keys = (table: ReadonlyMap<string, unknown>) => [...table.keys()];
  writeSetWatches(to, since, {
    data: keys(data),
    exist: keys(exist),
    child: keys(child),
    persistent: keys(persistent),
    recursive: keys(recursive),
  });
  zh.unarmed.add(unarmed);
  zh.sentWatches.push({ resync, unarmed });
}

/** The zxid of the newest reply. */
export function lastZxid(zh: Handle): bigint {
  return BigInt(zh.zxidHigh) << 32n | BigInt(zh.zxidLow >>> 0);
}

/** Which of the two kinds of one-shot watches nobody here needs any more. */
function kindsGone(
  before: Watches,
  after: Watches,
  path: string,
): "DATA" | "CHILDREN" | "ANY" | null {
  const data = before.hasData(path) && !after.hasData(path);
  const child = before.child.has(path) && !after.child.has(path);
  return data && child ? "ANY" : data ? "DATA" : child ? "CHILDREN" : null;
}
