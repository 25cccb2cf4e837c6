/**
 * Ephemeral znodes: there while their session lives, gone when it has ended. Each client has one, and
 * makes it again in each session.
 */
import { type Broken, type Client, nothingBroken, type Workload } from "./client.ts";
import { Failed } from "./ledger.ts";

const parent = "/chaos/alive";
/** How long what a session has left may be there, ms: some timeouts. */
const goneAfter = 20_000;

export class Ephemerals implements Workload {
  readonly name = "ephemerals";
  readonly broken: Broken = nothingBroken();

  async prepare({ zk }: Client): Promise<void> {
    await zk.create(parent);
  }

  async step(client: Client): Promise<void> {
    const path = `${parent}/${client.id}`;
    const session = client.session;
    const created = await client.ask(
      "create",
      () => client.zk.create(path, `${session}`, { mode: "EPHEMERAL" }),
    );
    if (created instanceof Failed && created.error.code !== "NODEEXISTS") return;
    const stat = await client.ask("exists", () => client.zk.exists(path));
    // Another session in between, and nothing can be said.
    if (stat instanceof Failed || session === 0n || session !== client.session) return;
    if (!(created instanceof Failed) && stat === null) {
      this.broken.lost.push(`${path} of ${session}`);
    }
    if (stat !== null) this.#judge(client, path, stat.ephemeralOwner);
    if (client.random.chance(0.3)) {
      await client.ask("delete", () => client.zk.delete(path));
    }
  }

  /**
   * A session that a server called gone is gone. Its ephemerals may be seen for a while: who leads may
   * fail before it has told the others, and then the session lives for another timeout.
   */
  #judge(client: Client, path: string, owner: bigint): void {
    const gone = client.told.saidGone.get(owner);
    if (gone === undefined || performance.now() - gone < goneAfter) return;
    const text = `${path} is there, whose session 0x${owner.toString(16)} was said to be gone`;
    if (!this.broken.other.includes(text)) this.broken.other.push(text);
  }

  async settle(clients: readonly Client[]): Promise<void> {
    const [reader] = clients;
    for (const client of clients) {
      const path = `${parent}/${client.id}`;
      const created = await client.ask(
        "create",
        () => client.zk.create(path, "", { mode: "EPHEMERAL" }),
      );
      if (created instanceof Failed && created.error.code !== "NODEEXISTS") throw created.error;
    }
    await reader!.insist("sync", () => reader!.zk.sync(parent));
    for (const client of clients) {
      const path = `${parent}/${client.id}`;
      const stat = await reader!.insist("exists", () => reader!.zk.exists(path));
      // One of an earlier session of this client's goes by itself, and is no loss.
      if (stat === null) this.broken.lost.push(path);
    }
  }

  /** Once all sessions are closed, nothing of theirs is left. */
  async afterwards(reader: Client): Promise<void> {
    await reader.insist("sync", () => reader.zk.sync(parent));
    const left = await reader.insist("getChildren", () => reader.zk.getChildren(parent));
    if (left.length > 0) this.broken.other.push(`ephemerals of nobody: ${left.join(", ")}`);
  }
}
