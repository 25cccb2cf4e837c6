/**
 * One run: a world is drawn from a seed, its clients do their work while things go wrong, then all is
 * healed and has to come right; at last everybody closes, and nothing may be left.
 */
import type { Session } from "../../src/types.ts";
import { Random } from "../fuzz/random.ts";
import { Client } from "./client.ts";
import type { Style } from "./driving.ts";
import { befall, type Fault, heal } from "./faults.ts";
import { History, type Moment, Violation } from "./history.ts";
import { checkMoment } from "./moments.ts";
import { promises } from "./promises/mod.ts";
import type { Run } from "./promises/run.ts";
import { draw, type Plan } from "./plan.ts";
import { Owner, Scheduler } from "./scheduler.ts";
import { Applications, plant } from "./workload.ts";
import { World } from "./world.ts";

/** What may be left out of a run, to see whether it fails all the same. */
export interface Reduction {
  /** The faults that happen, by their place; all unless given. */
  readonly faults?: ReadonlySet<number>;
  /** How many requests each client makes; as drawn unless given. */
  readonly calls?: number;
}

/** How a run has ended. */
export interface Ended {
  readonly seed: number;
  /** What was broken first, or null. */
  readonly violation: Violation | null;
  readonly faults: readonly Fault[];
  /** How many requests each client made at most. */
  readonly calls: number;
  readonly steps: number;
  /** Everything that happened, a line each. */
  readonly lines: readonly string[];
}

/** Runs a seed. */
export async function simulate(seed: number, reduction: Reduction = {}): Promise<Ended> {
  const plan = draw(new Random(seed), reduction.calls ?? null);
  const history: History = new History(() => scheduler.now);
  const random = new Random(seed * 2 + 1);
  const sources = { network: new Later(), applications: new Later() };
  const scheduler: Scheduler = new Scheduler(
    random,
    plan.weights,
    sources.network,
    sources.applications,
    (line) => history.note(line),
  );
  const server = new Owner(scheduler, "server");
  const { version, timeout } = plan;
  const settings = { version, tickTime: Math.trunc(timeout / 20) };
  const world = new World(history, random, plan.cutting, settings, server);
  sources.network.source = world;
  const applications = new Applications(world, new Random(seed * 2 + 2), plan.load);
  sources.applications.source = applications;
  const stage = new Stage(plan, reduction, scheduler, world, applications);
  let failure: unknown = null;
  try {
    await stage.play();
  } catch (error) {
    failure = error;
  }
  const violation = history.violations[0] ??
    (failure === null ? null : failure instanceof Violation ? failure : crash(failure));
  const { faults, load } = plan;
  const { lines } = history;
  return { seed, violation, faults, calls: load.calls, steps: scheduler.steps, lines };
}

function crash(error: unknown): Violation {
  return new Violation("nothing throws", error instanceof Error ? error.stack! : String(error));
}

/** A source that is made after the scheduler. */
class Later {
  source: World | Applications | null = null;

  collect(steps: Parameters<World["collect"]>[0]): void {
    this.source?.collect(steps);
  }

  nextAt(): number {
    return this.source?.nextAt() ?? Infinity;
  }
}

class Stage {
  readonly #plan: Plan;
  readonly #reduction: Reduction;
  readonly #scheduler: Scheduler;
  readonly #world: World;
  readonly #applications: Applications;
  #nextFault = 0;

  constructor(
    plan: Plan,
    reduction: Reduction,
    scheduler: Scheduler,
    world: World,
    applications: Applications,
  ) {
    this.#plan = plan;
    this.#reduction = reduction;
    this.#scheduler = scheduler;
    this.#world = world;
    this.#applications = applications;
  }

  async play(): Promise<void> {
    const world = this.#world;
    this.#setUp();
    // Where each byte takes its time nobody may ever connect, so this is bounded.
    const until = this.#scheduler.now + 50 * this.#plan.timeout;
    const goesOn = () => this.#scheduler.now < until && this.#scheduler.steps < activeMax;
    while (goesOn() && !(this.#applications.done && this.#allBefell)) {
      this.#misfortune();
      this.#replace();
      if (!await this.#step(Infinity)) break;
    }
    heal(world);
    this.#scheduler.weights = { ...calm, latency: Math.ceil(this.#plan.timeout / 500) };
    world.history.note("--- all is healed");
    this.#applications.resting = true;
    await this.#until(() => this.#rested(), "all is answered and all are connected");
    await this.#lastWords();
    const run = this.#snapshot();
    await this.#closeAll();
    for (const promise of promises) {
      const broken = promise.broken(run);
      if (broken !== null) throw new Violation(promise.name, broken);
    }
  }

  get #allBefell(): boolean {
    return this.#nextFault === this.#plan.faults.length;
  }

  #setUp(): void {
    const world = this.#world;
    plant(world);
    const hosts = new Map<string, { address: string; downUntil: number; hangsUntil: number }>();
    for (const { name, addresses } of this.#plan.names) {
      world.ways.names.set(
        name,
        addresses.map((address) => {
          const dead = this.#plan.dead.get(address);
          const downUntil = dead === "refuses" ? Infinity : 0;
          const hangsUntil = dead === "hangs" ? Infinity : 0;
          const host = hosts.get(address) ?? { address, downUntil, hangsUntil };
          hosts.set(address, host);
          return host;
        }),
      );
    }
    for (const style of this.#plan.styles) this.#begin(style, null);
  }

  #begin(style: Style, session: Session | null): void {
    const world = this.#world;
    const id = world.clients.length;
    const random = new Random(world.random.bits());
    const owner = new Owner(this.#scheduler, `c${id}`);
    world.clients.push(new Client(id, world, style, random, owner, session));
  }

  /** Another comes for each of the first who are at their end, and takes over what it has left. */
  #replace(): void {
    const { clients } = this.#world;
    const { length } = this.#plan.styles;
    const gone = clients.filter(({ over }) => over).length;
    if (gone > clients.length - length && clients.length < length + 3) {
      const { style, left } = clients[clients.length - length]!;
      this.#begin(style, left);
    }
  }

  #misfortune(): void {
    const { faults } = this.#plan;
    for (; faults[this.#nextFault] !== undefined; this.#nextFault++) {
      const fault = faults[this.#nextFault]!;
      if (fault.step > this.#scheduler.steps) return;
      if (this.#reduction.faults?.has(this.#nextFault) === false) continue;
      const what = befall(this.#world, fault);
      if (what !== null) this.#world.history.note(`*** ${fault.name}: ${what}`);
      this.#world.drain();
    }
  }

  /** One step, and what must hold after it. */
  async #step(until: number): Promise<boolean> {
    const world = this.#world;
    const went = await this.#scheduler.step(until);
    world.drain();
    world.sweep();
    for (const client of world.clients) checkMoment(client);
    if (world.history.violations.length > 0) throw world.history.violations[0]!;
    if (this.#scheduler.steps > stepsMax) throw new Violation("it comes to rest", "it does not");
    return went;
  }

  /** Lets everything run until it is so; within ten session timeouts it must be. */
  async #until(isSo: () => boolean, what: string): Promise<void> {
    const until = this.#scheduler.now + 10 * this.#plan.timeout;
    while (!isSo()) {
      if (this.#scheduler.now >= until) {
        throw new Violation("it comes to rest", `not so after ten session timeouts: ${what}`);
      }
      await this.#step(until);
    }
  }

  /** Nothing is open, nothing under way, and whoever is not at the end is connected. */
  #rested(): boolean {
    return this.#world.clients.every((client) =>
      client.open.length === 0 && (client.over || client.zh.state === "CONNECTED")
    ) && this.#still();
  }

  #still(): boolean {
    const { clients, links, ways } = this.#world;
    return clients.every(({ owner }) => owner.turns.length === 0 && owner.next() === null) &&
      links.every((link) =>
        link.toClient.length === 0 && link.toServer.length === 0 && !link.writing &&
        !(link.broken && !link.closedHere) && !(link.endedThere && !link.closedHere)
      ) && ways.dials.size === 0 && ways.lookups.size === 0;
  }

  /** Each client reads once more: whatever it should have been told, it has been told before. */
  async #lastWords(): Promise<void> {
    for (const client of this.#world.clients) {
      if (client.over || client.closing !== null) continue;
      client.ask({ name: "whoAmI" }, null, false);
      client.ask({ name: "exists", path: "/", watch: false }, null, false);
    }
    await this.#until(() => this.#rested(), "the last words are answered");
  }

  #snapshot(): Run {
    const world = this.#world;
    const { history, clients } = world;
    const paths = new Set([...world.service.tree.entries()].map(([path]) => path));
    const alive = clients.map(({ over, closing, link, sessionId }) =>
      over || closing !== null || link === null
        ? null
        : { session: sessionId, link: link.record.id }
    );
    const rested: Moment = history.moment();
    return { history, world, clients, rested, paths, alive };
  }

  async #closeAll(): Promise<void> {
    const world = this.#world;
    for (const client of world.clients) if (client.closing === null) client.close();
    await this.#until(
      () => world.clients.every(({ over, closed, zk }) => over && (closed || zk === null)),
      "all are closed",
    );
    // What is half open notices nothing: the server forgets it when the session expires.
    await this.#until(
      () => world.service.sessions.size === 0 && this.#still(),
      "the server forgets",
    );
    for (const link of world.links.filter(({ severed }) => severed)) link.served?.closed();
  }
}

const calm = { processor: 4, network: 4, application: 4, time: 0.1 };

/** Steps until all is healed, and until it must have come right; a usual run has a thousand. */
const activeMax = 6_000;
const stepsMax = 30_000;
