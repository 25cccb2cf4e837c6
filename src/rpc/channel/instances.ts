/** Where a route's instances come from: addresses that are given, or a service that is followed. */
import {
  type Address,
  hostPort,
  type Instances,
  type ServiceCache,
  type ServiceDiscovery,
  type ServiceInstance,
  type Source,
} from "../../discovery/mod.ts";
import { newInstance } from "../../discovery/instance.ts";
import type { Clock, Logger } from "../../values.ts";

/** Instances that may not be known yet. */
export interface Upstream {
  /** They; null until they are known. */
  readonly source: Source | null;
  /** Why they are not, where that is known. */
  readonly error: Error | null;
  /** Told when any of this has changed. */
  readonly listeners: Set<() => void>;
  /** Follows them no more. */
  close(): void;
}

/** Addresses that are given. */
export class GivenInstances implements Upstream {
  readonly source: Source;
  readonly error = null;
  readonly listeners: Set<() => void> = new Set();

  constructor(addresses: readonly Address[]) {
    const unique = new Map(addresses.map((address) => [hostPort(address), address]));
    const instances: ServiceInstance[] = [...unique].map(([id, address]) =>
      newInstance("", id, { id, ...address }, {
        czxid: 0n,
        mzxid: 0n,
        ctime: 0,
        ephemeralOwner: 0n,
      })
    );
    const snapshot: Instances = Object.freeze({ instances: Object.freeze(instances) });
    this.source = { snapshot };
  }

  close(): void {}
}

/** What following a service needs. */
export interface FollowSetting {
  readonly discovery: ServiceDiscovery;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether of several instances at one address the newest counts alone. */
  readonly uniqueAddress: boolean;
}

/** A service's instances as ZooKeeper has them; while that is away, as it had them last. */
export class FollowedInstances implements Upstream {
  readonly listeners: Set<() => void> = new Set();
  readonly #setting: FollowSetting;
  readonly #name: string;
  readonly #end = new AbortController();
  #cache: ServiceCache | null = null;
  #error: Error | null = null;
  #timer: Disposable | null = null;

  /** Begins to follow. */
  constructor(setting: FollowSetting, name: string) {
    this.#setting = setting;
    this.#name = name;
    this.#follow();
  }

  get source(): Source | null {
    return this.#cache;
  }

  get error(): Error | null {
    return this.#error;
  }

  close(): void {
    this.#end.abort();
    this.#timer?.[Symbol.dispose]();
    this.#timer = null;
  }

  #follow(): void {
    const { discovery, uniqueAddress } = this.#setting;
    const { signal } = this.#end;
    const listener = () => this.#tell();
    discovery.cache(this.#name, { signal, listener, uniqueAddress }).then(
      (cache) => {
        this.#cache = cache;
        this.#error = null;
        this.#tell();
      },
      (error) => this.#refused(error),
    );
  }

  /** ZooKeeper does not let us read it: asked again, for an ACL may change. */
  #refused(error: Error): void {
    if (this.#end.signal.aborted) return;
    const { clock, logger } = this.#setting;
    // Once, not each time that it is asked again.
    if (error.message !== this.#error?.message) {
      logger.warn?.(`The instances of ${this.#name} cannot be read: ${error.message}`);
    }
    this.#error = error;
    const timer = clock.timer(clock.now() + againAfter, () => this.#follow());
    // Whether the process goes on is for the session to say.
    timer.unref?.();
    this.#timer = timer;
    this.#tell();
  }

  #tell(): void {
    for (const listener of [...this.listeners]) listener();
  }
}

/** Ms after a refusal. */
const againAfter = 5_000;
