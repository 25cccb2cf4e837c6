/** What a run tells at its end. */

/** What there is to tell. */
export interface Report {
  readonly seed: number;
  readonly seconds: number;
  /** By name and by outcome. */
  readonly requests: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly faults: ReadonlyMap<string, number>;
  /** The longest time from the end of a fault until every client had got through again, ms; and which. */
  readonly recovery: { readonly ms: number; readonly fault: string };
  readonly lostConnections: number;
  readonly expiredSessions: number;
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  /** Whatever else is wrong. */
  readonly other: readonly string[];
  readonly hanging: readonly string[];
  /** At the start, when half of the time was over, and at the end, bytes. */
  readonly rss: readonly [number, number, number];
}

/** Whether all is as it should be. */
export function isWell({ lost, doubled, other, hanging }: Report): boolean {
  return lost.length + doubled.length + other.length + hanging.length === 0;
}

/** The report in words. */
export function tell(report: Report): string {
  const { requests, faults, lost, doubled, other, hanging, rss } = report;
  const total = [...requests.values()].flatMap((codes) => [...codes.values()])
    .reduce((sum, count) => sum + count, 0);
  const megabytes = rss.map((bytes) => Math.round(bytes / 2 ** 20));
  return [
    `seed ${report.seed}, ${report.seconds.toFixed(0)} s`,
    `${total} requests`,
    ...[...requests].sort().map(([name, codes]) => `  ${name}: ${counts(codes)}`),
    `${[...faults.values()].reduce((sum, count) => sum + count, 0)} faults: ${counts(faults)}`,
    `${report.lostConnections} connections lost, ${report.expiredSessions} sessions expired`,
    `longest time to recover: ${report.recovery.ms.toFixed(0)} ms, behind ${report.recovery.fault}`,
    ...list("lost", lost),
    ...list("doubled", doubled),
    ...list("hanging", hanging),
    ...list("otherwise wrong", other),
    `memory: ${megabytes[0]} MB at the start, ${megabytes[1]} MB half way, ${
      megabytes[2]
    } MB at the end`,
  ].join("\n");
}

function counts(of: ReadonlyMap<string, number>): string {
  return [...of].map(([name, count]) => `${count} ${name}`).join(", ");
}

function list(what: string, all: readonly string[]): string[] {
  return [`${what}: ${all.length}`, ...all.slice(0, 20).map((one) => `  ${one}`)];
}
