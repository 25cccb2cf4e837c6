/**
 * DataTree: the znodes by path, changed one step at a time. Whether a step is allowed was decided
 * before (transaction.ts); here it is done, and whoever watches is told.
 */
import { type ACL, OPEN_ACL_UNSAFE, READ_ACL_UNSAFE } from "../../proto/acl.ts";
import { WireEvent } from "../../proto/constants.ts";
import { nameOf, parentOf } from "./paths.ts";
import { Quotas } from "./quotas.ts";
import type { WatchManager } from "./watch_manager.ts";
import { type Lifetime, Znode } from "./znode.ts";

/** The znode that holds the ensemble's configuration. */
export const configPath = "/zookeeper/config";
/** Znodes that cannot be deleted. */
export const specialPaths: readonly string[] = ["/", "/zookeeper", "/zookeeper/quota", configPath];

/** What a created znode is. */
export interface NewZnode {
  readonly data: Uint8Array | null;
  readonly acl: readonly ACL[];
  readonly lifetime: Lifetime;
  readonly owner: bigint;
  readonly ttl: number;
}

/** The znodes of one server. */
export class DataTree {
  readonly #znodes = new Map<string, Znode>();
  /** Paths of ephemerals, by session. */
  readonly #ephemerals = new Map<bigint, Set<string>>();
  /** Paths of containers and of znodes with a TTL, which go by themselves. */
  readonly transient: Set<string> = new Set();
  readonly #watches: WatchManager;
  readonly #transientEntered: () => void;
  readonly #quotas = new Quotas((path) => this.get(path));
  /** Zxid of the last change. */
  zxid = 0;

  /** `transientEntered` is called when there is one more that goes by itself. */
  constructor(watches: WatchManager, transientEntered: () => void = () => {}) {
    this.#watches = watches;
    this.#transientEntered = transientEntered;
    this.clear();
  }

  /** Forgets everything but what is always there. */
  clear(): void {
    this.#znodes.clear();
    this.#ephemerals.clear();
    this.transient.clear();
    this.#quotas.clear();
    this.zxid = 0;
    for (const path of specialPaths) {
      const acl = path === configPath ? READ_ACL_UNSAFE : OPEN_ACL_UNSAFE;
      this.put(path, new Znode(new Uint8Array(0), acl, "persistent", 0n, 0, 0, 0));
    }
    this.get(configPath)!.aversion = -1;
  }

  /** The root goes by the name of "" as well. */
  get(path: string): Znode | undefined {
    return this.#znodes.get(path === "" ? "/" : path);
  }

  get size(): number {
    return this.#znodes.size;
  }

  /** All znodes, parents before their children. */
  entries(): Iterable<[string, Znode]> {
    return this.#znodes;
  }

  /** Enters a znode as it is, under its parent. */
  put(path: string, znode: Znode): void {
    this.#znodes.set(path, znode);
    this.#quotas.entered(path);
    if (path !== "/") (this.get(parentOf(path))!.children ??= new Set()).add(nameOf(path));
    if (znode.lifetime === "ephemeral") {
      const paths = this.#ephemerals.get(znode.owner);
      if (paths === undefined) this.#ephemerals.set(znode.owner, new Set([path]));
      else paths.add(path);
    } else if (znode.lifetime !== "persistent") {
      this.transient.add(path);
      this.#transientEntered();
    }
  }

  /** Paths of a session's ephemerals, in the order they were created. */
  ephemerals(session: bigint): Iterable<string> {
    return this.#ephemerals.get(session) ?? [];
  }

  get ephemeralCount(): number {
    let count = 0;
    for (const paths of this.#ephemerals.values()) count += paths.size;
    return count;
  }

  /** How many znodes there are below one; they may be nested deeper than calls can be. */
  countBelow(path: string): number {
    let count = 0;
    const left = [path];
    for (let above = left.pop(); above !== undefined; above = left.pop()) {
      const prefix = above === "/" ? "" : above;
      for (const name of this.get(above)?.children ?? []) {
        count++;
        left.push(`${prefix}/${name}`);
      }
    }
    return count;
  }

  create(path: string, is: NewZnode, zxid: number, time: number): Znode {
    const { data, acl, lifetime, owner, ttl } = is;
    const znode = new Znode(data, acl, lifetime, owner, ttl, zxid, time);
    const parentPath = parentOf(path);
    const parent = this.get(parentPath)!;
    this.put(path, znode);
    parent.created = parent.created + 1 | 0;
    parent.pzxid = zxid;
    this.#quotas.created(path, data?.length ?? 0);
    this.#watches.data.trigger(path, WireEvent.nodeCreated, zxid, acl);
    this.#watches.child.trigger(parentPath, WireEvent.nodeChildrenChanged, zxid, parent.acl);
    return znode;
  }

  delete(path: string, zxid: number): void {
    const znode = this.get(path)!;
    const parentPath = parentOf(path);
    const parent = this.get(parentPath)!;
    this.#znodes.delete(path);
    parent.children!.delete(nameOf(path));
    if (parent.children!.size === 0) parent.children = null;
    parent.pzxid = zxid;
    this.transient.delete(path);
    const mine = this.#ephemerals.get(znode.owner);
    if (mine?.delete(path) && mine.size === 0) this.#ephemerals.delete(znode.owner);
    this.#quotas.deleted(path, znode.data?.length ?? 0);
    const { data, child } = this.#watches;
    // Whoever watches both is told once.
    const told = data.trigger(path, WireEvent.nodeDeleted, zxid, znode.acl);
    child.trigger(path, WireEvent.nodeDeleted, zxid, znode.acl, told);
    child.trigger(parentPath, WireEvent.nodeChildrenChanged, zxid, parent.acl);
  }

  setData(
    path: string,
    data: Uint8Array | null,
    version: number,
    zxid: number,
    time: number,
  ): Znode {
    const znode = this.get(path)!;
    this.#quotas.changed(path, (data?.length ?? 0) - (znode.data?.length ?? 0), 0);
    znode.data = data;
    znode.version = version;
    znode.mzxid = zxid;
    znode.mtime = time;
    this.#watches.data.trigger(path, WireEvent.nodeDataChanged, zxid, znode.acl);
    return znode;
  }

  setACL(path: string, acl: readonly ACL[], version: number): Znode {
    const znode = this.get(path)!;
    znode.acl = acl;
    znode.aversion = version;
    return znode;
  }
}
