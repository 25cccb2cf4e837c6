/** The client's promise API, driven by connect(). */
// deno-lint-ignore-file no-console
import { ZooKeeper } from "../mod.ts";
import { loadPromises } from "./load.ts";
import { Meter } from "./meter.ts";
import { data, path, readTask, sessionTimeout } from "./task.ts";

const task = readTask(Deno.args);
await using zk = await ZooKeeper.connect(task.server, { sessionTimeout });
if (await zk.exists(path) === null) await zk.create(path, data);
const operation = task.operation === "get" ? () => zk.getData(path) : () => zk.setData(path, data);
const meter = new Meter();
await loadPromises(task, meter, operation);
console.log(meter.end("promises", task));
