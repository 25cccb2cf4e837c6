/**
 * Sequential znodes: what was acknowledged is there once, with a name of its own, and the names of one
 * client rise. What was not acknowledged may be there, once. Each holds who made it and which it was.
 */
import { type Broken, type Client, nothingBroken, type Workload } from "./client.ts";
import { Failed } from "./ledger.ts";

const parent = "/chaos/queue";

export class Sequences implements Workload {
  readonly name = "sequences";
  readonly broken: Broken = nothingBroken();
  /** By what they hold: the acknowledged name, or null for one whose outcome is not known. */
  readonly #made = new Map<string, string | null>();
  readonly #last = new Map<number, string>();
  #count = 0;

  async prepare({ zk }: Client): Promise<void> {
    await zk.create(parent);
  }

  async step(client: Client): Promise<void> {
    const data = `${client.id}-${++this.#count}`;
    const answer = await client.ask(
      "create",
      () => client.zk.create(`${parent}/n-`, data, { mode: "PERSISTENT_SEQUENTIAL" }),
    );
    if (answer instanceof Failed) {
      if (answer.isUnknown) this.#made.set(data, null);
      return;
    }
    this.#made.set(data, answer);
    const last = this.#last.get(client.id) ?? "";
    if (answer <= last) this.broken.other.push(`${answer} came to one client behind ${last}`);
    this.#last.set(client.id, answer);
  }

  async settle([client]: readonly Client[]): Promise<void> {
    const { zk } = client!;
    await client!.insist("sync", () => zk.sync(parent));
    const names = await client!.insist("getChildren", () => zk.getChildren(parent));
    const found = new Map<string, string>();
    await Promise.all(names.map(async (name) => {
      const path = `${parent}/${name}`;
      const { data } = await client!.insist("getData", () => zk.getData(path));
      const holds = new TextDecoder().decode(data!);
      if (found.has(holds)) this.broken.doubled.push(`${path} and ${found.get(holds)}`);
      if (!this.#made.has(holds)) this.broken.other.push(`${path}, which was said not to be sent`);
      found.set(holds, path);
    }));
    for (const [holds, path] of this.#made) {
      if (path !== null && found.get(holds) !== path) {
        this.broken.lost.push(`${path}, found as ${found.get(holds) ?? "nothing"}`);
      }
    }
  }
}
