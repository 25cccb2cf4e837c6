/**
 * What an idle session allocates with each ping: with a session timeout of 30 ms there are many.
 *
 * Usage: deno run -A --v8-flags=--expose-gc,--min-semi-space-size=256,--max-semi-space-size=256
 *   ping.ts HOST:PORT SECONDS
 */
// deno-lint-ignore-file no-console
import { denoPlatform } from "../../src/deno.ts";
import * as st from "../../src/st.ts";
import type { Endpoint } from "../../src/types.ts";
import { Allocation } from "./memory.ts";

const [server = "", seconds] = Deno.args;
const frameOfPing = 12;
let pings = 0;

const zh = st.init(server, { sessionTimeout: 60, platform: { connect } });
const driven = drive();
await sleep(1000 * Number(seconds));

const allocation = new Allocation();
await allocation.begin();
const before = pings;
await sleep(1000 * Number(seconds));
const { heap, buffers } = allocation.look();
const counted = pings - before;
console.log(JSON.stringify({
  pings: counted,
  "heap bytes": heap / counted,
  "buffer bytes": buffers / counted,
}));
st.close(zh);
await driven;

async function drive(): Promise<void> {
  while (!st.closed(zh)) st.process(zh, await st.interest(zh).wait());
}

/** Deno's sockets; counts the writes that can be nothing but a ping, and allocates nothing. */
async function connect(endpoint: Endpoint, signal: AbortSignal) {
  const transport = await denoPlatform.connect(endpoint, signal);
  const write = transport.write.bind(transport);
  transport.write = (bytes) => {
    if (bytes.length === frameOfPing) pings++;
    return write(bytes);
  };
  return transport;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
