/** The parts of a multi's reply: a header before each result, and one at the end. */
import type { Writer } from "../../proto/archive.ts";
import { OpCode } from "../../proto/constants.ts";

export function writeMultiHeader(to: Writer, type: number, err: number = 0): void {
  to.int(type);
  to.bool(false);
  to.int(err);
}

/** The result of an operation that failed, or that is none because another one did. */
export function writeErrorResult(to: Writer, rc: number): void {
  writeMultiHeader(to, OpCode.error, rc);
  to.int(rc);
}

export function writeMultiEnd(to: Writer): void {
  to.int(-1);
  to.bool(true);
  to.int(-1);
}
