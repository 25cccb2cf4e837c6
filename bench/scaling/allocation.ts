/**
 * What an operation allocates. The load runs until the compiler is done with it, then so many
 * operations are counted between two looks at the heap.
 *
 * Usage: deno run -A --v8-flags=--expose-gc,--min-semi-space-size=256,--max-semi-space-size=256
 *   allocation.ts HOST:PORT API OPERATION
 */
// deno-lint-ignore-file no-console
import { isOperation } from "../task.ts";
import { loadOf } from "./loads.ts";
import { Allocation } from "./memory.ts";

const [server = "", api = "", operation] = Deno.args;
if (!isOperation(operation)) throw new TypeError(`There is no operation "${operation}"`);
const counted = 50_000;
const { load, close } = await loadOf(api, { server, operation, depth: 256, size: 100 });
await load(300_000);

const allocation = new Allocation();
await allocation.begin();
await load(counted / 2);
allocation.look();
await load(counted / 2);
const { heap, buffers } = allocation.look();
console.log(JSON.stringify({
  api,
  operation,
  "heap bytes": heap / counted,
  "buffer bytes": buffers / counted,
}));
await close();
