/** The client's promise API, driven by connect(). */
// deno-lint-ignore-file no-console
import { Op, ZooKeeper } from "../mod.ts";
import { loadPromises } from "./load.ts";
import { Meter } from "./meter.ts";
import {
  childrenPath,
  dataPath,
  multiLength,
  ownPath,
  readTask,
  sessionTimeout,
  type Task,
} from "./task.ts";

if (import.meta.main) {
  const task = readTask(Deno.args);
  await using zk = await ZooKeeper.connect(task.server, { sessionTimeout });
  const meter = new Meter(task.seconds);
  await loadPromises(task.depth, meter, operationOf(zk, task));
  console.log(meter.line);
}

/** The task's operation, of the given chain. */
export function operationOf(
  zk: ZooKeeper,
  { operation, size, depth }: Pick<Task, "operation" | "size" | "depth">,
): (chain: number) => Promise<unknown> {
  const path = dataPath(size);
  const data = new Uint8Array(size);
  switch (operation) {
    case "get":
      return () => zk.getData(path);
    case "set":
      return () => zk.setData(path, data);
    case "create": {
      const paths = Array.from({ length: depth }, (_, chain) => ownPath(chain));
      return async (chain) => {
        await zk.create(paths[chain]!, data);
        await zk.delete(paths[chain]!);
      };
    }
    case "exists":
      return () => zk.exists(path, { watch });
    case "multi": {
      const ops = Array.from({ length: multiLength }, () => Op.setData(path, data));
      return () => zk.multi(ops);
    }
    case "children":
      return () => zk.getChildren(childrenPath);
  }
}

function watch(): void {}
