/** Instances, and sources of them, as tests of balancers need them. */
import type { ServiceInstance } from "../../../src/discovery/instance.ts";
import type { Instances, Source } from "../../../src/discovery/balancers/source.ts";

let zxid = 0n;

/** An instance with what is given; "UP", of weight 1, created after all before it. */
export function instance(id: string, given: Partial<ServiceInstance> = {}): ServiceInstance {
  const czxid = ++zxid;
  return Object.freeze({
    name: "user",
    id,
    address: "10.0.0.1",
    port: 8000,
    sslPort: null,
    endpoints: {},
    payload: null,
    status: "UP",
    weight: 1,
    zone: null,
    tags: [],
    registeredAt: 0,
    path: `/services/user/${id}`,
    czxid,
    mzxid: czxid,
    owner: 1n,
    ...given,
  });
}

/** So many, each at an address of its own. */
export function instances(count: number, given: Partial<ServiceInstance> = {}): ServiceInstance[] {
  return Array.from(
    { length: count },
    (_, i) => instance(`i${i}`, { address: `10.0.${i >> 8}.${i & 255}`, ...given }),
  );
}

/** A source that a test changes. */
export class Pool implements Source {
  snapshot: Instances;

  constructor(...instances: ServiceInstance[]) {
    this.snapshot = { instances };
  }

  set(...instances: ServiceInstance[]): void {
    this.snapshot = { instances };
  }
}

/** Numbers in [0, 1) that are the same in each run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = state + 0x6d2b79f5 | 0;
    let t = Math.imul(state ^ state >>> 15, 1 | state);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return ((t ^ t >>> 14) >>> 0) / 2 ** 32;
  };
}

/** How often each id is picked. */
export function tally(
  times: number,
  pick: (i: number) => ServiceInstance | null,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i < times; i++) {
    const id = pick(i)?.id ?? "none";
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}
