/** A run as people read it. */
import type { Ended } from "./simulate.ts";

/** All that happened, and what was broken. */
export function tell({ seed, violation, lines, steps, calls }: Ended): string {
  const head = `--- seed ${seed}: ${steps} steps, ${calls} requests a client at most`;
  const end = violation === null ? "--- all promises were kept" : `!!! ${violation.message}`;
  return [head, ...lines, end].join("\n");
}

/** A number that is the same for the same run. */
export function fingerprint({ lines }: Ended): number {
  let hash = 0x811c9dc5;
  for (const line of lines) {
    for (let i = 0; i < line.length; i++) {
      hash = Math.imul(hash ^ line.charCodeAt(i), 0x01000193);
    }
  }
  return hash >>> 0;
}
