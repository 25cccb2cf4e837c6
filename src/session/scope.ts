/**
 * Where the paths of a call begin, and whose its requests and watchers are: the session's own, or
 * those of a view of it. The tables of watchers hold functions by full path; a view's are wrapped, so
 * that each is told paths as its view knows them, and nothing once the view is closed.
 */
import type { WatchedEvent, Watcher } from "../types.ts";
import { stripChroot } from "./paths.ts";

/** Which view each wrapped watcher belongs to; those of the session itself are not wrapped. */
const owners = new WeakMap<Watcher, Scope>();

/** The session's own scope, or that of a view. */
export class Scope {
  #closed = false;
  /** By the watcher that was given: the same one is wrapped once. */
  readonly #wrapped = new WeakMap<Watcher, Watcher>();
  readonly #whenClosed = new Set<() => void>();

  constructor(
    /** What stands before its paths on the server; "" for nothing. */
    readonly chroot: string,
    /** The part of it that is not the session's own. */
    readonly prefix: string = "",
    readonly parent: Scope | null = null,
  ) {}

  /** The scope of a view at `path` of this one. */
  at(path: string): Scope {
    const added = path === "/" ? "" : path;
    return new Scope(this.chroot + added, this.prefix + added, this);
  }

  /** Whether it is a view's, and that or one above it is closed. */
  get closed(): boolean {
    return this.#closed || this.parent !== null && this.parent.closed;
  }

  /** Whether it is `other` or a view within it. */
  isWithin(other: Scope): boolean {
    return this === other || this.parent !== null && this.parent.isWithin(other);
  }

  /** The function that stands for a watcher in the tables. */
  own(watcher: Watcher): Watcher {
    if (this.parent === null) return watcher;
    const there = this.#wrapped.get(watcher);
    if (there !== undefined) return there;
    const wrapped = (event: WatchedEvent) => {
      if (!this.closed) watcher(this.#seen(event));
    };
    this.#wrapped.set(watcher, wrapped);
    owners.set(wrapped, this);
    return wrapped;
  }

  /** Whether a function in the tables was put there through this scope. */
  owns(wrapped: Watcher): boolean {
    return (owners.get(wrapped) ?? null) === (this.parent === null ? null : this);
  }

  /** Whether a function in the tables was put there through this view or one within it. */
  contains(wrapped: Watcher): boolean {
    return owners.get(wrapped)?.isWithin(this) ?? false;
  }

  /** Has `closed` called when it, or one above it, is closed. */
  onClose(closed: () => void): void {
    this.#whenClosed.add(closed);
    this.parent?.onClose(closed);
  }

  /** Takes it back. */
  offClose(closed: () => void): void {
    this.#whenClosed.delete(closed);
    this.parent?.offClose(closed);
  }

  /** From now on its watchers are told nothing. */
  close(): void {
    this.#closed = true;
    for (const closed of [...this.#whenClosed]) closed();
    this.#whenClosed.clear();
  }

  #seen(event: WatchedEvent): WatchedEvent {
    if (event.type === "Session" || this.prefix === "") return event;
    return { ...event, path: stripChroot(this.prefix, event.path) };
  }
}
