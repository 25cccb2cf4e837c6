/**
 * What is wrong with certificates and keys beyond their PEM. TLS says so in the handshake only, and
 * as something else: a protocol that is not supported, an authority that is not trusted.
 */
import { joined, type TlsOptions } from "./options.ts";
import { certificatesIn } from "./pem.ts";

/** What both ends have. */
type Credentials = Pick<TlsOptions, "caCerts" | "cert" | "key">;

/**
 * Checks that there is a certificate and its key, if they are given.
 *
 * @throws {TypeError} naming what is wrong.
 */
export async function checkKey({ cert, key }: Credentials): Promise<void> {
  if (cert === undefined || key === undefined) return;
  const { createPrivateKey, X509Certificate } = await import("node:crypto");
  const certificate = read("cert", () => new X509Certificate(cert));
  const own = read("key", () => createPrivateKey(key));
  if (certificate.checkPrivateKey(own)) return;
  throw new TypeError('The option "tls.key" is not the key of the certificate in "tls.cert"');
}

/**
 * Checks all certificates there are, those of the chain and of the authorities. There may be
 * hundreds, so it is for those whose handshake has failed.
 *
 * @throws {TypeError} naming what is wrong.
 */
export async function checkCertificates({ cert, caCerts }: Credentials): Promise<void> {
  const { X509Certificate } = await import("node:crypto");
  for (const [name, given] of Object.entries({ cert, caCerts })) {
    if (given === undefined) continue;
    for (const der of certificatesIn(joined(given))) read(name, () => new X509Certificate(der));
  }
}

/**
 * Checks all of it, as {@link checkKey} and {@link checkCertificates}; what was found sound, once. So
 * whoever knocks at a server cannot have hundreds of certificates read again each time.
 *
 * @throws {TypeError} naming what is wrong.
 */
export async function checkOnce(credentials: Credentials): Promise<void> {
  if (sound.has(credentials)) return;
  await checkKey(credentials);
  await checkCertificates(credentials);
  sound.add(credentials);
}

const sound = new WeakSet<Credentials>();

function read<T>(name: string, of: () => T): T {
  try {
    return of();
  } catch {
    // What it says may hold a part of the key.
    throw new TypeError(`The option "tls.${name}" cannot be read: its PEM is malformed`);
  }
}
