/** The few sums: medians, percentiles, and ratios taken round by round. */

/** The middle value, or the mean of the two in the middle; null of none. */
export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted.length - 1 >> 1, sorted.length >> 1];
  return (sorted[low]! + sorted[high]!) / 2;
}

/**
 * The least of the sorted values that so great a share of them does not exceed; null where not one
 * value is to be expected beyond it.
 */
export function percentile(sorted: readonly number[], share: number): number | null {
  if (sorted.length * (1 - share) < 1 - 1e-9) return null;
  return sorted[Math.ceil(share * sorted.length) - 1]!;
}

/**
 * The median of the ratios within each round, which a busy machine sways less than the ratio of two
 * medians. A round that one of the two did not take part in (null) does not count.
 */
export function medianRatio(
  own: readonly (number | null)[],
  other: readonly (number | null)[],
): number | null {
  const ratios = own.flatMap((value, i) => {
    const by = other[i];
    return value === null || by === null || by === undefined ? [] : [value / by];
  });
  return median(ratios);
}
