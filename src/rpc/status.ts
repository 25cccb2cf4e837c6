/** Status codes, gRPC's own, and the one error class of RPC. */
import type { Metadata } from "./metadata.ts";

/** Each code's number on the wire. */
export const StatusCode = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/** A code's name. */
export type StatusCode = keyof typeof StatusCode;

const names = Object.keys(StatusCode) as StatusCode[];

/** The name of a code; "UNKNOWN" for a number that is none, as in gRPC. */
export function statusName(status: number): StatusCode {
  return names[status] ?? "UNKNOWN";
}

/** What an {@link RpcError} is made of. */
export interface RpcErrorOptions extends ErrorOptions {
  /** Bytes that say more, for instance a serialized `google.rpc.Status`. */
  details?: Uint8Array | null;
  /** Metadata at the end of the reply. */
  trailers?: Metadata | null;
  /** Whether the request may have reached a handler. */
  sent?: boolean;
}

/**
 * A call that did not succeed. Handlers throw it to answer with a code; callers get it.
 *
 * @example
 * ```ts
 * import { RpcError } from "@zkst/zookeeper/rpc";
 *
 * const error = new RpcError("NOT_FOUND", "There is no such user");
 * console.log(error.code, error.status); // NOT_FOUND 5
 * ```
 */
export class RpcError extends Error {
  /** "RpcError". */
  override readonly name = "RpcError";
  /** The code's name. */
  readonly code: StatusCode;
  /** The code on the wire, 0 to 16. */
  readonly status: number;
  /** Bytes that say more, or null. */
  readonly details: Uint8Array | null;
  /** Metadata at the end of the reply, or null. */
  readonly trailers: Metadata | null;
  /**
   * Whether the request may have reached a handler. False means that none has run, so the call may be
   * repeated whatever it does.
   */
  readonly sent: boolean;

  /**
   * An error with a code's name.
   *
   * @throws {TypeError} for a name that is none, and for "OK".
   */
  constructor(code: StatusCode, message: string, options: RpcErrorOptions = {}) {
    super(message, options);
    if (!Object.hasOwn(StatusCode, code) || code === "OK") {
      const allowed = names.slice(1).join(", ");
      throw new TypeError(`The code must be one of ${allowed}, not ${JSON.stringify(code)}`);
    }
    this.code = code;
    this.status = StatusCode[code];
    this.details = options.details ?? null;
    this.trailers = options.trailers ?? null;
    this.sent = options.sent ?? false;
  }
}
