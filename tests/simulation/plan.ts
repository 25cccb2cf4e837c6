/** All that a seed says about a run before it begins. */
import type { Random } from "../fuzz/random.ts";
import type { Style } from "./driving.ts";
import { drawFaults, type Fault } from "./faults.ts";
import type { Cutting } from "./link.ts";
import type { Weights } from "./scheduler.ts";
import type { Load } from "./workload.ts";

/** A run that has not begun. */
export interface Plan {
  readonly version: "3.8" | "3.9";
  readonly timeout: number;
  readonly styles: readonly Style[];
  readonly names: readonly { name: string; addresses: readonly string[] }[];
  /** The addresses at which no server ever answers, and how. */
  readonly dead: ReadonlyMap<string, "refuses" | "hangs">;
  readonly weights: Weights;
  readonly cutting: Cutting;
  readonly load: Load;
  readonly faults: readonly Fault[];
}

/** Draws a run; each client makes so many requests, as drawn if that is null. */
export function draw(random: Random, calls: number | null): Plan {
  const timeout = random.pick([400, 1000, 4000]);
  const names = drawNames(random);
  const addresses = [...new Set(names.flatMap((name) => name.addresses))];
  const alone = random.chance(0.2) ? random.pick(addresses) : null;
  const how = random.pick(["refuses", "hangs"] as const);
  const dead = new Map(
    alone === null ? [] : addresses.filter((a) => a !== alone).map((a) => [a, how] as const),
  );
  const servers = names.map(({ name }) => `${name}:2181`).join(",");
  const outstanding = random.pick([Infinity, Infinity, 3]);
  const clients = 1 + random.below(3);
  const styles = Array.from(
    { length: clients },
    () => drawStyle(random, timeout, servers, outstanding),
  );
  const count = 5 + random.below(20);
  const load: Load = {
    calls: calls ?? count,
    open: random.pick([1, 4, 20]),
    timeouts: random.pick([0, 0.1, 0.5]),
    revoked: random.pick([0, 0.1, 0.4]),
    watched: random.pick([0.2, 0.7]),
    closes: random.pick([0, 0, 0.5]),
    bursts: random.pick([0, 0.3]),
  };
  const weights: Weights = {
    processor: random.pick([1, 4, 20]),
    network: random.pick([1, 4]),
    application: random.pick([0.3, 1, 4]),
    time: random.pick([0.02, 0.2, 1]),
    latency: Math.ceil(timeout * random.pick([0.002, 0.05, 0.3])),
  };
  const cutting: Cutting = { parts: random.pick([0, 0.2, 0.7]), window: random.pick([64, 65536]) };
  const version = random.pick(["3.8", "3.9"] as const);
  const faults = drawFaults(random, random.below(9), 100 + clients * count * 8, timeout);
  return { version, timeout, styles, names, dead, weights, cutting, load, faults };
}

/** One to four servers, each under a name of its own. */
function drawNames(random: Random): Plan["names"] {
  const count = 1 + random.below(4);
  return Array.from({ length: count }, (_, i) => ({
    name: String.fromCharCode(97 + i),
    addresses: [`10.0.0.${i + 1}`],
  }));
}

function drawStyle(
  random: Random,
  timeout: number,
  servers: string,
  outstanding: number,
): Style {
  return {
    api: random.pick(["callbacks", "promises"]),
    loop: random.pick(["own", "run", "poll"]),
    renews: random.chance(0.7),
    viewed: random.chance(0.3),
    depth: random.below(4),
    xid: random.chance(0.2) ? 0x7fffffff - random.below(20) : 0,
    throws: random.pick([0, 0, 0.1]),
    timeout,
    servers,
    outstanding,
  };
}
