/**
 * Sequential znodes: what was acknowledged is there once, with a name of its own, and the names of one
 * client rise. What was not acknowledged may be there, once. Each holds who made it and which it was.
 */
import { type Broken, type Client, nothingBroken, type Workload } from "./client.ts";
import { Failed } from "./ledger.ts";
import { Made } from "./made.ts";

const parent = "/chaos/queue";

export class Sequences implements Workload {
  readonly name = "sequences";
  readonly broken: Broken = nothingBroken();
  readonly #made = new Made(parent, this.broken);

  async prepare({ zk }: Client): Promise<void> {
    await zk.create(parent);
  }

  async step(client: Client): Promise<void> {
    const data = this.#made.next(client);
    const answer = await client.ask(
      "create",
      () => client.zk.create(`${parent}/n-`, data, { mode: "PERSISTENT_SEQUENTIAL" }),
    );
    if (!(answer instanceof Failed)) this.#made.acknowledged(client, data, answer);
    else if (answer.isUnknown) this.#made.unknown(data);
  }

  async settle([client]: readonly Client[]): Promise<void> {
    await this.#made.judge(client!);
  }
}
