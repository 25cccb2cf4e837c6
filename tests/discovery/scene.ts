/* A ZooKeeper in memory, and those who register and look: whatever befalls them takes no time. */

import { ZooKeeper, type ZooKeeperOptions } from "@zkst/zookeeper";
import {
  type DiscoveryOptions,
  type RegistrationEvent,
  type ServiceCache,
  ServiceDiscovery,
  type ServiceEvent,
  type ServiceRegistration,
} from "@zkst/zookeeper/discovery";
import { TestServer, type TestServerOptions } from "@zkst/zookeeper/testing";

/** The session timeout of all, ms. */
export const T = 10_000;

/** What tests register, if it does not matter. */
export const user: ServiceRegistration<Record<string, unknown>> = {
  name: "user",
  id: "one",
  address: "10.0.0.5",
  port: 8000,
};

/** Somebody with a session. */
export interface Someone {
  readonly zk: ZooKeeper;
  readonly discovery: ServiceDiscovery;
}

/** A server and those who use it. */
export class Scene implements AsyncDisposable {
  readonly server: TestServer;
  readonly #all: Someone[] = [];

  constructor(options: TestServerOptions = {}) {
    this.server = new TestServer(options);
  }

  /** Somebody else, on a host of that name. */
  async someone(
    host: string,
    zkOptions: ZooKeeperOptions = {},
    options: DiscoveryOptions = {},
  ): Promise<Someone> {
    const { platform } = this.server;
    const zk = await ZooKeeper.connect(host, { platform, sessionTimeout: T, ...zkOptions });
    return this.on(zk, options);
  }

  /** Somebody on a session that is there. */
  on(zk: ZooKeeper, options: DiscoveryOptions = {}): Someone {
    const someone = { zk, discovery: new ServiceDiscovery(zk, options) };
    this.#all.push(someone);
    return someone;
  }

  advance(ms: number): Promise<void> {
    return this.server.advance(ms);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.heal();
    for (const { discovery } of this.#all) await discovery.close();
    for (const { zk } of this.#all) await zk.close();
    await this.server.close();
  }
}

/** Versions that are said or not: so that caches watch in one way and in the other. */
export const engines: Readonly<Record<string, ZooKeeperOptions>> = {
  "one-shot watches": {},
  "a recursive watch": { serverVersion: "3.9" },
};

/** What a registration's or a cache's events tell, in short. */
export function log(of: {
  subscribe(listener: (event: RegistrationEvent | ServiceEvent) => void): Disposable;
}): string[] {
  const lines: string[] = [];
  of.subscribe((event) => {
    if ("instance" in event) lines.push(`${event.type} ${event.instance.id}`);
    else if ("reason" in event) lines.push(`${event.type} ${event.reason}`);
    else lines.push(event.type);
  });
  return lines;
}

/** The ids in a snapshot. */
export function ids(cache: ServiceCache<never> | ServiceCache): string[] {
  return cache.snapshot.instances.map(({ id }) => id).sort();
}

/** What a znode holds. */
export async function json(zk: ZooKeeper, path: string): Promise<Record<string, unknown>> {
  return JSON.parse(new TextDecoder().decode((await zk.getData(path)).data!));
}

/** What becomes of a promise: "waiting" until then. */
export function outcome(promise: Promise<unknown>): { now: string } {
  const result = { now: "waiting" };
  promise.then(() => result.now = "done", (error) => result.now = error.message);
  return result;
}
