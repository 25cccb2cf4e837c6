/**
 * Follows everything below a path with one recursive watch (ZooKeeper 3.6 and later), here what the
 * example does there itself. Without an address it brings a server of its own.
 *
 *   deno run --allow-net examples/watch.ts
 *   deno run --allow-net examples/watch.ts 127.0.0.1:2181
 */
import { Op, ZooKeeper } from "@zkst/zookeeper";
import { TestServer } from "@zkst/zookeeper/testing";

const [address] = Deno.args;
await using embedded = address ? null : new TestServer();
await using zk = await ZooKeeper.connect(address ?? await embedded!.listen());

const root = await zk.create("/watched-", null, { mode: "PERSISTENT_SEQUENTIAL" });
const last = Promise.withResolvers<void>();
await zk.addWatch(root, "PERSISTENT_RECURSIVE", ({ type, path }) => {
  console.log(`${type} ${path}`);
  if (type === "NodeDeleted" && path === root) last.resolve();
});

await zk.create(`${root}/config`, `{"retries":3}`);
await zk.setData(`${root}/config`, `{"retries":5}`);
await zk.create(`${root}/config/owner`, "me", { mode: "EPHEMERAL" });

// All of it, or nothing.
await zk.multi([
  Op.delete(`${root}/config/owner`),
  Op.delete(`${root}/config`),
  Op.delete(root),
]);
await last.promise;
