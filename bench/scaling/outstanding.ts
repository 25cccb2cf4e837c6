/**
 * So many requests submitted in one go.
 *
 * Usage: deno run -A --v8-flags=--expose-gc outstanding.ts HOST:PORT COUNT
 */
// deno-lint-ignore-file no-console
import * as st from "../../src/st.ts";
import { dataPath, sessionTimeout } from "../task.ts";
import { bytesInUse, bytesNow } from "./memory.ts";

const [server = "", given = ""] = Deno.args;
const count = Number(given);
const path = dataPath(100);
const zh = st.init(server, { sessionTimeout });
const driven = drive();
// Twice, for the compiler's sake.
await measure();
console.log(JSON.stringify(await measure()));
st.close(zh);
await driven;

async function measure() {
  const before = await bytesInUse();
  let answered = 0;
  const finished = Promise.withResolvers<void>();
  const done = () => {
    if (++answered === count) finished.resolve();
  };
  const start = performance.now();
  for (let i = 0; i < count; i++) st.aget(zh, path, null, done);
  const submitted = performance.now();
  const bytes = bytesNow() - before;
  const looked = performance.now();
  await finished.promise;
  return {
    requests: count,
    "submit us each": 1000 * (submitted - start) / count,
    "bytes each": bytes / count,
    "answered us each": 1000 * (performance.now() - looked) / count,
  };
}

async function drive(): Promise<void> {
  while (!st.closed(zh)) st.process(zh, await st.interest(zh).wait());
}
