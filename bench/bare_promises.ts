/** A bare Deno loop with a promise for each operation: the yardstick of the promise API. */
// deno-lint-ignore-file no-console
import type { DataAndStat } from "../mod.ts";
import type { Stat } from "../src/st.ts";
import { Bare } from "./bare.ts";
import { loadPromises } from "./load.ts";
import { Meter } from "./meter.ts";
import { data, path, readTask } from "./task.ts";

type Resolve = (value: DataAndStat | Stat) => void;

const task = readTask(Deno.args);
const bare = await Bare.connect<Resolve>(task, (resolve, _rc, data, stat) => {
  resolve(data === null ? stat : { data, stat });
});
const operation = task.operation === "get" ? getData : setData;
const meter = new Meter();
await loadPromises(task, meter, operation);
console.log(meter.end("bare_promises", task));
bare.close();

function getData(): Promise<DataAndStat> {
  return new Promise((resolve) => bare.getData(path, resolve as Resolve));
}

function setData(): Promise<Stat> {
  return new Promise((resolve) => bare.setData(path, data, resolve as Resolve));
}
