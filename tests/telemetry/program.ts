/** A program that Deno's telemetry is switched on for. Its argument is the server. */
import { ZooKeeper } from "@zkst/zookeeper";
import { telemetry } from "@zkst/zookeeper/telemetry";

const metrics = telemetry();
if (metrics === undefined) throw new Error("Telemetry is not switched on");
await using zk = await ZooKeeper.connect(Deno.args[0]!, { metrics });
for (let i = 0; i < 3; i++) await zk.getData("/");
await zk.getData("/none").catch(() => {});
// Gauges are looked at while it lives: until its input ends.
for await (const _ of Deno.stdin.readable);
