/**
 * So many sessions in one Poll: one of them busy, then all of them.
 *
 * Usage: deno run -A --v8-flags=--expose-gc sessions.ts HOST:PORT COUNT
 */
// deno-lint-ignore-file no-console
import * as st from "../../src/st.ts";
import { loadCallbacks } from "../load.ts";
import { Meter, readFigures } from "../meter.ts";
import { dataPath, sessionTimeout } from "../task.ts";
import { bytesInUse } from "./memory.ts";

const [server = "", count = ""] = Deno.args;
const path = dataPath(100);
const poll = new st.Poll<st.Handle>();
const sessions: st.Handle[] = [];
let closing = false;
const driven = drive();

// What the first one takes is not taken by each.
await add(1);
const before = await bytesInUse();
await add(Number(count));
st.close(sessions.shift()!);
const bytes = await bytesInUse() - before;
const one = await busy(1);
const all = await busy(sessions.length);
console.log(JSON.stringify({
  sessions: sessions.length,
  "KB each": bytes / sessions.length / 1024,
  "one busy: ops/s": one.rate,
  "us cpu/op": one.cpu,
  "p50 us": one.p50,
  "all busy: ops/s": all.rate,
  "us cpu/op ": all.cpu,
}));
closing = true;
for (const zh of sessions) st.close(zh);
await driven;

async function add(count: number): Promise<void> {
  const added = Array.from({ length: count }, () => st.init(server, { sessionTimeout }));
  sessions.push(...added);
  for (const zh of added) poll.add(zh);
  await Promise.all(added.map((zh) => new Promise((done) => st.aget(zh, path, null, done))));
}

/** Looks at all of them only when they are being closed: a turn must not cost so much. */
async function drive(): Promise<void> {
  while (!closing || !sessions.every(st.closed)) {
    for (const [zh, events] of await poll.wait()) st.process(zh, events);
  }
}

async function busy(depth: number) {
  const meter = new Meter(1);
  await loadCallbacks(depth, meter, (done, chain) => st.aget(sessions[chain]!, path, null, done));
  return readFigures(meter.line)!;
}
