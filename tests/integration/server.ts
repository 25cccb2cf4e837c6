/*
 * Where the ZooKeeper of these tests comes from. Most need any one, and work below a znode of their
 * own: the one that ZKST_SERVERS names, else the one on the usual port, else one that is started
 * for the test file. Those that stop, kill or pause servers start their own.
 */

import { ZooKeeper, ZooKeeperError, type ZooKeeperOptions } from "@zkst/zookeeper";
import { type Handle, type HandleOptions, init } from "@zkst/zookeeper/st";
import type * as real from "../../tools/servers.ts";
import { Ensemble, fourLetterWord } from "../../tools/servers.ts";
import { until, within } from "./waiting.ts";
import {
  ask,
  inWorld,
  isReal,
  missing,
  type Server,
  type ServerOptions,
  startServer,
  world,
} from "./world.ts";

export { ask, type Server };

/** A test that needs a ZooKeeper, whichever. */
export function test(name: string, body: (scene: Scene) => Promise<void>): void {
  Deno.test({
    name,
    ignore: isReal && isMissing(connectString === null),
    async fn() {
      await using server = isReal ? null : await startServer();
      await using scene = await Scene.open(server?.address ?? connectString!);
      await body(scene);
    },
  });
}

/** A test that needs a server to do with as it likes. */
export function testWithServer(
  name: string,
  body: (server: Server) => Promise<void>,
  options: ServerOptions = {},
): void {
  Deno.test({
    name,
    ignore: isMissing(missing() !== null),
    async fn() {
      await using server = await startServer(options);
      await body(server);
    },
  });
}

/**
 * For tests whose sessions outlive a restart, however long that takes on a busy machine: without any
 * server a session is given up after 4/3 of its timeout.
 */
export const lasting = {
  server: { maxSessionTimeout: 60_000 },
  session: { sessionTimeout: 20_000 },
} as const;

/**
 * A test that needs three servers that form one ZooKeeper, which there are of real ones alone, and
 * which are about the client and not about the server's version.
 */
export function testWithEnsemble(
  name: string,
  body: (ensemble: Ensemble) => Promise<void>,
  { config, flags = [] }: Pick<real.ServerOptions, "config" | "flags"> = {},
): void {
  if (world !== "3.8") return;
  Deno.test({
    name,
    ignore: isMissing(missing() !== null),
    async fn() {
      await using ensemble = await Ensemble.start({
        config: { ...lasting.server, ...config },
        flags,
      });
      await body(ensemble);
    },
  });
}

/** A test that needs no ZooKeeper: once is enough. */
export function testWithout(name: string, body: () => Promise<void>): void {
  if (world === "3.8") Deno.test(name, body);
}

/** A test that blocks this process, while the server has to go on in another one: a real one. */
export function testWithServerApart(name: string, body: (server: Server) => Promise<void>): void {
  if (isReal) testWithServer(name, body);
}

/** Whether another process can reach the servers. */
export const isReachable: boolean = world !== "memory";

/** What a test works with: a session and a fresh znode, which goes with all below it. */
export class Scene implements AsyncDisposable {
  readonly #sessions: ZooKeeper[] = [];

  /** A scene on the given servers; the options are those of its first session. */
  static async open(connectString: string, options: ZooKeeperOptions = {}): Promise<Scene> {
    const zk = await connect(connectString, options);
    const root = await zk.create("/zkst-test-", null, { mode: "PERSISTENT_SEQUENTIAL" });
    return new Scene(connectString, zk, root);
  }

  private constructor(
    readonly connectString: string,
    readonly zk: ZooKeeper,
    readonly root: string,
  ) {}

  /** Another session; it is closed at the end. */
  async connect(options: ZooKeeperOptions = {}, chroot = ""): Promise<ZooKeeper> {
    const zk = await connect(this.connectString + chroot, options);
    this.#sessions.push(zk);
    return zk;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await within("closing", Promise.all(this.#sessions.map((zk) => zk.close())));
    const own = this.zk.closed ? await connect(this.connectString) : this.zk;
    try {
      await within("cleaning up", deleteAll(own, this.root));
    } finally {
      await within("closing", own.close());
    }
  }
}

/** A session that is connected. */
export function connect(servers: string, options: ZooKeeperOptions = {}): Promise<ZooKeeper> {
  const all = inWorld({ timeout: 20_000, ...options });
  return within("connecting", ZooKeeper.connect(servers, all), 25_000);
}

/** A session that nobody drives yet. */
export function open(servers: string, options: ZooKeeperOptions = {}): ZooKeeper {
  return new ZooKeeper(servers, inWorld(options));
}

/** A handle that nobody drives yet. */
export function openHandle(servers: string, options: HandleOptions = {}): Handle {
  return init(servers, inWorld(options));
}

/** Stops a server's time, and waits until it stands still: the signal takes a moment to do so. */
export async function pause(server: Server): Promise<void> {
  server.pause();
  const silent = () => ask(server, "ruok", 50).then(() => false, () => true);
  if (isReal) await until("the server stands still", silent);
}

/** How many packets the server has received over the connection of each session, by its id. */
export async function received(server: Server): Promise<Map<bigint, number>> {
  const answer = await ask(server, "cons");
  const connections = answer.matchAll(/recved=(\d+),.*sid=(0x[0-9a-f]+),/g);
  return new Map([...connections].map(([, count, id]) => [BigInt(id!), Number(count)]));
}

/** Deletes a znode and all below it. Whoever may not list a leaf may still delete it. */
async function deleteAll(zk: ZooKeeper, path: string): Promise<void> {
  try {
    await zk.delete(path);
  } catch (error) {
    if (!(error instanceof ZooKeeperError)) throw error;
    if (error.code === "NONODE") return;
    if (error.code !== "NOTEMPTY") throw error;
    const children = await zk.getChildren(path);
    await Promise.all(children.map((child) => deleteAll(zk, `${path}/${child}`)));
    await zk.delete(path);
  }
}

/** The ZooKeeper for tests that need any, or null; those that are played are each test's own. */
const connectString = isReal ? await find() : null;

async function find(): Promise<string | null> {
  const named = Deno.env.get("ZKST_SERVERS");
  if (named) return named;
  const usual = "127.0.0.1:2181";
  if (world === "3.8" && await fourLetterWord(usual, "srvr", 1000).catch(() => "")) return usual;
  if (missing() !== null) return null;
  const server = await startServer();
  Deno.test.afterAll(() => server[Symbol.asyncDispose]());
  return server.address;
}

/** Says once why tests are ignored, and what to do. */
function isMissing(isSo: boolean): boolean {
  // Each test file is a world of its own; what all of them share is the environment.
  const said = "ZKST_SAID_WHY_IGNORED";
  if (isSo && !Deno.env.has(said)) {
    Deno.env.set(said, "1");
    // deno-lint-ignore no-console
    console.log(
      `Tests that need a ZooKeeper are ignored: ${missing()}, or for most of them ` +
        "set ZKST_SERVERS to a running one's host:port",
    );
  }
  return isSo;
}
