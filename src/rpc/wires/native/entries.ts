/**
 * Metadata on its way out. Most of it is the same from call to call, a token or a tenant: what a name
 * had last is kept as the bytes it became.
 */
import type { Metadata } from "../../metadata.ts";
import type { FrameWriter } from "./frames.ts";
import { writeEntry } from "./meta.ts";

/** A caller that makes up ever new names fills no memory. */
const namesMax = 32;
/** Longer ones are not kept. */
const lengthMax = 8_192;

interface Kept {
  readonly value: string;
  readonly bytes: Uint8Array;
}

/** The entries that one connection has sent. */
export class Entries {
  readonly #kept = new Map<string, Kept>();

  /** Writes metadata: an entry for each name. */
  write(to: FrameWriter, metadata: Metadata): void {
    for (const name of Object.keys(metadata)) {
      const value = metadata[name]!;
      if (typeof value !== "string") {
        writeEntry(to, name, value);
        continue;
      }
      const kept = this.#kept.get(name);
      if (kept !== undefined && kept.value === value) to.raw(kept.bytes);
      else this.#keep(to, name, value);
    }
  }

  #keep(to: FrameWriter, name: string, value: string): void {
    const start = to.at;
    writeEntry(to, name, value);
    if (to.at - start > lengthMax) return;
    if (this.#kept.size >= namesMax) this.#kept.clear();
    this.#kept.set(name, { value, bytes: to.copy(start) });
  }
}
