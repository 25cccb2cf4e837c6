// The same random requests to a real server and to a TestServer: see lockstep.ts. ZKST_DIFFERENTIAL_OPS is how many,
// ZKST_DIFFERENTIAL_SEED repeats what a failure tells.

import {
  fourLetterWord,
  howToInstall,
  installed,
  Server,
  type Version,
} from "../../tools/servers.ts";
import { TestServer } from "../../src/testing/mod.ts";
import { Lockstep } from "./lockstep.ts";
import { Side } from "./side.ts";

const count = Number(Deno.env.get("ZKST_DIFFERENTIAL_OPS") ?? 20_000);
const seed = Number(Deno.env.get("ZKST_DIFFERENTIAL_SEED") ?? 1);

/** Time does nothing here: sessions, containers and TTLs outlast the test. */
const timeless = {
  tickTime: 10_000,
  flags: [
    "-Dznode.container.checkIntervalMs=100000000",
    "-Dzookeeper.forceSync=no",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
  ],
};

for (const version of ["3.8", "3.9"] as const) {
  Deno.test({
    name: `A TestServer answers ${count} random requests as ${version} does, seed ${seed}`,
    ignore: isMissing(version),
    async fn() {
      await using real = await Server.start({ version, ...timeless });
      await using played = new TestServer({ version, tickTime: 10_000, superPassword: "secret" });
      const sides = [await realSide(real), playedSide(played)] as const;
      try {
        await new Lockstep(...sides, seed).run(count);
      } finally {
        for (const side of sides) await side.close();
      }
    },
  });
}

async function realSide({ port, address }: Server): Promise<Side> {
  const [, zxid] = /Zxid: (0x[0-9a-f]+)/.exec(await fourLetterWord(address, "srvr"))!;
  return new Side("real", async () => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connection.setNoDelay();
    return connection;
  }, BigInt(zxid!));
}

function playedSide({ platform }: TestServer): Side {
  const endpoint = { host: "test", address: "127.0.0.1", port: 2181 };
  const { signal } = new AbortController();
  return new Side("played", () => platform.connect(endpoint, signal), 0n);
}

function isMissing(version: Version): boolean {
  if (installed(version)) return false;
  // The launcher has said it.
  if (version === "3.9" && Deno.env.has("ZKST_SAID_WHY_NO_39")) return true;
  // deno-lint-ignore no-console
  console.log(`A TestServer is not compared with ZooKeeper ${version}: ${howToInstall(version)}`);
  return true;
}
