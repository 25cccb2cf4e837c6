/*
 * A service's provider as a process of its own, to be killed: registers "user" with its process id,
 * says "registered", and goes on until it is ended. SIGTERM lets it drain first.
 *
 *     deno run --allow-net tests/integration/provider.ts HOST:PORT SESSION_TIMEOUT
 */
// deno-lint-ignore-file no-console
import { ZooKeeper } from "@zkst/zookeeper";
import { ServiceDiscovery } from "@zkst/zookeeper/discovery";

const [address, sessionTimeout] = Deno.args;
await using zk = await ZooKeeper.connect(address!, { sessionTimeout: Number(sessionTimeout) });
await using discovery = new ServiceDiscovery(zk);
const id = `${Deno.pid}`;
const registration = await discovery.register({ name: "user", id, address: "10.0.0.5", port: 1 });
const ended = Promise.withResolvers<void>();
Deno.addSignalListener("SIGTERM", () => ended.resolve());
console.log("registered");
await ended.promise;
await registration.setStatus("DRAINING");
// Those who watch gather changes for 50 ms.
await new Promise((resolve) => setTimeout(resolve, 300));
await registration.close();
console.log("drained");
