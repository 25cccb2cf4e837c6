import { assertEquals } from "@std/assert";
import { median, medianRatio, percentile } from "../../bench/statistics.ts";

Deno.test("median() takes the middle, whatever the order, or the mean of the two there", () => {
  assertEquals(median([30, 1, 2]), 2);
  assertEquals(median([4, 1, 30, 2]), 3);
  assertEquals(median([]), null);
});

Deno.test("percentile() takes the value that so many do not exceed", () => {
  const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
  assertEquals(percentile(hundred, 0.5), 50);
  assertEquals(percentile(hundred, 0.99), 99);
  assertEquals(percentile([1, 2, 3], 0.5), 2);
});

Deno.test("percentile() tells nothing of too few values", () => {
  assertEquals(percentile(new Array(99).fill(1), 0.99), null);
  assertEquals(percentile([1], 0.5), null);
  assertEquals(percentile([], 0.5), null);
});

Deno.test("medianRatio() compares within rounds", () => {
  // The medians alone would say 2; in each round it is 10.
  assertEquals(medianRatio([10, 1000, 20], [1, 100, 2]), 10);
  assertEquals(medianRatio([10, null, 30], [1, 2, 3]), 10, "A round that failed does not count");
  assertEquals(medianRatio([10], [null]), null);
  assertEquals(medianRatio([10], []), null);
});
