/**
 * The handshake: the first frame each way, without a header.
 *
 * The read-only flag is always sent; whether the answer has one depends on the server's version
 * (36 bytes up to 3.3 and on some later ones, else 37; ZOOKEEPER-4814), so the bytes decide.
 */
import { MarshallingError, type Reader, type Writer } from "./archive.ts";
import { replyHeaderSize } from "./constants.ts";

/** Bytes of a session's password. */
export const passwordSize = 16;

/** What a client asks for. */
export interface ConnectRequest {
  /** The last zxid seen; a server that is behind it closes the connection. */
  readonly lastZxidSeen: bigint;
  /** Session timeout asked for, ms. */
  readonly timeout: number;
  /** 0n for a new session. */
  readonly sessionId: bigint;
  readonly password: Uint8Array;
  /** Whether a read-only server will do. */
  readonly readOnly: boolean;
}

/** What the server grants; a timeout of 0 or less says that the session has expired. */
export interface ConnectResponse {
  /** Session timeout granted, ms. */
  readonly timeout: number;
  readonly sessionId: bigint;
  readonly password: Uint8Array<ArrayBuffer>;
  /** Whether the server is read-only. */
  readonly readOnly: boolean;
}

/** Writes a whole ConnectRequest frame. */
export function writeConnectRequest(to: Writer, request: ConnectRequest): void {
  const start = to.startFrame();
  to.int(0);
  to.long(request.lastZxidSeen);
  to.int(request.timeout);
  to.long(request.sessionId);
  to.buffer(request.password);
  to.bool(request.readOnly);
  to.endFrame(start);
}

/**
 * Reads a ConnectResponse, or the bare header's code with which a read-only server without local
 * sessions refuses (16 bytes; seen on 3.8).
 */
export function readConnectResponse(from: Reader): ConnectResponse | number {
  if (from.remaining === replyHeaderSize) {
    from.int();
    from.long();
    return from.int();
  }
  from.int();
  const timeout = from.int();
  const sessionId = from.long();
  const password = from.buffer();
  // A refusal's password is nobody's business.
  if (password === null || timeout > 0 && password.length !== passwordSize) {
    throw new MarshallingError(`A connect response without a password of ${passwordSize} bytes`);
  }
  return { timeout, sessionId, password, readOnly: from.remaining > 0 && from.bool() };
}
