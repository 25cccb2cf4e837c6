/**
 * A request on its way. Requests are answered in the order they were sent, so the entry at the head
 * of the queue is the one that the next reply belongs to. One that its owner has given up stays in
 * the queue without a completion, so that a late reply is not taken for the next one's.
 */
import type { WatcherType } from "../proto/modes.ts";
import type { Response } from "../proto/responses.ts";
import type { Watcher } from "../types.ts";

/** What a request's owner gave to be called, whatever the values of its operation. */
export type Completion = (rc: number, value: never, stat: never) => void;

/** What a reply changes among the watchers, in the very step that reads it. */
export type WatchChange =
  /** exists() watches an absent znode too, and there in a table apart. */
  | { readonly kind: "data" | "exists" | "child" | "persistent" | "recursive"; watcher: Watcher }
  /** Null stands for all watchers of the type. */
  | { readonly kind: "remove"; readonly type: WatcherType; readonly watcher: Watcher | null };

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

  constructor(
    readonly xid: number,
    readonly response: Response,
    /** The full path on the server, "" where there is none. */
    readonly path: string,
    /** Null when the owner has given it up. */
    public completion: Completion | null,
    public watch: WatchChange | null,
    /** When it times out, ms on the platform's clock. */
    readonly deadline: number,
    /** How many operations, of a multi; else 0. */
    readonly ops: number,
  ) {}

  /** Parts it from its owner: what is returned tells the code, what stays eats the reply. */
  detach(rc: number): Pending {
    const { xid, response, path, completion, ops } = this;
    const told = new Pending(xid, response, path, completion, null, Infinity, ops);
    told.sent = this.sent;
    told.whenDone = this.whenDone;
    this.part();
    return told.failed(rc);
  }

  /**
   * Its owner has given it up. A watch it asked for is nobody's any more, but watchers that the
   * server is about to drop are gone all the same.
   */
  part(): void {
    this.completion = null;
    if (this.watch?.kind !== "remove") this.watch = null;
  }

  /** Marks it as failed. */
  failed(rc: number): this {
    this.rc = rc;
    return this;
  }
}
