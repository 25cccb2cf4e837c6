/**
 * Real ZooKeeper servers for tests, alone or as an ensemble, on free ports of the loopback address
 * and with their data in temporary directories. They can be stopped, killed, paused and started
 * again, and none outlives the process that started it, not even one that is killed.
 *
 * ```ts ignore
 * import { Server } from "../tools/servers.ts";
 *
 * await using server = await Server.start();
 * await server.restart();
 * ```
 *
 * @module
 */

import {
  commandLine,
  howToInstall,
  installed,
  type ServerOptions,
  type ServerTls,
  type Version,
  writeFiles,
  writeTlsFiles,
} from "./servers/java.ts";
import { fourLetterWord, freePorts, listens, until } from "./servers/probe.ts";
import { untilStill } from "./servers/standstill.ts";
import { Supervisor } from "./servers/supervisor.ts";

export {
  fourLetterWord,
  freePorts,
  howToInstall,
  installed,
  type ServerOptions,
  type ServerTls,
  type Version,
};

/** One server. */
export class Server implements AsyncDisposable {
  /** The port for clients. It stays the same over restarts. */
  readonly port: number;
  /** The address for clients. */
  readonly address: string;
  /** The port for clients under TLS, or `null` when it has none. */
  readonly securePort: number | null;
  /** Where its zoo.cfg, its data and its log are. */
  readonly directory: string;
  readonly #member: boolean;
  readonly #supervisor: Supervisor;

  /**
   * Starts a server.
   *
   * @param options What it should be.
   * @returns The server, once it serves; as a member of an ensemble, once it answers.
   */
  static async start(options: ServerOptions = {}): Promise<Server> {
    const { version = "3.8" } = options;
    if (!installed(version)) {
      throw new Error(`No ZooKeeper ${version} to start: ${howToInstall(version)}`);
    }
    return await retry(options.port === undefined ? 3 : 1, async () => {
      const server = new Server(options);
      await server.start().catch((error) => discard([server], error));
      return server;
    });
  }

  private constructor(options: ServerOptions) {
    this.port = options.port ?? freePorts(1)[0]!;
    this.address = `127.0.0.1:${this.port}`;
    this.directory = Deno.makeTempDirSync({ prefix: "zkst-server-" });
    this.#member = options.id !== undefined;
    this.securePort = options.tls ? freePorts(1)[0]! : null;
    const secure: Record<string, number> = this.securePort === null
      ? {}
      : { secureClientPort: this.securePort };
    writeFiles(this.directory, this.port, { ...options, config: { ...secure, ...options.config } });
    this.#supervisor = new Supervisor(this.directory, commandLine(this.directory, options));
  }

  /** Whether it runs. It may have ended by itself. */
  get running(): boolean {
    return this.#supervisor.running;
  }

  /** The process that runs it, or `null` when none does. */
  get pid(): number | null {
    return this.#supervisor.pid;
  }

  /** Starts it again after a stop or a kill, with the same port and data, and waits till it serves. */
  async start(): Promise<void> {
    if (this.running) return;
    await this.#supervisor.start();
    // Alone, it answers before it has read its data; in an ensemble, before there is a quorum.
    const [word, answer] = this.#member ? ["ruok", "imok"] : ["srvr", "Mode:"];
    const ended = await until(async (timeout) => {
      if (!this.running) return true;
      if (!(await fourLetterWord(this.address, word, timeout)).includes(answer)) return null;
      // It listens under TLS last.
      return this.securePort === null || await listens(this.securePort) ? false : null;
    });
    if (ended === false) return;
    throw new StartError(this, ended ? "ended" : "did not answer in time", await this.log());
  }

  /** Ends it as an administrator would, and waits until it is gone. Its data stays. */
  async stop(): Promise<void> {
    this.#supervisor.signal("SIGTERM");
    this.#supervisor.signal("SIGCONT");
    const timer = setTimeout(() => this.#supervisor.signal("SIGKILL"), 10_000);
    await this.#supervisor.gone();
    clearTimeout(timer);
  }

  /** Ends it at once, as a crash would, and waits until it is gone. Its data stays. */
  async kill(): Promise<void> {
    this.#supervisor.signal("SIGKILL");
    await this.#supervisor.gone();
  }

  /** Kills it and starts it again. */
  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  /**
   * Gives it other certificates. They hold from its next start on.
   *
   * @param tls The certificates; whether it asks clients for theirs stays as it was.
   */
  renew(tls: ServerTls): void {
    writeTlsFiles(this.directory, tls);
  }

  /** Stops its time: connections stay open, but nobody answers. */
  pause(): void {
    this.#supervisor.signal("SIGSTOP");
    if (this.pid !== null) untilStill(this.pid);
  }

  /** Lets a paused one go on. */
  resume(): void {
    this.#supervisor.signal("SIGCONT");
  }

  /**
   * What it has said since its first start.
   *
   * @returns The text of its log.
   */
  log(): Promise<string> {
    return Deno.readTextFile(`${this.directory}/server.log`);
  }

  /** Kills it and removes its directory. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#supervisor.close();
  }
}

/** Some servers that form one ZooKeeper. */
export class Ensemble implements AsyncDisposable {
  /** The servers, leader or not, running or not. */
  readonly servers: readonly Server[];
  /** All their addresses, as a client takes them. */
  readonly connectString: string;

  /**
   * Starts an ensemble.
   *
   * @param options What its servers should be, and how many: three by default.
   * @returns The ensemble, once every server takes part in a quorum.
   */
  static start(options: ServerOptions & { size?: number } = {}): Promise<Ensemble> {
    return retry(3, async () => {
      const members = memberOptions(options);
      const results = await Promise.allSettled(members.map((member) => Server.start(member)));
      const servers = results.flatMap((result) =>
        result.status === "fulfilled" ? result.value : []
      );
      const failed = results.find((result) => result.status === "rejected");
      if (failed) return discard(servers, failed.reason);
      const ensemble = new Ensemble(servers);
      await ensemble.#quorum().catch((error) => discard(servers, error));
      return ensemble;
    });
  }

  private constructor(servers: Server[]) {
    this.servers = servers;
    this.connectString = servers.map((server) => server.address).join(",");
  }

  /**
   * The server that leads, after an election if there has to be one.
   *
   * @returns The leader.
   */
  async leader(): Promise<Server> {
    const leader = await until(async (timeout) => {
      const answers = await Promise.all(this.servers.map((server) => mode(server, timeout)));
      return this.servers.find((_, i) => answers[i] === "leader") ?? null;
    });
    if (leader === null) throw await this.#failure("has no leader");
    return leader;
  }

  /** Kills all of them and removes their directories. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.servers.map((server) => server[Symbol.asyncDispose]()));
  }

  async #quorum(): Promise<void> {
    const found = await until(async (timeout) => {
      const modes = await Promise.all(this.servers.map((server) => mode(server, timeout)));
      return modes.includes(null) ? null : true;
    });
    if (!found) throw await this.#failure("has no quorum");
  }

  async #failure(what: string): Promise<StartError> {
    const logs = await Promise.all(this.servers.map((server) => server.log()));
    return new StartError(this.servers[0]!, `is of an ensemble that ${what}`, logs.join("\n"));
  }
}

/** A server that did not come up, and the end of what it said. */
class StartError extends Error {
  readonly portTaken: boolean;

  constructor(server: Server, what: string, log: string) {
    const tail = log.trimEnd().split("\n").slice(-20).join("\n  ");
    super(`ZooKeeper on ${server.address} ${what}. The end of its log:\n  ${tail}`);
    this.name = "StartError";
    this.portTaken = log.includes("Address already in use");
  }
}

/** Tries again, with other ports, when somebody took one between our look and the server's. */
async function retry<T>(times: number, start: () => Promise<T>): Promise<T> {
  for (let left = times - 1;; left--) {
    try {
      return await start();
    } catch (error) {
      if (left === 0 || !(error instanceof StartError && error.portTaken)) throw error;
    }
  }
}

async function discard(servers: Server[], error: unknown): Promise<never> {
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  throw error;
}

function memberOptions(options: ServerOptions & { size?: number }): ServerOptions[] {
  const size = options.size ?? 3;
  const ports = freePorts(3 * size);
  const config: Record<string, string | number> = { initLimit: 20, syncLimit: 10 };
  // One that can be reconfigured says where clients find its servers, too.
  const tells = options.config?.reconfigEnabled === "true";
  for (let i = 0; i < size; i++) {
    config[`server.${i + 1}`] = `127.0.0.1:${ports[size + i]}:${ports[2 * size + i]}` +
      (tells ? `:participant;127.0.0.1:${ports[i]}` : "");
  }
  return Array.from({ length: size }, (_, i) => ({
    ...options,
    config: { ...config, ...options.config },
    port: ports[i]!,
    id: i + 1,
  }));
}

/** What part a server plays: "leader", "follower", "standalone", or none. */
async function mode(server: Server, timeout: number): Promise<string | null> {
  const answer = await fourLetterWord(server.address, "srvr", timeout).catch(() => "");
  return answer.match(/^Mode: (\w+)/m)?.[1] ?? null;
}
