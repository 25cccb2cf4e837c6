/**
 * What an idle session allocates with each ping: with a session timeout of 60 ms there are many. A
 * bare loop beside it sleeps, writes a ping and reads the answer, and does nothing else.
 *
 * Usage: deno run -A --v8-flags=--expose-gc,--min-semi-space-size=256,--max-semi-space-size=256
 *   ping.ts HOST:PORT session|bare SECONDS
 */
// deno-lint-ignore-file no-console
import { denoPlatform } from "../../src/deno.ts";
import * as st from "../../src/st.ts";
import type { Endpoint } from "../../src/types.ts";
import { connectRequest } from "../bare_wire.ts";
import { Allocation } from "./memory.ts";

const [server = "", api = "", seconds] = Deno.args;
/** A ping's frame: length, xid -2, type 11. */
const ping = new Uint8Array([0, 0, 0, 8, 255, 255, 255, 254, 0, 0, 0, 11]);
/** How often it is sent, ms: a third of the session timeout, as ZooKeeper's clients do. */
const interval = 20;
let pings = 0;

const end = api === "bare" ? await beginBare() : beginSession();
await sleep(1000 * Number(seconds));

const allocation = new Allocation();
await allocation.begin();
const before = pings;
await sleep(1000 * Number(seconds));
const { heap, buffers } = allocation.look();
const counted = pings - before;
console.log(JSON.stringify({
  api,
  pings: counted,
  "heap bytes": heap / counted,
  "buffer bytes": buffers / counted,
}));
await end();

function beginSession(): () => Promise<void> {
  const zh = st.init(server, { sessionTimeout: 3 * interval, platform: { connect } });
  const driven = drive(zh);
  return () => (st.close(zh), driven);
}

async function drive(zh: st.Handle): Promise<void> {
  while (!st.closed(zh)) st.process(zh, await st.interest(zh).wait());
}

/** Deno's sockets; counts the writes that can be nothing but a ping, and allocates nothing. */
async function connect(endpoint: Endpoint, signal: AbortSignal) {
  const transport = await denoPlatform.connect(endpoint, signal);
  const write = transport.write.bind(transport);
  transport.write = (bytes) => {
    if (bytes.length === ping.length) pings++;
    return write(bytes);
  };
  return transport;
}

async function beginBare(): Promise<() => Promise<void>> {
  const [hostname, port] = server.split(":");
  const conn = await Deno.connect({ hostname: hostname!, port: Number(port) });
  const received = new Uint8Array(64);
  await conn.write(connectRequest());
  await conn.read(received);
  let over = false;
  const pinging = (async () => {
    for (; !over; pings++) {
      await sleep(interval);
      await conn.write(ping);
      await conn.read(received);
    }
  })();
  return async () => {
    over = true;
    await pinging;
    conn.close();
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
