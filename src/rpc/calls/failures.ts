/** The errors that calls end with, and whose fault they are. */
import { reportCallbackError } from "../../deno.ts";
import { messageOf } from "../../session/dial.ts";
import { RpcError, StatusCode, statusName } from "../status.ts";
import type { Outcome } from "../wires/wire.ts";
import { type Named, nameOf } from "./method.ts";
import type { CallController } from "./options.ts";

/** The error of what a wire says of a failure. */
export function errorOf(outcome: Outcome, sent: boolean): RpcError {
  const { status, message, details, trailers } = outcome;
  const known = statusName(status);
  const code = known === "OK" ? "UNKNOWN" : known;
  return new RpcError(code, message === "" ? code : message, { details, trailers, sent });
}

/** It has taken too long; `why` is what it waited for last, or "". */
export function late(of: Named, time: number, why: string, sent: boolean): RpcError {
  const text = `${nameOf(of)} has not ended within its time, ${time} ms`;
  return new RpcError("DEADLINE_EXCEEDED", why === "" ? text : `${text}: ${why}`, { sent });
}

/** Somebody other than a signal has ended it. */
export function cancelled(of: Named, sent = false): RpcError {
  return new RpcError("CANCELLED", `${nameOf(of)} is cancelled`, { sent });
}

/** The channel has been closed. */
export const closed: RpcError = new RpcError("CANCELLED", "The channel is closed");

/** A message is over the limit. */
export function tooLong(of: Named, what: string, length: number, max: number): RpcError {
  const option = what === "request" ? "maxRequest" : "maxResponse";
  const text = `The ${what} of ${nameOf(of)} has ${length} bytes, and ${option} is ${max}`;
  return new RpcError("RESOURCE_EXHAUSTED", text, { sent: what === "response" });
}

/** The same of a call that an instance may have seen earlier. */
export function marked(error: RpcError): RpcError {
  if (error.sent) return error;
  const { code, message, details, trailers } = error;
  return new RpcError(code, message, { cause: error.cause, details, trailers, sent: true });
}

/** A promise of a call that has not begun. */
export function reject(reason: unknown, controller: CallController | undefined): Promise<never> {
  tell(controller, messageOf(reason));
  return Promise.reject(reason);
}

/** Tells a call's controller why it has failed; what that throws is nobody's else. */
export function tell(controller: CallController | undefined, reason: string): void {
  try {
    controller?.setFailed(reason);
  } catch (error) {
    reportCallbackError(error);
  }
}

/** Whether a status speaks against the instance that it came from, and not against the request. */
export function blames(status: number): boolean {
  return blaming.has(status);
}

const blaming: ReadonlySet<number> = new Set([
  StatusCode.UNKNOWN,
  StatusCode.DEADLINE_EXCEEDED,
  StatusCode.RESOURCE_EXHAUSTED,
  StatusCode.INTERNAL,
  StatusCode.UNAVAILABLE,
  StatusCode.DATA_LOSS,
]);
