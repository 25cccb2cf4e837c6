/**
 * A handshake over a transport, at either end. It settles once: with the transport above it, or with
 * an error that says what failed; then the one below is closed. An aborted signal ends it.
 */
import type { TLSSocket } from "node:tls";
import type { Transport } from "../types.ts";
import { isReset } from "./failures.ts";
import { Wire } from "./wire.ts";

/** What TLS takes of Node; loaded by who needs it, for it takes longer than the rest of us. */
export interface Modules {
  readonly tls: typeof import("node:tls");
  readonly Duplex: typeof import("node:stream").Duplex;
}

/** Loads what TLS takes. */
export async function load(): Promise<Modules> {
  const [tls, { Duplex }] = await Promise.all([import("node:tls"), import("node:stream")]);
  return { tls, Duplex };
}

/** What differs between the ends. */
export interface Handshake<T> {
  /** Starts it over the wire. */
  start(wire: Wire, succeeded: (socket: TLSSocket) => void, failed: (error: Error) => void): void;
  /** It is over: looks at the peer, and throws when it is not one to talk to. */
  accept(socket: TLSSocket, wire: Wire): T;
  /** What an error means. */
  explain(error: Error): Error;
  /** What it means that the peer has hung up. */
  hungUp(): Error;
}

/** Shakes hands over `transport`, which is closed unless it succeeds. */
export function shakeHands<T>(
  { Duplex }: Modules,
  transport: Transport,
  handshake: Handshake<T>,
  signal: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const wire = new Wire(Duplex, transport);
    let isOver = false;
    const over = () => {
      if (isOver) return false;
      isOver = true;
      signal.removeEventListener("abort", abort);
      return true;
    };
    const abort = () => {
      if (!over()) return;
      wire.abort();
      reject(signal.reason);
    };
    // The peer is told why before the connection is closed: TLS has an alert for it.
    const give = (error: unknown) => {
      if (over()) wire.close().then(() => reject(error));
    };
    const fail = (error: Error) => {
      give(isReset(error) ? handshake.hungUp() : handshake.explain(error));
    };
    const hungUp = () => give(handshake.hungUp());
    const succeed = (socket: TLSSocket) => {
      try {
        const result = handshake.accept(socket, wire);
        if (over()) resolve(result);
      } catch (error) {
        give(error);
      }
    };
    signal.addEventListener("abort", abort, { once: true });
    // Node may have closed it for a reason that it tells later.
    const closed = () => wire.close().then(() => setImmediate(hungUp));
    wire.stream.on("error", fail).on("end", hungUp).on("close", closed);
    try {
      if (signal.aborted) abort();
      else handshake.start(wire, succeed, fail);
    } catch (error) {
      give(error);
    }
  });
}
