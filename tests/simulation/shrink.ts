/** Leaves out of a failing run what it fails without: faults by halves, then requests. */
import { type Ended, type Reduction, simulate } from "./simulate.ts";

/** The smallest run found that breaks the same promise as `ended`. */
export async function shrink(ended: Ended): Promise<Ended> {
  const fails = async (reduction: Reduction) => {
    const tried = await simulate(ended.seed, reduction);
    return tried.violation?.promise === ended.violation?.promise ? tried : null;
  };
  let best = ended;
  let faults = ended.faults.map((_, place) => place);
  const withFaults = (places: readonly number[], calls: number) =>
    fails({ faults: new Set(places), calls });
  // Without a half of them, then a quarter, and so on down to one.
  for (
    let size = Math.ceil(faults.length / 2);
    size >= 1;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let from = 0; from < faults.length;) {
      const fewer = faults.toSpliced(from, size);
      const tried = await withFaults(fewer, best.calls);
      if (tried === null) from += size;
      else [best, faults] = [tried, fewer];
    }
  }
  let [passes, fail] = [0, best.calls];
  while (fail - passes > 1) {
    const calls = (passes + fail) >> 1;
    const tried = await withFaults(faults, calls);
    if (tried === null) passes = calls;
    else [best, fail] = [tried, calls];
  }
  return best;
}
