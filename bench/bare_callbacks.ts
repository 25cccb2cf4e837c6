/** A bare Deno loop with a callback for each operation: the yardstick of the callback API. */
// deno-lint-ignore-file no-console
import { Bare, type Tell } from "./bare.ts";
import { exchangesOf } from "./bare_wire.ts";
import { type Completion, loadCallbacks } from "./load.ts";
import { Meter } from "./meter.ts";
import { readTask } from "./task.ts";

const tellDataAndStat: Tell<Completion> = (completion, rc, data, stat) =>
  completion(rc, data, stat);
const tellOne: Tell<Completion> = (completion, rc, value, stat) => completion(rc, value ?? stat);

const task = readTask(Deno.args);
const bare = await Bare.connect(task, task.operation === "get" ? tellDataAndStat : tellOne);
const exchanges = Array.from({ length: task.depth }, (_, chain) => exchangesOf(task, chain));
const [[only, second]] = exchanges as [typeof exchanges[0]];
const submit = second === undefined
  ? (done: Completion) => bare.submit(only, done)
  : (done: Completion, chain: number) =>
    bare.submit(exchanges[chain]![0], () => bare.submit(exchanges[chain]![1]!, done));
const meter = new Meter(task.seconds);
await loadCallbacks(task.depth, meter, submit);
console.log(meter.line);
bare.close();
