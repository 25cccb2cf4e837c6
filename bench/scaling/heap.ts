/**
 * What stays on the heap after so many operations and after so many more.
 *
 * Usage: deno run -A --v8-flags=--expose-gc heap.ts HOST:PORT promises|callbacks FEW MANY
 */
// deno-lint-ignore-file no-console
import { loadOf } from "./loads.ts";
import { bytesInUse } from "./memory.ts";

const [server = "", api = "", few, many] = Deno.args;
const { load, close } = await loadOf(api, { server, operation: "get", depth: 256, size: 100 });
await load(Number(few));
const first = await bytesInUse() / 2 ** 20;
await load(Number(many) - Number(few));
const last = await bytesInUse() / 2 ** 20;
console.log(JSON.stringify({
  api,
  [`MB after ${Number(few).toLocaleString("en")}`]: first,
  [`MB after ${Number(many).toLocaleString("en")}`]: last,
  grown: last - first,
}));
await close();
