import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Chart, drawChart, scaleOf } from "../../bench/svg.ts";

const chart: Chart = {
  title: "Operations a second <on> this & that",
  bars: [
    { label: "peer", kind: "peer", value: 50_000 },
    { label: "ours", kind: "ours", value: 1_000_000 },
  ],
  notes: ["measured here", "more is better"],
};

Deno.test("drawChart() draws bars from zero whose lengths are as their values", () => {
  const widths = [...drawChart(chart).matchAll(/<rect [^>]*x="[^>]*width="([\d.]+)"/g)];
  const [peer, ours] = widths.map(([, width]) => Number(width));
  assertEquals(Math.round(ours! / peer!), 20);
});

Deno.test("drawChart() stays inside its frame, with room for values and notes", () => {
  const svg = drawChart(chart);
  const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)!;
  for (const [, x, y] of svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)"/g)) {
    assert(Number(x) < Number(width) - 40 && Number(y) < Number(height));
  }
});

Deno.test("drawChart() is well-formed whatever the text, and legible on dark", () => {
  const svg = drawChart(chart);
  assertStringIncludes(svg, "this &#38; that");
  assert(!svg.includes("<on>"));
  assertStringIncludes(svg, "prefers-color-scheme: dark");
  const opened = svg.match(/<(?!\/)[a-z]+/g)!.length;
  assertEquals(svg.match(/<\/[a-z]+>|\/>/g)!.length, opened);
});

Deno.test("scaleOf() ends at a round number that is not under the greatest value", () => {
  assertEquals(scaleOf(1_000_000), {
    end: 1e6,
    ticks: [0, 200_000, 400_000, 600_000, 800_000, 1e6],
  });
  assertEquals(scaleOf(37).end, 40);
  assertEquals(scaleOf(1).end, 1);
  assertEquals(scaleOf(0).ticks, [0, 1]);
  for (const max of [0.3, 9, 11, 99, 12_345, 777_777, 3_100_000]) {
    const { end, ticks } = scaleOf(max);
    assert(end >= max && end <= 1.6 * max && ticks.length <= 6, `${max}: ${ticks}`);
  }
});
