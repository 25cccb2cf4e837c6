/** The requests on their way that change watchers, by path, each path's in the order of submission. */
import type { AddWatchMode } from "../proto/modes.ts";
import type { Pending } from "./pending.ts";

/** Those of one path. */
class OfPath {
  readonly requests = new Set<Pending>();
  /** How many of them there are of each kind; few others are asked for. */
  readonly counts = { persistent: 0, recursive: 0, remove: 0 };
}

const none: ReadonlySet<Pending> = new Set();

/** Those of one session. */
export class WatchRequests {
  readonly #byPath = new Map<string, OfPath>();

  add(pending: Pending): void {
    let there = this.#byPath.get(pending.path);
    if (there === undefined) this.#byPath.set(pending.path, there = new OfPath());
    there.requests.add(pending);
    count(there, pending, 1);
  }

  /** Those of one path. */
  of(path: string): ReadonlySet<Pending> {
    return this.#byPath.get(path)?.requests ?? none;
  }

  /** Whether one of a path takes watchers out. */
  removes(path: string): boolean {
    return (this.#byPath.get(path)?.counts.remove ?? 0) > 0;
  }

  /** The stronger one of the lasting watches that are asked for at a path, or null. */
  mode(path: string): AddWatchMode | null {
    const counts = this.#byPath.get(path)?.counts;
    if (counts === undefined) return null;
    if (counts.recursive > 0) return "PERSISTENT_RECURSIVE";
    return counts.persistent > 0 ? "PERSISTENT" : null;
  }

  /** Its owner is about to give it up: it counts no more, unless it takes some out all the same. */
  unwanted(pending: Pending): void {
    if (pending.watch !== null && pending.watch.kind !== "remove") this.delete(pending);
  }

  delete(pending: Pending): void {
    const there = this.#byPath.get(pending.path);
    if (there === undefined || !there.requests.delete(pending)) return;
    count(there, pending, -1);
    if (there.requests.size === 0) this.#byPath.delete(pending.path);
  }

  clear(): void {
    this.#byPath.clear();
  }
}

function count({ counts }: OfPath, { watch }: Pending, by: number): void {
  const { kind } = watch!;
  if (kind === "persistent" || kind === "recursive" || kind === "remove") counts[kind] += by;
}
