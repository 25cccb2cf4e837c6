/**
 * The bodies of the replies. A reply is a first value, a Stat, or both; a {@link Response} says
 * which, and there is one for each form, not one for each operation.
 */
import { readACL } from "./acl.ts";
import type { Reader } from "./archive.ts";
import { readMultiResults } from "./multi.ts";

/** How the body of a successful reply is read. */
export interface Response {
  /** Reads what stands before the Stat, or null when nothing does. */
  readonly value: ((from: Reader) => unknown) | null;
  /** Whether a Stat follows. */
  readonly stat: boolean;
}

/** delete, addWatch (whose four bytes say OK again), checkWatches, removeWatches, auth … */
export const emptyResponse: Response = { value: null, stat: false };
/** exists, setData, setACL. */
export const statResponse: Response = { value: null, stat: true };
/** create, sync. */
export const pathResponse: Response = { value: readString, stat: false };
/** create2, createContainer, createTTL. */
export const pathStatResponse: Response = { value: readString, stat: true };
/** getData, getConfig, reconfig. */
export const dataStatResponse: Response = { value: readBuffer, stat: true };
/** getACL. */
export const aclStatResponse: Response = { value: readACL, stat: true };
/** getChildren, getEphemerals. */
export const childrenResponse: Response = { value: readStrings, stat: false };
/** getChildren2. */
export const childrenStatResponse: Response = { value: readStrings, stat: true };
/** getAllChildrenNumber. */
export const numberResponse: Response = { value: readInt, stat: false };
/** whoAmI. */
export const clientInfoResponse: Response = { value: readClientInfos, stat: false };
/** multi, whose own code stands in its results. */
export const multiResponse: Response = { value: readMultiResults, stat: false };
/** multiRead, where each operation succeeds or fails by itself. */
export const multiReadResponse: Response = { value: readMultiResults, stat: false };
/** sasl: the server's token, or null. */
export const tokenResponse: Response = { value: readBuffer, stat: false };

/** One identity of a session. */
export interface ClientInfo {
  /** The authentication scheme. */
  readonly scheme: string;
  /** The user in that scheme. */
  readonly user: string;
}

/** What a notification carries. */
export interface WatcherEvent {
  readonly type: number;
  readonly state: number;
  readonly path: string;
}

/** Reads the body of a notification. */
export function readWatcherEvent(from: Reader): WatcherEvent {
  return { type: from.int(), state: from.int(), path: from.string() };
}

function readString(from: Reader): string {
  return from.string();
}

function readStrings(from: Reader): string[] {
  return from.strings();
}

function readBuffer(from: Reader): Uint8Array | null {
  return from.buffer();
}

function readInt(from: Reader): number {
  return from.int();
}

function readClientInfos(from: Reader): ClientInfo[] {
  return from.vector(readClientInfo, 8);
}

function readClientInfo(from: Reader): ClientInfo {
  return { scheme: from.string(), user: from.nullableString() ?? "" };
}
