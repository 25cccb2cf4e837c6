/** The balancers by their names in targets; gRPC's and Envoy's where they have one. */
import {
  type Balancer,
  leastLoaded,
  peakEwma,
  pickFirst,
  random,
  rendezvous,
  ring,
  roundRobin,
  type Source,
  sticky,
  weightedRandom,
  weightedRoundRobin,
} from "../../discovery/mod.ts";
import type { Clock, Platform } from "../../values.ts";

/** The name of a balancer. */
export type BalancerName =
  | "round_robin"
  | "pick_first"
  | "p2c"
  | "least_loaded"
  | "random"
  | "weighted_round_robin"
  | "weighted_random"
  | "ring_hash"
  | "rendezvous"
  | "sticky";

/** What balancers are made with. */
export interface Means {
  readonly clock: Pick<Clock, "now">;
  readonly random: Platform["random"];
}

interface Kind {
  make(source: Source, by: Means): Balancer;
  /** Whether it wants to know of the calls. */
  learns?: boolean;
  /** Whether calls need a key. */
  keyed?: boolean;
}

const kinds: Readonly<Record<BalancerName, Kind>> = {
  round_robin: { make: (source, { random }) => roundRobin(source, { random }) },
  pick_first: { make: pickFirst },
  p2c: { make: (source, { clock, random }) => peakEwma(source, { clock, random }), learns: true },
  least_loaded: { make: (source, { random }) => leastLoaded(source, { random }), learns: true },
  random: { make: (source, by) => random(source, { random: by.random }) },
  weighted_round_robin: { make: (source, { random }) => weightedRoundRobin(source, { random }) },
  weighted_random: { make: (source, { random }) => weightedRandom(source, { random }) },
  ring_hash: { make: (source) => ring(source), keyed: true },
  rendezvous: { make: (source) => rendezvous(source), keyed: true },
  sticky: {
    make: (source, by) => sticky(source, (from) => random(from, { random: by.random })),
  },
};

/** How a channel balances. */
export interface Balancing {
  readonly make: (source: Source) => Balancer;
  /** Whether the balancers want to know of the calls. */
  readonly learns: boolean;
  /** The name of a balancer that needs a key for each call, else null. */
  readonly keyed: string | null;
}

/**
 * The balancer of a name.
 *
 * @throws {TypeError} for a name that is none, and says which there are.
 */
export function balancingOf(name: string, by: Means): Balancing {
  if (!Object.hasOwn(kinds, name)) {
    const allowed = Object.keys(kinds).join(", ");
    throw new TypeError(`There is no balancer ${JSON.stringify(name)}; there are ${allowed}`);
  }
  const { make, learns = false, keyed = false } = kinds[name as BalancerName];
  return {
    make: (source) => make(source, by),
    learns,
    keyed: keyed ? name : null,
  };
}
