/*
 * Where the tests' ZooKeeper comes from: the user names one, or Debian's is started, after it was
 * installed if the user asked for that.
 */

import { installPeers, installZooKeeper } from "./debian.ts";
import { installed, Server } from "./servers.ts";

/** A ZooKeeper to test against. */
export interface ZooKeeper extends AsyncDisposable {
  /** Where it is, as a client takes it. */
  readonly connectString: string;
}

/** What to do to have one. */
export const howToHaveOne: string =
  "add --install, or set ZKST_SERVERS to a running server's host:port";

/**
 * Finds or starts a ZooKeeper.
 *
 * @param install Whether one may be installed, and other people's clients for the tests with them.
 * @returns The ZooKeeper, or `null` when there is none.
 */
export async function findZooKeeper(install: boolean): Promise<ZooKeeper | null> {
  const named = await zooKeeperByName();
  if (named) return named;
  if (install) {
    if (!installed()) await installZooKeeper();
    await installPeers();
  }
  if (!installed()) return null;
  return started(await Server.start());
}

/**
 * The ZooKeeper that the user names in `ZKST_SERVERS`.
 *
 * @returns The ZooKeeper, or `null` when none is named.
 */
export async function zooKeeperByName(): Promise<ZooKeeper | null> {
  const named = Deno.env.get("ZKST_SERVERS");
  return named ? await existing(named) : null;
}

/**
 * The ZooKeeper on the port where documentation has it: whoever listens there, else a new one.
 *
 * @returns The ZooKeeper, or `null` when there is none.
 */
export async function zooKeeperOn2181(): Promise<ZooKeeper | null> {
  const address = "127.0.0.1:2181";
  if (await listens(address)) return await existing(address);
  if (!installed()) return null;
  return await Server.start({ port: 2181 }).then(started, async (error) => {
    // Somebody was quicker.
    if (await listens(address)) return await existing(address);
    throw error;
  });
}

async function existing(connectString: string): Promise<ZooKeeper> {
  const addresses = connectString.replace(/\/.*/, "").split(",");
  const answers = await Promise.all(addresses.map(listens));
  if (!answers.includes(true)) {
    throw new Error(`Nobody listens on ${connectString}: start it, or unset ZKST_SERVERS`);
  }
  return { connectString, [Symbol.asyncDispose]: () => Promise.resolve() };
}

function started(server: Server): ZooKeeper {
  return {
    connectString: server.address,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function listens(address: string): Promise<boolean> {
  const [, host, port = "2181"] = address.match(/^(.*?)(?::(\d+))?$/)!;
  const signal = AbortSignal.timeout(5000);
  const hostname = host!.replace(/^\[|\]$/g, "");
  try {
    (await Deno.connect({ hostname, port: Number(port), signal })).close();
    return true;
  } catch {
    return false;
  }
}
