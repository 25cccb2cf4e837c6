/**
 * A run: clients with their workloads, a nemesis that brings one fault after the other, and at the end
 * all that must be true. What clients and nemesis do the seed says; when it happens, the machine.
 */
import { delay } from "@std/async";
import { Random } from "../fuzz/random.ts";
import { Calling } from "./calls.ts";
import { Client, type Trace, type Workload } from "./client.ts";
import { Ephemerals } from "./ephemerals.ts";
import { Failed, Ledger } from "./ledger.ts";
import { chooseFaults, type Fault } from "./nemesis.ts";
import { Registers } from "./registers.ts";
import { Repeated } from "./repeated.ts";
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
  /** Given every line of the clients' logs, and when each fault begins and ends. */
  readonly trace?: Trace;
}

/** How long a client may take to get through again after a fault, ms: anything longer is a hang. */
const recoveryMax = 60_000;

/** Runs it. */
export async function chaos(plan: Plan): Promise<Report> {
  const began = performance.now();
  await using world = await World.start();
  await using run = new Chaos(plan, world);
  await run.prepare();
  plan.progress(`${plan.clients} clients, seed ${plan.seed}`);
  const rss = Deno.memoryUsage().rss;
  const working = run.clients.map((client) => run.work(client));
  const stuck = await run.haunt();
  run.resting = true;
  stuck.push(...await run.settled(Promise.all(working)));
  if (stuck.length === 0) {
    await run.settle();
    // All is closed: whatever is open still will never end.
    stuck.push(...run.ledger.hanging(0));
  }
  return run.report(stuck, { rss, seconds: (performance.now() - began) / 1000 });
}

class Chaos implements AsyncDisposable {
  readonly clients: Client[];
  readonly ledger: Ledger;
  /** Nobody begins anything new. */
  resting = false;
  readonly #ephemerals = new Ephemerals();
  readonly #workloads: readonly Workload[];
  readonly #faults = new Map<string, number>();
  readonly #random: Random;
  #recovery = { ms: 0, fault: "nothing" };
  #shown = performance.now();
  #halfWay = 0;

  constructor(readonly plan: Plan, readonly world: World) {
    this.#random = new Random(plan.seed);
    this.ledger = new Ledger(plan.clients);
    this.clients = Array.from(
      { length: plan.clients },
      (_, id) =>
        new Client(id, world.connectString, new Random(plan.seed * 1000 + id), this.ledger, {
          trace: plan.trace ?? null,
        }),
    );
    this.#workloads = [
      new Registers(),
      new Sequences(),
      new Repeated(),
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

  /** One fault after the other, or two at once, until the time is over. Tells who does not get over one. */
  async haunt(): Promise<string[]> {
    const end = performance.now() + this.plan.time;
    while (performance.now() < end) {
      const faults = chooseFaults(this.#random);
      await Promise.all(faults.map((fault) => this.#befall(fault)));
      const name = faults.map(({ name }) => name).join(" with ");
      const late = await this.#recovered(name);
      if (late.length > 0) return late;
      this.#show(`behind ${name}`);
      await delay(this.#random.below(1500));
      if (performance.now() > end - this.plan.time / 2) this.#halfWay ||= Deno.memoryUsage().rss;
    }
    return [];
  }

  /** One that does not end as it should leaves no world in which anything can be said. */
  async #befall({ name, run }: Fault): Promise<void> {
    this.#faults.set(name, (this.#faults.get(name) ?? 0) + 1);
    // Of its own, so that two at once do not take each other's turns.
    const random = new Random(this.#random.below(2 ** 30));
    this.plan.trace?.(`${name} begins`);
    try {
      await run(this.world, random);
    } catch (cause) {
      throw new Error(`The fault "${name}" has not ended as it should`, { cause });
    }
    this.plan.trace?.(`${name} ends`);
  }

  /** Waits until every client has got through again; tells of those that do not. */
  async #recovered(fault: string): Promise<string[]> {
    const healed = performance.now();
    const late = () => this.clients.filter(({ id }) => this.ledger.wellSince[id]! < healed);
    while (late().length > 0) {
      if (performance.now() - healed > recoveryMax) {
        return late().map(({ id }) => `client ${id} does not get over ${fault}`);
      }
      await delay(10);
    }
    const ms = performance.now() - healed;
    if (ms > this.#recovery.ms) this.#recovery = { ms, fault };
    this.plan.trace?.(`all are over ${fault}, after ${ms.toFixed(0)} ms`);
    return [];
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

  /** Nobody goes on, however the run has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.resting = true;
    await Promise.all(this.clients.map((client) => client.zk.close()));
  }

  report(hanging: string[], run: { rss: number; seconds: number }): Report {
    const broken = this.#workloads.map((workload) => workload.broken);
    return {
      seed: this.plan.seed,
      seconds: run.seconds,
      requests: this.ledger.counts,
      faults: this.#faults,
      recovery: this.#recovery,
      lostConnections: this.clients.reduce((sum, { told }) => sum + told.lost, 0),
      expiredSessions: this.clients.reduce((sum, { told }) => sum + told.expired, 0),
      lost: broken.flatMap(({ lost }) => lost),
      doubled: broken.flatMap(({ doubled }) => doubled),
      other: [
        ...broken.flatMap(({ other }) => other),
        ...this.clients.flatMap(({ told }) => told.broken),
      ],
      hanging,
      rss: [run.rss, this.#halfWay, Deno.memoryUsage().rss],
    };
  }
}
