/** An authentication: it belongs to the session, so each new connection sends it again. */
import type { Pending } from "./pending.ts";

/** One addAuth. */
export interface Auth {
  /** The whole frame. */
  readonly frame: Uint8Array;
  /** Who asked for it and has not been answered yet. */
  pending: Pending | null;
  /** Given up before it has left. */
  dropped: boolean;
}
