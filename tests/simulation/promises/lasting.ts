/** What is promised of persistent and recursive watches. */
import type { EventType } from "../../../src/types.ts";
import type { Change, Watch } from "../history.ts";
import { answered, callsOf, firstOf, type Promised, type Run } from "./run.ts";
import { eventsOf, isOneShot, parentOf, registered, removalsOf, viewClosed } from "./watches.ts";

/** The events that a change means for a watch. */
function* expected(watch: Watch, change: Change): Generator<{ type: EventType; path: string }> {
  if (change.type === "setACL") return;
  const { path } = change;
  const type = ({
    create: "NodeCreated",
    delete: "NodeDeleted",
    setData: "NodeDataChanged",
  } as const)[change.type];
  if (path === watch.path || watch.kind === "recursive" && path.startsWith(`${watch.path}/`)) {
    yield { type, path };
  }
  if (watch.kind === "persistent" && type !== "NodeDataChanged" && parentOf(path) === watch.path) {
    yield { type: "NodeChildrenChanged", path: watch.path };
  }
}

/** Told of nothing that did not happen, of nothing twice, and of nothing from before. */
export const lastingTruth: Promised = {
  name: "a lasting watch is told of what happened",
  broken: (run) =>
    firstOf(run.history.watches, (watch) => {
      if (isOneShot(watch)) return null;
      const found = registered(watch);
      const name = `watch ${watch.id} on ${watch.path}`;
      const seen = new Set<string>();
      return firstOf(eventsOf(watch), (event) => {
        const shown = `${event.type} ${event.path} ${event.zxid}`;
        if (found === null) return `${name} was told ${shown} though its call had failed`;
        if (event.zxid === null) return null;
        if (seen.has(shown) && !happenedTwice(run, watch, event)) {
          return `${name} was told ${shown} twice`;
        }
        seen.add(shown);
        const happened = run.history.changes.some((change) =>
          change.index > found.index && BigInt(change.zxid) === event.zxid &&
          [...expected(watch, change)].some((one) =>
            one.type === event.type && one.path === event.path
          )
        );
        return happened ? null : `${name} was told ${shown}, which never was`;
      });
    }),
};

/** A multi may do the same to a znode more than once, and the end of a session to a list. */
function happenedTwice(run: Run, watch: Watch, event: { zxid: bigint | null }): boolean {
  const changes = run.history.changes.filter(({ zxid }) => BigInt(zxid) === event.zxid);
  return changes.filter((change) => !expected(watch, change).next().done).length > 1;
}

/**
 * Before any reply that shows a change, the watch has been told of the change, or, where it was not
 * armed at the time, that it may have missed something.
 */
export const lastingKept: Promised = {
  name: "a lasting watch is told of every change, or Resync",
  broken: (run) =>
    firstOf(run.history.watches, (watch) => {
      if (isOneShot(watch)) return null;
      const found = registered(watch);
      if (found === null) return null;
      const removal = Math.min(
        removalsOf(run, watch)[0]?.submitted.seq ?? Infinity,
        viewClosed(run, watch) ?? Infinity,
      );
      return firstOf(callsOf(run, run.clients[watch.call.client]!), (call) => {
        const read = answered(call);
        if (read === null || read.outcome.seq <= found.seq) return null;
        if (read.outcome.seq > removal) return null;
        return missing(run, watch, found.index, read.service.index, read.outcome.seq);
      });
    }),
};

/** What a watch should have been told of the changes after `from` up to `to`, before `seq`. */
function missing(run: Run, watch: Watch, from: number, to: number, seq: number): string | null {
  const resync = watch.told.filter((told) => told.type === "Resync" && told.seq < seq).at(-1);
  const since = Math.max(from, resync?.seenIndex ?? 0);
  const due = new Map<string, number>();
  for (let i = since; i < to; i++) {
    for (const { type, path } of expected(watch, run.history.changes[i]!)) {
      due.set(`${type} ${path}`, (due.get(`${type} ${path}`) ?? 0) + 1);
    }
  }
  for (const told of watch.told) {
    if (told.seq > seq || told.seq < (resync?.seq ?? 0)) continue;
    const name = `${told.type} ${told.path}`;
    due.set(name, (due.get(name) ?? 0) - 1);
  }
  for (const [name, count] of due) {
    if (count > 0) return `watch ${watch.id} on ${watch.path} was not told ${name}`;
  }
  return null;
}
