/** Weights as balancers take them. They come from others, so anything may be in them. */
import type { ServiceInstance } from "../instance.ts";

/** An instance's weight: from 0 to a million, and 1 for what is no number. */
export function weightOf({ weight }: ServiceInstance): number {
  // NaN is neither.
  return weight >= 0 ? Math.min(weight, weightMax) : weight < 0 ? 0 : 1;
}

const weightMax = 1e6;
