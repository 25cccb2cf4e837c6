/**
 * Providers and those who look for them, under faults that chance chooses: when these are over, there
 * is one znode for each instance that is wanted, with its latest data, and every cache has just these.
 */
import { assert, assertEquals } from "@std/assert";
import type { Registration, ServiceCache } from "@zkst/zookeeper/discovery";
import { Scene, type Someone, T } from "./scene.ts";

/** The first one had a cache miss what came while it was read again. */
const seeds: readonly number[] = Array.from({ length: 25 }, (_, i) => 119 + i);
const steps = 40;

interface Wanted {
  registration: Registration;
  port: number;
}

class Chaos {
  readonly wanted = new Map<string, Wanted>();
  #made = 0;

  constructor(
    readonly scene: Scene,
    readonly providers: Someone[],
    readonly operator: Someone,
    readonly random: (below: number) => number,
  ) {}

  /** Something that applications or operators do. */
  act(): void {
    const { wanted, random } = this;
    const ids = [...wanted.keys()];
    const id = ids[random(ids.length)];
    const kind = random(6);
    if (kind <= 1 || id === undefined) return this.#announce();
    const { registration } = wanted.get(id)!;
    if (kind === 2) {
      registration.close();
      wanted.delete(id);
    } else if (kind === 3) {
      const port = 1 + random(60_000);
      registration.update({ port }).catch(() => {});
      wanted.get(id)!.port = port;
    } else if (kind === 4) this.operator.zk.delete(registration.path).catch(() => {});
    else this.operator.zk.setData(registration.path, "rubbish").catch(() => {});
  }

  /** Something that befalls a server or a network. */
  fault(): void {
    const { scene: { server }, random } = this;
    const host = ["a:2181", "b:2181", "looking:2181"][random(3)]!;
    const at = { host };
    const session = server.sessions[random(server.sessions.length)];
    const faults = [
      () => server.drop(at),
      () => server.refuse(at),
      () => server.heal(),
      () => server.halfOpen(at),
      () => server.delay(random(3_000), at),
      () => server.corrupt(at),
      () => server.dropAfter(random(200), at),
      () => session !== undefined && server.expire(session),
      () => session !== undefined && server.loseReply({ session }),
      () => session !== undefined && server.changeSessionId(session),
      () => server.drop(),
    ];
    faults[random(faults.length)]!();
  }

  #announce(): void {
    const id = `i${this.#made++}`;
    const { discovery } = this.providers[this.random(this.providers.length)]!;
    const serviceType = this.random(2) === 0 ? "DYNAMIC" : "DYNAMIC_SEQUENTIAL";
    const instance = { name: "user", id, address: id, port: 1, serviceType } as const;
    this.wanted.set(id, { registration: discovery.announce(instance), port: 1 });
  }
}

Deno.test("Whatever chance does to them, all agree in the end", () => agree(false));

Deno.test("They do so on sessions that repeat what was lost, too", () => agree(true));

async function agree(retry: boolean): Promise<void> {
  for (const seed of seeds) {
    await using scene = new Scene({ seed });
    const { server } = scene;
    const { random } = server.platform;
    const below = (n: number) => Math.floor(random() * n);
    const providers = [await scene.someone("a", { retry }), await scene.someone("b", { retry })];
    const operator = await scene.someone("operator");
    const lookers = [
      await scene.someone("looking", { retry }),
      await scene.someone("looking", { retry, serverVersion: "3.9" }),
    ];
    const caches = await Promise.all(lookers.map(({ discovery }) => discovery.cache("user")));
    const chaos = new Chaos(scene, providers, operator, below);
    for (let step = 0; step < steps; step++) {
      if (below(2) === 0) chaos.act();
      if (below(4) === 0) chaos.fault();
      await scene.advance(below(2_000));
    }
    server.heal();
    await scene.advance(10 * T);
    const expected = [...chaos.wanted].map(([id, { port }]) => `${id}:${port}`).sort();
    const leaves = expected.length === 0
      ? await operator.zk.getChildren("/services/user").catch(() => [])
      : await operator.zk.getChildren("/services/user");
    assertEquals(leaves.length, expected.length, `seed ${seed}: ${leaves} for ${expected}`);
    for (const { registration } of chaos.wanted.values()) {
      assertEquals(registration.state, "registered", `seed ${seed}`);
    }
    for (const cache of caches) {
      assertEquals(shown(cache), expected, `seed ${seed}`);
      assert(!cache.snapshot.stale);
    }
  }
}

function shown(cache: ServiceCache): string[] {
  return cache.snapshot.instances.map(({ id, port }) => `${id}:${port}`).sort();
}
