/** Sequential znodes that clients have made below a parent, each of which holds what nobody else's does. */
import type { Broken, Client } from "./client.ts";

export class Made {
  /** By what they hold: the acknowledged path, or null for one whose outcome is not known. */
  readonly #made = new Map<string, string | null>();
  /** The number that each client got last. */
  readonly #last = new Map<number, number>();
  #count = 0;

  constructor(readonly parent: string, readonly broken: Broken) {}

  /** What the next one is to hold. */
  next(client: Client): string {
    return `${client.id}-${++this.#count}`;
  }

  /** It may be there. */
  unknown(holds: string): void {
    this.#made.set(holds, null);
  }

  /** It is there. */
  acknowledged({ id }: Client, holds: string, path: string): void {
    this.#made.set(holds, path);
    const last = this.#last.get(id) ?? -1;
    const number = Number(path.slice(-10));
    if (number <= last) this.broken.other.push(`${path} came to one client behind ${last}`);
    this.#last.set(id, number);
  }

  /** Looks at what there is, when all is over. */
  async judge(client: Client): Promise<void> {
    const { zk } = client;
    const { parent, broken } = this;
    await client.insist("sync", () => zk.sync(parent));
    const names = await client.insist("getChildren", () => zk.getChildren(parent));
    const found = new Map<string, string>();
    await Promise.all(names.map(async (name) => {
      const path = `${parent}/${name}`;
      const { data } = await client.insist("getData", () => zk.getData(path));
      const holds = new TextDecoder().decode(data!);
      if (found.has(holds)) broken.doubled.push(`${path} and ${found.get(holds)}`);
      if (!this.#made.has(holds)) broken.other.push(`${path}, which was said not to be sent`);
      found.set(holds, path);
    }));
    for (const [holds, path] of this.#made) {
      if (path !== null && found.get(holds) !== path) {
        broken.lost.push(`${path}, found as ${found.get(holds) ?? "nothing"}`);
      }
    }
  }
}
