/**
 * PORT CALLS: so many calls, a hundred at once, and for each tenth of them a line [calls, MB of this
 * process, MB of the server].
 */
// deno-lint-ignore-file no-console
import { createClient, RpcChannel } from "../../src/rpc/mod.ts";
import { check, metadata, request, timeout, UserServiceRpc } from "./messages.ts";

const [port, count] = Deno.args.map(Number);
const channel = new RpcChannel(`static:127.0.0.1:${port}`);
const client = createClient(UserServiceRpc, channel);
const tenth = Math.ceil(count! / 10);
let done = 0;

for (let i = 0; i <= 10; i++) {
  await Promise.all(Array.from({ length: 100 }, () => work(i === 0 ? 50_000 : tenth * i)));
  const reply = await client.login({ name: new Uint8Array(0), pwd: new Uint8Array(0) });
  const server = Number(new TextDecoder().decode(reply.result.errmsg));
  console.log(JSON.stringify([done, Deno.memoryUsage().rss / 2 ** 20, server]));
}
await channel.close();

async function work(until: number): Promise<void> {
  while (done < until) {
    done++;
    check(await client.login(request, { timeout, metadata }));
  }
}
