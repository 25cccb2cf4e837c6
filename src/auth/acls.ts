/** Makers of ACLs: the ids of each scheme of ZooKeeper's own, and what they are allowed. */
import { hash } from "../deno.ts";
import type { ACL, Id } from "../proto/acl.ts";
import { checkId, checkIp, checkPerms } from "../session/acls.ts";
import type { Refusal } from "../session/handle.ts";

/** Anyone (ZOO_ANYONE_ID_UNSAFE). */
export const ANYONE_ID_UNSAFE: Id = { scheme: "world", id: "anyone" };

/** All that the session which uses it has authenticated as (ZOO_AUTH_IDS). */
export const AUTH_IDS: Id = { scheme: "auth", id: "" };

/**
 * Whoever has authenticated with `addAuth("digest", "user:password")`. The id has a hash of the
 * password, SHA-1, which whoever may read the ACL can try to guess.
 *
 * @throws {TypeError} for what is no string, and a user who is "" or has a ":".
 *
 * @example
 * ```ts
 * import { allow, digestId, Perms } from "@zkst/zookeeper";
 *
 * const acl = allow(Perms.ALL, digestId("alice", "secret"));
 * console.log(acl[0]?.id.id); // alice:…
 * ```
 */
export function digestId(user: string, password: string): Id {
  if (typeof user !== "string" || typeof password !== "string") {
    throw new TypeError("digestId() needs a user and a password, both strings");
  }
  if (user === "" || user.includes(":")) {
    throw new TypeError('digestId() needs a user that is not empty and has no ":"');
  }
  const sha1 = hash("sha1", new TextEncoder().encode(`${user}:${password}`));
  return { scheme: "digest", id: `${user}:${sha1.toBase64()}` };
}

/**
 * Whoever has come with a client certificate of this subject. Servers compare letter by letter with
 * the name as RFC 2253 writes it: "CN=alice,O=Example", the most special part first, without
 * spaces behind the commas.
 *
 * @throws {TypeError} for what is no such name.
 */
export function x509Id(subject: string): Id {
  if (typeof subject !== "string" || !/^\s*[\w.-]+\s*=/.test(subject)) {
    throw new TypeError('x509Id() needs a subject like "CN=alice,O=Example"');
  }
  return { scheme: "x509", id: subject };
}

/**
 * Whoever has authenticated by SASL (the option `sasl`) as this user: "alice" with DIGEST-MD5,
 * "alice@EXAMPLE.COM" with Kerberos, unless the server is set to cut the realm off.
 *
 * @throws {TypeError} for what is no string, or an empty one.
 */
export function saslId(user: string): Id {
  if (typeof user !== "string") throw new TypeError("saslId() needs a user, a string");
  return valid({ scheme: "sasl", id: user });
}

/**
 * Whoever connects from this address, or from one that has the same first `bits`. The address is the
 * one that the server sees, which may be a proxy's. IPv6 is for servers that know it: 3.9.5 does,
 * 3.8 does not (INVALIDACL).
 *
 * @throws {TypeError} for what is no IP address.
 * @throws {RangeError} for bits that are not a whole number of 0 to 32, or to 128 with IPv6.
 *
 * @example
 * ```ts
 * import { allow, ipId, Perms } from "@zkst/zookeeper";
 *
 * console.log(allow(Perms.READ, ipId("192.0.2.0", 24), ipId("198.51.100.7")));
 * ```
 */
export function ipId(address: string, bits?: number): Id {
  if (typeof address !== "string" || address.includes("/")) {
    throw new TypeError("ipId() needs an address, and its bits as a number of their own");
  }
  refuse(checkIp(address));
  return valid({ scheme: "ip", id: bits === undefined ? address : `${address}/${bits}` });
}

/**
 * An ACL: each of `ids` may do what `perms` says. Several of them make one list:
 * `[...allow(…), ...allow(…)]`.
 *
 * @throws {TypeError} without any id, and for one that is not valid.
 * @throws {RangeError} for what is no sum of {@link Perms}.
 *
 * @example
 * ```ts
 * import { allow, ANYONE_ID_UNSAFE, Perms, saslId } from "@zkst/zookeeper";
 *
 * const acl = [
 *   ...allow(Perms.ALL, saslId("alice"), saslId("bob")),
 *   ...allow(Perms.READ, ANYONE_ID_UNSAFE),
 * ];
 * console.log(acl.length); // 3
 * ```
 */
export function allow(perms: number, ...ids: Id[]): ACL[] {
  refuse(checkPerms(perms));
  if (ids.length === 0) throw new TypeError("allow() needs at least one id");
  return ids.map((id) => ({ perms, id: valid(id) }));
}

function valid(id: Id): Id {
  if (typeof id?.scheme !== "string" || typeof id.id !== "string") {
    throw new TypeError("An id must be { scheme, id } with two strings");
  }
  refuse(checkId(id));
  return id;
}

function refuse(refusal: Refusal | null): void {
  if (refusal === null) return;
  throw refusal.range ? new RangeError(refusal.message) : new TypeError(refusal.message);
}
