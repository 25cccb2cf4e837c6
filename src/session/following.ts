/**
 * The option `followConfig`: the list of servers follows /zookeeper/config. It is read on each new
 * connection and watched from then on; each version newer than the last one goes to setServers,
 * which decides, as always, whether the session moves.
 */
import { Rc } from "../proto/constants.ts";
import type { WatchedEvent } from "../types.ts";
import { type Config, parseConfig, type Ports } from "./config.ts";
import { type Handle, isConnected } from "./handle.ts";
import { type Host, hostPort } from "./hosts.ts";
import { agetConfig } from "./reads.ts";
import { Scope } from "./scope.ts";
import { setServers } from "./set_servers.ts";

/** Has the session follow the configuration from its first connection on. */
export function followConfig(zh: Handle): void {
  const follower = new Follower(zh);
  zh.globalWatchers.add(follower.told);
}

class Follower {
  readonly #zh: Handle;
  /** Of its own, so that nobody else's removeWatches takes the watch along. */
  readonly #scope: Scope;
  /** The newest version taken. It never goes back: a server may be behind the others. */
  #version = -1n;
  /** The list that came of it. */
  #hosts: readonly Host[] = [];
  /** What the log was told last. */
  #line = "";

  constructor(zh: Handle) {
    this.#zh = zh;
    this.#scope = new Scope("", "", zh.scope);
  }

  /** Told of session events. */
  readonly told = (): void => {
    if (isConnected(this.#zh)) this.#read();
  };

  readonly #changed = ({ type }: WatchedEvent): void => {
    if (type === "NodeDataChanged") this.#read();
  };

  #read(): void {
    const zh = this.#zh;
    const { scope, parks } = zh;
    zh.scope = this.#scope;
    // However much is outstanding: who else would ask again?
    zh.parks = true;
    agetConfig(zh, this.#changed, (rc, data) => this.#take(rc, data));
    zh.scope = scope;
    zh.parks = parks;
  }

  #take(rc: number, data: Uint8Array | null): void {
    if (rc === Rc.NONODE) return this.#keep("the server has none, as before 3.5");
    if (rc === Rc.NOAUTH) return this.#keep("the session may not read it");
    // Without an answer there is the next connection.
    if (rc !== Rc.OK) return;
    const text = new TextDecoder().decode(data ?? new Uint8Array(0));
    const config = parseConfig(text, portsOf(this.#zh));
    if (typeof config === "string") this.#keep(config);
    else if (config.version > this.#version) this.#apply(config);
  }

  #apply({ version, servers }: Config): void {
    const zh = this.#zh;
    const list = servers.map(hostPort).join(",");
    // What the ensemble calls its servers may mean nothing here; whoever led to it is not forgotten.
    const { hosts } = zh.servers;
    const lastResort = hosts === this.#hosts ? zh.lastResort : hosts;
    try {
      setServers(zh, list);
    } catch (error) {
      return this.#keep((error as Error).message);
    }
    zh.lastResort = lastResort;
    this.#hosts = zh.servers.hosts;
    this.#version = version;
    this.#line = "";
    this.#zh.logger.info?.(`Following the ensemble's configuration to ${list}`, {
      version: version.toString(16),
    });
  }

  /** The servers stay; the log has one line of it, however often the same is read. */
  #keep(why: string): void {
    if (why === this.#line) return;
    this.#line = why;
    this.#zh.logger.warn?.(`Cannot follow the ensemble's configuration: ${why}`);
  }
}

/** Before 3.10 the ports for TLS are not in it; where all servers here have the same, that is it. */
function portsOf({ settings, found }: Handle): Ports {
  const [port = null, ...others] = new Set(found.flat().map(({ port }) => port));
  return { isSecure: settings.tls, securePort: others.length === 0 ? port : null };
}
