/** The operations of ZooKeeper as promises, each upon its counterpart in the callback API. */
import { type ACL, OPEN_ACL_UNSAFE } from "../proto/acl.ts";
import { Rc } from "../proto/constants.ts";
import type { AddWatchMode, WatcherType } from "../proto/modes.ts";
import type { OpResult, ReadResult } from "../proto/multi.ts";
import type { Data } from "../proto/requests.ts";
import type { ClientInfo } from "../proto/responses.ts";
import type { Stat } from "../proto/stat.ts";
import { aaddAuth } from "../session/authenticating.ts";
import type { Handle } from "../session/handle.ts";
import type { Op, ReadOp } from "../session/ops.ts";
import * as st from "../session/reads.ts";
import * as watching from "../session/watching.ts";
import * as writes from "../session/writes.ts";
import type { CallOptions, CreateOptions, Reconfig, Watcher, WatchOptions } from "../types.ts";
import type { At, Done } from "./calls.ts";
import { createProtected } from "./protected_create.ts";
import { call } from "./repeated.ts";

/** A znode's data and Stat. */
export interface DataAndStat {
  /** Null if it was created with null; empty data is an empty array. */
  data: Uint8Array | null;
  /** The Stat of the same moment. */
  stat: Stat;
}

/**
 * What a session can ask of ZooKeeper.
 *
 * Misuse is thrown at the call, a TypeError or RangeError that says what was wrong and what is
 * allowed. A result code other than OK rejects with a `ZooKeeperError`; the codes named below are
 * those an operation has beside those of every operation (CONNECTIONLOSS, OPERATIONTIMEOUT,
 * REQUESTTIMEOUT, SESSIONEXPIRED, AUTHFAILED, CLOSING, NOAUTH; from servers of some kinds or in some
 * need THROTTLEDOP, NOTREADONLY, QUOTAEXCEEDED, SESSIONMOVED, SESSIONCLOSEDREQUIRESASLAUTH; and
 * UNIMPLEMENTED by `serverVersion`). What is called while the session is not connected waits for the
 * next connection; what is under way when a connection is lost rejects, and `sent` of the error tells
 * whether the server may have carried it out. With `retry`, what does no harm when it is carried out
 * twice is repeated instead, and what was never sent.
 *
 * @example
 * ```ts
 * import { ZooKeeper } from "@zkst/zookeeper";
 *
 * await using zk = await ZooKeeper.connect("127.0.0.1:2181", { retry: true });
 * console.log(await zk.getChildren("/")); // asked again if the connection is lost
 * ```
 */
export class Operations {
  readonly #at: At;
  readonly #zh: Handle;

  /**
   * Operations of the given session, or of a view of it.
   *
   * @internal
   */
  constructor(at: At) {
    this.#at = at;
    this.#zh = at.zh;
  }

  /**
   * Creates a znode; resolves with its path, which for a sequential one ends in its number.
   * NODEEXISTS, NONODE (no parent), NOCHILDRENFOREPHEMERALS, INVALIDACL.
   *
   * @example
   * ```ts
   * import { ZooKeeper } from "@zkst/zookeeper";
   *
   * await using zk = await ZooKeeper.connect("127.0.0.1:2181");
   * console.log(await zk.create("/job-", "data", { mode: "EPHEMERAL_SEQUENTIAL" }));
   * // Known, and made once, whatever becomes of the connection:
   * console.log(await zk.create("/job-", "data", { mode: "EPHEMERAL_SEQUENTIAL", protect: true }));
   * ```
   */
  create(path: string, data?: Data, options?: CreateOptions): Promise<string> {
    if (options?.protect) {
      return createProtected(this, this.#at, path, data ?? null, options, {
        create: (...args) => this.create(...args),
        found: ({ path }) => path,
      });
    }
    const submit = (done: Done<string | null, unknown>) =>
      this.#create(path, data ?? null, options, done, writes.acreate, writes.acreateTTL);
    return call(this.#at, "create", path, options, submit, (created) => created!);
  }

  /** As {@link create}; resolves with the Stat too. 3.5 and later. */
  create2(
    path: string,
    data?: Data,
    options?: CreateOptions,
  ): Promise<{ path: string; stat: Stat }> {
    if (options?.protect) {
      return createProtected(this, this.#at, path, data ?? null, options, {
        create: (...args) => this.create2(...args),
        found: (created) => created,
      });
    }
    const submit = (done: Done<string | null, Stat | null>) =>
      this.#create(path, data ?? null, options, done, writes.acreate2, writes.acreate2TTL);
    return call(this.#at, "create2", path, options, submit, (created, stat) => ({
      path: created!,
      stat: stat!,
    }));
  }

  /** Deletes a znode of the given version, -1 for any. NONODE, BADVERSION, NOTEMPTY. */
  delete(path: string, version: number = -1, options?: CallOptions): Promise<void> {
    const submit = (done: Done<unknown, unknown>) =>
      writes.adelete(this.#zh, path, version, done, options);
    return call(this.#at, "delete", path, options, submit, nothing);
  }

  /** A znode's Stat, or null where there is none; `watch` is told of its creation, too. */
  exists(path: string, options?: WatchOptions): Promise<Stat | null> {
    const submit = (done: Done<Stat | null, unknown>) => {
      const absent = (rc: number, stat: Stat | null) => done(rc === Rc.NONODE ? Rc.OK : rc, stat);
      return st.aexists(this.#zh, path, options?.watch ?? null, absent, options);
    };
    return call(this.#at, "exists", path, options, submit, (stat) => stat);
  }

  /** A znode's data and Stat. NONODE. */
  getData(path: string, options?: WatchOptions): Promise<DataAndStat> {
    const submit = (done: Done<Uint8Array | null, Stat | null>) =>
      st.aget(this.#zh, path, options?.watch ?? null, done, options);
    return call(this.#at, "getData", path, options, submit, dataAndStat);
  }

  /** Sets the data of a znode of the given version, -1 for any. NONODE, BADVERSION. */
  setData(path: string, data: Data, version: number = -1, options?: CallOptions): Promise<Stat> {
    const submit = (done: Done<Stat | null, unknown>) =>
      writes.aset(this.#zh, path, data, version, done, options);
    return call(this.#at, "setData", path, options, submit, (stat) => stat!);
  }

  /** The names of a znode's children, in no order. NONODE. */
  getChildren(path: string, options?: WatchOptions): Promise<string[]> {
    const submit = (done: Done<string[] | null, unknown>) =>
      st.agetChildren(this.#zh, path, options?.watch ?? null, done, options);
    return call(this.#at, "getChildren", path, options, submit, (children) => children!);
  }

  /** The names of a znode's children, and its Stat. NONODE. */
  getChildren2(
    path: string,
    options?: WatchOptions,
  ): Promise<{ children: string[]; stat: Stat }> {
    const submit = (done: Done<string[] | null, Stat | null>) =>
      st.agetChildren2(this.#zh, path, options?.watch ?? null, done, options);
    return call(this.#at, "getChildren2", path, options, submit, (children, stat) => ({
      children: children!,
      stat: stat!,
    }));
  }

  /** A znode's access control list, and its Stat. NONODE. */
  getACL(path: string, options?: CallOptions): Promise<{ acl: ACL[]; stat: Stat }> {
    const submit = (done: Done<ACL[] | null, Stat | null>) =>
      st.agetACL(this.#zh, path, done, options);
    return call(this.#at, "getACL", path, options, submit, (acl, stat) => ({
      acl: acl!,
      stat: stat!,
    }));
  }

  /** Sets the ACL of a znode whose `aversion` is the given one, -1 for any. INVALIDACL, BADVERSION. */
  setACL(
    path: string,
    acl: readonly ACL[],
    version: number = -1,
    options?: CallOptions,
  ): Promise<Stat> {
    const submit = (done: Done<Stat | null, unknown>) =>
      writes.asetACL(this.#zh, path, version, acl, done, options);
    return call(this.#at, "setACL", path, options, submit, (stat) => stat!);
  }

  /** Waits until the server has caught up with the leader. */
  sync(path: string, options?: CallOptions): Promise<void> {
    const submit = (done: Done<unknown, unknown>) => st.asyncZnode(this.#zh, path, done, options);
    return call(this.#at, "sync", path, options, submit, nothing);
  }

  /**
   * Carries out all operations, made with `Op`, or none. On failure the error's `index` says which
   * one failed, and its `results` what became of each.
   */
  multi(ops: readonly Op[], options?: CallOptions): Promise<OpResult[]> {
    const submit = (done: Done<OpResult[] | null, unknown>) =>
      writes.amulti(this.#zh, ops, done, options);
    const onlyChecks = () => ops.every(({ type }) => type === "check");
    return call(
      this.#at,
      "carry out multi",
      null,
      options,
      submit,
      (results) => results!,
      onlyChecks,
    );
  }

  /** Reads several znodes at once; each result stands for itself. 3.6 and later. */
  multiRead(ops: readonly ReadOp[], options?: CallOptions): Promise<ReadResult[]> {
    const submit = (done: Done<ReadResult[] | null, unknown>) =>
      st.amultiRead(this.#zh, ops, done, options);
    return call(this.#at, "carry out multiRead", null, options, submit, (results) => results!);
  }

  /** The paths of the session's ephemeral znodes that start with `prefix`. 3.6 and later. */
  getEphemerals(prefix: string = "/", options?: CallOptions): Promise<string[]> {
    const submit = (done: Done<string[] | null, unknown>) =>
      st.agetEphemerals(this.#zh, prefix, done, options);
    return call(this.#at, "getEphemerals", prefix, options, submit, (paths) => paths!);
  }

  /** How many znodes there are below one, at any depth. 3.6 and later. */
  getAllChildrenNumber(path: string, options?: CallOptions): Promise<number> {
    const submit = (done: Done<number | null, unknown>) =>
      st.agetAllChildrenNumber(this.#zh, path, done, options);
    return call(this.#at, "getAllChildrenNumber", path, options, submit, (count) => count!);
  }

  /** The identities the session has. 3.7 and later. */
  whoAmI(options?: CallOptions): Promise<ClientInfo[]> {
    const submit = (done: Done<ClientInfo[] | null, unknown>) =>
      st.awhoAmI(this.#zh, done, options);
    return call(this.#at, "whoAmI", null, options, submit, (identities) => identities!);
  }

  /** The ensemble's configuration, the data of /zookeeper/config. */
  getConfig(options?: WatchOptions): Promise<DataAndStat> {
    const submit = (done: Done<Uint8Array | null, Stat | null>) =>
      st.agetConfig(this.#zh, options?.watch ?? null, done, options);
    return call(this.#at, "getConfig", null, options, submit, dataAndStat);
  }

  /**
   * Changes the ensemble's membership; resolves with the new configuration. RECONFIGDISABLED,
   * UNIMPLEMENTED (a standalone server), BADVERSION, NEWCONFIGNOQUORUM, RECONFIGINPROGRESS.
   */
  reconfig(change: Reconfig, options?: CallOptions): Promise<DataAndStat> {
    const { joiningServers, leavingServers, newMembers, fromConfig = -1n } = change;
    const lists = [joiningServers, leavingServers, newMembers].map(commaList);
    const submit = (done: Done<Uint8Array | null, Stat | null>) =>
      writes.areconfig(this.#zh, lists[0]!, lists[1]!, lists[2]!, fromConfig, done, options);
    return call(this.#at, "reconfig", null, options, submit, dataAndStat);
  }

  /**
   * Gives the session another identity, now and on every later connection. If the server refuses it,
   * the session ends with AUTHFAILED.
   */
  addAuth(scheme: string, auth: Uint8Array | string, options?: CallOptions): Promise<void> {
    const submit = (done: Done<unknown, unknown>) =>
      aaddAuth(this.#zh, scheme, auth, done, options);
    return call(this.#at, "addAuth", null, options, submit, nothing);
  }

  /**
   * Adds a watch that stays, on a znode or on the whole tree below it. 3.6 and later. What it missed
   * while the session was disconnected, servers do not tell: once it is armed again it is told
   * "Resync", also on the session that follows an expired one. Read again then.
   */
  addWatch(
    path: string,
    mode: AddWatchMode,
    watcher: Watcher,
    options?: CallOptions,
  ): Promise<void> {
    const submit = (done: Done<unknown, unknown>) =>
      watching.aaddWatch(this.#zh, path, mode, watcher, done, options);
    return call(this.#at, "addWatch", path, options, submit, nothing);
  }

  /** Removes a watcher, or all of the type of this session or view unless one is given. NOWATCHER. */
  removeWatches(
    path: string,
    type: WatcherType,
    watcher?: Watcher,
    options?: CallOptions,
  ): Promise<void> {
    const zh = this.#zh;
    const submit = (done: Done<unknown, unknown>) =>
      watcher === undefined
        ? watching.aremoveAllWatches(zh, path, type, done, options)
        : watching.aremoveWatches(zh, path, type, watcher, done, options);
    return call(this.#at, "removeWatches", path, options, submit, nothing);
  }

  #create<D>(
    path: string,
    data: Data,
    options: CreateOptions | undefined,
    done: D,
    plain: CreateWith<D, []>,
    withTTL: CreateWith<D, [ttl: number]>,
  ): number {
    const { mode = "PERSISTENT", acl = OPEN_ACL_UNSAFE, ttl } = options ?? {};
    if (ttl === undefined) return plain(this.#zh, path, data, acl, mode, done, options);
    return withTTL(this.#zh, path, data, acl, mode, ttl, done, options);
  }
}

type CreateWith<D, TTL extends unknown[]> = (
  zh: Handle,
  path: string,
  data: Data,
  acl: readonly ACL[],
  mode: NonNullable<CreateOptions["mode"]>,
  ...rest: [...ttl: TTL, done: D, options?: CallOptions]
) => number;

function nothing(): void {}

function dataAndStat(data: Uint8Array | null, stat: Stat | null): DataAndStat {
  return { data, stat: stat! };
}

/** What is neither a list nor nothing is left for the callback API to refuse. */
function commaList(list: string | readonly string[] | undefined): string | null {
  return Array.isArray(list) ? list.join(",") : list as string | undefined ?? null;
}
