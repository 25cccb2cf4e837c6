/**
 * Connecting under TLS. node:tls does it, for Deno.connectTls takes no signal, and neither it nor
 * startTls can present a certificate and be told the server's name at once.
 *
 * The chain is verified in the handshake; the name after it, by us and always, so that no session
 * that was resumed, and no other way through node:tls, can pass it by. Nothing is sent before.
 */
import type { TLSSocket } from "node:tls";
import { isAddress } from "../session/hosts.ts";
import type { Endpoint } from "../types.ts";
import { failure, hungUp, isUntrusted, refusedCertificate, wrongHost } from "./failures.ts";
import { look } from "./look.ts";
import { checkTlsOptions, joined, type TlsOptions, type TlsSource } from "./options.ts";
import { peerOf, SocketTransport, type TlsTransport } from "./transport.ts";

/**
 * Opens a connection under TLS; an aborted signal ends the attempt, whatever it waits for.
 *
 * @param endpoint Where the server is, and the name it is known by.
 * @param source The options; a function is asked, and what it gives is checked.
 * @param signal Gives the attempt up: it rejects with the signal's reason.
 * @returns The connection, whose server has been verified. It rejects with an error that says what
 * failed: the connection, the server's certificate, or ours.
 */
export async function connectTls(
  endpoint: Endpoint,
  source: TlsSource,
  signal: AbortSignal,
): Promise<TlsTransport> {
  signal.throwIfAborted();
  const options = await abortable(signal, ask(source));
  const modules = await load();
  signal.throwIfAborted();
  await checkKey(options);
  const attempt = new Attempt(modules, endpoint, options, signal);
  try {
    return await attempt.connect();
  } catch (error) {
    if (signal.aborted || !(error instanceof Error) || !isUntrusted(error)) throw error;
    const shown = await look(endpoint, options.serverName ?? endpoint.host, signal);
    signal.throwIfAborted();
    throw refusedCertificate(error, shown, new Date());
  }
}

type Modules = typeof import("node:tls");

/** Loaded by who needs it: it takes longer than the rest of this package. */
function load(): Promise<Modules> {
  return import("node:tls");
}

async function ask(source: TlsSource): Promise<TlsOptions> {
  if (typeof source !== "function") return typeof source === "boolean" ? {} : source;
  const options = await source();
  checkTlsOptions(options);
  return options;
}

/** That a key is not its certificate's shows in the handshake only, and as something else. */
async function checkKey({ cert, key }: TlsOptions): Promise<void> {
  if (cert === undefined || key === undefined) return;
  const { createPrivateKey, X509Certificate } = await import("node:crypto");
  const read = <T>(name: string, of: () => T): T => {
    try {
      return of();
    } catch {
      // What it says may hold a part of the key.
      throw new TypeError(`The option "tls.${name}" cannot be read: its PEM is malformed`);
    }
  };
  const certificate = read("cert", () => new X509Certificate(cert));
  const own = read("key", () => createPrivateKey(key));
  if (certificate.checkPrivateKey(own)) return;
  throw new TypeError('The option "tls.key" is not the key of the certificate in "tls.cert"');
}

/** Settles as `promise` does, or with the signal's reason, whatever comes first. */
function abortable<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** One attempt to connect to one server. */
class Attempt {
  readonly #tls: Modules;
  readonly #endpoint: Endpoint;
  readonly #options: TlsOptions;
  readonly #signal: AbortSignal;
  readonly #name: string;
  /** Where it dials: the address, or the name where the permission is for the name alone. */
  #to: string;

  constructor(tls: Modules, endpoint: Endpoint, options: TlsOptions, signal: AbortSignal) {
    this.#tls = tls;
    this.#endpoint = endpoint;
    this.#options = options;
    this.#signal = signal;
    this.#name = options.serverName ?? endpoint.host;
    this.#to = endpoint.address;
  }

  async connect(): Promise<TlsTransport> {
    const accept = (socket: TLSSocket) => this.#accept(socket);
    try {
      return await this.#handshake(accept);
    } catch (error) {
      const { host, address } = this.#endpoint;
      if (host === address || (error as Error)?.name !== "NotCapable") throw error;
      this.#to = host;
      return await this.#handshake(accept);
    }
  }

  #accept(socket: TLSSocket): TlsTransport {
    if (!socket.authorized) throw socket.authorizationError;
    const { cert, verifyHostname = true } = this.#options;
    if (verifyHostname) this.#checkName(socket);
    socket.setNoDelay(true);
    return new SocketTransport(
      socket,
      peerOf(socket),
      (error) => failure(error, cert === undefined ? {} : { cert }),
    );
  }

  #checkName(socket: TLSSocket): void {
    const certificate = socket.getPeerCertificate(true);
    const problem = this.#tls.checkServerIdentity(withoutZone(this.#name), certificate);
    if (problem !== undefined) throw wrongHost(this.#name, certificate.subjectaltname ?? "");
  }

  #handshake(accept: (socket: TLSSocket) => TlsTransport): Promise<TlsTransport> {
    const signal = this.#signal;
    return new Promise((resolve, reject) => {
      const socket = this.#dial();
      let isConnected = false;
      const stop = () => {
        signal.removeEventListener("abort", abort);
        socket.removeListener("error", fail);
        socket.removeListener("close", closed);
      };
      const give = (error: unknown) => {
        stop();
        socket.on("error", () => {});
        socket.destroy();
        reject(error);
      };
      const abort = () => give(signal.reason);
      const closed = () => give(hungUp());
      const fail = (error: Error & { code?: string }) => {
        const isReset = isConnected && error.code === "ECONNRESET";
        give(isReset ? hungUp() : failure(error, this.#options));
      };
      signal.addEventListener("abort", abort, { once: true });
      socket.once("connect", () => isConnected = true);
      socket.on("error", fail);
      socket.on("close", closed);
      socket.once("secureConnect", () => {
        try {
          const transport = accept(socket);
          stop();
          resolve(transport);
        } catch (error) {
          give(error);
        }
      });
    });
  }

  #dial(): TLSSocket {
    const { caCerts, cert, key } = this.#options;
    return this.#tls.connect({
      host: this.#to,
      port: this.#endpoint.port,
      ...caCerts === undefined ? {} : { ca: joined(caCerts) },
      ...cert === undefined || key === undefined ? {} : { cert, key },
      // An address is no name that could be asked for.
      ...isAddress(this.#name) ? {} : { servername: this.#name },
      rejectUnauthorized: true,
      // Ours: see above.
      checkServerIdentity: () => undefined,
    });
  }
}

/** "fe80::1%eth0" stands in no certificate. */
function withoutZone(name: string): string {
  return name.includes(":") ? name.replace(/%.*/, "") : name;
}
