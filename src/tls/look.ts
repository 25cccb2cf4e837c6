/**
 * A look at the certificates of a server that was not accepted: Deno says no more than that it was
 * not, be they outdated or a stranger's. So the server is asked once more, without showing ours, for
 * there is no telling who it is. Up to TLS 1.2 it answers our hello with them, in the clear, and we
 * leave before it could ask for ours. From 1.3 on they are under cipher, and it takes a handshake,
 * which ends for us before the server misses a certificate of ours.
 */
import type { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import { isAddress } from "../session/hosts.ts";
import type { Transport } from "../types.ts";
import { type Certificate, hungUp } from "./failures.ts";
import { type Modules, shakeHands } from "./handshake.ts";

/** What a server shows, its own certificate first; nothing when it shows none, for whatever reason. */
export async function look(
  modules: Modules,
  connect: () => Promise<Transport>,
  name: string,
  signal: AbortSignal,
): Promise<Certificate[]> {
  try {
    const { X509Certificate } = await import("node:crypto");
    const clear = await lookInTheClear(await connect(), name, signal).catch(() => []);
    const shown = clear.length > 0
      ? clear
      : await lookUnderCipher(modules, await connect(), name, signal);
    return shown.map((der) => excerpt(new X509Certificate(der)));
  } catch {
    return [];
  }
}

type Der = Uint8Array<ArrayBuffer>;

function excerpt({ subject, issuer, validFrom, validTo }: X509Certificate): Certificate {
  return { subject, issuer, validFrom, validTo };
}

function lookUnderCipher(
  modules: Modules,
  transport: Transport,
  name: string,
  signal: AbortSignal,
): Promise<Der[]> {
  return shakeHands(modules, transport, {
    start(wire, succeeded, failed) {
      const socket: TLSSocket = modules.tls.connect({
        socket: wire.stream,
        ...isAddress(name) ? {} : { servername: name },
        // Nothing is sent and nothing read: only what the server shows is looked at.
        rejectUnauthorized: false,
      });
      socket.on("error", failed);
      socket.once("secureConnect", () => succeeded(socket));
    },
    accept(socket, wire) {
      const chain = chainOf(socket);
      wire.abort();
      return chain;
    },
    explain: (error) => error,
    hungUp,
  }, signal);
}

function chainOf(socket: TLSSocket): Der[] {
  const chain: Der[] = [];
  let certificate = socket.getPeerX509Certificate();
  while (certificate !== undefined && chain.length < chainMax) {
    chain.push(Uint8Array.from(certificate.raw));
    certificate = certificate.issuerCertificate;
  }
  return chain;
}

const chainMax = 10;

async function lookInTheClear(
  transport: Transport,
  name: string,
  signal: AbortSignal,
): Promise<Der[]> {
  const abort = () => transport.close();
  signal.addEventListener("abort", abort, { once: true });
  try {
    await transport.write(clientHello(name));
    return await certificates(transport);
  } finally {
    signal.removeEventListener("abort", abort);
    transport.close();
  }
}

/** Bytes that a server's first answer may have; a chain of ten has fewer. */
const answerMax = 64 * 1024;

const record = { handshake: 22 } as const;
const message = { certificate: 11, serverHelloDone: 14 } as const;

/** Reads until the server has shown its certificates. */
async function certificates(transport: Transport): Promise<Der[]> {
  const bytes = new Uint8Array(answerMax);
  for (let size = 0; size < answerMax;) {
    const count = await transport.read(bytes.subarray(size));
    if (count === null) break;
    size += count;
    const found = findCertificates(handshakeOf(bytes.subarray(0, size)));
    if (found !== null) return found;
  }
  return [];
}

/** What the records carry of the handshake, those that have come whole. */
function handshakeOf(bytes: Uint8Array): Uint8Array {
  const parts: number[] = [];
  for (let at = 0; at + 5 <= bytes.length;) {
    const end = at + 5 + number(bytes, at + 3, 2);
    if (end > bytes.length || bytes[at] !== record.handshake) break;
    parts.push(...bytes.subarray(at + 5, end));
    at = end;
  }
  return Uint8Array.from(parts);
}

/** The certificates among the messages; null while they have not come. */
function findCertificates(bytes: Uint8Array): Der[] | null {
  for (let at = 0; at + 4 <= bytes.length;) {
    const end = at + 4 + number(bytes, at + 1, 3);
    if (end > bytes.length) return null;
    if (bytes[at] === message.serverHelloDone) return [];
    if (bytes[at] === message.certificate) return list(bytes.subarray(at + 4, end));
    at = end;
  }
  return null;
}

function list(bytes: Uint8Array): Der[] {
  const all: Der[] = [];
  for (let at = 3; at + 3 <= bytes.length;) {
    const end = at + 3 + number(bytes, at, 3);
    all.push(bytes.slice(at + 3, end));
    at = end;
  }
  return all;
}

function number(bytes: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let i = at; i < at + size; i++) value = value * 256 + (bytes[i] ?? 0);
  return value;
}

/** A hello of TLS 1.2, with what every server of today can choose from. */
function clientHello(name: string): Uint8Array {
  const suites = [0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc023, 0xc027, 0x009c, 0x009d];
  const groups = [0x001d, 0x0017, 0x0018, 0x0019];
  const algorithms = [0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601];
  const extensions = [
    ...isAddress(name) ? [] : extension(0, sized(2, [0, ...sized(2, ascii(name))])),
    ...extension(10, sized(2, groups.flatMap(pair))),
    ...extension(11, sized(1, [0])),
    ...extension(13, sized(2, algorithms.flatMap(pair))),
  ];
  const random = crypto.getRandomValues(new Uint8Array(32));
  const hello = [
    ...pair(0x0303),
    ...random,
    0,
    ...sized(2, suites.flatMap(pair)),
    ...sized(1, [0]),
    ...sized(2, extensions),
  ];
  const handshake = [1, ...sized(3, hello)];
  return Uint8Array.from([record.handshake, ...pair(0x0301), ...sized(2, handshake)]);
}

function extension(type: number, content: number[]): number[] {
  return [...pair(type), ...sized(2, content)];
}

/** Bytes behind their number, which takes `size` bytes itself. */
function sized(size: 1 | 2 | 3, bytes: number[]): number[] {
  const { length } = bytes;
  return [...[length >> 16, length >> 8 & 0xff, length & 0xff].slice(3 - size), ...bytes];
}

function pair(value: number): number[] {
  return [value >> 8, value & 0xff];
}

function ascii(name: string): number[] {
  return [...new TextEncoder().encode(name)];
}
