/**
 * Watches against chance: they are asked for, given up, taken back and lost with their connection in
 * any order. In the end every watcher that is registered hears each change exactly once, and no other
 * hears anything, though on 3.8 one kind of watch overwrites another.
 */
import { assertEquals } from "@std/assert";
import { type WatchedEvent, type Watcher, type WatchOptions, ZooKeeper } from "@zkst/zookeeper";
import { TestServer } from "@zkst/zookeeper/testing";
import { type Handle, handleOf } from "../../src/session/handle.ts";
import { fuzz, type Random } from "./random.ts";

/** A watcher, and what it was told. */
interface Listener {
  readonly watcher: Watcher;
  readonly heard: string[];
}

Deno.test("whoever is registered hears each change once, whatever was asked for, given up and lost", async () => {
  await fuzz(3_000, async (random) => {
    await using scene = await Scene.start(random);
    for (let step = 0; step < 22; step++) await scene.step();
    await scene.settle();
    const expected = scene.listeners.map(({ watcher }) => dueTo(scene.zh, watcher));
    await scene.change();
    assertEquals(scene.listeners.map(({ heard }) => heard.toSorted()), expected);
  });
});

class Scene implements AsyncDisposable {
  readonly listeners: readonly Listener[] = Array.from({ length: 4 }, newListener);
  readonly zh: Handle;
  readonly #given: AbortController[] = [];

  static async start(random: Random): Promise<Scene> {
    const server = new TestServer({ version: random.pick(["3.8", "3.9"]), seed: random.seed });
    const { platform } = server;
    const scene: { asks(): void } = { asks: () => {} };
    const retry = random.chance(0.5);
    const zk = await ZooKeeper.connect("a", { platform, retry, watcher: () => scene.asks() });
    const other = await ZooKeeper.connect("b", { platform });
    await other.create("/a");
    return new Scene(random, server, zk, other, scene);
  }

  private constructor(
    readonly random: Random,
    readonly server: TestServer,
    readonly zk: ZooKeeper,
    readonly other: ZooKeeper,
    readonly atEvents: { asks(): void },
  ) {
    this.zh = handleOf(zk)!;
  }

  /** One thing that may happen. */
  async step(): Promise<void> {
    const { random, server, zk } = this;
    switch (random.below(9)) {
      case 0:
      case 1:
      case 2:
        return this.#ask(1 + random.below(6));
      case 3:
        return await server.advance(0);
      case 4:
        for (let i = random.below(7); i > 0; i--) await Promise.resolve();
        return;
      case 5:
        return this.#given[random.below(this.#given.length || 1)]?.abort();
      case 6:
        return server.stall({ session: zk.session?.id ?? 1n });
      case 7:
        server.resume();
        return await server.advance(random.below(60));
      case 8:
        return await this.#lose();
    }
  }

  /** Everything comes to its end, and nobody asks for anything new. */
  async settle(): Promise<void> {
    this.server.resume();
    for (let i = 0; i < 6; i++) await this.server.advance(1000);
    this.atEvents.asks = () => {};
    for (const { heard } of this.listeners) heard.length = 0;
  }

  /** Changes of every kind. */
  async change(): Promise<void> {
    const { other, server } = this;
    const changes = [
      () => other.setData("/a", "1"),
      () => other.create("/a/c"),
      () => other.setData("/a/c", "1"),
      () => other.delete("/a/c"),
    ];
    for (const change of changes) {
      await change();
      await server.advance(10);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closing = [this.zk.close(), this.other.close()];
    await this.server.advance(5000);
    await Promise.all(closing);
    await this.server.close();
  }

  async #lose(): Promise<void> {
    const { random, server, zk } = this;
    if (zk.session === null) return;
    // From now on something is asked for at the session's events, too.
    this.atEvents.asks = () => this.#ask(random.below(3));
    server.resume();
    server.drop({ session: zk.session.id });
    if (random.chance(0.5)) await server.advance(1000);
  }

  #ask(times: number): void {
    for (let i = 0; i < times; i++) this.#askOne().catch(() => {});
  }

  #askOne(): Promise<unknown> {
    const { random, zk } = this;
    const { watcher } = random.pick(this.listeners);
    const options = this.#options();
    switch (random.below(8)) {
      case 0:
      case 1:
        return zk.addWatch("/a", "PERSISTENT", watcher, options);
      case 2:
        return zk.addWatch("/a", "PERSISTENT_RECURSIVE", watcher, options);
      case 3:
        return zk.removeWatches("/a", "ANY", watcher, options);
      case 4:
        return zk.removeWatches("/a", random.pick(["DATA", "CHILDREN"]), watcher, options);
      case 5:
        return zk.getData("/a", { ...options, watch: watcher });
      case 6:
        return zk.getChildren("/a", { ...options, watch: watcher });
      default:
        return zk.exists("/a", { ...options, watch: watcher });
    }
  }

  #options(): WatchOptions {
    const { random } = this;
    const options: WatchOptions = {};
    if (random.chance(1 / 3)) {
      this.#given.push(new AbortController());
      options.signal = this.#given.at(-1)!.signal;
    }
    if (random.chance(1 / 8)) options.timeout = 1 + random.below(50);
    return options;
  }
}

function newListener(): Listener {
  const heard: string[] = [];
  const watcher = ({ type, path }: WatchedEvent) => {
    if (type !== "Session") heard.push(`${type} ${path}`);
  };
  return { watcher, heard };
}

/** What a watcher is to hear of the changes, by the tables that it is in. */
function dueTo(zh: Handle, watcher: Watcher): string[] {
  const tables = zh.watches.of("/a");
  const isIn = (table: "data" | "exist" | "child" | "persistent" | "recursive") => {
    const there = tables[table].get("/a");
    return there === watcher || there instanceof Set && there.has(watcher);
  };
  const due: string[] = [];
  const stays = isIn("persistent");
  if (stays || isIn("recursive") || isIn("data") || isIn("exist")) due.push("NodeDataChanged /a");
  // A one-shot watch of the children hears that one has come, and no more.
  if (stays || isIn("child")) due.push("NodeChildrenChanged /a");
  if (stays) due.push("NodeChildrenChanged /a");
  if (isIn("recursive")) due.push("NodeCreated /a/c", "NodeDataChanged /a/c", "NodeDeleted /a/c");
  return due.sort();
}
