/**
 * Operations that are repeated, under faults that chance chooses: when these are over, every read has
 * been answered, every protected create has made one znode and says which, and everything else has
 * been done as often as it was said to be, or once more for each that says it does not know.
 */
import { assert, assertEquals } from "@std/assert";
import { stripProtection, ZooKeeper, ZooKeeperError } from "@zkst/zookeeper";
import { TestServer } from "@zkst/zookeeper/testing";
import { Random } from "../fuzz/random.ts";

const seeds = 60;
const steps = 40;
const T = 10_000;

/** What has become of all operations of a kind. */
class Tally {
  done = 0;
  unknown = 0;
  readonly paths: string[] = [];
  readonly strange: unknown[] = [];

  note(operation: Promise<unknown>): void {
    operation.then((value) => {
      this.done++;
      if (typeof value === "string") this.paths.push(value);
    }, (error) => {
      // Only what was sent and does harm twice may be left open.
      if (error instanceof ZooKeeperError && error.code === "CONNECTIONLOSS" && error.sent) {
        this.unknown++;
      } else if (error instanceof ZooKeeperError && error.code === "OPERATIONTIMEOUT") {
        this.unknown++;
      } else this.strange.push(error);
    });
  }

  get count(): number {
    return this.done + this.unknown + this.strange.length;
  }
}

class Chance {
  readonly server: TestServer;
  readonly reads = new Tally();
  readonly plain = new Tally();
  readonly guarded = new Tally();
  readonly sets = new Tally();
  asked = 0;

  constructor(readonly random: Random, seed: number) {
    this.server = new TestServer({ seed, version: random.chance(0.5) ? "3.8" : "3.9" });
  }

  act(zk: ZooKeeper): void {
    this.asked++;
    const mode = this.random.chance(0.5) ? "EPHEMERAL_SEQUENTIAL" : "PERSISTENT_SEQUENTIAL";
    switch (this.random.below(6)) {
      case 0:
        return this.reads.note(zk.getData("/counter"));
      case 1:
        return this.reads.note(zk.getChildren("/", { watch: () => {} }));
      case 2:
        return this.plain.note(zk.create("/plain/n-", null, { mode }));
      case 3:
        return this.guarded.note(zk.create("/guarded/n-", null, { mode, protect: true }));
      case 4:
        return this.guarded.note(zk.create(`/guarded/${this.asked}`, null, { protect: true }));
      default:
        return this.sets.note(zk.setData("/counter", `${this.asked}`));
    }
  }

  /** A fault, and what ends it. */
  async befall(zk: ZooKeeper): Promise<void> {
    const { server, random } = this;
    switch (random.below(8)) {
      case 0:
        return server.drop();
      case 1:
        return server.loseReply();
      case 2:
        return server.dropAfter(random.below(400));
      case 3:
        return server.halfOpen();
      case 4:
        return server.delay(random.below(300));
      case 5:
        return zk.session === null ? undefined : server.move(zk.session.id);
      case 6:
        server.stall();
        for (let i = random.below(5); i >= 0; i--) this.act(zk);
        await server.advance(random.below(50));
        server.drop();
        return server.resume();
      default:
        server.refuse();
        await server.advance(random.below(1000));
        return server.heal();
    }
  }
}

async function run(seed: number): Promise<void> {
  const random = new Random(seed);
  const chance = new Chance(random, seed);
  const { server, reads, plain, guarded, sets } = chance;
  const zk = await ZooKeeper.connect("one,two", {
    platform: server.platform,
    sessionTimeout: T,
    retry: { attempts: Infinity },
    renewSession: false,
  });
  for (const path of ["/counter", "/plain", "/guarded"]) await zk.create(path);
  for (let step = 0; step < steps; step++) {
    for (let i = random.below(4); i > 0; i--) chance.act(zk);
    if (random.chance(0.4)) await chance.befall(zk);
    await server.advance(random.below(200));
  }
  server.heal();
  // A connection that died unnoticed is given up after two thirds of T.
  await server.advance(2 * T);
  const all = [reads, plain, guarded, sets];
  assertEquals(all.flatMap(({ strange }) => strange), []);
  assertEquals(all.reduce((sum, { count }) => sum + count, 0), chance.asked, "nothing hangs");
  assertEquals([reads.unknown, guarded.unknown], [0, 0]);
  const names = (await zk.getChildren("/guarded")).map((name) => `/guarded/${name}`);
  assertEquals(guarded.paths.sort(), names.sort(), "each is there once, and known");
  assertEquals(new Set(guarded.paths).size, guarded.done);
  assertEquals(new Set(guarded.paths.map(stripProtection)).size, guarded.done);
  const made = (await zk.getChildren("/plain")).map((name) => `/plain/${name}`);
  assert(plain.paths.every((path) => made.includes(path)), "what is said to be done is done");
  assert(made.length >= plain.done && made.length <= plain.done + plain.unknown);
  const { version } = (await zk.exists("/counter"))!;
  assert(version >= sets.done && version <= sets.done + sets.unknown, `${version} sets`);
  await zk.close();
  await server.close();
}

Deno.test(`retry and protect under chance: nothing lost, nothing doubled, nothing hanging (${seeds} seeds)`, async () => {
  for (let seed = 1; seed <= seeds; seed++) {
    try {
      await run(seed);
    } catch (error) {
      throw new Error(`With seed ${seed}`, { cause: error });
    }
  }
});
