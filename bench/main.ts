/**
 * This client beside the clients that one would use otherwise, and beside bare Deno loops that move
 * the same bytes; or, as `scaling`, how it does with much of everything.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { benchBalancers } from "./balancers.ts";
import { endChildren, endOnSignals } from "./children.ts";
import { compare } from "./compare.ts";
import { discoveryBench } from "./discovery.ts";
import { readOptions, usage } from "./options.ts";
import { rpcBench } from "./rpc.ts";
import { readScalingOptions, scale } from "./scaling/scale.ts";
import { benchTesting } from "./testing.ts";

/** Measures; whatever it leaves in `temporary`, and what `stack` holds, goes away behind it. */
type Bench = (temporary: string, stack: AsyncDisposableStack) => Promise<void>;

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: string[]): Promise<number> {
  if (args.includes("--help")) {
    console.log(usage);
    return 0;
  }
  let bench;
  try {
    bench = benchOf(args);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  try {
    await within(bench);
    return 0;
  } catch (error) {
    console.error((error as Error).message);
    return 1;
  }
}

function benchOf([first, ...rest]: string[]): Bench {
  if (first === "testing") return () => benchTesting(rest.includes("--quick"));
  if (first === "discovery") return discoveryBench(rest);
  if (first === "rpc") return rpcBench(rest);
  if (first === "balancers") return () => Promise.resolve(benchBalancers());
  if (first === "scaling") {
    const options = readScalingOptions(rest);
    return (temporary) => scale(temporary, options);
  }
  const options = readOptions(first === undefined ? [] : [first, ...rest]);
  return (temporary, stack) => compare(options, temporary, stack);
}

async function within(bench: Bench): Promise<void> {
  await using stack = new AsyncDisposableStack();
  endOnSignals(stack);
  const temporary = await Deno.makeTempDir({ prefix: "zkst_bench_" });
  stack.defer(() => Deno.remove(temporary, { recursive: true }));
  stack.defer(endChildren);
  await bench(temporary, stack);
}
