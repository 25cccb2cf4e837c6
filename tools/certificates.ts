/*
 * Certificates for tests, made when they are needed: nothing committed can expire, and no program
 * has to be there. X.509 as far as TLS asks for it: P-256 keys, names, a time, who is an authority.
 */

/** A certificate and its private key, PEM. */
export interface Credentials {
  /** The certificate. */
  cert: string;
  /** The private key, PKCS #8. */
  key: string;
}

/** What a certificate says. */
export interface CertificateOptions {
  /** Hosts and IP addresses that it is for. */
  hosts?: readonly string[];
  /** From when on it is valid. An hour ago by default, for clocks differ. */
  from?: Date;
  /** Until when it is valid. A day from now by default. */
  to?: Date;
}

/** Who signs certificates. */
export class Authority {
  /** Its own certificate, PEM: what one who trusts it is given. */
  readonly cert: string;
  readonly #name: string;
  readonly #keys: CryptoKeyPair;

  /**
   * Makes a new one.
   *
   * @param name Its name.
   * @returns The authority.
   */
  static async create(name = "Test CA"): Promise<Authority> {
    const keys = await newKeys();
    const extension = sequence(oid("551d13"), boolean(true), octets(sequence(boolean(true))));
    const cert = await certificate(name, keys.publicKey, name, keys.privateKey, extension, {});
    return new Authority(name, keys, cert);
  }

  private constructor(name: string, keys: CryptoKeyPair, cert: string) {
    this.#name = name;
    this.#keys = keys;
    this.cert = cert;
  }

  /**
   * Issues a certificate.
   *
   * @param name Whose it is, as its common name.
   * @param options What else it says.
   * @returns The certificate and a new key.
   */
  async issue(name: string, options: CertificateOptions = {}): Promise<Credentials> {
    const keys = await newKeys();
    const names = sequence(...(options.hosts ?? [name]).map(generalName));
    const extension = sequence(oid("551d11"), octets(names));
    return {
      cert: await certificate(
        name,
        keys.publicKey,
        this.#name,
        this.#keys.privateKey,
        extension,
        options,
      ),
      key: pem("PRIVATE KEY", await exported("pkcs8", keys.privateKey)),
    };
  }
}

const curve = { name: "ECDSA", namedCurve: "P-256" } as const;
const hour = 3_600_000;

function newKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(curve, true, ["sign", "verify"]);
}

async function exported(format: "spki" | "pkcs8", key: CryptoKey): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.exportKey(format, key));
}

async function certificate(
  subject: string,
  publicKey: CryptoKey,
  issuer: string,
  signer: CryptoKey,
  extension: Uint8Array,
  { from, to }: CertificateOptions,
): Promise<string> {
  const ecdsaWithSha256 = sequence(oid("2a8648ce3d040302"));
  const now = Date.now();
  const signed = sequence(
    tagged(0xa0, integer(Uint8Array.of(2))),
    integer(crypto.getRandomValues(new Uint8Array(16))),
    ecdsaWithSha256,
    nameOf(issuer),
    sequence(time(from ?? new Date(now - hour)), time(to ?? new Date(now + 24 * hour))),
    nameOf(subject),
    await exported("spki", publicKey),
    tagged(0xa3, sequence(extension)),
  );
  const hash = { name: "ECDSA", hash: "SHA-256" };
  const raw = new Uint8Array(await crypto.subtle.sign(hash, signer, signed));
  const signature = sequence(integer(raw.subarray(0, 32)), integer(raw.subarray(32)));
  return pem("CERTIFICATE", sequence(signed, ecdsaWithSha256, tagged(3, [0, ...signature])));
}

function pem(label: string, der: Uint8Array): string {
  const lines = der.toBase64().replaceAll(/.{1,64}/g, "$&\n");
  return `-----BEGIN ${label}-----\n${lines}-----END ${label}-----\n`;
}

// ---- DER

function tagged(tag: number, content: Iterable<number>): Uint8Array<ArrayBuffer> {
  const bytes = [...content];
  const length = bytes.length < 0x80
    ? [bytes.length]
    : bytes.length < 0x100
    ? [0x81, bytes.length]
    : [0x82, bytes.length >> 8, bytes.length & 0xff];
  return Uint8Array.from([tag, ...length, ...bytes]);
}

function sequence(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return tagged(0x30, parts.flatMap((part) => [...part]));
}

/** A number over 0, of big-endian bytes. */
function integer(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = [...bytes.subarray(start)];
  return tagged(2, digits[0]! < 0x80 ? digits : [0, ...digits]);
}

function oid(hex: string): Uint8Array {
  return tagged(6, Uint8Array.fromHex(hex));
}

function boolean(value: boolean): Uint8Array {
  return tagged(1, [value ? 0xff : 0]);
}

function octets(content: Uint8Array): Uint8Array {
  return tagged(4, content);
}

function text(tag: number, value: string): Uint8Array {
  return tagged(tag, new TextEncoder().encode(value));
}

/** UTCTime, which goes up to 2049. */
function time(date: Date): Uint8Array {
  return text(0x17, `${date.toISOString().slice(2, 19).replaceAll(/\D/g, "")}Z`);
}

/** A name of one part: the common name. */
function nameOf(commonName: string): Uint8Array {
  return sequence(tagged(0x31, sequence(oid("550403"), text(0x0c, commonName))));
}

function generalName(host: string): Uint8Array {
  if (host.includes(":")) return tagged(0x87, ipv6(host));
  return /^[\d.]+$/.test(host) ? tagged(0x87, host.split(".").map(Number)) : text(0x82, host);
}

function ipv6(address: string): number[] {
  const [head, tail] = address.split("::").map((part) => part.split(":").filter(Boolean));
  const zeros = Array<string>(8 - head!.length - (tail?.length ?? 0)).fill("0");
  return [...head!, ...zeros, ...tail ?? []].map((group) => parseInt(group, 16))
    .flatMap((group) => [group >> 8, group & 0xff]);
}
