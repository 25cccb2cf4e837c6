/** The faults that stand until they are ended, for connections present and to come. */
import { Rules } from "./rules.ts";

export class Standing {
  /** Nothing is processed and nothing sent. */
  readonly stalled: Rules<boolean> = new Rules(false);
  /** Latency of what is sent, ms. */
  readonly delay: Rules<number> = new Rules(0);
  /** Bytes are sent one by one. */
  readonly trickling: Rules<boolean> = new Rules(false);
  /** Nobody is let in. */
  readonly refused: Rules<boolean> = new Rules(false);

  clear(): void {
    for (const rules of [this.stalled, this.delay, this.trickling, this.refused]) rules.clear();
  }
}
