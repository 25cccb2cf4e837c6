/** A bare Deno loop with a callback for each operation: the yardstick of the callback API. */
// deno-lint-ignore-file no-console
import { Bare } from "./bare.ts";
import { type Completion, loadCallbacks } from "./load.ts";
import { Meter } from "./meter.ts";
import { data, path, readTask } from "./task.ts";

const task = readTask(Deno.args);
const bare = await Bare.connect<Completion>(task, (completion, rc, data, stat) => {
  if (data === null) completion(rc, stat);
  else completion(rc, data, stat);
});
const submit = task.operation === "get"
  ? (completion: Completion) => bare.getData(path, completion)
  : (completion: Completion) => bare.setData(path, data, completion);
const meter = new Meter();
await loadCallbacks(task, meter, submit);
console.log(meter.end("bare_callbacks", task));
bare.close();
