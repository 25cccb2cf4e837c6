/** A bare Deno loop with a promise for each operation: the yardstick of the promise API. */
// deno-lint-ignore-file no-console
import { Bare, type Tell } from "./bare.ts";
import { type Exchange, exchangesOf } from "./bare_wire.ts";
import { loadPromises } from "./load.ts";
import { Meter } from "./meter.ts";
import { readTask } from "./task.ts";

type Resolve = (value: unknown) => void;

const tellDataAndStat: Tell<Resolve> = (resolve, _rc, data, stat) => resolve({ data, stat });
const tellOne: Tell<Resolve> = (resolve, _rc, value, stat) => resolve(value ?? stat);

const task = readTask(Deno.args);
const bare = await Bare.connect(task, task.operation === "get" ? tellDataAndStat : tellOne);
const exchanges = Array.from({ length: task.depth }, (_, chain) => exchangesOf(task, chain));
const [[only, second]] = exchanges as [typeof exchanges[0]];
const operation = second === undefined ? () => call(only) : async (chain: number) => {
  await call(exchanges[chain]![0]);
  await call(exchanges[chain]![1]!);
};
const meter = new Meter(task.seconds);
await loadPromises(task.depth, meter, operation);
console.log(meter.line);
bare.close();

function call(exchange: Exchange): Promise<unknown> {
  return new Promise((resolve) => bare.submit(exchange, resolve));
}
