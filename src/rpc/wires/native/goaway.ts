/** GOAWAY: no request after the last one named will be answered, and why. */
import { decodeString } from "../../../proto/strings.ts";
import { type FrameReader, FrameType, type FrameWriter } from "./frames.ts";
import { type Fields, Tag, writeNumber, writeText } from "./meta.ts";

/** Writes one. */
export function writeGoaway(to: FrameWriter, last: number, reason: string): void {
  to.begin(FrameType.goaway, 0, 0);
  writeNumber(to, Tag.goawayLast, last);
  writeText(to, Tag.goawayReason, reason);
  to.endMeta();
  to.end();
}

/** Reads one. */
export function readGoaway(frames: FrameReader, fields: Fields): { last: number; reason: string } {
  const goaway = { last: 0, reason: "" };
  fields.point(frames.bytes, frames.meta, frames.message);
  while (fields.next()) {
    if (fields.tag === Tag.goawayLast) goaway.last = fields.value;
    else if (fields.tag === Tag.goawayReason) {
      const reason = decodeString(fields.bytes, fields.start, fields.stop);
      // It goes to logs, in which it must not look like a line of its own.
      goaway.reason = reason.slice(0, reasonMax).replaceAll(/\p{Cc}/gu, " ");
    }
  }
  return goaway;
}

const reasonMax = 256;
