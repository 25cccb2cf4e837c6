/** What the network and the service of a server know of each other. Types, no behaviour. */
import type { Writer } from "../../proto/archive.ts";

/** The far side of one connection, as the service sees it. */
export interface Wire {
  /** The client's IP address, for the ip scheme and four-letter words. */
  readonly address: string;
  /** The server of the connect string that it was made to, "host:port". */
  readonly host: string;
  /** Whether requests are to be answered now, or wait until {@link Served.proceed} is called. */
  readonly ready: boolean;
  /** Whether a session may be taken up over this connection, or its connections are refused. */
  admits(sessionId: bigint): boolean;
  /** There is something in {@link Served.out}; may be called often, one write takes all of a turn. */
  flush(): void;
  /** The server closes the connection, after what is in `out` now has been sent. Idempotent. */
  close(): void;
}

/** One connection, as the network sees it. */
export interface Served {
  /** Where the next bytes from the client go: room for at least one byte. */
  space(): Uint8Array;
  /** So many were put into {@link space}: they are processed as far as the wire is ready. */
  received(count: number): void;
  /** The wire may be ready again for what has been received and not processed. */
  proceed(): void;
  /** What is to be sent; the network takes all of it and empties it. */
  readonly out: Writer;
  /** The id of its session, 0n before the handshake: for faults limited to one session. */
  readonly sessionId: bigint;
  /** The connection is gone, whoever closed it. Called exactly once. */
  closed(): void;
}

/** The service takes a new connection on; it calls the wire only after it has returned. */
export type Accept = (wire: Wire) => Served;
