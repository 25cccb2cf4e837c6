/**
 * A service's instances, kept up to date: what balancers pick from. What has changed is gathered for
 * a moment and read at once; what cannot be read leaves the last snapshot as it is, marked stale. A
 * snapshot is never changed: with each change there is another one.
 */
import type { ZooKeeper } from "../zookeeper.ts";
import { type CacheOptions, checkOptions } from "./cache_options.ts";
import { Dirt } from "./dirt.ts";
import { type Engine, newEngine, OneShotEngine } from "./engines.ts";
import { Feed } from "./feed.ts";
import type { ServiceInstance } from "./instance.ts";
import { Known } from "./known.ts";
import type { Layout } from "./layout.ts";
import { Reader } from "./reader.ts";
import { atRest, isEnd, isPassing, Reconciler } from "./reconciler.ts";
import type { SessionListener, Sessions } from "./sessions.ts";
import { differences, type ServiceEvent, type Snapshot } from "./snapshot.ts";

/** What there is to count of a cache. */
export interface CacheMetrics {
  /** Instances in the snapshot. */
  readonly instances: number;
  /** Of them, those that have vanished and are held. */
  readonly held: number;
  /** Znodes that should be instances and are none. */
  readonly invalid: number;
  /** For how long the snapshot has been stale, ms. */
  readonly staleTime: number;
  /** Watches that the server keeps for it. */
  readonly watches: number;
  /** How often it has been brought up to date after a disconnection. */
  readonly resyncs: number;
  /** Znodes read so far. */
  readonly reads: number;
}

/** What a cache lives on. */
export interface CacheSetting {
  readonly zk: ZooKeeper;
  readonly sessions: Sessions;
  readonly layout: Layout;
  readonly basePath: string;
  /** Called when it is closed, or over. */
  readonly closed: () => void;
}

/**
 * The instances of one service, kept up to date until it is closed.
 *
 * @example
 * ```ts
 * import { ZooKeeper } from "@zkst/zookeeper";
 * import { ServiceDiscovery } from "@zkst/zookeeper/discovery";
 *
 * await using zk = await ZooKeeper.connect("127.0.0.1:2181");
 * await using discovery = new ServiceDiscovery(zk, { basePath: "/services" });
 * await using cache = await discovery.cache("user", { signal: AbortSignal.timeout(1000) });
 * for await (const { instances, stale } of cache) {
 *   console.log(instances.map(({ address, port }) => `${address}:${port}`), stale);
 * }
 * ```
 */
export class ServiceCache<P = unknown> implements AsyncDisposable {
  /** Resolves when it has been read for the first time. Rejects if that is refused, or closed. */
  readonly ready: Promise<void>;
  /** The service. */
  readonly name: string;
  readonly #zk: ZooKeeper;
  readonly #sessions: Sessions;
  readonly #layout: Layout;
  readonly #path: string;
  readonly #options: CacheOptions<P>;
  readonly #whenClosed: () => void;
  readonly #listener: SessionListener = {
    connected: (renewed) => this.#connected(renewed),
    disconnected: () => this.#disconnected(),
    expired: () => this.#disconnected(),
    over: () => {
      this.#stale(null);
      this.#end();
    },
  };
  readonly #ready = Promise.withResolvers<void>();
  readonly #events: Feed<ServiceEvent<P>> = new Feed();
  readonly #snapshots: Feed<Snapshot<P>> = new Feed();
  readonly #dirt = new Dirt();
  readonly #loop: Reconciler;
  readonly #known: Known<P>;
  #engine: Engine;
  #reader: Reader;
  #snapshot: Snapshot<P>;
  /** Counts disconnections: what was begun before one proves nothing. */
  #losses = 0;
  #error: Error | null = null;
  #closed = false;
  #synced = false;
  #resyncs = 0;
  #reads = 0;
  /** Whether there are more znodes than it keeps: then the list says which ones. */
  #full = false;

  /**
   * Begins to read a service: `ServiceDiscovery.cache()` does so.
   *
   * @internal
   */
  constructor(setting: CacheSetting, name: string, options: CacheOptions<P> = {}) {
    const { layout, basePath, sessions } = setting;
    this.name = name;
    this.ready = this.#ready.promise;
    // Those who do not listen are not to be ended by it.
    this.ready.catch(() => {});
    checkOptions(options);
    this.#options = options;
    this.#whenClosed = setting.closed;
    this.#layout = layout;
    this.#sessions = sessions;
    this.#path = layout.servicePath(basePath, name);
    // A view, whose watches and requests end with it.
    const zk = this.#zk = setting.zk.chroot("/");
    const { holdDown = {} } = options;
    this.#known = new Known(layout, name, this.#path, holdDown, () => zk.sessionTimeout);
    const { platform } = this.#zk;
    const instances = Object.freeze([...options.initial ?? []]);
    const staleSince = platform.clock.now();
    this.#snapshot = Object.freeze({ instances, zxid: 0n, stale: true, staleSince, version: 0 });
    if (options.initial !== undefined) this.#ready.resolve();
    this.#loop = new Reconciler(platform, () => this.#step());
    const told = { touched: () => this.#touched(), refused: () => this.#watchSingly() };
    this.#engine = newEngine(this.#zk, this.#path, this.#dirt, told);
    this.#reader = new Reader(this.#zk, this.#path, this.#engine.watcher);
    if (options.listener !== undefined) this.#events.subscribe(options.listener);
    sessions.add(this.#listener);
    options.signal?.addEventListener("abort", this.#abort, { once: true });
    this.#dirt.list = true;
    this.#loop.ask();
  }

  /** What is known at the moment. */
  get snapshot(): Snapshot<P> {
    return this.#snapshot;
  }

  /** What there is to count. */
  get metrics(): CacheMetrics {
    const { instances, staleSince } = this.#snapshot;
    return {
      instances: instances.length,
      held: this.#known.hold.size,
      invalid: this.#known.invalid.size,
      staleTime: staleSince === null ? 0 : this.#zk.platform.clock.now() - staleSince,
      watches: this.#engine.watches(this.#known.size),
      resyncs: this.#resyncs,
      reads: this.#reads,
    };
  }

  /** The snapshot of the moment, and each later one; of more than a thousand, the last ones. */
  [Symbol.asyncIterator](): AsyncIterator<Snapshot<P>, undefined> {
    return this.#snapshots.iterate({}, this.#snapshot);
  }

  /** What happens to the service from now on. */
  events(options: { signal?: AbortSignal } = {}): AsyncIterable<ServiceEvent<P>> {
    return this.#events.iterate(options);
  }

  /** Has a function told what happens to the service; the snapshot has it already. */
  subscribe(listener: (event: ServiceEvent<P>) => void): Disposable {
    return this.#events.subscribe(listener);
  }

  /** Reads no more; the last snapshot stays. */
  close(): Promise<void> {
    this.#end();
    return Promise.resolve();
  }

  /** Closes it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #connected(renewed: boolean): void {
    const { platform } = this.#zk;
    this.#engine.reconnected(renewed, this.#dirt);
    if (this.#synced) this.#known.hold.doubt(platform.clock.now());
    const { spread = 500 } = this.#options;
    const most = this.#dirt.all ? spread : spread / 10;
    this.#loop.ask(this.#synced ? platform.random() * most : 0);
  }

  #disconnected(): void {
    this.#losses++;
    this.#stale(null);
  }

  readonly #abort = (): void => this.#end();

  #touched(): void {
    // After an outage the time to read has been chosen already, another one for each client.
    if (this.#isStale && this.#synced && this.#zk.state === "CONNECTED") return;
    this.#loop.ask(this.#windowTime());
  }

  #windowTime(): number {
    const { window = 50 } = this.#options;
    return window * (0.8 + 0.4 * this.#zk.platform.random());
  }

  /** The server does not know the one watch for all. */
  #watchSingly(): void {
    if (this.#closed) return;
    const told = { touched: () => this.#touched(), refused: () => {} };
    this.#engine = new OneShotEngine(this.#zk, this.#path, this.#dirt, told);
    this.#reader = new Reader(this.#zk, this.#path, this.#engine.watcher);
    this.#dirt.list = this.#dirt.all = true;
    this.#loop.ask();
  }

  async #step(): Promise<number> {
    const { state } = this.#zk;
    // When it is connected again, it is asked for.
    if (this.#closed || state !== "CONNECTED" && state !== "READONLY") return atRest;
    const taken = this.#dirt.take();
    let fresh = false;
    try {
      // What was missed is told before the list is answered, and is to be told before "resynced".
      for (let round = 0; round === 0 || round < 3 && !this.#dirt.none && this.#isStale; round++) {
        if (round > 0) taken.add(this.#dirt.take());
        const losses = this.#losses;
        await this.#read(taken);
        // A session that repeats what is lost may have answered on another connection than it asked on.
        fresh = (fresh || taken.list) && losses === this.#losses;
        taken.take();
      }
    } catch (error) {
      this.#dirt.add(taken);
      return this.#fail(error);
    }
    if (this.#closed) return atRest;
    this.#publish(fresh && this.#zk.state === "CONNECTED");
    const next = this.#known.hold.next(this.#zk.platform.clock.now());
    // What has come since it was read again did not ask for itself.
    return this.#dirt.none ? next : Math.min(next, this.#windowTime());
  }

  get #isStale(): boolean {
    return this.#snapshot.stale;
  }

  async #read({ list, all, leaves }: Dirt): Promise<void> {
    const known = this.#known;
    let names: readonly string[] = [...leaves];
    if (list || all || this.#full || this.#isTooMany(names)) {
      const listing = await this.#engine.list();
      const present = new Set(this.#guard(listing.names ?? []));
      if (all) known.zxid = 0n;
      known.saw(listing.zxid);
      known.keepOnly(present);
      names = [...present].filter((leaf) => all || leaves.has(leaf) || !known.has(leaf));
    }
    const reads = await this.#reader.read(names);
    this.#reads += reads.size;
    for (const [leaf, read] of reads) {
      const error = known.note(leaf, read);
      if (error === null) continue;
      this.#events.emit({ type: "invalid", path: `${this.#path}/${leaf}`, error });
    }
    known.settle(this.#zk.platform.clock.now());
  }

  #isTooMany(changed: readonly string[]): boolean {
    const { maxInstances = 100_000 } = this.#options;
    if (this.#known.size + changed.length <= maxInstances) return false;
    const added = changed.filter((leaf) => !this.#known.has(leaf));
    return this.#known.size + added.length > maxInstances;
  }

  /** Not more of them than there may be. */
  #guard(names: readonly string[]): readonly string[] {
    const { maxInstances = 100_000 } = this.#options;
    this.#full = names.length > maxInstances;
    if (!this.#full) return names;
    const message = `There are ${names.length} instances, and maxInstances is ${maxInstances}`;
    this.#events.emit({ type: "invalid", path: this.#path, error: new RangeError(message) });
    return names.toSorted().slice(0, maxInstances);
  }

  #publish(fresh: boolean): void {
    const { uniqueAddress = this.#layout.uniqueAddress ?? false } = this.#options;
    const before = this.#snapshot;
    const instances = this.#known.instances(uniqueAddress, this.#zk.platform.clock.now());
    const changes = [...differences(before.instances, instances)];
    const resynced = fresh && before.stale;
    if (changes.length > 0 || resynced) {
      const stale = before.stale && !fresh;
      const staleSince = stale ? before.staleSince : null;
      this.#show(changes.length > 0 ? instances : before.instances, stale, staleSince);
    }
    for (const change of changes) this.#events.emit(change);
    if (!fresh) return;
    this.#error = null;
    if (resynced && this.#synced) {
      this.#resyncs++;
      this.#events.emit({ type: "resynced" });
    }
    this.#synced = true;
    this.#ready.resolve();
  }

  #show(
    instances: readonly ServiceInstance<P>[],
    stale: boolean,
    staleSince: number | null,
  ): void {
    const version = this.#snapshot.version + 1;
    const { zxid } = this.#known;
    this.#snapshot = Object.freeze({ instances, zxid, stale, staleSince, version });
    this.#snapshots.emit(this.#snapshot);
  }

  #stale(error: Error | null): void {
    if (this.#closed || this.#isStale && error === null) return;
    const { instances, staleSince } = this.#snapshot;
    if (!this.#isStale) this.#show(instances, true, this.#zk.platform.clock.now());
    else if (staleSince === null) return;
    this.#events.emit({ type: "stale", error });
  }

  #fail(error: unknown): number {
    if (this.#closed || this.#zk.closed || isEnd(error)) {
      this.#stale(null);
      this.#end();
      return atRest;
    }
    if (!isPassing(error)) {
      this.#ready.reject(error);
      if (this.#error?.message !== (error as Error).message) this.#stale(error as Error);
      this.#error = error as Error;
    }
    return this.#loop.pause();
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.signal?.removeEventListener("abort", this.#abort);
    this.#ready.reject(this.#options.signal?.reason ?? new Error("The cache is closed"));
    this.#loop.stop();
    this.#engine.stop();
    this.#sessions.delete(this.#listener);
    this.#events.end();
    this.#snapshots.end();
    void this.#zk.close();
    this.#whenClosed();
  }
}
