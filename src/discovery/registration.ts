/**
 * An instance that is registered, and stays so. A registration knows what is wanted and makes it so,
 * one step at a time: at first, when its session has expired, when somebody deletes or changes its
 * znode. A reconnect within the session changes nothing, so nothing is written or asked then.
 */
import { OPEN_ACL_UNSAFE } from "../values.ts";
import type { ZooKeeper } from "../zookeeper.ts";
import { type Changes, withChanges } from "./complete.ts";
import { Feed } from "./feed.ts";
import { HealthGate } from "./health.ts";
import type { Registered, ServiceStatus } from "./instance.ts";
import type { Layout } from "./layout.ts";
import { InstanceZnodes } from "./instance_znodes.ts";
import type { Kept } from "./owned_znode.ts";
import type { Parents } from "./parents.ts";
import { atRest, isEnd, isPassing, Reconciler } from "./reconciler.ts";
import { checkOptions, type RegistrationOptions } from "./registration_options.ts";
import { Repairs } from "./repairs.ts";
import type { SessionListener, Sessions } from "./sessions.ts";

/** Where a registration is: on its way, in ZooKeeper, gone from there for now, or over. */
export type RegistrationState = "pending" | "registered" | "lost" | "closed";

/** What happens to a registration. */
export type RegistrationEvent =
  /** It is in ZooKeeper, at first or again. */
  | { readonly type: "registered"; readonly path: string }
  /** It no longer is: its session has expired, or somebody has deleted its znode. */
  | { readonly type: "lost"; readonly reason: "expired" | "deleted" }
  /** Somebody had changed its znode, and it is right again. */
  | { readonly type: "repaired"; readonly path: string }
  /** Another session owns a znode of its name. */
  | { readonly type: "waiting"; readonly path: string; readonly owner: bigint }
  /** Its health check says no, and it has been withdrawn. */
  | { readonly type: "withheld" }
  /** It cannot be registered, for a reason that time does not mend; it is tried again later. */
  | { readonly type: "refused"; readonly error: Error }
  /** It is over. */
  | { readonly type: "closed" };

/** What a registration lives on. */
export interface RegistrationSetting {
  readonly zk: ZooKeeper;
  readonly sessions: Sessions;
  readonly layout: Layout;
  readonly basePath: string;
  readonly parents: Parents;
}

interface Waiting {
  readonly generation: number;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * An instance that is registered until it is closed.
 *
 * @example To leave without losing a call
 * ```ts
 * import { ZooKeeper } from "@zkst/zookeeper";
 * import { ServiceDiscovery } from "@zkst/zookeeper/discovery";
 *
 * await using zk = await ZooKeeper.connect("127.0.0.1:2181");
 * await using discovery = new ServiceDiscovery(zk, { basePath: "/services" });
 * const registration = await discovery.register({ name: "user", address: "10.0.0.5", port: 8000 });
 *
 * await registration.setStatus("DRAINING"); // no new calls
 * await new Promise((resolve) => setTimeout(resolve, 100)); // until everybody knows
 * await registration.close(); // then finish what is under way, and stop listening
 * ```
 */
export class Registration<P = unknown> implements AsyncDisposable {
  /**
   * Resolves when it is registered for the first time. Rejects if that is refused, or closed before.
   */
  readonly ready: Promise<void>;
  /** Resolves when its znode is gone, and with a session that is over at once. */
  readonly gone: Promise<void>;
  readonly #zk: ZooKeeper;
  readonly #sessions: Sessions;
  readonly #options: RegistrationOptions;
  readonly #listener: SessionListener = {
    connected: (renewed) => this.#connected(renewed),
    disconnected: () => this.#closing && this.#settled.resolve(),
    expired: () => this.#instance.serviceType.startsWith("DYNAMIC") && this.#lose("expired"),
    over: () => this.#end(),
  };
  readonly #feed: Feed<RegistrationEvent> = new Feed();
  readonly #ready = Promise.withResolvers<void>();
  readonly #gone = Promise.withResolvers<void>();
  readonly #settled = Promise.withResolvers<void>();
  readonly #loop: Reconciler;
  readonly #znodes: InstanceZnodes;
  readonly #health: HealthGate | null;
  #state: RegistrationState = "pending";
  #instance: Registered<P>;
  /** What is to be in ZooKeeper now: what was reported waits for its time. */
  #due: Registered<P>;
  /** Counts what has been asked for; and what of it is in ZooKeeper. */
  #wanted = 1;
  #written = 0;
  #waiting: Waiting[] = [];
  #closing = false;
  /** Whether it is being taken away, or may have been: what goes then nobody else has deleted. */
  #removing = false;
  readonly #repairs = new Repairs();
  #foreign: { readonly owner: bigint; readonly since: number } | null = null;
  #reportedAt = -Infinity;
  #reportTimer: Disposable | null = null;

  /**
   * Begins to register an instance: `ServiceDiscovery.register()` does so.
   *
   * @internal
   */
  constructor(setting: RegistrationSetting, instance: Registered<P>, options: RegistrationOptions) {
    checkOptions(options);
    this.#sessions = setting.sessions;
    this.#options = options;
    this.#instance = this.#due = instance;
    // A view, whose watches and requests end with it.
    this.#zk = setting.zk.chroot("/");
    this.ready = this.#ready.promise;
    this.gone = this.#gone.promise;
    // Those who do not listen are not to be ended by it.
    this.ready.catch(() => {});
    this.#settled.promise.catch(() => {});
    const { acl = OPEN_ACL_UNSAFE, takeOver = false } = options;
    const { known } = setting.sessions;
    const changed = (gone: boolean) => this.#changed(gone);
    const place = { ...setting, zk: this.#zk, known, acl, takeOver, changed };
    this.#znodes = new InstanceZnodes(place, instance);
    this.#znodes.check(instance);
    const { clock } = setting.zk.platform;
    this.#loop = new Reconciler(setting.zk.platform, () => this.#step());
    this.#health = options.health === undefined
      ? null
      : new HealthGate(clock, options.health, () => this.#loop.ask());
    setting.sessions.add(this.#listener);
    this.#loop.ask();
  }

  /** Where it is. */
  get state(): RegistrationState {
    return this.#state;
  }

  /** What is registered, or is to be. */
  get instance(): Registered<P> {
    return this.#instance;
  }

  /** Its znode; of one with a number that is not known yet, what stands before that. */
  get path(): string {
    return this.#znodes.path;
  }

  /** What happens to it from now on. */
  events(options: { signal?: AbortSignal } = {}): AsyncIterable<RegistrationEvent> {
    return this.#feed.iterate(options);
  }

  /** Has a function told what happens to it. */
  subscribe(listener: (event: RegistrationEvent) => void): Disposable {
    return this.#feed.subscribe(listener);
  }

  /**
   * Changes what is registered; resolves when ZooKeeper has it. While disconnected it waits; of
   * several changes the latest is what counts.
   *
   * @throws {TypeError} for what is not valid or cannot be written.
   * @throws {RangeError} for a number that is out of range, or data longer than `maxBuffer`.
   */
  update(changes: Changes<P>): Promise<void> {
    const instance = withChanges(this.#instance, changes);
    this.#znodes.check(instance);
    if (this.#closing) return Promise.reject(new Error("The registration is closed"));
    this.#instance = this.#due = instance;
    const generation = ++this.#wanted;
    const written = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ generation, resolve, reject });
    });
    written.catch(() => {});
    this.#loop.ask();
    return written;
  }

  /** Changes its status; as {@link update}. */
  setStatus(status: ServiceStatus): Promise<void> {
    return this.update({ status });
  }

  /**
   * Says how it is doing: a new payload, which is written at most once in `reportInterval`; of those
   * in between, the last one counts. Each write goes through the ensemble's leader, and is told to
   * each client that watches.
   *
   * @throws {TypeError} as `update()`.
   */
  report(payload: P): void {
    const instance = withChanges(this.#instance, { payload });
    this.#znodes.check(instance);
    if (this.#closing) return;
    this.#instance = instance;
    if (this.#reportTimer !== null) return;
    const { clock } = this.#zk.platform;
    const { reportInterval = 10_000 } = this.#options;
    const at = Math.max(clock.now(), this.#reportedAt + reportInterval);
    const timer = clock.timer(at, () => {
      this.#reportTimer = null;
      this.#reportedAt = clock.now();
      this.#due = this.#instance;
      this.#wanted++;
      this.#loop.ask();
    });
    timer.unref?.();
    this.#reportTimer = timer;
  }

  /**
   * Takes it out of ZooKeeper. Resolves when it is gone, or, while the session is not connected, at
   * once: it is then taken away in the background when the session is connected again, and goes with
   * the session in any case, but for a "STATIC" one; `gone` tells when. Rejects when the server does
   * not allow it, and goes on trying.
   */
  close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      this.#health?.stop();
      this.#reportTimer?.[Symbol.dispose]();
      const closed = new Error("The registration is closed");
      this.#ready.reject(closed);
      for (const { reject } of this.#waiting.splice(0)) reject(closed);
      if (this.#zk.state !== "CONNECTED") this.#settled.resolve();
      this.#loop.ask();
    }
    return this.#settled.promise;
  }

  /** Closes it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #connected(renewed: boolean): void {
    // One that has its znode in this session has nothing to do.
    const isDone = this.#state === "registered" && this.#written >= this.#wanted;
    if (renewed || !isDone || this.#closing) this.#loop.ask();
  }

  get #isWanted(): boolean {
    return !this.#closing && (this.#health?.healthy ?? true);
  }

  async #step(): Promise<number> {
    if (this.#state === "closed") return atRest;
    const generation = this.#wanted;
    try {
      if (!this.#isWanted) return await this.#withdraw();
      const kept = await this.#znodes.keep(this.#due);
      if (kept.what === "foreign") return this.#wait(kept.path, kept.owner);
      return this.#note(kept, generation);
    } catch (error) {
      return this.#fail(error);
    }
  }

  async #withdraw(): Promise<number> {
    this.#removing = true;
    const stays = this.#instance.serviceType === "PERMANENT" && this.#closing;
    if (!stays) await this.#znodes.remove();
    if (this.#closing) this.#end();
    else if (this.#state !== "pending") {
      this.#state = "pending";
      this.#feed.emit({ type: "withheld" });
    }
    return atRest;
  }

  /** What has been made right is told. */
  #note({ what, path }: Kept, generation: number): number {
    const known = this.#written >= generation && this.#state === "registered";
    this.#foreign = null;
    this.#written = Math.max(this.#written, generation);
    if (this.#closing) return 0;
    // It was gone, and no watch had told: that on its data had been used up.
    if (what === "created" && !this.#removing) this.#lost();
    this.#removing = false;
    if (known && what === "set") {
      this.#repairs.note(this.#zk.platform.clock.now());
      this.#feed.emit({ type: "repaired", path });
    }
    if (this.#state !== "registered") {
      this.#state = "registered";
      this.#ready.resolve();
      this.#feed.emit({ type: "registered", path });
    }
    const done = this.#waiting.filter((one) => one.generation <= this.#written);
    this.#waiting = this.#waiting.filter((one) => one.generation > this.#written);
    for (const { resolve } of done) resolve();
    return atRest;
  }

  #wait(path: string, owner: bigint): number {
    const now = this.#zk.platform.clock.now();
    const { ownerTimeout = 2 * this.#zk.sessionTimeout } = this.#options;
    if (this.#foreign?.owner !== owner) {
      this.#foreign = { owner, since: now };
      this.#lose("deleted");
      this.#feed.emit({ type: "waiting", path, owner });
    }
    const left = this.#foreign.since + ownerTimeout - now;
    if (left > 0) return left;
    const session = `0x${BigInt.asUintN(64, owner).toString(16)}`;
    this.#refuse(
      new Error(
        `"${path}" belongs to another session, ${session}, and has for ${ownerTimeout} ms; with ` +
          "takeOver it would be exchanged",
      ),
    );
    return atRest;
  }

  #fail(error: unknown): number {
    if (this.#zk.closed || this.#sessions.over || isEnd(error)) {
      this.#end();
      return atRest;
    }
    if (!isPassing(error)) this.#refuse(error as Error);
    return this.#loop.pause();
  }

  #refuse(error: Error): void {
    this.#ready.reject(error);
    if (this.#closing) this.#settled.reject(error);
    for (const { reject } of this.#waiting.splice(0)) reject(error);
    this.#feed.emit({ type: "refused", error });
  }

  #lose(reason: "expired" | "deleted"): void {
    if (this.#state !== "registered" || this.#closing) return;
    this.#state = "lost";
    this.#due = this.#instance;
    this.#feed.emit({ type: "lost", reason });
  }

  /** Somebody has deleted its znode. */
  #lost(): void {
    if (this.#state !== "registered") return;
    this.#lose("deleted");
    this.#repairs.note(this.#zk.platform.clock.now());
  }

  /** Its znode has changed or gone. */
  readonly #changed = (gone: boolean): void => {
    if (this.#state === "closed") return;
    if (gone && !this.#removing) this.#lost();
    this.#loop.ask(this.#repairs.pause(this.#zk.platform.clock.now()));
  };

  #end(): void {
    if (this.#state === "closed") return;
    this.#closing = true;
    this.#state = "closed";
    this.#loop.stop();
    this.#health?.stop();
    this.#reportTimer?.[Symbol.dispose]();
    this.#sessions.delete(this.#listener);
    const closed = new Error("The registration is closed");
    this.#ready.reject(closed);
    for (const { reject } of this.#waiting.splice(0)) reject(closed);
    this.#gone.resolve();
    this.#settled.resolve();
    this.#feed.emit({ type: "closed" });
    this.#feed.end();
    void this.#zk.close();
  }
}
