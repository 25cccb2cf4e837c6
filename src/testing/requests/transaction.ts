/**
 * Deciding whether a write is allowed, and what it will change: PrepRequestProcessor. Nothing is
 * changed here. For a multi each operation is judged as if those before it had been done, so what
 * they will have changed is kept beside the tree; if one fails, nothing was touched.
 *
 * The order of the checks is the server's, because it decides which code a request with two faults
 * gets.
 */
import { type ACL, type Id, Perms } from "../../proto/acl.ts";
import { OpCode, Rc, ttlMax } from "../../proto/constants.ts";
import { allows, resolveACL } from "./access.ts";
import { type CreateOperation, type Path, unfit, type WriteOperation } from "./operations.ts";
import { isValidPath, parentOf } from "../state/paths.ts";
import type { Settings } from "../settings.ts";
import { type DataTree, type NewZnode, specialPaths } from "../state/tree.ts";
import type { Lifetime } from "../state/znode.ts";

/** What an allowed operation will do. */
export type Change =
  | { readonly type: "create"; readonly opCode: number; readonly path: string; is: NewZnode }
  | { readonly type: "delete"; readonly path: string }
  | {
    readonly type: "setData";
    readonly path: string;
    readonly data: Uint8Array | null;
    readonly version: number;
  }
  | {
    readonly type: "setACL";
    readonly path: string;
    readonly acl: readonly ACL[];
    readonly version: number;
  }
  | { readonly type: "check" };

/** Whoever writes. */
export interface Author {
  readonly sessionId: bigint;
  readonly identities: readonly Id[];
}

/** What the checks look at. A Znode has it all. */
interface Look {
  readonly version: number;
  readonly aversion: number;
  readonly created: number;
  readonly childCount: number;
  readonly lifetime: Lifetime;
  readonly acl: readonly ACL[];
}

/** The judge of one request, be it a single operation or all of a multi. */
export class Transaction {
  /** What earlier operations of the same multi will have changed; null is deleted. */
  readonly #expected = new Map<string, Look | null>();

  constructor(
    readonly tree: DataTree,
    readonly author: Author,
    readonly settings: Pick<Settings, "extendedTypes" | "version">,
  ) {}

  /** What the operation will change, or the code that refuses it. */
  prepare(op: WriteOperation): Change | number {
    switch (op.type) {
      case "create":
        return this.#create(op);
      case "delete":
        return this.#delete(op.path, op.version);
      case "deleteContainer":
        return this.#deleteContainer(op.path);
      case "setData":
        return this.#setData(op.path, op.data, op.version);
      case "setACL":
        return this.#setACL(op);
      case "check":
        return this.#check(op.path, op.version);
    }
  }

  #create(op: CreateOperation): Change | number {
    if (op.opCode === unfit) return Rc.MARSHALLINGERROR;
    const mode = modes[op.flags];
    if (mode === undefined) return Rc.BADARGUMENTS;
    const withTTL = mode.lifetime === "ttl";
    if (withTTL && !this.settings.extendedTypes) return Rc.UNIMPLEMENTED;
    if (withTTL ? op.ttl <= 0n || op.ttl > ttlMax : op.ttl >= 0n) return Rc.BADARGUMENTS;
    if (op.path === null) return Rc.MARSHALLINGERROR;
    if (!op.path.includes("/") || op.path.includes("\0")) return Rc.BADARGUMENTS;
    const acl = resolveACL(op.acl, this.author.identities, this.settings.version);
    if (typeof acl === "number") return acl;
    const parentPath = parentOf(op.path);
    const parent = this.#look(parentPath);
    if (!parent) return Rc.NONODE;
    if (!this.#may(parent, Perms.CREATE)) return Rc.NOAUTH;
    const path = mode.sequential ? op.path + sequenceNumber(parent.created) : op.path;
    if (!isValidPath(path)) return Rc.BADARGUMENTS;
    if (this.#look(path)) return Rc.NODEEXISTS;
    if (parent.lifetime === "ephemeral") return Rc.NOCHILDRENFOREPHEMERALS;
    const lifetime = lifetimeOf(op, mode.lifetime);
    const owner = lifetime === "ephemeral" ? this.author.sessionId : 0n;
    const ttl = lifetime === "ttl" ? Number(op.ttl) : 0;
    const { childCount, created } = parent;
    this.#expect(parentPath, parent, { childCount: childCount + 1, created: created + 1 });
    this.#expect(path, { ...newborn, lifetime, acl });
    return {
      type: "create",
      opCode: op.opCode,
      path,
      is: { data: op.data, acl, lifetime, owner, ttl },
    };
  }

  #delete(path: Path, version: number): Change | number {
    if (path === null) return Rc.MARSHALLINGERROR;
    if (!path.includes("/") || path.includes("\0") || specialPaths.includes(path)) {
      return Rc.BADARGUMENTS;
    }
    const parent = this.#look(parentOf(path));
    if (!parent) return Rc.NONODE;
    if (!this.#may(parent, Perms.DELETE)) return Rc.NOAUTH;
    const znode = this.#look(path);
    if (!znode) return Rc.NONODE;
    if (version !== -1 && version !== znode.version) return Rc.BADVERSION;
    if (znode.childCount > 0) return Rc.NOTEMPTY;
    return this.#willDelete(path, parent);
  }

  #deleteContainer(path: string): Change | number {
    if (!path.includes("/") || specialPaths.includes(path)) return Rc.BADARGUMENTS;
    const znode = this.#look(path);
    const parent = this.#look(parentOf(path));
    if (!znode || !parent) return Rc.NONODE;
    if (znode.childCount > 0) return Rc.NOTEMPTY;
    if (znode.lifetime === "ephemeral") return Rc.BADVERSION;
    return this.#willDelete(path, parent);
  }

  #willDelete(path: string, parent: Look): Change {
    this.#expect(parentOf(path), parent, { childCount: parent.childCount - 1 });
    this.#expected.set(path, null);
    return { type: "delete", path };
  }

  #setData(path: Path, data: Uint8Array | null, version: number): Change | number {
    if (path === null || !isValidPath(path)) return Rc.BADARGUMENTS;
    const znode = this.#look(path);
    if (!znode) return Rc.NONODE;
    if (!this.#may(znode, Perms.WRITE)) return Rc.NOAUTH;
    if (version !== -1 && version !== znode.version) return Rc.BADVERSION;
    const next = znode.version + 1 | 0;
    this.#expect(path, znode, { version: next });
    return { type: "setData", path, data, version: next };
  }

  #setACL({ path, acl, version }: Extract<WriteOperation, { type: "setACL" }>): Change | number {
    if (path === null || !isValidPath(path)) return Rc.BADARGUMENTS;
    const resolved = resolveACL(acl, this.author.identities, this.settings.version);
    if (typeof resolved === "number") return resolved;
    const znode = this.#look(path);
    if (!znode) return Rc.NONODE;
    if (!this.#may(znode, Perms.ADMIN)) return Rc.NOAUTH;
    if (version !== -1 && version !== znode.aversion) return Rc.BADVERSION;
    return { type: "setACL", path, acl: resolved, version: znode.aversion + 1 | 0 };
  }

  #check(path: Path, version: number): Change | number {
    if (path === null || !isValidPath(path)) return Rc.BADARGUMENTS;
    const znode = this.#look(path);
    if (!znode) return Rc.NONODE;
    if (!this.#may(znode, Perms.READ)) return Rc.NOAUTH;
    if (version !== -1 && version !== znode.version) return Rc.BADVERSION;
    return { type: "check" };
  }

  #look(path: string): Look | null | undefined {
    const expected = this.#expected.get(path);
    return expected === undefined ? this.tree.get(path) : expected;
  }

  #may(znode: Look, perms: number): boolean {
    return allows(znode.acl, perms, this.author.identities);
  }

  #expect(path: string, before: Look, change?: Partial<Look>): void {
    const { version, aversion, created, childCount, lifetime, acl } = before;
    this.#expected.set(path, {
      version,
      aversion,
      created,
      childCount,
      lifetime,
      acl,
      ...change,
    });
  }
}

const newborn = { version: 0, aversion: 0, created: 0, childCount: 0 };

/** What the flags of a create request say (CreateMode.java). */
const modes: Record<number, { lifetime: Lifetime; sequential: boolean }> = {
  0: { lifetime: "persistent", sequential: false },
  1: { lifetime: "ephemeral", sequential: false },
  2: { lifetime: "persistent", sequential: true },
  3: { lifetime: "ephemeral", sequential: true },
  4: { lifetime: "container", sequential: false },
  5: { lifetime: "ttl", sequential: false },
  6: { lifetime: "ttl", sequential: true },
};

/** The operation decides; the flags only say whether a plain one is ephemeral. */
function lifetimeOf({ opCode }: CreateOperation, byFlags: Lifetime): Lifetime {
  if (opCode === OpCode.createContainer) return "container";
  if (opCode === OpCode.createTTL) return "ttl";
  return byFlags === "ephemeral" ? "ephemeral" : "persistent";
}

/** Ten digits, after 2^31 creations with a minus sign, as Java's "%010d". */
function sequenceNumber(created: number): string {
  return created < 0 ? `-${String(-created).padStart(9, "0")}` : String(created).padStart(10, "0");
}
