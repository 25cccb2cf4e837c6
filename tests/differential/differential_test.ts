// The same random requests to two servers: see lockstep.ts. ZKST_DIFFERENTIAL_OPS is how many,
// ZKST_DIFFERENTIAL_SEED repeats what a failure tells.

import {
  fourLetterWord,
  howToInstall,
  installed,
  Server,
  type Version,
} from "../../tools/servers.ts";
import { Lockstep } from "./lockstep.ts";
import type { Line } from "./link.ts";
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
    name: `${count} random requests are answered alike by two servers of ${version}, seed ${seed}`,
    ignore: !installed(version),
    async fn() {
      await using one = await Server.start({ version, ...timeless });
      await using other = await Server.start({ version, ...timeless });
      const sides = await Promise.all(
        [one, other].map((server, i) => realSide(server, version + " " + i)),
      );
      try {
        await new Lockstep(sides[0]!, sides[1]!, seed).run(count);
      } finally {
        for (const side of sides) await side.close();
      }
    },
  });
}

async function realSide(server: Server, name: string): Promise<Side> {
  const first = await fourLetterWord(server.address, "srvr");
  const zxid = BigInt(/Zxid: (0x[0-9a-f]+)/.exec(first)![1]!);
  return new Side(`real ${name}`, () => dialTcp(server), zxid);
}

async function dialTcp({ port }: Server): Promise<Line> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  connection.setNoDelay();
  return connection;
}
