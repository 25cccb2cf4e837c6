/** A real ZooKeeper with the znodes that the programs expect of it. */
import { Op, ZooKeeper } from "../mod.ts";
import { howToInstall, installed, Server } from "../tools/servers.ts";
import { Count, loadPromises } from "./load.ts";
import { childNames } from "./null_replies.ts";
import { operationOf } from "./promises.ts";
import type { Scene } from "./scenes.ts";
import { childrenCount, childrenPath, dataPath } from "./task.ts";

/**
 * Starts a server that is as fast as ZooKeeper can be, which those for tests are not.
 *
 * @throws when none is installed.
 */
export async function startRealServer(scenes: readonly Scene[]): Promise<Server> {
  if (!installed()) throw new Error(`no ZooKeeper is installed: ${howToInstall}`);
  // It keeps the last 500 changes in memory, 500 KB each at worst.
  const flags = ["-Xmx1g", "-XX:TieredStopAtLevel=4"];
  const server = await Server.start({ tickTime: 2000, flags });
  try {
    await prepare(server.address, [...new Set([0, ...scenes.map(({ size }) => size)])]);
    await warmUp(server.address);
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

/** The server is Java as well, and its compiler would be busy with the first who comes. */
async function warmUp(server: string): Promise<void> {
  await using zk = await ZooKeeper.connect(server);
  for (const operation of ["get", "set", "exists", "create"] as const) {
    const task = { operation, size: 0, depth: 64 };
    await loadPromises(task.depth, new Count(10_000), operationOf(zk, task));
  }
}

async function prepare(address: string, sizes: readonly number[]): Promise<void> {
  await using zk = await ZooKeeper.connect(address);
  await zk.create("/bench");
  for (const size of sizes) await zk.create(dataPath(size), new Uint8Array(size));
  await zk.create(childrenPath);
  const names = childNames(childrenCount);
  await zk.multi(names.map((name) => Op.create(`${childrenPath}/${name}`)));
}
