/**
 * What TLS is told, and whether it makes sense. Text is checked at once, so that a typing error is an
 * error at the call; what a function gives is checked when it is asked. No message shows any of it:
 * a key is a secret, and whoever mixes two options up must not find one in the log.
 */
import { pemProblem } from "./pem.ts";

/** TLS as a client has it. All PEM is text, not the name of a file. */
export interface TlsOptions {
  /**
   * The certificates of the authorities that may have signed the server's, PEM: one text with one or
   * more of them, or several. Those that Deno trusts unless given (Mozilla's; `DENO_TLS_CA_STORE`).
   */
  readonly caCerts?: string | readonly string[];
  /** Our own certificate, PEM, for servers that ask for one; with those of its chain behind it. */
  readonly cert?: string;
  /** The private key of {@link TlsOptions.cert}, PEM, not encrypted. */
  readonly key?: string;
  /**
   * The name that the server is asked for (SNI) and its certificate must be for, in place of the one
   * in the connect string.
   */
  readonly serverName?: string;
  /** Whether the server's certificate must be for its name; false turns only that off. true. */
  readonly verifyHostname?: boolean;
}

/**
 * TLS options; or a function, asked on each connect, so that renewed certificates are taken up; or
 * true for a server whose certificate one of Deno's own authorities has signed.
 */
export type TlsSource = boolean | TlsOptions | (() => TlsOptions | Promise<TlsOptions>);

/** TLS as a server has it. */
export interface TlsServerOptions {
  /** The server's certificate, PEM, with those of its chain behind it. */
  readonly cert: string;
  /** Its private key, PEM, not encrypted. */
  readonly key: string;
  /** The certificates of the authorities that may have signed a client's, PEM. */
  readonly caCerts?: string | readonly string[];
  /** Whether a client must have a certificate of one of `caCerts`. false. */
  readonly requireClientCert?: boolean;
}

/** A server's TLS options; or a function, asked for each connection. */
export type TlsServerSource =
  | TlsServerOptions
  | (() => TlsServerOptions | Promise<TlsServerOptions>);

/**
 * Checks what can be checked at once of the option "tls".
 *
 * @throws {TypeError} naming what is wrong.
 */
export function checkTls(source: TlsSource): void {
  if (typeof source !== "boolean" && typeof source !== "function") checkTlsOptions(source);
}

/**
 * Checks TLS options of a client.
 *
 * @throws {TypeError} naming what is wrong.
 */
export function checkTlsOptions(options: TlsOptions): void {
  checkShape(options, clientKeys);
  if (options.caCerts !== undefined) checkCaCerts(options.caCerts);
  if (options.cert !== undefined) checkPem("cert", options.cert, "certificate");
  if (options.key !== undefined) checkPem("key", options.key, "key");
  if (options.cert !== undefined && options.key === undefined) {
    throw new TypeError('The option "tls.cert" needs its private key: "tls.key" is missing');
  }
  if (options.key !== undefined && options.cert === undefined) {
    throw new TypeError('The option "tls.key" needs its certificate: "tls.cert" is missing');
  }
  const { serverName, verifyHostname } = options;
  if (
    serverName !== undefined && (typeof serverName !== "string" || !/^[^\s/]+$/.test(serverName))
  ) {
    throw new TypeError('The option "tls.serverName" must be the name of a host');
  }
  checkBoolean("verifyHostname", verifyHostname);
}

/**
 * Checks TLS options of a server.
 *
 * @throws {TypeError} naming what is wrong.
 */
export function checkTlsServerOptions(options: TlsServerOptions): void {
  checkShape(options, serverKeys);
  checkPem("cert", options.cert, "certificate");
  checkPem("key", options.key, "key");
  if (options.caCerts !== undefined) checkCaCerts(options.caCerts);
  checkBoolean("requireClientCert", options.requireClientCert);
  if (options.requireClientCert && options.caCerts === undefined) {
    throw new TypeError('The option "tls.requireClientCert" needs "tls.caCerts" to judge by');
  }
}

/** Settles as `promise` does, or with the signal's reason, whatever comes first. */
export function abortable<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** All of a PEM option in one text. */
export function joined(pem: string | readonly string[]): string {
  return typeof pem === "string" ? pem : pem.join("\n");
}

const clientKeys = ["caCerts", "cert", "key", "serverName", "verifyHostname"];
const serverKeys = ["caCerts", "cert", "key", "requireClientCert"];

function checkShape(options: object, keys: readonly string[]): void {
  const isObject = typeof options === "object" && options !== null;
  const stray = isObject ? Object.keys(options).find((key) => !keys.includes(key)) : undefined;
  if (isObject && stray === undefined) return;
  const given = options === null ? "null" : stray ?? typeof options;
  throw new TypeError(`The option "tls" must be { ${keys.join(", ")} }, not ${given}`);
}

function checkCaCerts(given: string | readonly string[]): void {
  const all = Array.isArray(given) ? given : [given];
  if (all.length === 0) throw new TypeError('The option "tls.caCerts" is empty: nobody is trusted');
  for (const pem of all) checkPem("caCerts", pem, "certificate");
}

function checkPem(name: string, pem: unknown, kind: "certificate" | "key"): void {
  const problem = pemProblem(pem, kind);
  if (problem !== null) throw new TypeError(`The option "tls.${name}" ${problem}`);
}

function checkBoolean(name: string, given: unknown): void {
  if (given === undefined || typeof given === "boolean") return;
  throw new TypeError(`The option "tls.${name}" must be true or false, not ${typeof given}`);
}
