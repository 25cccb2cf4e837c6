/** The endpoints of a channel: one for each address, whichever services are found there. */
import { hostPort } from "../../discovery/mod.ts";
import type { Place } from "./dialing.ts";
import { Endpoint, type EndpointSetting } from "./endpoint.ts";

/** Who calls endpoints. */
export interface EndpointUser {
  /** Its state, or that of its connection, has changed. */
  changed(endpoint: Endpoint): void;
}

/** All endpoints that somebody uses, and those that still have calls under way. */
export class EndpointPool {
  readonly #setting: EndpointSetting;
  readonly #byName = new Map<string, Endpoint>();
  readonly #leaving = new Map<Endpoint, Promise<void>>();

  /** None. */
  constructor(setting: EndpointSetting) {
    this.#setting = setting;
  }

  /** Those that are used. */
  get endpoints(): Iterable<Endpoint> {
    return this.#byName.values();
  }

  /** The endpoint of an address, for a user that will give it back. */
  take(place: Place, user: EndpointUser): Endpoint {
    const name = hostPort(place);
    let endpoint = this.#byName.get(name);
    if (endpoint === undefined) {
      endpoint = new Endpoint(this.#setting, place);
      this.#byName.set(name, endpoint);
    }
    endpoint.users.add(user);
    return endpoint;
  }

  /** Gives one back; when nobody uses it any more, it takes no new calls and closes after the last. */
  giveBack(endpoint: Endpoint, user: EndpointUser): void {
    endpoint.users.delete(user);
    if (endpoint.users.size > 0) return;
    this.#byName.delete(endpoint.name);
    this.#leaving.set(endpoint, endpoint.drain().then(() => void this.#leaving.delete(endpoint)));
  }

  /** Closes all. Resolves when their connections are closed. */
  async close(message: string): Promise<void> {
    const all = [...this.#byName.values(), ...this.#leaving.keys()];
    this.#byName.clear();
    await Promise.all(all.map((endpoint) => endpoint.close(message)));
  }
}
