/**
 * The other end: a listener that accepts connections under TLS. It is for servers of our own, RPC's
 * for one; ZooKeeper's are Java.
 *
 * Each connection gets the options that hold when it comes, so that renewed certificates are taken
 * up without a restart. A handshake that fails, or takes too long, is nobody's business but the
 * client's: it is closed, told to `onFailure`, and the listener goes on.
 */
import type { Server, Socket } from "node:net";
import type { Server as TlsServer, TLSSocket } from "node:tls";
import { failureOfClient, untrustedClient } from "./failures.ts";
import {
  checkTlsServerOptions,
  joined,
  type TlsServerOptions,
  type TlsServerSource,
} from "./options.ts";
import { peerOf, SocketTransport, type TlsTransport } from "./transport.ts";

/** How a listener listens. */
export interface TlsListenOptions {
  /** The address to listen on. "127.0.0.1". */
  readonly hostname?: string;
  /** The port; a free one unless given. */
  readonly port?: number;
  /** How long a handshake may take, ms. 10,000. */
  readonly handshakeTimeout?: number;
  /** Told why a handshake failed, in words fit for a log. */
  readonly onFailure?: (error: Error) => void;
}

/** Connections as they come, until it is closed; those that were accepted stay open. */
export interface TlsListener extends AsyncIterable<TlsTransport>, Disposable {
  /** The address it listens on. */
  readonly hostname: string;
  /** The port it listens on. */
  readonly port: number;
  /** The next connection whose handshake is over; null when the listener has been closed. */
  accept(): Promise<TlsTransport | null>;
  /** Listens no more. A pending {@link TlsListener.accept} resolves with null. */
  close(): void;
}

/**
 * Listens for connections under TLS.
 *
 * @param source The server's options; a function is asked for each connection.
 * @param options Where, and for how long a client may shake hands.
 * @returns The listener, once it listens.
 */
export async function listenTls(
  source: TlsServerSource,
  options: TlsListenOptions = {},
): Promise<TlsListener> {
  // What a function gives is checked now, too: a server that could serve nobody should not start.
  await ask(source);
  const [net, tls] = await Promise.all([import("node:net"), import("node:tls")]);
  const listener = new Listener(net.createServer({ pauseOnConnect: true }), tls, source, options);
  await listener.listen();
  return listener;
}

/** Connections that wait for an accept, or are in their handshake; more are turned away. */
const waitingMax = 512;

async function ask(source: TlsServerSource): Promise<TlsServerOptions> {
  const options = typeof source === "function" ? await source() : source;
  checkTlsServerOptions(options);
  return options;
}

class Listener implements TlsListener {
  readonly hostname: string;
  port: number;
  readonly #server: Server;
  readonly #tls: typeof import("node:tls");
  readonly #source: TlsServerSource;
  readonly #options: TlsListenOptions;
  readonly #handshakes = new Map<Socket, (error: Error | null) => void>();
  readonly #ready: TlsTransport[] = [];
  readonly #accepting: ((transport: TlsTransport | null) => void)[] = [];
  #closed = false;

  constructor(
    server: Server,
    tls: typeof import("node:tls"),
    source: TlsServerSource,
    options: TlsListenOptions,
  ) {
    this.#server = server;
    this.#tls = tls;
    this.#source = source;
    this.#options = options;
    this.hostname = options.hostname ?? "127.0.0.1";
    this.port = options.port ?? 0;
    server.on("connection", (socket: Socket) => this.#shakeHands(socket));
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.port, this.hostname, () => {
        this.#server.removeListener("error", reject);
        this.port = (this.#server.address() as { port: number }).port;
        resolve();
      });
    });
  }

  accept(): Promise<TlsTransport | null> {
    const transport = this.#ready.shift();
    if (transport !== undefined) return Promise.resolve(transport);
    if (this.#closed) return Promise.resolve(null);
    return new Promise((resolve) => this.#accepting.push(resolve));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TlsTransport, void, void> {
    for (let next; (next = await this.accept()) !== null;) yield next;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#server.close();
    const closed = new Error("The listener has been closed");
    for (const over of [...this.#handshakes.values()]) over(closed);
    for (const transport of this.#ready.splice(0)) transport.close();
    for (const resolve of this.#accepting.splice(0)) resolve(null);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #shakeHands(socket: Socket): void {
    socket.on("error", () => {});
    if (this.#closed || this.#handshakes.size + this.#ready.length >= waitingMax) {
      socket.destroy();
      return;
    }
    const limit = this.#options.handshakeTimeout ?? 10_000;
    let isOver = false;
    const over = (error: Error | null) => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      this.#handshakes.delete(socket);
      if (error === null) return;
      socket.destroy();
      if (!this.#closed) this.#options.onFailure?.(error);
    };
    const timer = setTimeout(() => over(new Error(`No TLS handshake within ${limit} ms`)), limit);
    this.#handshakes.set(socket, over);
    ask(this.#source).then((options) => this.#upgrade(socket, options, over)).catch(over);
  }

  /** A server of one connection: it has the options of this moment, and its failures are its own. */
  #upgrade(socket: Socket, given: TlsServerOptions, over: (error: Error | null) => void): void {
    if (!this.#handshakes.has(socket)) return;
    const { cert, key, caCerts, requireClientCert = false } = given;
    const server: TlsServer = this.#tls.createServer({
      cert,
      key,
      ...caCerts === undefined ? {} : { ca: joined(caCerts) },
      requestCert: caCerts !== undefined,
      rejectUnauthorized: requireClientCert,
    });
    server.on("tlsClientError", (error: Error, secure: TLSSocket) => {
      over(secure.authorizationError ? untrustedClient() : failureOfClient(error));
    });
    server.on("secureConnection", (secure: TLSSocket) => {
      over(null);
      this.#accept(secure);
    });
    server.emit("connection", socket);
  }

  #accept(socket: TLSSocket): void {
    const peer = socket.authorized ? peerOf(socket) : null;
    socket.setNoDelay(true);
    const transport = new SocketTransport(socket, peer, failureOfClient);
    const resolve = this.#accepting.shift();
    if (this.#closed) transport.close();
    else if (resolve !== undefined) resolve(transport);
    else this.#ready.push(transport);
  }
}
