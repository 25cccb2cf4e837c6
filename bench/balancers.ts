/**
 * How many picks a second each balancer makes, over 1,000 instances unless told otherwise.
 *
 *   deno task bench balancers
 *   deno run -A bench/balancers.ts [instances]
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { outliers } from "../src/discovery/balancers/outliers.ts";
import { leastLoaded, peakEwma } from "../src/discovery/balancers/power_of_two.ts";
import { random, weightedRandom } from "../src/discovery/balancers/random.ts";
import { rendezvous } from "../src/discovery/balancers/rendezvous.ts";
import { ring } from "../src/discovery/balancers/ring.ts";
import { pickFirst, roundRobin } from "../src/discovery/balancers/round_robin.ts";
import type { Balancer, PickOptions, Source } from "../src/discovery/balancers/source.ts";
import { sticky } from "../src/discovery/balancers/sticky.ts";
import { weightedRoundRobin } from "../src/discovery/balancers/weighted_round_robin.ts";
import { zoneAware } from "../src/discovery/balancers/zone_aware.ts";
import { instances } from "../tests/discovery/balancers/instances.ts";

/**
 * Measures and prints.
 *
 * @param count How many instances there are.
 */
export function benchBalancers(count = 1_000): void {
  const clock = { now: () => performance.now() };
  const pool: Source = {
    snapshot: { instances: instances(count).map((one, i) => ({ ...one, zone: "abc"[i % 3]! })) },
  };
  const keys = Array.from({ length: 1024 }, (_, i) => ({ key: `user-${i * 7919}` }));
  const none: PickOptions[] = [{}];
  const rows: [string, Balancer, PickOptions[], picks?: number][] = [
    ["roundRobin", roundRobin(pool), none],
    ["random", random(pool), none],
    ["weightedRandom", weightedRandom(pool), none],
    ["weightedRoundRobin", weightedRoundRobin(pool), none, 200_000],
    ["pickFirst", pickFirst(pool), none],
    ["sticky", sticky(pool), none],
    ["leastLoaded (P2C)", leastLoaded(pool), none],
    ["peakEwma (P2C)", peakEwma(pool, { clock }), none],
    ["ring", ring(pool), keys],
    ["ring, boundedLoad", ring(pool, { boundedLoad: 1.25 }), keys],
    ["rendezvous", rendezvous(pool), keys, 20_000],
    ["zoneAware", zoneAware(pool, { zone: "a" }), none],
    ["roundRobin on outliers", roundRobin(outliers(pool, { clock })), none],
    ["roundRobin, told of calls", roundRobin(outliers(pool, { clock })), none],
  ];
  console.log(
    `${count} instances, Deno ${Deno.version.deno}: millions of picks a second, ns a pick`,
  );
  for (const [name, balancer, options, picks = 2_000_000] of rows) {
    const told = name.includes("told");
    const nanos = measure(balancer, options, picks, told);
    console.log(`${name.padEnd(26)} ${(1e3 / nanos).toFixed(2).padStart(8)} ${nanos.toFixed(1)}`);
  }
  const before = performance.now();
  ring({ snapshot: pool.snapshot }).pick({ key: "a" });
  console.log(`A ring is made in ${(performance.now() - before).toFixed(0)} ms`);
}

/** The least of several rounds: the others had company. */
function measure(balancer: Balancer, options: PickOptions[], picks: number, told: boolean): number {
  const mask = options.length - 1;
  let least = Infinity;
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    for (let i = 0; i < picks; i++) {
      const picked = balancer.pick(options[i & mask])!;
      if (!told) continue;
      balancer.started(picked);
      balancer.ended(picked, 1, true);
    }
    least = Math.min(least, performance.now() - start);
  }
  return least / picks * 1e6;
}

if (import.meta.main) benchBalancers(Number(Deno.args[0] ?? 1_000));
