/** Ours over the native wire: createClient() and a channel, a deadline and metadata for each call. */
// deno-lint-ignore-file no-console
import { createClient, RpcChannel } from "../../src/rpc/mod.ts";
import { loadPromises } from "../load.ts";
import { Meter } from "../meter.ts";
import { check, metadata, readRpcTask, request, timeout, UserServiceRpc } from "./messages.ts";

const { port, depth, seconds } = readRpcTask(Deno.args);
const channel = new RpcChannel(`static:127.0.0.1:${port}`);
const client = createClient(UserServiceRpc, channel);
const meter = new Meter(seconds);
await loadPromises(
  depth,
  meter,
  async () => check(await client.login(request, { timeout, metadata })),
);
console.log(meter.line);
await channel.close();
