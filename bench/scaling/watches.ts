/**
 * So many watches on as many znodes: to set, to hold, and to restore on a new connection.
 *
 * Usage: deno run -A --v8-flags=--expose-gc watches.ts _ COUNT
 */
// deno-lint-ignore-file no-console
import * as st from "../../src/st.ts";
import { sessionTimeout } from "../task.ts";
import { bytesInUse } from "./memory.ts";
import { startWatchedServer } from "./worker.ts";

const count = Number(Deno.args[1]);
const { address, drop } = await startWatchedServer();
let connected = Promise.withResolvers<number>();
const zh = st.init(address, { sessionTimeout, watcher: told });
const driven = drive();
await connected.promise;

const before = await bytesInUse();
const registering = await timed(register);
const bytes = await bytesInUse() - before;
connected = Promise.withResolvers();
drop();
const since = await connected.promise;
// It is answered behind the watches, which go ahead of it.
await new Promise((resolve) => st.aexists(zh, "/", null, resolve));
const restoring = performance.now() - since;
console.log(JSON.stringify({
  watches: count,
  "bytes each": bytes / count,
  "register us each": 1000 * registering / count,
  "restore ms": restoring,
  "us each": 1000 * restoring / count,
}));
st.close(zh);
await driven;
Deno.exit(0);

async function drive(): Promise<void> {
  while (!st.closed(zh)) st.process(zh, await st.interest(zh).wait());
}

function told({ type, state }: st.WatchedEvent): void {
  if (type === "Session" && state === "CONNECTED") connected.resolve(performance.now());
}

/** Sets a watch on each of the znodes, which are not there; a thousand at a time. */
function register(): Promise<void> {
  return new Promise((resolve) => {
    let [begun, done] = [0, 0];
    const watcher = () => {};
    const next = () => st.aexists(zh, `/watched/znode-${begun++}`, watcher, answered);
    const answered = (rc: number) => {
      // No znode: just as well.
      if (rc !== 0 && rc !== -101) throw new Error(`exists failed with ${rc}`);
      if (++done === count) resolve();
      else if (begun < count) next();
    };
    while (begun < Math.min(count, 1000)) next();
  });
}

async function timed(act: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}
