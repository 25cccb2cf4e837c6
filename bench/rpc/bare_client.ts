/** The bare loop's client: a promise for each call. */
// deno-lint-ignore-file no-console
import { loadPromises } from "../load.ts";
import { Meter } from "../meter.ts";
import { BareFrames } from "./bare.ts";
import { check, LoginRequest, LoginResponse, readRpcTask, request } from "./messages.ts";

const { port, depth, seconds } = readRpcTask(Deno.args);
const calls = new Map<number, (reply: unknown) => void>();
const conn = await Deno.connect({ hostname: "127.0.0.1", port });
const frames: BareFrames = new BareFrames(conn, (id, bytes) => {
  const resolve = calls.get(id)!;
  calls.delete(id);
  resolve(LoginResponse.decode(bytes));
});
let nextId = 1;

const meter = new Meter(seconds);
await loadPromises(depth, meter, async () => check(await login(request)));
console.log(meter.line);
frames.close();

function login(message: Record<string, unknown>): Promise<unknown> {
  return new Promise((resolve) => {
    const id = nextId++;
    calls.set(id, resolve);
    frames.send(id, LoginRequest.encode(message).finish());
  });
}
