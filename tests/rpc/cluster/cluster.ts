/** Providers as processes, a ZooKeeper in memory that they reach by TCP, and load. */
import { ZooKeeper } from "@zkst/zookeeper";
import { delay } from "@std/async";
import {
  type Client,
  createClient,
  RpcChannel,
  type RpcChannelOptions,
  RpcServer,
} from "@zkst/zookeeper/rpc";
import { TestServer } from "@zkst/zookeeper/testing";
import { within } from "../../integration/waiting.ts";
import { Echo } from "./echo.ts";

/** A process that serves. */
export class Provider implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #said = "";
  port = 0;

  constructor(zookeeper: string, port: number, ms: number) {
    const program = decodeURI(new URL("provider.ts", import.meta.url).pathname);
    const args = [
      "run",
      "--quiet",
      "--no-lock",
      "--no-check",
      "--allow-net",
      "--allow-env",
      program,
    ];
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [...args, zookeeper, String(port), String(ms)],
      stdout: "piped",
    }).spawn();
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
  }

  static async start(zookeeper: string, port = 0, ms = 5): Promise<Provider> {
    const provider = new Provider(zookeeper, port, ms);
    provider.port = Number(/serving (\d+)/.exec(await provider.says("\n"))![1]);
    return provider;
  }

  get pid(): number {
    return this.#child.pid;
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  get ended(): Promise<unknown> {
    return this.#child.status;
  }

  /** Resolves with all that it has said when this is among it. */
  async says(what: string): Promise<string> {
    while (!this.#said.includes(what)) {
      const { value, done } = await within(what, Promise.resolve(this.#lines.next()), 30_000);
      if (done) throw new Error(`The provider has ended: ${this.#said}`);
      this.#said += value;
    }
    return this.#said;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#child.status;
    while (!(await this.#lines.next()).done);
  }
}

/** A ZooKeeper, and a channel with a session of its own. */
export class Cluster implements AsyncDisposable {
  readonly server: TestServer = new TestServer({ realTime: true });
  address!: string;
  readonly #closing: (() => Promise<unknown>)[] = [];

  static async open(): Promise<Cluster> {
    const cluster = new Cluster();
    cluster.address = await cluster.server.listen();
    return cluster;
  }

  async session(): Promise<ZooKeeper> {
    const zk = await ZooKeeper.connect(this.address, { sessionTimeout: 10_000 });
    this.#closing.push(() => zk.close());
    return zk;
  }

  async client(
    options: RpcChannelOptions = {},
  ): Promise<{ channel: RpcChannel; client: Client<(typeof Echo)["methods"]> }> {
    const channel = new RpcChannel("zk:/services", { zk: await this.session(), ...options });
    this.#closing.push(() => channel.close());
    return { channel, client: createClient(Echo, channel) };
  }

  /** Servers in this process, each of which answers with its own name after some ms. */
  async serve(count: number, session: () => Promise<ZooKeeper>): Promise<Served[]> {
    const all = Array.from({ length: count }, (_, i) => new Served(`${i}`, session));
    for (const served of all) {
      this.#closing.push(() => served.server.shutdown({ grace: 0 }));
      await served.start();
    }
    return all;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.heal();
    for (const close of this.#closing.reverse()) await close();
    await this.server.close();
  }
}

/** A server that is started anew at its port. */
export class Served {
  server!: RpcServer;
  name: string;
  #port = 0;
  readonly #session: () => Promise<ZooKeeper>;

  constructor(name: string, session: () => Promise<ZooKeeper>) {
    this.name = name;
    this.#session = session;
  }

  async start(): Promise<void> {
    const { name } = this;
    const answer = async () => {
      await delay(5);
      return name;
    };
    const zk = await this.#session();
    this.server = new RpcServer({ zk }).add(Echo, { get: answer, put: answer });
    const { address } = await this.server.listen({ hostname: "127.0.0.1", port: this.#port });
    this.#port = address.port;
  }

  async restart(): Promise<void> {
    await this.server.shutdown({ grace: 5_000 });
    this.name += "'";
    await this.start();
  }
}

/** Calls at a depth until it is stopped; keeps the failures, and counts the answers. */
export class Load {
  readonly failures: unknown[] = [];
  readonly answers: Map<string, number> = new Map();
  calls = 0;
  #stopped = false;
  readonly #workers: Promise<void>[];

  constructor(call: () => Promise<string>, depth: number) {
    this.#workers = Array.from({ length: depth }, () => this.#work(call));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#workers);
  }

  async #work(call: () => Promise<string>): Promise<void> {
    while (!this.#stopped) {
      this.calls++;
      try {
        const answer = await call();
        this.answers.set(answer, (this.answers.get(answer) ?? 0) + 1);
      } catch (error) {
        this.failures.push(error);
      }
    }
  }
}
