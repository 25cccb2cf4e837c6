/*
 * Where the tests' ZooKeeper comes from: the user names one, or Debian's is started, after it was
 * installed if the user asked for that.
 */

import { installPeers, installZooKeeper } from "./debian.ts";
import { print } from "./processes.ts";
import { howToInstall, installed, Server } from "./servers.ts";
import { fetchJars } from "./servers/maven.ts";
import { until } from "./servers/probe.ts";

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

/**
 * Sees to ZooKeeper 3.9, and says why if there is none.
 *
 * @param install Whether it may be fetched.
 * @returns Why there is none, or `null` when there is.
 */
export async function find39(install: boolean): Promise<string | null> {
  const failure = install ? await fetchJars() : null;
  if (installed("3.9")) return null;
  const why = `ZooKeeper 3.9 is not tested against: ${failure ?? howToInstall("3.9")}`;
  print(`${why}\n`);
  Deno.env.set("ZKST_SAID_WHY_NO_39", "1");
  return why;
}

/**
 * A TestServer on the port where documentation has a ZooKeeper, unless somebody listens there.
 *
 * @param root The repository.
 * @param program The TestServer's program.
 * @returns The server.
 */
export async function testServerOn2181(root: string, program: string): Promise<ZooKeeper> {
  const connectString = "127.0.0.1:2181";
  if (await listens(connectString)) return await existing(connectString);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-lock", "--quiet", "--allow-net", program, "--port", "2181"],
    cwd: root,
    stdin: "null",
    stdout: "null",
  }).spawn();
  const close = async () => {
    child.kill("SIGKILL");
    await child.status;
  };
  const up = await until(async () => await listens(connectString) ? true : null);
  if (up) return { connectString, [Symbol.asyncDispose]: close };
  await close();
  throw new Error(`The TestServer's program does not listen on ${connectString}`);
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
