/**
 * One API's heap after so many operations and after so many more, as a JSON array in MB; heap.ts
 * runs it.
 *
 * Usage: deno run -A --v8-flags=--expose-gc heap_of.ts HOST:PORT promises|callbacks FEW MANY
 */
// deno-lint-ignore-file no-console
import { ZooKeeper } from "../mod.ts";
import * as st from "../src/st.ts";
import { loadCallbacks, loadPromises } from "./load.ts";
import { Meter } from "./meter.ts";
import { path, sessionTimeout, type Task } from "./task.ts";

declare const gc: () => void;

type Load = (task: Task) => Promise<void>;

const [server = "", api, few, many] = Deno.args;
if (api === "promises") await lookAtPromises();
else await lookAtCallbacks();

async function lookAtPromises(): Promise<void> {
  await using zk = await ZooKeeper.connect(server, { sessionTimeout });
  await look((task) => loadPromises(task, new Meter(), () => zk.getData(path)));
}

async function lookAtCallbacks(): Promise<void> {
  const zh = st.init(server, { sessionTimeout });
  look((task) => loadCallbacks(task, new Meter(), (done) => st.aget(zh, path, null, done)))
    .finally(() => st.close(zh));
  while (st.state(zh) !== "CLOSED") st.process(zh, await st.interest(zh).wait());
}

async function look(load: Load): Promise<void> {
  const task = { server, operation: "get", depth: 256 } as const;
  await load({ ...task, count: Number(few) });
  const first = await heapUsed();
  await load({ ...task, count: Number(many) - Number(few) });
  console.log(JSON.stringify([first, await heapUsed()]));
}

/** MB on the heap and in array buffers outside it, when nothing is under way any more. */
async function heapUsed(): Promise<number> {
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    gc();
  }
  const { heapUsed, external } = Deno.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}
