/** Writes one snapshot after the other into a file, until it is killed. */
import { ZooKeeper } from "@zkst/zookeeper";
import { SnapshotFile } from "../../../src/testing/program/snapshot_file.ts";
import { TestServer } from "../../../src/testing/server.ts";

const server = new TestServer({ realTime: true });
const zk = await ZooKeeper.connect("a", { platform: server.platform });
await zk.create("/big", new Uint8Array(1_000_000));
const file = new SnapshotFile(server, Deno.args[0]!, (message) => {
  throw new Error(message);
});
await file.save();
// deno-lint-ignore no-console
console.log("Saving");
for (;;) {
  await zk.create("/s-", null, { mode: "PERSISTENT_SEQUENTIAL" });
  await file.save();
}
