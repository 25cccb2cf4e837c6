/** Access control: who (an Id of a scheme) may do what (Perms). */
import type { Reader, Writer } from "./archive.ts";

/** The permissions, to be added up with `|`. */
export const Perms = { READ: 1, WRITE: 2, CREATE: 4, DELETE: 8, ADMIN: 16, ALL: 31 } as const;

/** Somebody, as an authentication scheme names them. */
export interface Id {
  /** "world", "auth", "digest", "ip", "x509", "sasl", "super" or a server's own. */
  readonly scheme: string;
  /** What the scheme makes of it: "anyone", "", "user:base64(sha1(user:password))", an address … */
  readonly id: string;
}

/** One entry of a znode's access control list. */
export interface ACL {
  /** A sum of {@link Perms}. */
  readonly perms: number;
  /** Who may. */
  readonly id: Id;
}

/** Anyone may do anything (ZOO_OPEN_ACL_UNSAFE). */
export const OPEN_ACL_UNSAFE: readonly ACL[] = [
  { perms: Perms.ALL, id: { scheme: "world", id: "anyone" } },
];

/** Anyone may read (ZOO_READ_ACL_UNSAFE). */
export const READ_ACL_UNSAFE: readonly ACL[] = [
  { perms: Perms.READ, id: { scheme: "world", id: "anyone" } },
];

/** The session's own identities may do anything (ZOO_CREATOR_ALL_ACL). */
export const CREATOR_ALL_ACL: readonly ACL[] = [
  { perms: Perms.ALL, id: { scheme: "auth", id: "" } },
];

/** Reads a list of ACL entries. */
export function readACL(from: Reader): ACL[] {
  return from.vector(readEntry, 12);
}

/** Writes a list of ACL entries. */
export function writeACL(to: Writer, acl: readonly ACL[]): void {
  to.vector(acl, writeEntry);
}

function readEntry(from: Reader): ACL {
  return { perms: from.int(), id: { scheme: from.string(), id: from.string() } };
}

function writeEntry(to: Writer, entry: ACL): void {
  to.int(entry.perms);
  to.string(entry.id.scheme);
  to.string(entry.id.id);
}
