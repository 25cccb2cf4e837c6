/**
 * Reads many znodes, so many at a time: one by one with a watch on each, or where the server knows
 * multiRead and nobody needs watches, many in one request.
 */
import { Op, Rc, type Stat } from "../values.ts";
import type { Watcher } from "../types.ts";
import type { ZooKeeper } from "../zookeeper.ts";
import { heed } from "./owned_znode.ts";

/** Reads outstanding at once. */
const readsMax = 128;
/** Requests of multiRead outstanding at once, and znodes in each. */
const batchesMax = 4;
const batchMax = 256;
/** How long the reply to one is to be, bytes, judged by those before. */
const replyMax = 1 << 17;

/** What was read of a znode, or why that is not allowed; null where there is none. */
export type Read =
  | { readonly data: Uint8Array | null; readonly stat: Stat }
  | { readonly refused: Error }
  | null;

/** Reads the znodes below one. */
export class Reader {
  /** Bytes of the longest znode read. */
  #longest = 1024;
  /** Halved when a connection is lost on it: the reply may have been too long. */
  #batch = 64;

  constructor(
    readonly zk: ZooKeeper,
    /** The path above, without a "/" at its end. */
    readonly parent: string,
    /** Told of changes of each; null: nobody is. */
    readonly watcher: Watcher | null,
  ) {}

  /** Reads them all. */
  async read(leaves: readonly string[]): Promise<Map<string, Read>> {
    const found = new Map<string, Read>();
    let next = 0;
    const together = this.watcher === null && this.zk.supports("multiRead") === true;
    const chain = async () => {
      while (next < leaves.length) {
        const size = together ? this.#size() : 1;
        const some = leaves.slice(next, next += size);
        if (size > 1) await this.#readTogether(some, found);
        else await this.#readOne(some[0]!, found);
      }
    };
    await Promise.all(Array.from({ length: together ? batchesMax : readsMax }, chain));
    return found;
  }

  #size(): number {
    const fitting = Math.floor(replyMax / this.#longest);
    return Math.max(1, Math.min(batchMax, this.#batch, fitting));
  }

  async #readOne(leaf: string, found: Map<string, Read>): Promise<void> {
    const options = this.watcher === null ? {} : { watch: this.watcher };
    try {
      const read = await heed(this.zk.getData(`${this.parent}/${leaf}`, options), "NONODE");
      this.#longest = Math.max(this.#longest, read?.data?.length ?? 0);
      found.set(leaf, read);
    } catch (error) {
      if ((error as { code?: string }).code !== "NOAUTH") throw error;
      found.set(leaf, { refused: error as Error });
    }
  }

  async #readTogether(leaves: readonly string[], found: Map<string, Read>): Promise<void> {
    const ops = leaves.map((leaf) => Op.getData(`${this.parent}/${leaf}`));
    // Repeated it would be as long.
    const results = await this.zk.multiRead(ops, { retry: false }).catch((error) => {
      if (error.code === "CONNECTIONLOSS") this.#batch = Math.max(1, this.#batch >> 1);
      throw error;
    });
    this.#batch = Math.min(batchMax, this.#batch * 2);
    for (const [i, leaf] of leaves.entries()) {
      const result = results[i];
      if (result?.type === "getData") {
        this.#longest = Math.max(this.#longest, result.data?.length ?? 0);
        found.set(leaf, { data: result.data, stat: result.stat });
        // NONODE; what else there may be, the single read tells.
      } else if (result?.type === "error" && result.rc === Rc.NONODE) found.set(leaf, null);
      else await this.#readOne(leaf, found);
    }
  }
}
