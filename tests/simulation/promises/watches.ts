/** What is promised of one-shot watches. */
import { watchers } from "../client.ts";
import type { Call, Change, Told, Watch } from "../history.ts";
import { absent } from "../operations.ts";
import { answered, callsOf, firstOf, type Promised, type Run } from "./run.ts";

/** How a watch came to be: with which answer. */
export interface Registered {
  readonly watch: Watch;
  /** Changes up to this one are seen in the answer itself. */
  readonly index: number;
  readonly session: bigint;
  readonly link: number;
  /** When the application was told. */
  readonly seq: number;
  /** Of exists(), whether there was no znode. */
  readonly missing: boolean;
}

/** The registration of a watch, or null if its call did not succeed. */
export function registered(watch: Watch): Registered | null {
  const found = answered(watch.call);
  if (found === null) return null;
  const { outcome, service } = found;
  const missing = watch.kind === "exists" && (outcome.value === absent || outcome.rc === -101);
  if (outcome.rc !== 0 && !missing) return null;
  const { index, session, link } = service;
  return { watch, index, session, link, seq: outcome.seq, missing };
}

export function isOneShot({ kind }: Watch): boolean {
  return kind === "data" || kind === "exists" || kind === "child";
}

/** What a watcher was told of its znode. */
export function eventsOf({ told }: Watch): Told[] {
  return told.filter(({ type }) => type.startsWith("Node"));
}

/** The removals that may take a watch out, whatever became of them. */
export function removalsOf(run: Run, watch: Watch): Call[] {
  const { call, path, kind } = watch;
  const all = callsOf(run, run.clients[call.client]!);
  return all.filter((other) => {
    const { op } = other;
    if (op.name !== "removeWatches" || op.path !== path || other.refused !== 0) return false;
    if (other.submitted.seq < call.submitted.seq) return false;
    // A view and the session itself know nothing of each other's watchers.
    if (other.through !== call.through) return false;
    if (op.watcher !== null && op.watcher !== watchers.get(watch)) return false;
    if (op.type === "ANY") return true;
    return isOneShot(watch) && op.type === (kind === "child" ? "CHILDREN" : "DATA");
  });
}

/** Whether a change is one that a one-shot watch is there for. */
function concerns({ watch: { path, kind }, missing }: Registered, change: Change): boolean {
  const { type } = change;
  if (type === "setACL") return false;
  if (kind === "child") {
    if (type === "setData") return false;
    return type === "delete" && change.path === path || parentOf(change.path) === path;
  }
  if (change.path !== path) return false;
  return missing ? type === "create" : type !== "create";
}

/** What is told of a znode that was absent may be what came behind its creation. */
function announces(found: Registered, change: Change): boolean {
  return concerns(found, change) || found.missing && change.path === found.watch.path;
}

export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** When the view through which a watch was asked for was closed; null if that never was. */
export function viewClosed(run: Run, { call }: Watch): number | null {
  return call.through ? run.clients[call.client]!.viewClosed?.seq ?? null : null;
}

/** Nothing at all is told to those of a view that is closed. */
export const deaf: Promised = {
  name: "watchers of a closed view are told nothing",
  broken: (run) =>
    firstOf(run.history.watches, (watch) => {
      const closed = viewClosed(run, watch);
      const late = closed === null ? undefined : watch.told.find(({ seq }) => seq > closed);
      return late === undefined ? null : `watch ${watch.id} was told ${late.type} ${late.path}`;
    }),
};

/** Told once, of something that happened, behind the reply that left the watch. */
export const oneShotTruth: Promised = {
  name: "a one-shot watch is told once, of what happened",
  broken: (run) =>
    firstOf(run.history.watches.filter(isOneShot), (watch) => {
      const events = eventsOf(watch);
      const [event] = events;
      if (event === undefined) return null;
      const name = `watch ${watch.id} on ${watch.path}`;
      if (events.length > 1) return `${name} was told ${events.length} times`;
      const found = registered(watch);
      if (found === null) return `${name} was told though its call had failed`;
      if (event.seq < found.seq) return `${name} was told before the reply that left it`;
      if (event.path !== watch.path) return `${name} was told of ${event.path}`;
      const happened = run.history.changes.some((change) =>
        change.index > found.index && change.seq < event.seq && announces(found, change) &&
        (event.zxid === null || event.zxid === BigInt(change.zxid))
      );
      return happened ? null : `${name} was told ${event.type} ${event.zxid}, which never was`;
    }),
};

/** A removal that succeeded takes it out. */
export const removed: Promised = {
  name: "a watch that was removed is told nothing more",
  broken: (run) =>
    firstOf(run.history.watches, (watch) => {
      for (const { outcomes: [outcome] } of removalsOf(run, watch)) {
        if (outcome?.rc !== 0) continue;
        const late = eventsOf(watch).find(({ seq }) => seq > outcome.seq);
        if (late !== undefined) return `watch ${watch.id} was told ${late.type} ${late.path}`;
      }
      return null;
    }),
};

/** By the end of the run each has been told of what happened, if its session has lived. */
export const oneShotKept: Promised = {
  name: "no one-shot watch is lost",
  broken: (run) =>
    firstOf(run.history.watches.filter(isOneShot), (watch) => {
      const found = registered(watch);
      const alive = run.alive[watch.call.client] ?? null;
      if (found === null || alive?.session !== found.session) return null;
      if (eventsOf(watch).length > 0 || removalsOf(run, watch).length > 0) return null;
      if (viewClosed(run, watch) !== null) return null;
      const change = firstChange(run, found, Infinity, run.rested.seq);
      if (change === null) return null;
      // What came and went while it was not armed, nobody can know.
      if (found.missing && found.link !== alive.link && !run.paths.has(watch.path)) return null;
      return `watch ${watch.id} on ${watch.path} never heard of ${change.type} ${change.zxid}`;
    }),
};

/**
 * Whether a lasting watch of the same path was removed or given up, or may have been with a view. A one-shot watch that lived on its
 * events is then without one for a moment, and told a little later what it missed.
 */
function wasBereft(run: Run, { call, path }: Watch): boolean {
  const client = run.clients[call.client]!;
  if (client.viewClosed !== null) return true;
  return callsOf(run, client).some(({ op, takenBack, outcomes: [outcome] }) => {
    if (op.name === "removeWatches") return op.path === path;
    if (op.name !== "addWatch" || op.path !== path) return false;
    return takenBack !== null || outcome?.rc === -122;
  });
}

/** Whoever watches is told of a change before any reply that shows it. */
export const eventBeforeData: Promised = {
  name: "a watch event is seen before the data it announces",
  broken: (run) =>
    firstOf(run.history.watches.filter(isOneShot), (watch) => {
      const found = registered(watch);
      if (found === null || removalsOf(run, watch).length > 0) return null;
      if (wasBereft(run, watch) || viewClosed(run, watch) !== null) return null;
      const [event] = eventsOf(watch);
      return firstOf(callsOf(run, run.clients[watch.call.client]!), (call) => {
        const read = answered(call);
        if (read === null || read.outcome.seq <= found.seq) return null;
        if (event !== undefined && event.seq < read.outcome.seq) return null;
        if (read.service.session !== found.session) return null;
        if (found.missing && read.service.link !== found.link) return null;
        const change = firstChange(run, found, read.service.index, Infinity);
        if (change === null) return null;
        return `watch ${watch.id} on ${watch.path} had not heard of ${change.type} ` +
          `${change.zxid} when call ${call.id} was told of ${read.service.zxid}`;
      });
    }),
};

function firstChange(run: Run, found: Registered, last: number, before: number): Change | null {
  const { changes } = run.history;
  for (let i = found.index; i < Math.min(last, changes.length); i++) {
    const change = changes[i]!;
    if (change.seq < before && concerns(found, change)) return change;
  }
  return null;
}
