import { assertEquals } from "@std/assert";
import { chartOf } from "../../bench/chart.ts";
import { type Figures, readFigures } from "../../bench/meter.ts";
import { ownPrograms, type Program } from "../../bench/programs.ts";
import type { Plan, Result } from "../../bench/rounds.ts";
import { tableOfRows } from "../../bench/scaling/scale.ts";
import { rowsOf, tableOf } from "../../bench/table.ts";

const java: Program = {
  name: "java",
  title: "ZooKeeper (Java)",
  command: [],
  kind: "peer",
  bare: null,
  extra: 0,
};
const programs = [java, ...ownPrograms.slice(0, 2)];

function figures(rate: number, cpu: number): Figures {
  return { rate, cpu, p50: 1e6 / rate, p99: rate > 500 ? 2e6 / rate : null, rss: 50 };
}

const result: Result = {
  scene: { operation: "get", depth: 16, size: 100, server: "null" },
  figures: new Map([
    ["java", [figures(100, 40), null, null]],
    ["bare_promises", [figures(1000, 1), figures(2000, 1), figures(4000, 2)]],
    ["promises", [figures(800, 2), figures(1600, 2), figures(3200, 4)]],
  ]),
};
const plan: Plan = { scenes: [result.scene], programs, rounds: 3, seconds: 1, servers: {} };

Deno.test("rowsOf() gives medians, and shares of the bare loop and of peers round by round", () => {
  const [javas, bare, ours] = rowsOf(result, programs);
  assertEquals([ours!.rate, ours!.cpu, ours!.rss], [1600, 2, 50]);
  assertEquals([ours!.ofBare, ours!.ofBareCpu, ours!.ofPeers], [0.8, 0.5, { java: 8 }]);
  assertEquals([bare!.ofBare, bare!.ofPeers], [null, {}]);
  assertEquals([javas!.rate, javas!.p99], [100, null], "Rounds that failed do not count");
});

Deno.test("tableOf() says what was measured, with units", () => {
  assertEquals(
    tableOf(result, programs),
    `getData of 100 B, 16 outstanding, null server
                 ops/s  p50 us  p99 us  us cpu  MB  of bare  by cpu  x java
  java             100  10,000           40.00  50
  bare_promises  2,000   500.0   1,000    1.00  50
  promises       1,600   625.0   1,250    2.00  50     80 %    50 %    8.00
`,
  );
});

Deno.test("tableOf() says of what never succeeded that it failed", () => {
  const failed = { ...result, figures: new Map(result.figures).set("java", [null, null]) };
  const [, , row] = tableOf(failed, programs).split("\n");
  assertEquals(row, "  java           failed");
});

Deno.test("chartOf() has peers first, then ours, then the bare loops", () => {
  const { title, bars } = chartOf([result], plan, "2 cores");
  assertEquals(title, "Operations a second: getData of 100 B, 16 outstanding");
  assertEquals(bars.map(({ kind, value }) => `${kind} ${value}`), [
    "peer 100",
    "ours 1600",
    "bare 2000",
  ]);
});

Deno.test("tableOfRows() names its columns after the rows", () => {
  assertEquals(
    tableOfRows([{ sessions: 1, "us each": 1.234 }, { sessions: 1000, "us each": null }]),
    "  sessions  us each\n  1            1.23\n  1,000",
  );
});

Deno.test("readFigures() takes a program's line, and no other", () => {
  const line = `{"rate":1.5,"cpu":2,"p50":3,"p99":null,"rss":4}\n`;
  assertEquals(readFigures(line), { rate: 1.5, cpu: 2, p50: 3, p99: null, rss: 4 });
  assertEquals(readFigures(`{"rate":null,"cpu":2,"p50":3,"p99":4,"rss":4}`), null);
  assertEquals(readFigures(`{"rate":1}`), null);
  assertEquals(readFigures("Segmentation fault"), null);
});
