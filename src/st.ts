/**
 * The callback API: one asynchronous function per operation, in the manner of `zookeeper_st`. The
 * application drives the loop; completions and watchers run inside {@link process}, in the order of
 * the server's replies.
 *
 * Each `a…` function returns 0, or at once -8 (BADARGUMENTS; the logger says what was wrong) or -9
 * (INVALIDSTATE: the session is closed or at its end, or more is outstanding than the option
 * `outstanding` allows; `state` tells which), and takes `{ timeout }` in ms as its last argument: past
 * it the completion gets REQUESTTIMEOUT (-122). Every completion runs exactly once, and never inside
 * the call that submitted it. A session that has expired is at its end.
 *
 * @example
 * ```ts
 * import { aget, close, closed, init, interest, process } from "@zkst/zookeeper/st";
 *
 * const zh = init("127.0.0.1:2181");
 * aget(zh, "/", null, (rc, data, stat) => {
 *   console.log(rc, data, stat?.numChildren);
 *   close(zh);
 * });
 * while (!closed(zh)) process(zh, await interest(zh).wait());
 * ```
 *
 * @module
 */
import { type Handle, isConnected, isOver } from "./session/handle.ts";
import { cancel as cancelRequest } from "./session/requests.ts";
import type { Stats } from "./metrics.ts";
import { statsOf } from "./session/stats.ts";
import { type HandleOptions, newHandle } from "./settings.ts";
import type { Endpoint, Session, State } from "./types.ts";

export { interest } from "./interest.ts";
export type { Interest } from "./interest.ts";
export { Poll } from "./poll.ts";
export type { Pollable } from "./poll.ts";
export { process } from "./process.ts";
export type { Handle } from "./session/handle.ts";
export type { HandleOptions } from "./settings.ts";
export { close } from "./session/closing.ts";
export { setServers } from "./session/set_servers.ts";
export { aaddAuth } from "./session/authenticating.ts";
export {
  aexists,
  aget,
  agetACL,
  agetAllChildrenNumber,
  agetChildren,
  agetChildren2,
  agetConfig,
  agetEphemerals,
  amultiRead,
  asyncZnode,
  awhoAmI,
} from "./session/reads.ts";
export { aaddWatch, aremoveAllWatches, aremoveWatches } from "./session/watching.ts";
export {
  acreate,
  acreate2,
  acreate2TTL,
  acreateTTL,
  adelete,
  amulti,
  areconfig,
  aset,
  asetACL,
} from "./session/writes.ts";
export type { RequestOptions } from "./session/submitting.ts";
export { errorName } from "./errors.ts";
export * from "./values.ts";

/**
 * Makes a session, not connected yet: the loop connects it. C: zookeeper_init.
 *
 * @throws {TypeError} for a connect string or an option that is not valid.
 * @throws {RangeError} for a number that is out of range.
 */
export function init(connectString: string, options?: HandleOptions): Handle {
  return newHandle(connectString, options);
}

/**
 * Gives up the oldest pending request with this completion, which is then never called. Returns
 * whether there was one. If its frame has left, the server may carry it out all the same.
 */
export function cancel(zh: Handle, completion: (...args: never[]) => void): boolean {
  return cancelRequest(zh, completion);
}

/** Whether the session is at its end, closed or not, and nothing more will come. */
export function closed(zh: Handle): boolean {
  return isOver(zh);
}

/** The session's state. C: zoo_state. */
export function state(zh: Handle): State {
  return zh.state;
}

/** The session's id and password once it has been connected, or null. C: zoo_client_id. */
export function session(zh: Handle): Session | null {
  return zh.sessionId === 0n ? null : { id: zh.sessionId, password: zh.password.slice() };
}

/** The server the session is connected to, or null. C: zoo_get_current_server. */
export function server(zh: Handle): Endpoint | null {
  return isConnected(zh) ? zh.connection!.endpoint : null;
}

/** How the session is doing: what is outstanding, watched, sent and received, and since when. */
export function stats(zh: Handle): Stats {
  return statsOf(zh);
}

/** The session timeout, ms: the one asked for until one is negotiated. C: zoo_recv_timeout. */
export function sessionTimeout(zh: Handle): number {
  return zh.recvTimeout;
}
