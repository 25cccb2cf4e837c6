/**
 * What is repeated: reads with `retry`, and sequential znodes with `protect`. As long as the session
 * lives each of them succeeds, and each znode is there exactly once.
 */
import { type Broken, type Client, nothingBroken, type Workload } from "./client.ts";
import { Failed } from "./ledger.ts";
import { Made } from "./made.ts";

const parent = "/chaos/protected";
const retry = { attempts: Infinity };

export class Repeated implements Workload {
  readonly name = "repeated";
  readonly broken: Broken = nothingBroken();
  readonly #made = new Made(parent, this.broken);

  async prepare({ zk }: Client): Promise<void> {
    await zk.create(parent);
  }

  async step(client: Client): Promise<void> {
    if (client.random.chance(0.5)) await this.#create(client);
    else await this.#read(client);
  }

  async settle([client]: readonly Client[]): Promise<void> {
    await this.#made.judge(client!);
  }

  async #create(client: Client): Promise<void> {
    const data = this.#made.next(client);
    const options = { mode: "PERSISTENT_SEQUENTIAL", protect: true, retry } as const;
    const answer = await this.#while(
      client,
      "create with protect",
      () => client.zk.create(`${parent}/n-`, data, options),
    );
    if (!(answer instanceof Failed)) this.#made.acknowledged(client, data, answer);
    // The session has gone with it; what it left behind may or may not be taken away.
    else this.#made.unknown(data);
  }

  async #read(client: Client): Promise<void> {
    const { zk } = client;
    await this.#while(client, "exists with retry", () => zk.exists(parent, { retry }));
  }

  /** Asks; it may only fail with the session. */
  async #while<T>(client: Client, name: string, request: () => Promise<T>): Promise<T | Failed> {
    const { expired } = client.told;
    const answer = await client.ask(name, request);
    if (!(answer instanceof Failed)) return answer;
    const { code } = answer.error;
    if (code !== "SESSIONEXPIRED" || client.told.expired === expired) {
      this.broken.other.push(`client ${client.id}: ${name} failed with ${code}`);
    }
    return answer;
  }
}
