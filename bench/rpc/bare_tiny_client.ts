/** A bare loop over tiny_rpc's wire: connects, writes, reads up to the end. */
// deno-lint-ignore-file no-console
import { loadPromises } from "../load.ts";
import { Meter } from "../meter.ts";
import { check, LoginRequest, LoginResponse, readRpcTask, request } from "./messages.ts";
import { writeTinyRequest } from "./tiny.ts";

const { port, depth, seconds } = readRpcTask(Deno.args);
const meter = new Meter(seconds);
await loadPromises(depth, meter, async () => check(await login()));
console.log(meter.line);

async function login(): Promise<unknown> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(writeTinyRequest(LoginRequest.encode(request).finish()));
  const buffer = new Uint8Array(1_024);
  let length = 0;
  for (;;) {
    const count = await conn.read(buffer.subarray(length));
    if (count === null) return LoginResponse.decode(buffer.subarray(0, length));
    length += count;
  }
}
