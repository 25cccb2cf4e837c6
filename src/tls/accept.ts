/**
 * The server's end, for servers of our own: RPC's; ZooKeeper's are Java. The options are asked for
 * with each connection, so that renewed certificates are taken up without a restart.
 */
import type { TLSSocket } from "node:tls";
import type { Transport } from "../types.ts";
import { checkOnce } from "./credentials.ts";
import { failureOfClient, unreadable, untrustedClient } from "./failures.ts";
import { type Handshake, load, type Modules, shakeHands } from "./handshake.ts";
import {
  abortable,
  checkTlsServerOptions,
  joined,
  type TlsServerOptions,
  type TlsServerSource,
} from "./options.ts";
import { peerOf, SocketTransport, type TlsPeer, type TlsTransport } from "./transport.ts";

/**
 * Puts a connection that was accepted under TLS.
 *
 * @param transport The connection; whatever becomes of it, it is closed with what this resolves to.
 * @param source The options; a function is asked, and what it gives is checked.
 * @param signal Gives it up: it rejects with the signal's reason. A client may take its time, though
 * no more than 30 seconds.
 * @returns The connection above TLS. It rejects with an error that says what failed.
 *
 * @example
 * ```ts
 * import { acceptTls, type TlsServerOptions, type Transport } from "@zkst/zookeeper";
 *
 * async function greet(accepted: Transport, tls: TlsServerOptions): Promise<void> {
 *   const transport = await acceptTls(accepted, tls, AbortSignal.timeout(10_000));
 *   await transport.write(new TextEncoder().encode(`Hello ${transport.peer?.subject}`));
 *   transport.close();
 * }
 * console.log(typeof greet);
 * ```
 */
export async function acceptTls(
  transport: Transport,
  source: TlsServerSource,
  signal: AbortSignal,
): Promise<TlsTransport> {
  let options: TlsServerOptions | null = null;
  try {
    options = await abortable(signal, ask(source));
    const modules = await load();
    return await shakeHands(modules, transport, serverSide(modules, options), signal);
  } catch (error) {
    transport.close();
    if (options === null || signal.aborted) throw error;
    // It may not be the client's fault.
    await checkOnce(options);
    throw error;
  }
}

async function ask(source: TlsServerSource): Promise<TlsServerOptions> {
  const options = typeof source === "function" ? await source() : source;
  checkTlsServerOptions(options);
  return options;
}

function serverSide({ tls }: Modules, options: TlsServerOptions): Handshake<TlsTransport> {
  const { cert, key, caCerts, requireClientCert = false } = options;
  return {
    start(wire, succeeded, failed) {
      // A server of one connection, which it has not accepted itself.
      const server = tls.createServer({
        cert,
        key,
        ...caCerts === undefined ? {} : { ca: joined(caCerts) },
        requestCert: caCerts !== undefined,
        rejectUnauthorized: requireClientCert,
        handshakeTimeout,
      });
      server.on("secureConnection", succeeded);
      server.on("tlsClientError", (error: Error, socket: TLSSocket) => {
        failed(socket.authorizationError ? untrustedClient() : error);
      });
      server.emit("connection", wire.stream);
    },
    accept(socket, wire) {
      const peer = socket.authorized ? shownBy(socket) : null;
      return new SocketTransport(socket, wire, peer, failureOfClient);
    },
    explain: failureOfClient,
    hungUp: () => new Error("The client closed the connection in the TLS handshake"),
  };
}

/**
 * The longest handshake, ms, whatever the signal says. So long node:tls holds on to each one, those
 * that have failed too: 14 kB, of whoever knocks. It would be 120 seconds.
 */
const handshakeTimeout = 30_000;

function shownBy(socket: TLSSocket): TlsPeer | null {
  try {
    return peerOf(socket);
  } catch (error) {
    throw unreadable(error);
  }
}
