/*
 * The worlds that the tests run in, the same tests in each: a real ZooKeeper 3.8 or 3.9, or the
 * TestServer of ./testing, which is like 3.8 in memory and like 3.9 over TCP. ZKST_WORLD says which.
 *
 * In memory there are no sockets: a platform leads each client to the server that has the port in
 * its connect string. All else is as it is elsewhere, the real clock included, so that a test need
 * not know where it is.
 */

import { delay } from "@std/async";
import type { HandleOptions } from "@zkst/zookeeper/st";
import type { Endpoint, Platform, Transport, ZooKeeperOptions } from "@zkst/zookeeper";
import * as real from "../../tools/servers.ts";
import { TestServer } from "../../src/testing/mod.ts";
import { until } from "./waiting.ts";

/** How long a TestServer is down at least, ms. */
const downtime = 50;

const worlds = ["3.8", "3.9", "memory", "tcp"] as const;

/** Where the tests run. */
export const world: (typeof worlds)[number] = named(Deno.env.get("ZKST_WORLD") ?? "3.8");

/** Which server it is, or is like. */
export const version: real.Version = world === "3.8" || world === "memory" ? "3.8" : "3.9";

/** Whether its servers are real ones. */
export const isReal: boolean = world === version;

/** What the tests do with a server: those of tools/servers.ts can do it all. */
export interface Server {
  readonly port: number;
  /** `host:port` for clients. */
  readonly address: string;
  readonly running: boolean;
  /** Starts it again, with the same port and data. */
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** Connections stay open, but nobody answers. */
  pause(): void;
  resume(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What a test's server is asked to be. */
export interface ServerOptions {
  /** Connections that one client may have. */
  maxConnections?: number;
  /** Whether znodes may have a TTL; they may. */
  extendedTypes?: boolean;
  /** Whether the membership may be changed; it may not. */
  reconfig?: boolean;
  /** The longest session timeout granted, ms; 4,000. */
  maxSessionTimeout?: number;
  /** Whether it is one of three that cannot reach the others, and so serves reads alone. */
  readOnly?: boolean;
  /** Which four-letter words it answers, where servers are real; all. */
  words?: string;
  /** Properties of the Java that it runs on, where servers are real. */
  properties?: Readonly<Record<string, string | number>>;
}

/** Why there are no servers in this world, or null when there are. */
export function missing(): string | null {
  return isReal && !real.installed(version) ? real.howToInstall(version) : null;
}

/** Starts a server of this world. */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const { maxConnections = 0, extendedTypes = true, reconfig = false } = options;
  const { maxSessionTimeout = 4_000, words = "*" } = options;
  if (!isReal) return await PlayedServer.start(options);
  const config = {
    maxClientCnxns: maxConnections,
    reconfigEnabled: `${reconfig}`,
    maxSessionTimeout,
    "4lw.commands.whitelist": words,
  };
  if (options.readOnly) return await startAlone(config);
  const properties = {
    ...options.properties,
    "zookeeper.extendedTypesEnabled": `${extendedTypes}`,
  };
  const flags = Object.entries(properties).map(([name, value]) => `-D${name}=${value}`);
  return await real.Server.start({ version, config, flags });
}

/** A member of an ensemble whose other members are not there. */
async function startAlone(config: Record<string, string | number>): Promise<Server> {
  const ports = real.freePorts(6);
  const members = Object.fromEntries([1, 2, 3].map((id) => [
    `server.${id}`,
    `127.0.0.1:${ports[id - 1]}:${ports[id + 2]}`,
  ]));
  const server = await real.Server.start({
    version,
    id: 1,
    // Sessions that are not local take a quorum.
    config: { ...config, initLimit: 20, syncLimit: 10, localSessionsEnabled: "true", ...members },
    flags: ["-Dreadonlymode.enabled=true"],
  });
  // It waits for the others first, for two seconds.
  await until("it serves reads alone", async () => await ask(server, "isro") === "ro");
  return server;
}

/** Options of a session, with what it takes to reach servers in this world. */
export function inWorld<T extends ZooKeeperOptions | HandleOptions>(options: T): T {
  if (world !== "memory") return options;
  return { ...options, platform: { ...memory, ...options.platform } };
}

/** The answer to a four-letter word. */
export async function ask(server: Server, word: string, timeout = 5000): Promise<string> {
  if (world !== "memory") return await real.fourLetterWord(server.address, word, timeout);
  const signal = AbortSignal.timeout(timeout);
  const { port } = server;
  const line = await memory.connect({ host: "127.0.0.1", address: "127.0.0.1", port }, signal);
  try {
    await line.write(new TextEncoder().encode(word));
    const buffer = new Uint8Array(1 << 16);
    let answer = "";
    for (let n; (n = await line.read(buffer)) !== null;) {
      answer += new TextDecoder().decode(buffer.subarray(0, n));
    }
    return answer;
  } finally {
    line.close();
  }
}

/** Starts a server again that has lost all it had. */
export async function restartWiped(server: Server): Promise<void> {
  await server.kill();
  if (server instanceof PlayedServer) server.wipe();
  else if (server instanceof real.Server) {
    await Deno.remove(`${server.directory}/data/version-2`, { recursive: true });
  }
  await server.start();
}

/** A TestServer that is handled like a real one. */
class PlayedServer implements Server {
  readonly #server: TestServer;
  readonly port: number;
  readonly address: string;
  running = true;

  static async start({ readOnly, words: _, ...options }: ServerOptions): Promise<PlayedServer> {
    const [port] = real.freePorts(1);
    const server = new TestServer({
      ...options,
      version,
      tickTime: 200,
      superPassword: "secret",
      containerInterval: 200,
      realTime: true,
    });
    if (readOnly) server.readOnly(true);
    if (world === "tcp") await server.listen({ port: port! });
    return new PlayedServer(server, port!);
  }

  private constructor(server: TestServer, port: number) {
    this.#server = server;
    this.port = port;
    this.address = `127.0.0.1:${port}`;
    inMemory.set(port, server);
  }

  async start(): Promise<void> {
    if (this.running) return;
    // Real ones take longer, and clients have noticed by then that it was down.
    await delay(downtime);
    this.#server.heal();
    this.running = true;
  }

  wipe(): void {
    this.#server.wipe();
  }

  kill(): Promise<void> {
    this.#server.refuse();
    this.running = false;
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return this.kill();
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  pause(): void {
    this.#server.stall();
  }

  resume(): void {
    this.#server.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    inMemory.delete(this.port);
    await this.#server.close();
  }
}

/** The servers of a world in memory, by port. */
const inMemory = new Map<number, TestServer>();

const memory: Pick<Platform, "connect" | "resolve"> = {
  connect(endpoint: Endpoint, signal: AbortSignal): Promise<Transport> {
    const server = inMemory.get(endpoint.port);
    // Like the real ones they listen on this address alone.
    if (server && endpoint.address === "127.0.0.1") {
      return server.platform.connect(endpoint, signal);
    }
    return Promise.reject(new Deno.errors.ConnectionRefused("Connection refused"));
  },
  resolve(host: string): Promise<string[]> {
    if (host === "localhost") return Promise.resolve(["::1", "127.0.0.1"]);
    return Promise.reject(new Error(`${host} is nowhere`));
  },
};

function named(name: string): (typeof worlds)[number] {
  const found = worlds.find((world) => world === name);
  if (found) return found;
  throw new Error(`ZKST_WORLD is one of ${worlds.join(", ")}, not "${name}"`);
}
