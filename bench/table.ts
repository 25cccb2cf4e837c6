/** The table: medians of the rounds, and what they are of others. */
import type { Figures } from "./meter.ts";
import type { Program } from "./programs.ts";
import type { Result } from "./rounds.ts";
import { nameOf } from "./scenes.ts";
import { median, medianRatio } from "./statistics.ts";

/** What the rounds of one program come to; null where there is nothing to tell. */
export interface Row {
  readonly name: string;
  /** Operations a second. */
  readonly rate: number | null;
  /** Us. */
  readonly p50: number | null;
  readonly p99: number | null;
  readonly cpu: number | null;
  /** MB. */
  readonly rss: number | null;
  /** Operations a second, by those of the bare loop of its kind. */
  readonly ofBare: number | null;
  /** CPU of the bare loop of its kind by its own: what the first would be on an idle machine. */
  readonly ofBareCpu: number | null;
  /** For each peer: how many times as many operations a second. */
  readonly ofPeers: Record<string, number | null>;
}

/** A scene's rows. */
export function rowsOf({ figures }: Result, programs: readonly Program[]): Row[] {
  const column = (name: string | null, value: (figures: Figures) => number | null) =>
    figures.get(name ?? "")?.map((one) => one === null ? null : value(one)) ?? [];
  const peers = programs.filter(({ kind }) => kind === "peer");
  const rate = ({ rate }: Figures) => rate;
  return programs.map(({ name, bare, kind }) => {
    const middle = (value: (figures: Figures) => number | null) => medianOf(column(name, value));
    return {
      name,
      rate: middle(rate),
      p50: middle(({ p50 }) => p50),
      p99: middle(({ p99 }) => p99),
      cpu: middle(({ cpu }) => cpu),
      rss: middle(({ rss }) => rss),
      ofBare: medianRatio(column(name, rate), column(bare, rate)),
      ofBareCpu: medianRatio(column(bare, ({ cpu }) => cpu), column(name, ({ cpu }) => cpu)),
      ofPeers: Object.fromEntries(
        (kind === "ours" ? peers : []).map((peer) => [
          peer.name,
          medianRatio(column(name, rate), column(peer.name, rate)),
        ]),
      ),
    };
  });
}

/** A scene as text. */
export function tableOf(result: Result, programs: readonly Program[]): string {
  const peers = programs.filter(({ kind }) => kind === "peer").map(({ name }) => name);
  const lines = rowsOf(result, programs).map((row) => [
    row.name,
    row.rate === null ? "failed" : Math.round(row.rate).toLocaleString("en"),
    latency(row.p50),
    latency(row.p99),
    row.cpu?.toFixed(2) ?? "",
    row.rss?.toFixed(0) ?? "",
    percent(row.ofBare),
    percent(row.ofBareCpu),
    ...peers.map((peer) => times(row.ofPeers[peer] ?? null)),
  ]);
  const ofPeers = peers.map((peer) => `x ${peer}`);
  return `${nameOf(result.scene)}\n${align([[...head, ...ofPeers], ...lines])}\n`;
}

/** What the columns mean. */
export const legend =
  `ops/s: operations a second. p50, p99: from call to answer. us cpu: the client's CPU time per
operation, all its threads. MB: the most memory it had. of bare: ops/s by those of the bare Deno loop
of its kind; by cpu: the same by CPU time, which other programs on the machine sway less. x NAME: how
many times the ops/s of NAME.`;

const head = ["", "ops/s", "p50 us", "p99 us", "us cpu", "MB", "of bare", "by cpu"];

/** A median of those that there are. */
function medianOf(values: readonly (number | null)[]): number | null {
  return median(values.filter((value) => value !== null));
}

function latency(us: number | null): string {
  if (us === null) return "";
  return us < 1000 ? us.toFixed(1) : Math.round(us).toLocaleString("en");
}

function percent(share: number | null): string {
  return share === null ? "" : `${Math.round(100 * share)} %`;
}

function times(ratio: number | null): string {
  return ratio === null ? "" : ratio.toFixed(ratio < 10 ? 2 : 1);
}

/** Columns of text: the first to the left, the others to the right. */
export function align(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]!.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  const cell = (text: string, i: number) =>
    i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!);
  return lines.map((line) => `  ${line.map(cell).join("  ")}`.trimEnd()).join("\n");
}
