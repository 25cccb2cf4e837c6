/**
 * A server's registrations, by layout: one for each service, or, in tiny_rpc's layouts, for each method
 * that has a handler. They stay as they should be by themselves; here is decided what they are.
 *
 * What stands in the way of one is a znode of another session's with the same name. If that says what
 * we would say, it is what a former life of this server has left, since it is we who listen there, and
 * is exchanged; otherwise it is another provider, and is waited for.
 */
import { ServiceDiscovery } from "../../discovery/discovery.ts";
import { hostPort, type ServiceRegistration } from "../../discovery/instance.ts";
import type { Layout } from "../../discovery/layout.ts";
import type { Registration } from "../../discovery/registration.ts";
import type { RegistrationOptions } from "../../discovery/registration_options.ts";
import type { Logger } from "../../values.ts";
import type { ZooKeeper } from "../../zookeeper.ts";
import { shortName } from "../service.ts";
import type { Peer } from "../wires/wire.ts";

/** What may be said of a server's instances beside where it listens. */
export type InstanceFields = Omit<ServiceRegistration, "name" | "id" | "address" | "port">;

/** Where and how to register. */
export interface RegisteringSetting {
  readonly zk: ZooKeeper;
  readonly layout: Layout;
  readonly basePath: string;
  readonly fields: InstanceFields;
  readonly options: RegistrationOptions;
  readonly logger: Logger;
}

/** The znode below which a layout's services stand unless somebody says otherwise. */
export function defaultBasePath({ name }: Layout): string {
  return name === "tinyRpc" ? "/" : name === "tinyRpcInstances" ? "/mprpc/services" : "/services";
}

/** Whether a layout has services by their short names. */
export function hasShortNames({ name }: Layout): boolean {
  return name === "tinyRpc" || name === "tinyRpcInstances";
}

/** Services, and the methods of each that have a handler. */
export type Names = ReadonlyMap<string, readonly string[]>;

/** The registrations of one server. */
export class Registering {
  readonly #setting: RegisteringSetting;
  readonly #discovery: ServiceDiscovery;
  readonly #end = new AbortController();
  readonly #registrations: Registration[] = [];
  #closing: Promise<void> | null = null;

  /** None yet. */
  constructor(setting: RegisteringSetting) {
    this.#setting = setting;
    const { zk, layout, basePath } = setting;
    this.#discovery = new ServiceDiscovery(zk, { layout, basePath });
  }

  /**
   * Registers all. Resolves when each is in ZooKeeper, or waits for another provider to leave; while
   * ZooKeeper is away that takes its time. Rejects when one is refused, or it is closed before.
   */
  async register(names: Names, address: Peer): Promise<void> {
    const instances = this.#instances(names, address);
    const leftovers = await Promise.all(instances.map((one) => this.#isLeftover(one)));
    this.#end.signal.throwIfAborted();
    await Promise.all(instances.map((instance, i) => {
      const options = leftovers[i]
        ? { takeOver: true, ...this.#setting.options }
        : this.#setting.options;
      const registration = this.#discovery.announce(instance, options);
      this.#registrations.push(registration);
      return this.#settled(registration);
    }));
  }

  /** Takes all out of ZooKeeper; as `ServiceDiscovery.close()`. */
  close(): Promise<void> {
    if (this.#closing === null) {
      this.#end.abort(new Error("The server is shutting down"));
      this.#closing = this.#discovery.close();
      this.#closing.catch(() => {});
    }
    return this.#closing;
  }

  /** How many there are, and how many of them are in ZooKeeper. */
  get count(): { all: number; registered: number } {
    const registered = this.#registrations.filter(({ state }) => state === "registered").length;
    return { all: this.#registrations.length, registered };
  }

  #instances(names: Names, { hostname, port }: Peer): ServiceRegistration[] {
    const { layout, fields } = this.#setting;
    const place = { ...fields, address: hostname, port };
    return [...names].flatMap(([service, methods]) => {
      const short = shortName(service);
      if (layout.name === "tinyRpc") {
        return methods.map((id) => ({ ...place, name: short, id }));
      }
      if (layout.name === "tinyRpcInstances") {
        return methods.map((method) => ({ ...place, name: `${short}/${method}` }));
      }
      return [{ ...place, name: service, id: hostPort({ address: hostname, port }) }];
    });
  }

  /** Whether a znode of this name says already that it is here. */
  async #isLeftover({ name, id, address, port }: ServiceRegistration): Promise<boolean> {
    const { zk, layout, basePath } = this.#setting;
    if (id === undefined) return false;
    try {
      const path = `${layout.servicePath(basePath, name)}/${id}`;
      const { data, stat } = await zk.getData(path, { signal: this.#end.signal });
      const found = layout.decode(name, id, data, stat);
      return found?.address === address && found.port === port;
    } catch {
      // There is none, or none that is ours; what is wrong shows when it is registered.
      return false;
    }
  }

  #settled(registration: Registration): Promise<void> {
    const { logger } = this.#setting;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    registration.subscribe((event) => {
      const { name } = registration.instance;
      if (event.type === "registered") logger.info?.(`${name} is registered as ${event.path}`);
      else if (event.type === "lost") {
        logger.warn?.(`${name} is not registered any more (${event.reason}); it will be again`);
      } else if (event.type === "waiting") {
        logger.warn?.(`${name} waits to be registered: ${event.path} is another provider's`);
        resolve();
      } else if (event.type === "refused") {
        logger.error?.(`${name} cannot be registered: ${event.error.message}`);
      }
    });
    registration.ready.then(resolve, reject);
    // One of them that cannot be announced ends the wait for all.
    promise.catch(() => {});
    return promise;
  }
}
