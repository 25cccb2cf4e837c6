/**
 * A request on its way. Requests are answered in the order they were sent, so the entry at the head
 * of the queue is the one that the next reply belongs to. One that its owner has given up stays in
 * the queue without a completion, so that a late reply is not taken for the next one's.
 */
import type { AddWatchMode, WatcherType } from "../proto/modes.ts";
import type { Response } from "../proto/responses.ts";
import type { Watcher } from "../types.ts";
import type { Scope } from "./scope.ts";

/** What a request's owner gave to be called, whatever the values of its operation. */
export type Completion = (rc: number, value: never, stat: never) => void;

/** What a reply changes among the watchers, in the very step that reads it. */
export type WatchChange =
  | Reading
  | Lasting
  | Removal
  | Unwanted;

/** A read that leaves a one-shot watch. */
export interface Reading {
  /** exists() watches an absent znode too, and there in a table apart. */
  readonly kind: "data" | "exists" | "child";
  readonly watcher: Watcher;
  /** Whether it relies on a lasting watch of the same path, and has asked for none of its own. */
  readonly relies: boolean;
}

/** Its owner has given it up before it was there. */
export interface Unwanted {
  readonly kind: "unwanted";
  /** That of a watch that lasts; else null. */
  readonly mode: AddWatchMode | null;
  /** Whether it is one-shot, and relies on a lasting watch. */
  readonly relies: boolean;
}

/** addWatch. */
export interface Lasting {
  readonly kind: "persistent" | "recursive";
  readonly watcher: Watcher;
  /** What is asked of the server: a persistent one may rely on a recursive one on its way. */
  readonly armed: AddWatchMode;
}

/** removeWatches. */
export interface Removal {
  readonly kind: "remove";
  readonly type: WatcherType;
  /** Which of the watchers go. */
  readonly whose: (watcher: Watcher) => boolean;
  /** Whether the server's watch goes although some here may have relied on it. */
  readonly rearm?: boolean;
  /** Which of the server's watches go, since nobody was to need them any more. */
  readonly takes?: "DATA" | "CHILDREN" | "ANY" | "RECURSIVE" | null;
  /** A second request, right behind it, that must not leave without it. */
  follower?: Pending | null;
  /** Whether those that stay may have missed something until then. */
  readonly resync?: boolean;
  /** Whether they go even if the server is never heard again. */
  readonly certain?: boolean;
}

/** What a request is, by its number on the wire, and when it was submitted. */
export class Stamp {
  constructor(readonly type: number, readonly at: number) {}
}

/** One request and whom to tell. */
export class Pending {
  /** The code it fails with, once it waits to be told. */
  rc = 0;
  /** Whether its bytes were handed to the network. */
  sent = false;
  /** Its whole frame while it waits for room, see room.ts; else null. */
  frame: Uint8Array | null = null;
  /** The server's version that it needs, see versions.ts. */
  versionNeeded = 0;
  /** Called when it is told or has failed, for whoever could have taken it back. */
  whenDone: (() => void) | null = null;
  /** For metrics, see measuring.ts. */
  stamp: Stamp | null = null;

  constructor(
    readonly xid: number,
    readonly response: Response,
    /** The full path on the server, "" where there is none. */
    readonly path: string,
    /** Null when the owner has given it up. */
    public completion: Completion | null,
    public watch: WatchChange | null,
    /** When it times out, ms on the platform's clock. */
    public deadline: number,
    /** How many operations, of a multi; else 0. */
    readonly ops: number,
    /** In whose name it was made. */
    readonly scope: Scope,
  ) {}

  /** Parts it from its owner: what is returned tells the code, what stays eats the reply. */
  detach(rc: number): Pending {
    const { xid, response, path, completion, ops, scope } = this;
    const told = new Pending(xid, response, path, completion, null, Infinity, ops, scope);
    told.sent = this.sent;
    told.whenDone = this.whenDone;
    told.stamp = this.stamp;
    this.part();
    return told.failed(rc);
  }

  /**
   * Its owner has given it up. A watch it asked for is nobody's any more, and if it lasts the server
   * will be told so; but watchers that the server is about to drop are gone all the same.
   */
  part(): void {
    this.completion = null;
    const { watch } = this;
    if (watch === null || watch.kind === "remove" || watch.kind === "unwanted") return;
    const mode = "armed" in watch ? watch.armed : null;
    this.watch = { kind: "unwanted", mode, relies: "relies" in watch && watch.relies };
  }

  /** What must not leave without it, or null. */
  get follower(): Pending | null {
    return this.watch?.kind === "remove" ? this.watch.follower ?? null : null;
  }

  /** Marks it as failed. */
  failed(rc: number): this {
    this.rc = rc;
    return this;
  }
}
