/*
 * Where the ZooKeeper of these tests comes from. Most need any one, and work below a znode of their
 * own: the one that ZKST_SERVERS names, else the one on the usual port, else one that is started
 * for the test file. Those that stop, kill or pause servers start their own.
 */

import { ZooKeeper, ZooKeeperError, type ZooKeeperOptions } from "@zkst/zookeeper";
import {
  Ensemble,
  fourLetterWord,
  howToInstall,
  installed,
  Server,
  type ServerOptions,
} from "../../tools/servers.ts";
import { until, within } from "./waiting.ts";

/** A test that needs a ZooKeeper, whichever. */
export function test(name: string, body: (scene: Scene) => Promise<void>): void {
  Deno.test({
    name,
    ignore: isMissing(connectString === null),
    async fn() {
      await using scene = await Scene.open(connectString!);
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
    ignore: isMissing(!installed()),
    async fn() {
      await using server = await Server.start(options);
      await body(server);
    },
  });
}

/**
 * For tests whose sessions outlive a restart, however long that takes on a busy machine: without any
 * server a session is given up after 4/3 of its timeout.
 */
export const lasting = {
  server: { config: { maxSessionTimeout: 60_000 } },
  session: { sessionTimeout: 20_000 },
} as const;

/** A test that needs three servers that form one ZooKeeper. */
export function testWithEnsemble(name: string, body: (ensemble: Ensemble) => Promise<void>): void {
  Deno.test({
    name,
    ignore: isMissing(!installed()),
    async fn() {
      await using ensemble = await Ensemble.start(lasting.server);
      await body(ensemble);
    },
  });
}

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
  return within("connecting", ZooKeeper.connect(servers, { timeout: 20_000, ...options }), 25_000);
}

/** Stops a server's time, and waits until it stands still: the signal takes a moment to do so. */
export async function pause(server: Server): Promise<void> {
  server.pause();
  const silent = () => fourLetterWord(server.address, "ruok", 50).then(() => false, () => true);
  await until("the server stands still", silent);
}

/** How many packets the server has received over the connection of each session, by its id. */
export async function received(server: Server): Promise<Map<bigint, number>> {
  const answer = await fourLetterWord(server.address, "cons");
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

/** The ZooKeeper for tests that need any, or null. */
const connectString = await find();

async function find(): Promise<string | null> {
  const named = Deno.env.get("ZKST_SERVERS");
  if (named) return named;
  const usual = "127.0.0.1:2181";
  if (await fourLetterWord(usual, "srvr", 1000).catch(() => "")) return usual;
  if (!installed()) return null;
  const server = await Server.start();
  Deno.test.afterAll(() => server[Symbol.asyncDispose]());
  return server.address;
}

/** Says once why tests are ignored, and what to do. */
function isMissing(missing: boolean): boolean {
  // Each test file is a world of its own; what all of them share is the environment.
  const said = "ZKST_SAID_WHY_IGNORED";
  if (missing && !Deno.env.has(said)) {
    Deno.env.set(said, "1");
    // deno-lint-ignore no-console
    console.log(
      `Tests that need a ZooKeeper are ignored: ${howToInstall}, or for most of them ` +
        "set ZKST_SERVERS to a running one's host:port",
    );
  }
  return missing;
}
