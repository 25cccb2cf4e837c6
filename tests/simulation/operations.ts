/**
 * What an application can ask, as plain values, and how it is asked of the two APIs. What comes back
 * is put into words, so that it can be compared with what the server answered.
 */
import * as st from "../../src/st.ts";
import type { Handle, Op, ReadOp, Stat, Watcher } from "../../src/st.ts";
import type { AddWatchMode, CreateMode, WatcherType } from "../../src/st.ts";
import type { ZooKeeper } from "../../src/zookeeper.ts";

/** One thing to ask. */
export type Operation =
  | {
    readonly name: "create" | "create2";
    readonly path: string;
    readonly data: string;
    readonly mode: CreateMode;
    /** Whether only its creator may do anything with it. */
    readonly own: boolean;
  }
  | { readonly name: "delete"; readonly path: string; readonly version: number }
  | {
    readonly name: "exists" | "getData" | "getChildren" | "getChildren2";
    readonly path: string;
    readonly watch: boolean;
  }
  | {
    readonly name: "setData";
    readonly path: string;
    readonly data: string;
    readonly version: number;
  }
  | { readonly name: "getACL" | "sync" | "getAllChildrenNumber"; readonly path: string }
  | { readonly name: "setACL"; readonly path: string; readonly version: number }
  | { readonly name: "multi"; readonly ops: readonly Op[] }
  | { readonly name: "multiRead"; readonly ops: readonly ReadOp[] }
  | { readonly name: "getEphemerals" | "whoAmI" | "getConfig" }
  | { readonly name: "addAuth"; readonly user: string }
  | { readonly name: "addWatch"; readonly path: string; readonly mode: AddWatchMode }
  | {
    readonly name: "removeWatches";
    readonly path: string;
    readonly type: WatcherType;
    /** Null for all. */
    readonly watcher: Watcher | null;
  };

/** A completion that fits every operation. */
export type Done = (rc: number, value?: unknown, stat?: unknown) => void;

/** The password of every user. */
export const passwordOf = (user: string): string => `${user}:secret`;

/** Asks by the callback API; returns what the call returned. */
export function askWithCallback(
  zh: Handle,
  op: Operation,
  watcher: Watcher,
  done: Done,
  options: { timeout?: number },
): number {
  switch (op.name) {
    case "create":
      return st.acreate(zh, op.path, op.data, aclOf(op.own), op.mode, done, options);
    case "create2":
      return st.acreate2(zh, op.path, op.data, aclOf(op.own), op.mode, done, options);
    case "delete":
      return st.adelete(zh, op.path, op.version, done, options);
    case "exists":
      return st.aexists(zh, op.path, op.watch ? watcher : null, done, options);
    case "getData":
      return st.aget(zh, op.path, op.watch ? watcher : null, done, options);
    case "getChildren":
      return st.agetChildren(zh, op.path, op.watch ? watcher : null, done, options);
    case "getChildren2":
      return st.agetChildren2(zh, op.path, op.watch ? watcher : null, done, options);
    case "setData":
      return st.aset(zh, op.path, op.data, op.version, done, options);
    case "getACL":
      return st.agetACL(zh, op.path, done, options);
    case "setACL":
      return st.asetACL(zh, op.path, op.version, st.OPEN_ACL_UNSAFE, done, options);
    case "sync":
      return st.asyncZnode(zh, op.path, done, options);
    case "getAllChildrenNumber":
      return st.agetAllChildrenNumber(zh, op.path, done, options);
    case "multi":
      return st.amulti(zh, op.ops, done, options);
    case "multiRead":
      return st.amultiRead(zh, op.ops, done, options);
    case "getEphemerals":
      return st.agetEphemerals(zh, "/", done, options);
    case "whoAmI":
      return st.awhoAmI(zh, done, options);
    case "getConfig":
      return st.agetConfig(zh, null, done, options);
    case "addAuth":
      return st.aaddAuth(zh, "digest", passwordOf(op.user), done, options);
    case "addWatch":
      return st.aaddWatch(zh, op.path, op.mode, watcher, done, options);
    case "removeWatches":
      return op.watcher === null
        ? st.aremoveAllWatches(zh, op.path, op.type, done, options)
        : st.aremoveWatches(zh, op.path, op.type, op.watcher, done, options);
  }
}

/** Asks by the promise API; the promise resolves with what it brought, in words. */
export function askWithPromise(
  zk: ZooKeeper,
  op: Operation,
  watcher: Watcher,
  options: { timeout?: number; signal?: AbortSignal },
): Promise<string> {
  // Each is one async function, so that all take as many microtasks.
  const isBasic = /^(create2?|delete|exists|getData|getChildren2?)$/.test(op.name);
  return isBasic ? askBasic(zk, op, watcher, options) : askOther(zk, op, watcher, options);
}

async function askBasic(
  zk: ZooKeeper,
  op: Operation,
  watcher: Watcher,
  options: { timeout?: number; signal?: AbortSignal },
): Promise<string> {
  const watching = "watch" in op && op.watch ? { ...options, watch: watcher } : options;
  switch (op.name) {
    case "create":
      return await zk.create(op.path, op.data, { mode: op.mode, acl: aclOf(op.own), ...options });
    case "create2": {
      const acl = aclOf(op.own);
      const { path, stat } = await zk.create2(op.path, op.data, { mode: op.mode, acl, ...options });
      return inWords(op, path, stat);
    }
    case "delete":
      await zk.delete(op.path, op.version, options);
      return "";
    case "exists": {
      const stat = await zk.exists(op.path, watching);
      return stat === null ? absent : inWords(op, stat, null);
    }
    case "getData": {
      const { data, stat } = await zk.getData(op.path, watching);
      return inWords(op, data, stat);
    }
    case "getChildren":
      return inWords(op, await zk.getChildren(op.path, watching), null);
    case "getChildren2": {
      const { children, stat } = await zk.getChildren2(op.path, watching);
      return inWords(op, children, stat);
    }
    default:
      throw new TypeError(`There is no operation ${op.name}`);
  }
}

async function askOther(
  zk: ZooKeeper,
  op: Operation,
  watcher: Watcher,
  options: { timeout?: number; signal?: AbortSignal },
): Promise<string> {
  switch (op.name) {
    case "setData":
      return inWords(op, await zk.setData(op.path, op.data, op.version, options), null);
    case "getACL": {
      const { acl, stat } = await zk.getACL(op.path, options);
      return inWords(op, acl, stat);
    }
    case "setACL":
      return inWords(op, await zk.setACL(op.path, st.OPEN_ACL_UNSAFE, op.version, options), null);
    case "sync":
      await zk.sync(op.path, options);
      return op.path;
    case "getAllChildrenNumber":
      return inWords(op, await zk.getAllChildrenNumber(op.path, options), null);
    case "multi":
      return inWords(op, await zk.multi(op.ops, options), null);
    case "multiRead":
      return inWords(op, await zk.multiRead(op.ops, options), null);
    case "getEphemerals":
      return inWords(op, await zk.getEphemerals("/", options), null);
    case "whoAmI":
      return inWords(op, await zk.whoAmI(options), null);
    case "getConfig": {
      const { data, stat } = await zk.getConfig(options);
      return inWords(op, data, stat);
    }
    case "addAuth":
      await zk.addAuth("digest", passwordOf(op.user), options);
      return "";
    case "addWatch":
      await zk.addWatch(op.path, op.mode, watcher, options);
      return "";
    case "removeWatches":
      await zk.removeWatches(op.path, op.type, op.watcher ?? undefined, options);
      return "";
    default:
      throw new TypeError(`There is no operation ${op.name}`);
  }
}

/** What the promise API says of exists() where there is nothing. */
export const absent = "absent";

/** What a reply brought, so that two of them can be compared. */
export function inWords(op: Operation, value: unknown, stat: unknown): string {
  switch (op.name) {
    case "exists":
    case "setData":
    case "setACL":
      return statInWords(value as Stat);
    case "create":
    case "sync":
    case "getAllChildrenNumber":
      return String(value);
    case "create2":
      return `${value} ${statInWords(stat as Stat)}`;
    case "getData":
    case "getConfig":
      return `${dataInWords(value as Uint8Array | null)} ${statInWords(stat as Stat)}`;
    case "getChildren":
    case "getEphemerals":
      return listInWords(value as string[]);
    case "getChildren2":
      return `${listInWords(value as string[])} ${statInWords(stat as Stat)}`;
    case "getACL":
      return `${JSON.stringify(value)} ${statInWords(stat as Stat)}`;
    case "whoAmI":
      return listInWords((value as st.ClientInfo[]).map(({ scheme, user }) => `${scheme}:${user}`));
    case "multi":
    case "multiRead":
      return (value as (st.OpResult | st.ReadResult)[]).map(resultInWords).join("; ");
    default:
      return "";
  }
}

/** What a multi says when it fails. */
export function failureInWords(op: Operation, value: unknown): string {
  return op.name === "multi" && Array.isArray(value) ? inWords(op, value, null) : "";
}

function resultInWords(result: st.OpResult | st.ReadResult): string {
  switch (result.type) {
    case "error":
      return `error ${result.rc}`;
    case "create":
      return `create ${result.path}`;
    case "getData":
      return `${dataInWords(result.data)} ${statInWords(result.stat)}`;
    case "getChildren":
      return listInWords(result.children);
    default:
      return result.type;
  }
}

export function listInWords(list: readonly string[]): string {
  return `[${[...list].sort().join(" ")}]`;
}

export function dataInWords(data: Uint8Array | null): string {
  return data === null ? "null" : `"${new TextDecoder().decode(data)}"`;
}

export function statInWords(stat: Stat): string {
  const { czxid, mzxid, pzxid, ctime, mtime, version, cversion, aversion } = stat;
  const times = `${ctime} ${mtime}`;
  const counts = `${version} ${cversion} ${aversion} ${stat.dataLength} ${stat.numChildren}`;
  return `{${czxid} ${mzxid} ${pzxid} ${times} ${counts} ${stat.ephemeralOwner}}`;
}

function aclOf(own: boolean): readonly st.ACL[] {
  return own ? st.CREATOR_ALL_ACL : st.OPEN_ACL_UNSAFE;
}

/** For the trace. */
export function nameOf(op: Operation): string {
  const { name, ...rest } = op;
  const shown = Object.entries(rest).filter(([, value]) => value !== false).map(([key, value]) => {
    if (typeof value === "function") return "watcher";
    if (key !== "ops") return String(value);
    return (value as Op[]).map((one) => `${one.type} ${one.path}`).join(", ");
  });
  return `${name}(${shown.join(", ")})`;
}
