/**
 * SASL's DIGEST-MD5 (RFC 2831), quality of protection "auth": the server sends a challenge, the
 * client answers with a hash of it and the password, and the server proves with another one that it
 * knows the password, too.
 *
 * Strings of the wire are kept as they are, one character a byte: what a server says is hashed as
 * it came, whatever its encoding. Each exchange is a first one, for Java's servers do not
 * understand a subsequent one (JDK-6682540).
 */
import { hash, randomBytes } from "../deno.ts";
import type { SaslExchange, SaslMechanism } from "../types.ts";
import { parseDirectives, quote } from "./directives.ts";

/** Who authenticates, and to what. */
export interface DigestMd5Options {
  /** The user, as the server's JAAS file has it: `user_alice="…"`. */
  username: string;
  /** A secret. */
  password: string;
  /** The realm; the first one that the server offers unless given. */
  realm?: string;
  /** The service's name. "zookeeper", as ZooKeeper's servers expect. */
  service?: string;
  /** The service's host, which for ZooKeeper's servers is always "zk-sasl-md5". */
  host?: string;
}

/**
 * Authenticates by SASL's DIGEST-MD5: the option `sasl`. The session's identity is then
 * `saslId(username)`.
 *
 * The password does not travel, and the server must prove that it knows it as well; but a listener
 * can try passwords at leisure, and the rest of the connection is not protected: use TLS.
 *
 * @throws {TypeError} for a username or password that is not a string, an empty username, and an
 * option that there is not.
 *
 * @example
 * ```ts
 * import { digestMd5, ZooKeeper } from "@zkst/zookeeper";
 *
 * const sasl = digestMd5({ username: "alice", password: "secret" });
 * const zk = new ZooKeeper("127.0.0.1:2181", { sasl });
 * await zk.close();
 * ```
 */
export function digestMd5(options: DigestMd5Options): SaslMechanism {
  return new DigestMd5(complete(options));
}

/** Its fields are private, so that no inspection shows the password. */
class DigestMd5 implements SaslMechanism {
  readonly name = "DIGEST-MD5";
  readonly #options: Required<DigestMd5Options>;

  constructor(options: Required<DigestMd5Options>) {
    this.#options = options;
  }

  start(): SaslExchange {
    return new DigestMd5Exchange(this.#options, btoa(binary(randomBytes(24))));
  }
}

/**
 * One exchange, with the client's nonce that it is given.
 *
 * @internal
 */
export class DigestMd5Exchange implements SaslExchange {
  readonly #options: Required<DigestMd5Options>;
  readonly #cnonce: string;
  #turn: "first" | "challenge" | "proof" = "first";
  /** What the server has to say at the end. */
  #proof = "";

  constructor(options: Required<DigestMd5Options>, cnonce: string) {
    this.#options = options;
    this.#cnonce = cnonce;
  }

  step(token: Uint8Array): Uint8Array | null {
    if (token.length > tokenMax) throw unusable(`it is over ${tokenMax} bytes`);
    switch (this.#turn) {
      case "first":
        this.#turn = "challenge";
        return new Uint8Array(0);
      case "challenge":
        this.#turn = "proof";
        return bytes(this.#respond(readChallenge(binary(token))));
      case "proof":
        this.#check(binary(token));
        return null;
    }
  }

  #respond({ nonce, realms, isUtf8 }: Challenge): string {
    const { username, password, service, host } = this.#options;
    const wire = (text: string) => isUtf8 ? utf8(text) : latin1(text);
    const realm = this.#options.realm === "" ? realms[0] ?? "" : wire(this.#options.realm);
    const uri = wire(`${service}/${host}`);
    // Only its realm is the server's word; the rest is the shorter of both encodings (2.1.2.1).
    const user = [shortest(username), isUtf8 ? reencode(realm) : realm, shortest(password)];
    const rest = `${nonce}:00000001:${this.#cnonce}:auth`;
    const a1 = hex(md5(`${md5(user.join(":"))}:${nonce}:${this.#cnonce}`));
    const keyed = (a2: string) => hex(md5(`${a1}:${rest}:${hex(md5(a2))}`));
    this.#proof = keyed(`:${uri}`);
    const directives = [
      isUtf8 ? "charset=utf-8" : "",
      `username=${quote(wire(username))}`,
      realm === "" ? "" : `realm=${quote(realm)}`,
      `nonce=${quote(nonce)}`,
      "nc=00000001",
      `cnonce=${quote(this.#cnonce)}`,
      `digest-uri=${quote(uri)}`,
      `response=${keyed(`AUTHENTICATE:${uri}`)}`,
      "qop=auth",
    ];
    return directives.filter((directive) => directive !== "").join(",");
  }

  /** An empty token stands here where a server lets those pass who have failed. */
  #check(token: string): void {
    if (token === "") throw new Error("the server did not accept the username and password");
    if (parseDirectives(token).get("rspauth")?.[0] === this.#proof) return;
    throw new Error("the server has not proved that it knows the password");
  }
}

/** What matters of a server's challenge. */
interface Challenge {
  readonly nonce: string;
  readonly realms: readonly string[];
  readonly isUtf8: boolean;
}

function readChallenge(token: string): Challenge {
  if (token === "") throw new Error("the server has no SASL, or expects no DIGEST-MD5");
  const directives = parseDirectives(token);
  const only = (name: string) => {
    const values = directives.get(name) ?? [];
    if (values.length > 1) throw unusable(`it has more than one ${name}`);
    return values[0];
  };
  const nonce = only("nonce");
  if (nonce === undefined || nonce === "") throw unusable("it has no nonce");
  if (only("algorithm")?.toLowerCase() !== "md5-sess") {
    throw unusable("its algorithm is not md5-sess");
  }
  const qop = (only("qop") ?? "auth").split(",").map((one) => one.trim().toLowerCase());
  if (!qop.includes("auth")) throw unusable("it wants a protected connection, use TLS instead");
  const charset = only("charset")?.toLowerCase();
  if (charset !== undefined && charset !== "utf-8") throw unusable("its charset is not utf-8");
  return { nonce, realms: directives.get("realm") ?? [], isUtf8: charset !== undefined };
}

/** A longer challenge is refused (2.1.1). */
const tokenMax = 2048;

function unusable(why: string): Error {
  return new Error(`the server's challenge cannot be used: ${why}`);
}

function complete(options: DigestMd5Options): Required<DigestMd5Options> {
  const { username, password, realm = "", service = "zookeeper", host = "zk-sasl-md5" } = Object(
    options,
  );
  const names = ["username", "password", "realm", "service", "host"];
  const given = typeof options === "object" ? Object.keys(options ?? {}) : [];
  const stray = given.find((key) => !names.includes(key));
  if (stray !== undefined) {
    throw new TypeError(`digestMd5() has no option "${stray}"; there are ${names.join(", ")}`);
  }
  for (const [name, value] of Object.entries({ username, password, realm, service, host })) {
    if (typeof value === "string") continue;
    throw new TypeError(`digestMd5() needs a string as ${name}, not ${value && typeof value}`);
  }
  if (username === "") throw new TypeError("digestMd5() needs a username that is not empty");
  return { username, password, realm, service, host };
}

// ---- strings of bytes

function md5(text: string): string {
  return binary(hash("md5", bytes(text)));
}

function hex(text: string): string {
  return bytes(text).toHex();
}

/** In ISO 8859-1 where that can say it, else in UTF-8. */
function shortest(text: string): string {
  return isLatin1(text) ? text : utf8(text);
}

function reencode(text: string): string {
  return shortest(new TextDecoder().decode(bytes(text)));
}

function utf8(text: string): string {
  return binary(new TextEncoder().encode(text));
}

function latin1(text: string): string {
  if (isLatin1(text)) return text;
  throw new Error("the server takes no UTF-8, which the username or realm needs");
}

function isLatin1(text: string): boolean {
  return !/[^\0-\xff]/.test(text);
}

function binary(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

function bytes(binary: string): Uint8Array {
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}
