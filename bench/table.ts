/**
 * The table: medians, and the medians of the ratios within each round, which a busy machine sways
 * less than the ratio of two medians.
 */
import type { Figures } from "./meter.ts";
import type { Program } from "./programs.ts";
import type { Scene } from "./rounds.ts";

/** What the rounds of one program come to. Times are in microseconds. */
export interface Row extends Figures {
  readonly name: string;
  /** Operations a second, by those of the bare loop of its kind; null for what has none. */
  readonly ofBare: number | null;
  /** CPU of the bare loop of its kind by its own: what the first would be on an idle machine. */
  readonly ofBareCpu: number | null;
  /** Operations a second, by those of zookeeper_st. */
  readonly ofC: number | null;
}

/** A scene's rows. */
export function rowsOf({ figures }: Scene, programs: readonly Program[]): Row[] {
  return programs.map(({ name, bare }) => {
    const own = figures.get(name)!;
    const yardstick = bare === null ? undefined : figures.get(bare);
    const c = name === "zookeeper_st" ? undefined : figures.get("zookeeper_st");
    return {
      name,
      rate: median(own.map(({ rate }) => rate))!,
      cpu: median(own.map(({ cpu }) => cpu))!,
      p50: median(own.map(({ p50 }) => p50)),
      p99: median(own.map(({ p99 }) => p99)),
      ofBare: ratio(own, yardstick, ({ rate }) => rate),
      ofBareCpu: ratio(own, yardstick, ({ cpu }) => 1 / cpu),
      ofC: ratio(own, c, ({ rate }) => rate),
    };
  });
}

/** A scene as text. */
export function tableOf(scene: Scene, programs: readonly Program[]): string {
  const lines = rowsOf(scene, programs).map((row) => [
    row.name,
    Math.round(row.rate).toLocaleString("en"),
    row.cpu.toFixed(2),
    row.p50?.toFixed(1) ?? "",
    row.p99?.toFixed(1) ?? "",
    percent(row.ofBare),
    percent(row.ofBareCpu),
    row.ofC === null ? "" : `${row.ofC.toFixed(1)}x`,
  ]);
  return `${scene.operation}, ${scene.depth} outstanding\n${align([head, ...lines])}\n`;
}

const head = [
  "",
  "ops/s",
  "us cpu/op",
  "p50 us",
  "p99 us",
  "of bare",
  "by cpu",
  "of zookeeper_st",
];

function percent(share: number | null): string {
  return share === null ? "" : `${Math.round(100 * share)} %`;
}

function ratio(
  own: readonly Figures[],
  other: readonly Figures[] | undefined,
  value: (figures: Figures) => number,
): number | null {
  return median(own.map((figures, i) => other ? value(figures) / value(other[i]!) : null));
}

/** Null if one of the values is. */
function median(values: readonly (number | null)[]): number | null {
  if (values.includes(null)) return null;
  const sorted = (values as number[]).toSorted((a, b) => a - b);
  const [low, high] = [sorted.length - 1 >> 1, sorted.length >> 1];
  return (sorted[low]! + sorted[high]!) / 2;
}

function align(lines: readonly string[][]): string {
  const widths = lines[0]!.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  const cell = (text: string, i: number) =>
    i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!);
  return lines.map((line) => `  ${line.map(cell).join("  ")}`.trimEnd()).join("\n");
}
