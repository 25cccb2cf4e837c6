/** The requests on their way that change watchers, by path, each path's in the order of submission. */
import type { Pending } from "./pending.ts";

const none: readonly Pending[] = [];

/** Those of one session. */
export class WatchRequests {
  readonly #byPath = new Map<string, Pending[]>();

  add(pending: Pending): void {
    const there = this.#byPath.get(pending.path);
    if (there === undefined) this.#byPath.set(pending.path, [pending]);
    else there.push(pending);
  }

  /** Those of one path. */
  of(path: string): readonly Pending[] {
    return this.#byPath.get(path) ?? none;
  }

  delete(pending: Pending): void {
    const there = this.#byPath.get(pending.path);
    const index = there?.indexOf(pending) ?? -1;
    if (there === undefined || index < 0) return;
    if (there.length === 1) this.#byPath.delete(pending.path);
    else there.splice(index, 1);
  }

  clear(): void {
    this.#byPath.clear();
  }
}
