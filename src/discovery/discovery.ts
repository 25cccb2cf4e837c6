/** class ServiceDiscovery: where services are registered and found, on one session. */
import type { ACL } from "../values.ts";
import type { ZooKeeper } from "../zookeeper.ts";
import { pathProblem } from "../proto/paths.ts";
import { ServiceCache } from "./cache.ts";
import type { CacheOptions } from "./cache_options.ts";
import { checkKeys, complete } from "./complete.ts";
import type { ServiceRegistration } from "./instance.ts";
import type { Layout } from "./layout.ts";
import { curator } from "./layouts/curator.ts";
import { checkListed, NamesWatch, readNames } from "./names.ts";
import { Parents } from "./parents.ts";
import { Registration } from "./registration.ts";
import type { RegistrationOptions } from "./registration_options.ts";
import { Sessions } from "./sessions.ts";

/** Options of a {@link ServiceDiscovery}. */
export interface DiscoveryOptions {
  /** The znode that services stand below. "/services". */
  basePath?: string;
  /** How they stand there: Curator's layout unless given. */
  layout?: Layout;
  /** Other names that services go by here: `{ db: "mysql-main" }`. */
  aliases?: Readonly<Record<string, string>>;
  /** The ACL of the znodes above instances; OPEN_ACL_UNSAFE unless given. */
  parentsACL?: readonly ACL[];
}

/** Options of `required()`. */
export interface RequiredOptions {
  /** How long to wait, ms; for ever unless given. */
  timeout?: number;
  /** Ends it. */
  signal?: AbortSignal;
}

/**
 * Services, registered and found through ZooKeeper.
 *
 * @example
 * ```ts
 * import { ZooKeeper } from "@zkst/zookeeper";
 * import { ServiceDiscovery } from "@zkst/zookeeper/discovery";
 *
 * await using zk = await ZooKeeper.connect("127.0.0.1:2181");
 * await using discovery = new ServiceDiscovery(zk, { basePath: "/services" });
 * await discovery.register({ name: "user", address: "10.0.0.5", port: 8000 });
 * const cache = await discovery.cache("user");
 * console.log(cache.snapshot.instances, await discovery.names());
 * ```
 */
export class ServiceDiscovery implements AsyncDisposable {
  readonly #zk: ZooKeeper;
  readonly #sessions: Sessions;
  readonly #layout: Layout;
  readonly #basePath: string;
  readonly #aliases: Readonly<Record<string, string>>;
  readonly #parents: Parents;
  readonly #registrations = new Map<string, Registration>();
  /** What closes each. */
  readonly #caches = new Set<() => void>();
  readonly #names = new Set<NamesWatch>();
  #closing: Promise<void> | null = null;

  /**
   * Services on a session, which somebody else drives and closes.
   *
   * @throws {TypeError} for an option that is not valid.
   */
  constructor(zk: ZooKeeper, options: DiscoveryOptions = {}) {
    const { basePath = "/services", layout = curator(), aliases = {}, parentsACL } = options;
    checkKeys(options, optionNames);
    if (typeof zk?.events !== "function") {
      throw new TypeError(
        `A ServiceDiscovery takes a session, a ZooKeeper, first, not ${typeof zk}`,
      );
    }
    const problem = pathProblem(basePath);
    if (problem !== null) {
      throw new TypeError(`The basePath ${JSON.stringify(basePath)} is not valid: ${problem}`);
    }
    if (typeof layout?.servicePath !== "function") throw new TypeError("The layout is none");
    this.#zk = zk;
    this.#basePath = basePath;
    this.#layout = layout;
    this.#aliases = aliases;
    this.#sessions = new Sessions(zk);
    this.#parents = new Parents(zk, parentsACL, layout.persistentParents);
  }

  /**
   * Registers an instance, for as long as the registration is open; resolves when ZooKeeper has it,
   * however long that takes. Register when you listen. Rejects, and nothing is registered, when the
   * server refuses it, or a znode of its name stays another's.
   *
   * @throws {TypeError} for what is not valid or cannot be written.
   * @throws {RangeError} for a number that is out of range, or data longer than `maxBuffer`.
   */
  register<P = unknown>(
    instance: ServiceRegistration<P>,
    options: RegistrationOptions & { signal?: AbortSignal } = {},
  ): Promise<Registration<P>> {
    const { signal, ...rest } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    return this.#untilReady(this.announce(instance, rest), signal);
  }

  /**
   * Registers an instance, as {@link register}, but does not wait, nor give up when it is refused:
   * its `ready` and its events tell.
   *
   * @throws {TypeError} as `register()`.
   * @throws {RangeError} as `register()`.
   */
  announce<P = unknown>(
    instance: ServiceRegistration<P>,
    options: RegistrationOptions = {},
  ): Registration<P> {
    this.#checkOpen();
    const setting = {
      zk: this.#zk,
      sessions: this.#sessions,
      layout: this.#layout,
      basePath: this.#basePath,
      parents: this.#parents,
    };
    const given = complete(instance);
    const whole = { ...given, name: this.#named(given.name) };
    const key = `${whole.name}/${whole.id}`;
    if (this.#registrations.has(key)) {
      throw new TypeError(
        `"${whole.id}" of "${whole.name}" is registered here already, or not gone yet`,
      );
    }
    const registration = new Registration<P>(setting, whole, options);
    this.#registrations.set(key, registration as Registration);
    registration.gone.then(() => this.#registrations.delete(key));
    return registration;
  }

  /**
   * The instances of a service, kept up to date; resolves when they have been read for the first
   * time. The service need not exist.
   *
   * @throws {TypeError} for a name that is not valid.
   * @throws {RangeError} for a number that is out of range.
   */
  cache<P = unknown>(name: string, options: CacheOptions<P> = {}): Promise<ServiceCache<P>> {
    this.#checkOpen();
    const setting = {
      zk: this.#zk,
      sessions: this.#sessions,
      layout: this.#layout,
      basePath: this.#basePath,
      closed: () => void this.#caches.delete(close),
    };
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    const cache = new ServiceCache<P>(setting, this.#named(name), options);
    const close = () => void cache.close();
    this.#caches.add(close);
    return this.#untilReady(cache, undefined);
  }

  /** The names of the services that there are, sorted. */
  names(): Promise<readonly string[]> {
    return readNames(this.#zk, this.#layout, this.#basePath);
  }

  /**
   * The names of the services that there are, and again whenever they have changed, until the session
   * or this is closed. A loop throws when the first read is refused; a later one is tried again.
   *
   * @throws {TypeError} for a layout that cannot tell which services there are.
   */
  watchNames(options: { signal?: AbortSignal } = {}): AsyncIterable<readonly string[]> {
    this.#checkOpen();
    checkListed(this.#layout, this.#basePath);
    return { [Symbol.asyncIterator]: () => this.#watchNames(options.signal) };
  }

  #watchNames(signal: AbortSignal | undefined): AsyncIterator<readonly string[], undefined> {
    this.#checkOpen();
    const end = () => watch.end();
    const watch = new NamesWatch({
      zk: this.#zk,
      sessions: this.#sessions,
      layout: this.#layout,
      basePath: this.#basePath,
      window: 50,
      ended: () => {
        signal?.removeEventListener("abort", end);
        this.#names.delete(watch);
      },
    });
    this.#names.add(watch);
    const loop = watch.feed.iterate({ signal });
    if (signal?.aborted) end();
    else signal?.addEventListener("abort", end, { once: true });
    return {
      next: async () => {
        const result = await loop.next();
        if (result.done && watch.error !== null) throw watch.error;
        return result;
      },
      return: () => {
        end();
        return loop.return!();
      },
    };
  }

  /**
   * Resolves when each of the services has an instance that is "UP". Rejects past `timeout`, and says
   * which have none; and when the session or this is closed before.
   */
  async required(names: readonly string[], options: RequiredOptions = {}): Promise<void> {
    const { timeout, signal } = options;
    signal?.throwIfAborted();
    const missing = new Set(names);
    const end = new AbortController();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const { clock } = this.#zk.platform;
    const late = () => reject(new Error(`No instance is UP of ${[...missing].join(", ")}`));
    using _timer = timeout === undefined ? null : clock.timer(clock.now() + timeout, late);
    const abort = () => reject(signal!.reason);
    signal?.addEventListener("abort", abort, { once: true });
    const look = async (name: string) => {
      for await (const { instances } of await this.cache(name, { signal: end.signal })) {
        if (!instances.some(({ status }) => status === "UP")) continue;
        missing.delete(name);
        if (missing.size === 0) resolve();
        return;
      }
      throw new Error(
        `The session or the discovery was closed before an instance of ${name} was UP`,
      );
    };
    try {
      if (missing.size === 0) resolve();
      for (const name of missing) look(name).catch(reject);
      await promise;
    } finally {
      signal?.removeEventListener("abort", abort);
      end.abort();
    }
  }

  /**
   * Closes all registrations and caches that it has given out; the session stays open. Resolves as
   * the registrations' `close()` does.
   */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** Closes it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const registrations = [...this.#registrations.values()];
    const gone = registrations.map((registration) => registration.gone);
    for (const close of this.#caches) close();
    for (const watch of this.#names) watch.end();
    await Promise.all(registrations.map((registration) => registration.close()));
    // Those that could not be taken away yet still have to hear of the session.
    Promise.all(gone).then(() => this.#sessions.stop());
  }

  async #untilReady<T extends { readonly ready: Promise<void>; close(): Promise<void> }>(
    one: T,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const abort = () => void one.close();
    signal?.addEventListener("abort", abort, { once: true });
    try {
      await one.ready;
    } catch (error) {
      await one.close();
      throw signal?.aborted ? signal.reason : error;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
    return one;
  }

  /** The service that a name stands for. */
  #named(name: string): string {
    return Object.hasOwn(this.#aliases, name) ? this.#aliases[name]! : name;
  }

  #checkOpen(): void {
    if (this.#closing !== null) throw new TypeError("The discovery is closed");
  }
}

const optionNames: readonly string[] = ["basePath", "layout", "aliases", "parentsACL"];
