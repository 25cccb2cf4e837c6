/** Three real servers, each behind a proxy, and what a nemesis does to one of them. */
import { delay } from "@std/async";
import { Ensemble, fourLetterWord, type Server } from "../../tools/servers.ts";
import { Proxy } from "./proxy.ts";

/** An ensemble, as clients see it. */
export class World implements AsyncDisposable {
  readonly servers: readonly Server[];
  readonly proxies: readonly Proxy[];
  /** The proxies' addresses, as a client takes them. */
  readonly connectString: string;
  readonly #ensemble: Ensemble;

  static async start(): Promise<World> {
    // Sessions last 1 to 10 s.
    return new World(await Ensemble.start({ tickTime: 500 }));
  }

  private constructor(ensemble: Ensemble) {
    this.#ensemble = ensemble;
    this.servers = ensemble.servers;
    this.proxies = ensemble.servers.map(({ port }) => new Proxy(port));
    this.connectString = this.proxies.map(({ address }) => address).join(",");
  }

  /** The one that leads. */
  leader(): Promise<Server> {
    return this.#ensemble.leader();
  }

  /** Whether there is a leader with both followers in step. */
  async inSync(): Promise<boolean> {
    return await this.#syncedFollowers() === this.servers.length - 1;
  }

  /** Waits until all take part again. */
  async untilInSync(ms = 60_000): Promise<void> {
    for (const end = performance.now() + ms; !await this.inSync(); await delay(100)) {
      if (performance.now() > end) throw new Error(`The servers are not in step after ${ms} ms`);
    }
  }

  /** Takes a follower's data from it; it must not run. The others must have all of it. */
  async wipe(server: Server): Promise<void> {
    if (server.running) throw new Error("Only a server that is stopped can be wiped");
    await Deno.remove(`${server.directory}/data/version-2`, { recursive: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.proxies.map((proxy) => proxy[Symbol.asyncDispose]()));
    await this.#ensemble[Symbol.asyncDispose]();
  }

  async #syncedFollowers(): Promise<number> {
    const answers = await Promise.all(
      this.servers.map(({ address }) => fourLetterWord(address, "mntr", 2000).catch(() => "")),
    );
    const counts = answers.map((text) => /^zk_synced_followers\s+(\d+)/m.exec(text)?.[1] ?? 0);
    return Math.max(...counts.map(Number));
  }
}
