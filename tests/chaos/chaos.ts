/**
 * A run: clients with their workloads, a nemesis that brings one fault after the other, and at the end
 * all that must be true. What clients and nemesis do the seed says; when it happens, the machine.
 */
import { delay } from "@std/async";
import { Random } from "../fuzz/random.ts";
import { Calling } from "./calls.ts";
import { Client, type Workload } from "./client.ts";
import { Ephemerals } from "./ephemerals.ts";
import { Failed, Ledger } from "./ledger.ts";
import { chooseFault } from "./nemesis.ts";
import { Registers } from "./registers.ts";
import type { Report } from "./report.ts";
import { Sequences } from "./sequences.ts";
import { Services } from "./services.ts";
import { Watches } from "./watches.ts";
import { World } from "./world.ts";

/** What a run is made of. */
export interface Plan {
  readonly seed: number;
  /** How long faults go on, ms. */
  readonly time: number;
  readonly clients: number;
  /** Told of what happens, a line at a time. */
  readonly progress: (line: string) => void;
}

/** How long a client may take to get through again after a fault, ms: anything longer is a hang. */
const recoveryMax = 60_000;

/** Runs it. */
export async function chaos(plan: Plan): Promise<Report> {
  const began = performance.now();
  await using world = await World.start();
  const run = new Chaos(plan, world);
  await run.prepare();
  plan.progress(`${plan.clients} clients, seed ${plan.seed}`);
  const rss = Deno.memoryUsage().rss;
  const working = run.clients.map((client) => run.work(client));
  await run.haunt();
  run.resting = true;
  const stuck = await run.settled(Promise.all(working));
  if (stuck.length === 0) {
    await run.settle();
    // All is closed: whatever is open still will never end.
    stuck.push(...run.ledger.hanging(0));
  }
  return run.report(stuck, { rss, seconds: (performance.now() - began) / 1000 });
}

class Chaos {
  readonly clients: Client[];
  readonly ledger: Ledger;
  /** Nobody begins anything new. */
  resting = false;
  readonly #ephemerals = new Ephemerals();
  readonly #workloads: readonly Workload[];
  readonly #faults = new Map<string, number>();
  readonly #random: Random;
  #recovery = 0;
  #shown = performance.now();

  constructor(readonly plan: Plan, readonly world: World) {
    this.#random = new Random(plan.seed);
    this.ledger = new Ledger(plan.clients);
    this.clients = Array.from(
      { length: plan.clients },
      (_, id) =>
        new Client(id, world.connectString, new Random(plan.seed * 1000 + id), this.ledger),
    );
    this.#workloads = [
      new Registers(),
      new Sequences(),
      this.#ephemerals,
      new Watches(),
      new Services(),
      new Calling(),
    ];
  }

  async prepare(): Promise<void> {
    const [client] = this.clients;
    await client!.zk.connected({ timeout: 30_000 });
    await client!.zk.create("/chaos");
    for (const workload of this.#workloads) await workload.prepare(client!);
  }

  /** What one client does all the time. */
  async work(client: Client): Promise<void> {
    // Everybody takes part in everything at first.
    for (const workload of this.#workloads) await workload.step(client);
    while (!this.resting) {
      await client.random.pick(this.#workloads).step(client);
      await delay(client.random.below(20));
    }
  }

  /** One fault after the other, until the time is over. */
  async haunt(): Promise<void> {
    const end = performance.now() + this.plan.time;
    while (performance.now() < end) {
      const { name, run } = chooseFault(this.#random);
      this.#faults.set(name, (this.#faults.get(name) ?? 0) + 1);
      await run(this.world, this.#random);
      await this.#recovered(name);
      this.#show(`behind ${name}`);
      await delay(this.#random.below(1500));
    }
  }

  /** Waits until every client has got through again. */
  async #recovered(fault: string): Promise<void> {
    const healed = performance.now();
    const late = () => this.ledger.wellSince.filter((since) => since < healed).length;
    while (late() > 0) {
      const took = performance.now() - healed;
      if (took > recoveryMax) throw new Error(`${late()} clients do not get over ${fault}`);
      await delay(10);
    }
    this.#recovery = Math.max(this.#recovery, performance.now() - healed);
  }

  #show(where: string): void {
    const now = performance.now();
    if (now - this.#shown < 2000) return;
    this.#shown = now;
    this.plan.progress(`${this.ledger.total} requests, ${where}`);
  }

  /** Waits until nothing is open; what hangs by then is told. */
  async settled(work: Promise<unknown>): Promise<string[]> {
    let done = false;
    work.finally(() => done = true).catch(() => {});
    for (const end = performance.now() + recoveryMax; !done; await delay(20)) {
      if (performance.now() > end) return this.ledger.hanging(recoveryMax / 2);
    }
    await work;
    return [];
  }

  async settle(): Promise<void> {
    await this.world.untilInSync();
    await Promise.all(this.clients.map((client) => client.zk.connected({ timeout: recoveryMax })));
    for (const workload of this.#workloads) await workload.settle(this.clients);
    await Promise.all(this.clients.map((client) => client.zk.close()));
    const reader = new Client(0, this.world.connectString, this.#random, this.ledger);
    await reader.zk.connected({ timeout: recoveryMax });
    await this.#ephemerals.afterwards(reader);
    const answer = await reader.ask("exists", () => reader.zk.exists("/chaos"));
    if (answer instanceof Failed) throw answer.error;
    await reader.zk.close();
  }

  report(hanging: string[], run: { rss: number; seconds: number }): Report {
    const broken = this.#workloads.map((workload) => workload.broken);
    return {
      seed: this.plan.seed,
      seconds: run.seconds,
      requests: this.ledger.counts,
      faults: this.#faults,
      recovery: this.#recovery,
      lostConnections: this.clients.reduce((sum, { lost }) => sum + lost, 0),
      expiredSessions: this.clients.reduce((sum, { expired }) => sum + expired, 0),
      lost: broken.flatMap(({ lost }) => lost),
      doubled: broken.flatMap(({ doubled }) => doubled),
      other: broken.flatMap(({ other }) => other),
      hanging,
      rss: [run.rss, Deno.memoryUsage().rss],
    };
  }
}
