/**
 * A bar chart as SVG: horizontal bars from zero on one linear scale, each with its value, on white,
 * or on dark where the viewer prefers that.
 */

/** What is drawn. */
export interface Chart {
  readonly title: string;
  readonly bars: readonly Bar[];
  /** Lines below: what was measured, and on what. */
  readonly notes: readonly string[];
}

/** One bar. */
export interface Bar {
  readonly label: string;
  readonly kind: "peer" | "ours" | "bare";
  readonly value: number;
}

const width = 820;
const left = 210;
/** Room for the value behind the longest bar. */
const right = 90;
const top = 46;
const rowHeight = 30;
const barHeight = 20;
const lineHeight = 17;

/** Draws it. */
export function drawChart({ title, bars, notes }: Chart): string {
  const scale = scaleOf(Math.max(0, ...bars.map(({ value }) => value)));
  const bottom = top + rowHeight * bars.length;
  const height = bottom + 32 + lineHeight * notes.length;
  const x = (value: number) => round(left + value / scale.end * (width - left - right));
  const lines = scale.ticks.map((tick) => tickOf(tick, x(tick), bottom));
  const rows = bars.map((bar, i) => rowOf(bar, x(bar.value), top + rowHeight * i));
  const remarks = notes.map((note, i) =>
    text(16, bottom + 38 + lineHeight * i, note, `class="note"`)
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(title)}">\n` +
    [style, paper(height), text(16, 24, title, `class="title"`), ...lines, ...rows, ...remarks]
      .join("\n") +
    "\n</svg>\n";
}

/** What a page is like is not told; its viewer's preference may differ. */
function paper(height: number): string {
  return `<rect class="paper" width="${width}" height="${height}" rx="6"/>`;
}

/** A round end of the scale at or over `max`, and the ticks up to it. */
export function scaleOf(max: number): { end: number; ticks: number[] } {
  if (max <= 0) return { end: 1, ticks: [0, 1] };
  const power = 10 ** Math.floor(Math.log10(max / 4));
  const step = [1, 2, 2.5, 5, 10].map((unit) => unit * power).find((step) => 5 * step >= max)!;
  const count = Math.ceil(max / step - 1e-9);
  return { end: count * step, ticks: Array.from({ length: count + 1 }, (_, i) => i * step) };
}

function tickOf(value: number, x: number, bottom: number): string {
  return `<line class="grid" x1="${x}" y1="${top - 8}" x2="${x}" y2="${bottom}"/>\n` +
    text(x, bottom + 14, compact(value), `class="tick" text-anchor="middle"`);
}

function rowOf({ label, kind, value }: Bar, end: number, y: number): string {
  const middle = y + barHeight / 2 + 5;
  const size = `x="${left}" y="${y}" width="${round(end - left)}" height="${barHeight}"`;
  return [
    text(left - 10, middle, label, `class="label ${kind}" text-anchor="end"`),
    `<rect class="${kind}" ${size} rx="2"/>`,
    text(end + 8, middle, Math.round(value).toLocaleString("en"), `class="value"`),
  ].join("\n");
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${x}" y="${y}" ${attributes}>${escape(content)}</text>`;
}

function compact(value: number): string {
  if (value >= 1e6) return `${round(value / 1e6)} M`;
  return value >= 1000 ? `${round(value / 1000)} k` : String(value);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function escape(content: string): string {
  return content.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}

const style = `<style>
  text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328; }
  .title { font-size: 16px; font-weight: 600; }
  .note, .tick { font-size: 11.5px; fill: #59636e; }
  .label.ours { font-weight: 600; }
  .grid { stroke: #d1d9e0; }
  rect.paper { fill: #ffffff; }
  rect.peer { fill: #6e7f91; }
  rect.ours { fill: #1f6feb; }
  rect.bare { fill: none; stroke: #8c959f; stroke-dasharray: 4 3; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .note, .tick { fill: #9198a1; }
    .grid { stroke: #3d444d; }
    rect.paper { fill: #0d1117; }
    rect.peer { fill: #8b98a5; }
    rect.ours { fill: #4493f8; }
  }
</style>`;
