/** The client's callback API in the explicit loop. */
// deno-lint-ignore-file no-console
import * as st from "../src/st.ts";
import { type Completion, loadCallbacks } from "./load.ts";
import { Meter } from "./meter.ts";
import { data, path, readTask, sessionTimeout } from "./task.ts";

const task = readTask(Deno.args);
const zh = st.init(task.server, { sessionTimeout });
const submit = task.operation === "get"
  ? (completion: Completion) => st.aget(zh, path, null, completion)
  : (completion: Completion) => st.aset(zh, path, data, -1, completion);

st.acreate(zh, path, data, st.OPEN_ACL_UNSAFE, "PERSISTENT", async () => {
  const meter = new Meter();
  await loadCallbacks(task, meter, submit);
  console.log(meter.end("callbacks", task));
  st.close(zh);
});
while (st.state(zh) !== "CLOSED") st.process(zh, await st.interest(zh).wait());
