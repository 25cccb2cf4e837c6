/** The operations of multi and multiRead, as an application makes them. */
import { type ACL, OPEN_ACL_UNSAFE } from "../proto/acl.ts";
import type { Op as WireOp, ReadOp as WireReadOp } from "../proto/multi.ts";
import type { Data } from "../proto/requests.ts";
import type { CreateMode } from "../proto/modes.ts";

/** One operation of a multi; made by the functions of the same name. */
export type Op = WireOp;
/** One operation of a multiRead: `Op.getData` or `Op.getChildren`. */
export type ReadOp = WireReadOp;

/** What kind of znode an {@link Op} creates. */
export interface CreateOpOptions {
  /** "PERSISTENT" unless given. */
  mode?: CreateMode;
  /** OPEN_ACL_UNSAFE unless given. */
  acl?: readonly ACL[];
  /** For the modes with a TTL, ms. */
  ttl?: number;
}

/**
 * Makes the operations of multi and multiRead.
 *
 * @example All or nothing
 * ```ts
 * import { Op, ZooKeeper } from "@zkst/zookeeper";
 *
 * await using zk = await ZooKeeper.connect("127.0.0.1:2181");
 * await zk.multi([
 *   Op.create("/transfer", "42", { mode: "EPHEMERAL" }),
 *   Op.setData("/transfer", "43"),
 *   Op.check("/transfer", 1),
 *   Op.delete("/transfer"),
 * ]);
 * ```
 */
export const Op: {
  /** Creates a znode; any mode is allowed. */
  create(path: string, data?: Data, options?: CreateOpOptions): Op;
  /** Creates a znode; the result has its Stat, on servers that send it. */
  create2(path: string, data?: Data, options?: CreateOpOptions): Op;
  /** Deletes a znode of the given version, -1 for any. */
  delete(path: string, version?: number): Op;
  /** Sets the data of a znode of the given version, -1 for any. */
  setData(path: string, data: Data, version?: number): Op;
  /** Lets the whole fail unless the znode has the version. */
  check(path: string, version: number): Op;
  /** For multiRead: reads data and Stat. */
  getData(path: string): ReadOp;
  /** For multiRead: reads the names of the children. */
  getChildren(path: string): ReadOp;
} = {
  create: (path, data, options) => create("create", path, data ?? null, options),
  create2: (path, data, options) => create("create2", path, data ?? null, options),
  delete: (path, version = -1) => ({ type: "delete", path, version }),
  setData: (path, data, version = -1) => ({ type: "setData", path, data, version }),
  check: (path, version) => ({ type: "check", path, version }),
  getData: (path) => ({ type: "getData", path }),
  getChildren: (path) => ({ type: "getChildren", path }),
};

function create(
  type: "create" | "create2",
  path: string,
  data: Data,
  { mode = "PERSISTENT", acl = OPEN_ACL_UNSAFE, ttl }: CreateOpOptions = {},
): Op {
  return { type, path, data, acl, mode, ttl: ttl ?? null };
}
