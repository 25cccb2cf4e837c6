/**
 * A znode that is this session's own: created in one step with its data, kept as it should be, and
 * taken away. Whose a znode is that is there already, its `ephemeralOwner` says:
 *
 * | owner                      | what is done                                                        |
 * | -------------------------- | ------------------------------------------------------------------- |
 * | this session               | it stays; its data is set if it differs                             |
 * | an earlier one of this     | it is exchanged at once for one of ours: that session has expired   |
 * | another                    | it is waited for until it goes; with `takeOver`, exchanged at once  |
 * | none                       | it is somebody's for good: an error                                 |
 *
 * A name with a number is protected as Curator's are, by a prefix with a UUID: when the reply to a
 * create is lost, the znode is found by its prefix, and no second one is made (CURATOR-498).
 */
import type { CreateMode } from "../values.ts";
import { type ACL, Op, type Stat } from "../values.ts";
import type { ZooKeeper } from "../zookeeper.ts";
import type { Leaf } from "./layout.ts";
import type { Parents } from "./parents.ts";

/** What became of it: there already, created, its data set, or somebody else's for now. */
export type Kept =
  | { readonly what: "kept" | "created" | "set"; readonly path: string }
  | { readonly what: "foreign"; readonly path: string; readonly owner: bigint };

/** Why a znode cannot be ours, whatever is tried. */
export class NotOurs extends Error {
  /** "NotOurs". */
  override readonly name = "NotOurs";
}

/** What it is to be. */
export interface Ownership {
  /** Asked; closing it is the owner's business. */
  readonly zk: ZooKeeper;
  /** Ids that the session has had. */
  readonly known: ReadonlySet<bigint>;
  readonly parent: string;
  readonly leaf: Leaf;
  readonly parents: Parents;
  readonly acl: readonly ACL[];
  /** Whether it goes with the session. */
  readonly ephemeral: boolean;
  readonly takeOver: boolean;
  /** Called when it has changed or gone. */
  readonly changed: (gone: boolean) => void;
}

/** One znode. */
export class OwnedZnode {
  readonly #own: Ownership;
  readonly #prefix: string;
  /** Where it is; null for one with a number that is not known yet. */
  #path: string | null;
  /** Whether there may be one of ours. */
  #tried = false;

  constructor(own: Ownership) {
    this.#own = own;
    const { parent, leaf } = own;
    const protection = leaf.sequential ? `_c_${crypto.randomUUID()}-` : "";
    this.#prefix = `${parent === "/" ? "" : parent}/${protection}${leaf.name}`;
    this.#path = leaf.sequential ? null : this.#prefix;
  }

  /** Its path; for one with a number that is yet to be created, what stands before the number. */
  get path(): string {
    return this.#path ?? this.#prefix;
  }

  /** Sees to it that it is there with what `data` says it holds at its path. */
  async keep(data: (path: string) => Uint8Array): Promise<Kept> {
    for (;;) {
      const kept = this.#tried ? await this.#look(data) : await this.#create(data);
      if (kept !== null) return kept;
    }
  }

  /** Sees to it that none of ours is there. */
  async remove(): Promise<void> {
    while (this.#tried) {
      const path = this.#path ?? await this.#find();
      const stat = path === null ? null : await this.#own.zk.exists(path);
      if (stat === null || !this.#isOurs(stat)) break;
      await heed(this.#own.zk.delete(path!, stat.version), "NONODE", "BADVERSION");
    }
    this.#forget();
  }

  #forget(): void {
    this.#tried = false;
    if (this.#own.leaf.sequential) this.#path = null;
  }

  readonly #watch = ({ type }: { type: string }): void => {
    if (type === "NodeDeleted" || type === "NodeDataChanged") {
      this.#own.changed(type === "NodeDeleted");
    }
  };

  /** What there is, made right; null: look again. */
  async #look(data: (path: string) => Uint8Array): Promise<Kept | null> {
    this.#path ??= await this.#find();
    if (this.#path === null) return await this.#create(data);
    const { zk } = this.#own;
    const found = await heed(zk.getData(this.#path, { watch: this.#watch }), "NONODE");
    if (found !== null) return await this.#judge(found.data, found.stat, data(this.#path));
    this.#forget();
    return null;
  }

  async #create(data: (path: string) => Uint8Array): Promise<Kept | null> {
    const { zk, leaf, acl, ephemeral, parents, parent } = this.#own;
    const kind = ephemeral ? "EPHEMERAL" : "PERSISTENT";
    const mode: CreateMode = leaf.sequential ? `${kind}_SEQUENTIAL` : kind;
    const wanted = data(this.#prefix);
    this.#tried = true;
    const creating = heed(zk.create(this.#prefix, wanted, { mode, acl }), "NONODE", "NODEEXISTS");
    // Where the name is known, both leave at once.
    const early = leaf.sequential ? null : zk.exists(this.#prefix, { watch: this.#watch });
    early?.catch(() => {});
    const created = await creating;
    if (created === null) {
      // Looked at next, unless what is missing is above.
      const there = await early;
      if (there === null || there === undefined) await this.#afterNone(parents, parent);
      return null;
    }
    this.#path = created;
    const stat = await (early ?? zk.exists(created, { watch: this.#watch }));
    if (stat === null || !this.#isMine(stat)) return null;
    const final = data(created);
    if (same(wanted, final)) return { what: "created", path: created };
    await heed(zk.setData(created, final, stat.version), "NONODE", "BADVERSION");
    return { what: "created", path: created };
  }

  async #afterNone(parents: Parents, parent: string): Promise<void> {
    this.#tried = false;
    await parents.ensure(parent);
  }

  async #judge(data: Uint8Array | null, stat: Stat, wanted: Uint8Array): Promise<Kept | null> {
    const path = this.#path!;
    const { zk, ephemeral, takeOver, known } = this.#own;
    const owner = stat.ephemeralOwner;
    if (this.#isMine(stat)) {
      if (data !== null && same(data, wanted)) return { what: "kept", path };
      const set = await heed(zk.setData(path, wanted, stat.version), "NONODE", "BADVERSION");
      // A znode made anew meanwhile begins with version 0 again, and may be another's.
      return set === null || set.czxid !== stat.czxid ? null : { what: "set", path };
    }
    if (owner === 0n) {
      throw new NotOurs(
        `"${path}" is there and is not ephemeral: it is not this registration's. Delete it, or ` +
          `register with the serviceType "STATIC"`,
      );
    }
    if (!takeOver && !known.has(owner)) return { what: "foreign", path, owner };
    await this.#exchange(path, stat, wanted, ephemeral);
    return null;
  }

  /** One goes and one comes, with nothing between for others to see. */
  async #exchange(
    path: string,
    { version }: Stat,
    data: Uint8Array,
    ephemeral: boolean,
  ): Promise<void> {
    const { zk, acl } = this.#own;
    const mode = ephemeral ? "EPHEMERAL" : "PERSISTENT";
    const ops = [Op.delete(path, version), Op.create(path, data, { mode, acl })];
    await heed(zk.multi(ops), "NONODE", "BADVERSION", "NODEEXISTS");
  }

  /** The one whose create was not answered; one of an earlier session is taken away. */
  async #find(): Promise<string | null> {
    const { zk, parent } = this.#own;
    const base = parent === "/" ? "" : parent;
    for (const name of await heed(zk.getChildren(parent), "NONODE") ?? []) {
      const path = `${base}/${name}`;
      if (!path.startsWith(this.#prefix)) continue;
      const stat = await zk.exists(path);
      if (stat === null) continue;
      if (this.#isMine(stat)) return path;
      if (this.#isOurs(stat)) await heed(zk.delete(path, stat.version), "NONODE", "BADVERSION");
    }
    return null;
  }

  /** Whether it is of this very session; or, if it is to stay, of none. */
  #isMine({ ephemeralOwner }: Stat): boolean {
    const { zk, ephemeral } = this.#own;
    return ephemeralOwner === (ephemeral ? zk.session?.id ?? null : 0n);
  }

  #isOurs(stat: Stat): boolean {
    return this.#isMine(stat) || this.#own.known.has(stat.ephemeralOwner);
  }
}

/** null in the place of the codes named. */
export async function heed<T>(operation: Promise<T>, ...codes: string[]): Promise<T | null> {
  try {
    return await operation;
  } catch (error) {
    if (codes.includes((error as { code?: string }).code ?? "")) return null;
    throw error;
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
