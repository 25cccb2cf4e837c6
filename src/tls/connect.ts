/**
 * The client's end. node:tls does it, for Deno.connectTls takes no signal, and neither it nor startTls
 * can present a certificate and be told the server's name at once.
 *
 * The chain is verified in the handshake; the name after it, by us and always, so that no session
 * that was resumed, and no other way through node:tls, can pass it by. Nothing is sent before.
 */
import type { TLSSocket } from "node:tls";
import { denoPlatform } from "../deno.ts";
import { isAddress } from "../session/hosts.ts";
import type { Connect, Endpoint } from "../types.ts";
import { checkCertificates, checkKey } from "./credentials.ts";
import {
  failure,
  hungUp,
  isUntrusted,
  mayBeOurs,
  refusedCertificate,
  wrongHost,
} from "./failures.ts";
import { type Handshake, load, type Modules, shakeHands } from "./handshake.ts";
import { look } from "./look.ts";
import { abortable, checkTlsOptions, joined, type TlsOptions, type TlsSource } from "./options.ts";
import { peerOf, SocketTransport, type TlsTransport } from "./transport.ts";

/**
 * Opens a connection under TLS; an aborted signal ends the attempt, whatever it waits for.
 *
 * @param endpoint Where the server is, and the name it is known by.
 * @param source The options; a function is asked, and what it gives is checked.
 * @param signal Gives the attempt up: it rejects with the signal's reason.
 * @param connect Opens the connection below; Deno's own unless given.
 * @returns The connection, whose server has been verified. It rejects with an error that says what
 * failed: the connection, the server's certificate, or ours.
 *
 * @example
 * ```ts
 * import { connectTls } from "@zkst/zookeeper";
 *
 * async function hello(): Promise<void> {
 *   const endpoint = { host: "zk.example.org", address: "192.0.2.1", port: 2281 };
 *   const transport = await connectTls(endpoint, true, AbortSignal.timeout(5000));
 *   await transport.write(new TextEncoder().encode("ruok"));
 *   transport.close();
 * }
 * console.log(typeof hello);
 * ```
 */
export async function connectTls(
  endpoint: Endpoint,
  source: TlsSource,
  signal: AbortSignal,
  connect: Connect = denoPlatform.connect,
): Promise<TlsTransport> {
  const options = await abortable(signal, ask(source));
  const modules = await load();
  await checkKey(options);
  signal.throwIfAborted();
  const { serverName: name = endpoint.host } = options;
  const transport = await connect(endpoint, signal);
  try {
    return await shakeHands(modules, transport, clientSide(modules, name, options), signal);
  } catch (error) {
    if (signal.aborted || !(error instanceof Error)) throw error;
    if (mayBeOurs(error)) await checkCertificates(options);
    if (!isUntrusted(error)) throw error;
    const shown = await look(modules, () => connect(endpoint, signal), name, signal);
    signal.throwIfAborted();
    throw refusedCertificate(error, shown, new Date());
  }
}

async function ask(source: TlsSource): Promise<TlsOptions> {
  if (typeof source !== "function") return typeof source === "boolean" ? {} : source;
  const options = await source();
  checkTlsOptions(options);
  return options;
}

function clientSide(
  { tls }: Modules,
  name: string,
  options: TlsOptions,
): Handshake<TlsTransport> {
  const { caCerts, cert, key, verifyHostname = true } = options;
  const explain = (error: Error) => failure(error, cert !== undefined);
  return {
    start(wire, succeeded, failed) {
      const socket: TLSSocket = tls.connect({
        socket: wire.stream,
        ...caCerts === undefined ? {} : { ca: joined(caCerts) },
        ...cert === undefined || key === undefined ? {} : { cert, key },
        ...serverNameOf(name),
        rejectUnauthorized: true,
        // Ours: see above.
        checkServerIdentity: () => undefined,
      });
      socket.on("error", failed);
      socket.once("secureConnect", () => succeeded(socket));
    },
    accept(socket, wire) {
      if (!socket.authorized) throw socket.authorizationError;
      if (verifyHostname) checkName(tls, socket, name);
      return new SocketTransport(socket, wire, peerOf(socket), explain);
    },
    explain,
    hungUp,
  };
}

function checkName(tls: Modules["tls"], socket: TLSSocket, name: string): void {
  const certificate = socket.getPeerCertificate(true);
  // "fe80::1%eth0" stands in no certificate.
  const bare = name.includes(":") ? name.replace(/%.*/, "") : name;
  const problem = tls.checkServerIdentity(bare, certificate);
  if (problem !== undefined) throw wrongHost(name, certificate.subjectaltname ?? "");
}

/** What to ask for (SNI); an address is no name, and none has a dot at its end. */
export function serverNameOf(name: string): { servername?: string } {
  return isAddress(name) ? {} : { servername: name.replace(/\.$/, "") };
}
