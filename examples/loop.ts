/**
 * The explicit loop: creates, reads, watches and deletes znodes, and goes on with the same session
 * when the server is restarted meanwhile. Without an address it brings a server of its own.
 *
 *   deno run --allow-net examples/loop.ts
 *   deno run --allow-net examples/loop.ts 127.0.0.1:2181
 *   deno run --allow-net examples/loop.ts 127.0.0.1:2181 --stay     # then restart the server
 */
import { type WatchedEvent, ZooKeeper } from "@zkst/zookeeper";
import { TestServer } from "@zkst/zookeeper/testing";

const [address, stay] = Deno.args;
await using embedded = address ? null : new TestServer();
const server = address ?? await embedded!.listen();

const hint = setTimeout(() => console.log(`No answer from ${server} yet; still trying`), 3000);
const zk = new ZooKeeper(server, { watcher: sayState, logger: { warn: console.warn } });

visit().catch((error) => {
  console.error(error.message);
  Deno.exitCode = 1;
}).finally(() => zk.close());

// The loop. Nothing else happens behind it: no thread, no hidden timer.
while (!zk.closed) {
  const want = zk.interest(); // which events, until when
  zk.process(await want.wait()); // reads, writes, callbacks
}
clearTimeout(hint);
console.log("Closed");

/** Awaiting is for functions beside the loop; in its body it would wait for ever. */
async function visit(): Promise<void> {
  const path = await zk.create("/hello-", "world", { mode: "EPHEMERAL_SEQUENTIAL" });
  console.log(`Created ${path}`);

  const { data } = await zk.getData(path, { watch: ({ type }) => console.log(`Told: ${type}`) });
  console.log(`Read "${new TextDecoder().decode(data!)}"`);

  const { version } = await zk.setData(path, "everybody");
  console.log(`Wrote version ${version}`);

  if (stay) await stayUntilReconnected(path);
  console.log(`Children of /: ${(await zk.getChildren("/")).join(", ")}`);
  await zk.delete(path);
  console.log(`Deleted ${path}`);
}

async function stayUntilReconnected(path: string): Promise<void> {
  const { id } = zk.session!;
  console.log("Restart the server now");
  while (zk.state === "CONNECTED") await new Promise((resolve) => setTimeout(resolve, 50));
  await zk.connected();
  console.log(zk.session!.id === id ? "Went on with the same session" : "This is a new session");
  console.log((await zk.exists(path)) ? `${path} is still there` : `${path} is gone`);
}

function sayState({ state }: WatchedEvent): void {
  clearTimeout(hint);
  const where = zk.server ? ` to ${zk.server.host}:${zk.server.port}` : "";
  console.log(`${state}${where}, session 0x${(zk.session?.id ?? 0n).toString(16)}`);
}
