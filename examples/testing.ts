/**
 * How an application is tested: with a ZooKeeper in memory, whose time the test moves, and whose
 * faults it chooses. No socket, no waiting, no permission.
 *
 *   deno run examples/testing.ts
 */
import { ZooKeeper } from "@zkst/zookeeper";
import { TestServer } from "@zkst/zookeeper/testing";

/** The application: two workers, of which the first one leads while its session lives. */
async function lead(zk: ZooKeeper, name: string): Promise<string> {
  for (;;) {
    const present = Promise.withResolvers<void>();
    const there = await zk.exists("/leader", { watch: () => present.resolve() });
    if (there === null) {
      await zk.create("/leader", name, { mode: "EPHEMERAL" }).catch(ignoreNodeExists);
    }
    const { data, stat } = await zk.getData("/leader");
    if (stat.ephemeralOwner === zk.session!.id) return new TextDecoder().decode(data!);
    await present.promise;
  }
}

function ignoreNodeExists(error: { code?: string }): void {
  if (error.code !== "NODEEXISTS") throw error;
}

// The test: the leader's machine is cut off, and the other worker takes over when its session is over.
await using server = new TestServer();
const options = { platform: server.platform, sessionTimeout: 10_000 };
const anna = await ZooKeeper.connect("rack1:2181", options);
const ben = await ZooKeeper.connect("rack2:2181", options);

console.log(`${await lead(anna, "anna")} leads`);
const next = lead(ben, "ben");

server.refuse({ host: "rack1:2181" });
await server.advance(8_000);
console.log(`After 8 s anna is ${anna.state}, and /leader is ${await said(ben)}`);
await server.advance(7_000);
console.log(`After 15 s ${await next} leads`);

await Promise.all([anna.close(), ben.close()]);

async function said(zk: ZooKeeper): Promise<string> {
  return new TextDecoder().decode((await zk.getData("/leader")).data!);
}
