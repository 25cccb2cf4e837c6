/** The znodes of one instance: its own, and the companion that some layouts have. */
import type { ACL } from "../values.ts";
import type { ZooKeeper } from "../zookeeper.ts";
import type { Registered } from "./instance.ts";
import type { Layout } from "./layout.ts";
import { type Kept, OwnedZnode } from "./owned_znode.ts";
import type { Parents } from "./parents.ts";

/** What they live on. */
export interface Place {
  readonly zk: ZooKeeper;
  /** Ids that the session has had. */
  readonly known: ReadonlySet<bigint>;
  readonly layout: Layout;
  readonly basePath: string;
  readonly parents: Parents;
  readonly acl: readonly ACL[];
  readonly takeOver: boolean;
  /** Called when one of them has changed or gone. */
  readonly changed: (gone: boolean) => void;
}

/** What an instance is in them. */
interface Written {
  /** That of its own znode. */
  readonly path: string;
  readonly data: Uint8Array;
  readonly companion: { readonly path: string; readonly data: Uint8Array } | null;
}

/** They are there, and right; or they are not. */
export class InstanceZnodes {
  readonly #place: Place;
  readonly #ephemeral: boolean;
  readonly #own: OwnedZnode;
  #companion: OwnedZnode | null = null;
  /** As it was when it was given: a payload is the application's, which may go on to change it. */
  readonly #written = new WeakMap<Registered, readonly Written[]>();

  constructor(place: Place, instance: Registered) {
    const { layout, basePath } = place;
    this.#place = place;
    this.#ephemeral = instance.serviceType.startsWith("DYNAMIC");
    const parent = layout.servicePath(basePath, instance.name);
    this.#own = new OwnedZnode({
      ...place,
      parent,
      leaf: layout.leaf(instance),
      ephemeral: this.#ephemeral,
    });
  }

  /** The path of its own znode, as far as it is known. */
  get path(): string {
    return this.#own.path;
  }

  /**
   * Checks that an instance can be written.
   *
   * @throws {TypeError} from the layout, for what it cannot write.
   * @throws {RangeError} for what is longer than a request may be.
   */
  check(instance: Registered): void {
    const { maxBuffer } = this.#place.zk;
    const { path, data, companion } = this.#write(instance, this.path);
    checkLength(path, data, maxBuffer);
    if (companion !== null) checkLength(companion.path, companion.data, maxBuffer);
  }

  /** Sees to it that they are as the instance is. */
  async keep(instance: Registered): Promise<Kept> {
    const kept = await this.#own.keep((path) => this.#write(instance, path).data);
    const companion = kept.what === "foreign" ? null : this.#write(instance, kept.path).companion;
    if (companion === null) return kept;
    if (this.#companion?.path !== companion.path) {
      await this.#companion?.remove();
      this.#companion = this.#newCompanion(companion.path);
    }
    const beside = await this.#companion.keep(() => companion.data);
    return beside.what === "foreign" ? beside : kept;
  }

  /** Sees to it that they are gone. */
  async remove(): Promise<void> {
    await this.#companion?.remove();
    await this.#own.remove();
  }

  #write(instance: Registered, path: string): Written {
    const before = this.#written.get(instance) ?? [];
    const known = before.find((one) => one.path === path);
    if (known !== undefined) return known;
    const { layout, basePath } = this.#place;
    const data = bytesOf(layout.encode(instance, path));
    const companion = layout.companion?.(basePath, instance, path);
    const written = {
      path,
      data,
      companion: companion === undefined
        ? null
        : { path: companion.path, data: bytesOf(companion.data) },
    };
    // The first one, which may be that of before its number was known, and the last one.
    this.#written.set(instance, [...before.slice(0, 1), written]);
    return written;
  }

  #newCompanion(path: string): OwnedZnode {
    const at = path.lastIndexOf("/");
    const leaf = { name: path.slice(at + 1), sequential: false };
    const parent = path.slice(0, at) || "/";
    // Without its companion an instance is still there.
    const changed = () => this.#place.changed(false);
    return new OwnedZnode({ ...this.#place, parent, leaf, ephemeral: this.#ephemeral, changed });
  }
}

/** What a create takes beside path and data: headers, lengths, flags, and ACLs of some length. */
const overhead = 512;

function checkLength(path: string, { length }: Uint8Array, maxBuffer: number): void {
  if (length + 3 * path.length + overhead <= maxBuffer) return;
  throw new RangeError(
    `The instance takes ${length} bytes in "${path}", and a request may have ${maxBuffer} ` +
      `(maxBuffer)`,
  );
}

function bytesOf(data: Uint8Array | string): Uint8Array {
  return typeof data === "string" ? new TextEncoder().encode(data) : data.slice();
}
