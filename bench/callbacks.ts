/** The client's callback API in the explicit loop. */
// deno-lint-ignore-file no-console
import * as st from "../src/st.ts";
import { type Completion, loadCallbacks } from "./load.ts";
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
  const zh = st.init(task.server, { sessionTimeout });
  const submit = submitOf(zh, task);
  st.aexists(zh, "/", null, async () => {
    const meter = new Meter(task.seconds);
    await loadCallbacks(task.depth, meter, submit);
    console.log(meter.line);
    st.close(zh);
  });
  while (!st.closed(zh)) st.process(zh, await st.interest(zh).wait());
}

/** Submits the task's operation, of the given chain. */
export function submitOf(
  zh: st.Handle,
  { operation, size, depth }: Pick<Task, "operation" | "size" | "depth">,
): (done: Completion, chain: number) => void {
  const path = dataPath(size);
  const data = new Uint8Array(size);
  switch (operation) {
    case "get":
      return (done) => st.aget(zh, path, null, done);
    case "set":
      return (done) => st.aset(zh, path, data, -1, done);
    case "create": {
      const paths = Array.from({ length: depth }, (_, chain) => ownPath(chain));
      return (done, chain) => {
        const deletes = (rc: number) => {
          if (rc === 0) st.adelete(zh, paths[chain]!, -1, done);
          else done(rc);
        };
        st.acreate(zh, paths[chain]!, data, st.OPEN_ACL_UNSAFE, "PERSISTENT", deletes);
      };
    }
    case "exists":
      return (done) => st.aexists(zh, path, watch, done);
    case "multi": {
      const ops = Array.from({ length: multiLength }, () => st.Op.setData(path, data));
      return (done) => st.amulti(zh, ops, done);
    }
    case "children":
      return (done) => st.agetChildren(zh, childrenPath, null, done);
  }
}

function watch(): void {}
