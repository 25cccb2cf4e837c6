/** The end of a call: an outcome as the END frame's meta. */
import type { Metadata } from "../../metadata.ts";
import { StatusCode } from "../../status.ts";
import type { Outcome } from "../wire.ts";
import { type FrameReader, FrameType, type FrameWriter, metaMax } from "./frames.ts";
import {
  type Fields,
  readMetadata,
  Tag,
  writeBytes,
  writeMetadata,
  writeNumber,
  writeText,
} from "./meta.ts";
import { decodeString } from "../../../proto/strings.ts";
import type { Names } from "./names.ts";

/** What is said of a status is cut at so many chars. */
const textMax = 4_096;

/** A call's end without a response. */
export function failure(
  status: number,
  message: string,
  sent: boolean,
  pushback: number | null = null,
): Outcome {
  return { status, message, response: null, trailers: null, details: null, sent, pushback };
}

/**
 * Writes a call's end as one frame, with the response or the last part of it. What no frame can hold
 * is left out, and the status says so.
 */
export function writeEnd(
  to: FrameWriter,
  id: number,
  outcome: Outcome,
  response: Uint8Array | null,
): void {
  to.begin(FrameType.end, 0, id);
  writeMeta(to, outcome);
  to.endMeta();
  if (to.metaLength > metaMax) {
    const text =
      `The trailers and details have ${to.metaLength} bytes, over the limit of ${metaMax}`;
    return writeEnd(to, id, failure(StatusCode.RESOURCE_EXHAUSTED, text, true), null);
  }
  if (response !== null) to.raw(response);
  to.end();
}

function writeMeta(to: FrameWriter, outcome: Outcome): void {
  const { status, message, details, trailers, sent, pushback } = outcome;
  if (status !== 0) {
    writeNumber(to, Tag.endStatus, status);
    writeText(to, Tag.endMessage, message.slice(0, textMax));
    if (details !== null) writeBytes(to, Tag.endDetails, details);
    writeNumber(to, Tag.endRefused, sent ? 0 : 1);
  }
  if (trailers !== null) writeMetadata(to, trailers);
  if (pushback !== null) {
    to.varint(Tag.endPushback);
    to.varint(pushback < 0 ? 1 : 2 * Math.min(Math.ceil(pushback), pushbackMax));
  }
}

/** A day, ms. */
const pushbackMax = 86_400_000;

/** Reads an end; `response` is the whole one. */
export function readEnd(
  frames: FrameReader,
  fields: Fields,
  names: Names,
  response: Uint8Array,
): Outcome {
  if (frames.meta === frames.message) {
    return {
      status: 0,
      message: "",
      response,
      trailers: null,
      details: null,
      sent: true,
      pushback: null,
    };
  }
  const end = { status: 0, message: "", refused: false, pushback: null as number | null };
  let details: Uint8Array | null = null;
  let hasTrailers = false;
  fields.point(frames.bytes, frames.meta, frames.message);
  while (fields.next()) {
    const { tag, value, start, stop } = fields;
    if (tag === Tag.endStatus) end.status = value > statusMax ? StatusCode.UNKNOWN : value;
    else if (tag === Tag.endMessage) end.message = decodeString(fields.bytes, start, stop);
    else if (tag === Tag.endDetails) details = frames.lend().subarray(start, stop);
    else if (tag === Tag.endRefused) end.refused = value !== 0;
    else if (tag === Tag.endPushback) end.pushback = value & 1 ? -1 : value >>> 1;
    else if (tag === Tag.metadata) hasTrailers = true;
  }
  const { status, message, refused, pushback } = end;
  const isOk = status === 0;
  return {
    status,
    message,
    response: isOk ? response : null,
    trailers: hasTrailers ? metadataOf(frames, names) : null,
    details: isOk ? null : details,
    sent: isOk || !refused,
    pushback,
  };
}

const statusMax = 16;

/** The metadata in a frame's meta, or null. */
export function metadataOf(frames: FrameReader, names: Names): Metadata | null {
  return readMetadata(frames.lend(), frames.meta, frames.message, names);
}
