/**
 * Who may do what: the identities of a connection, how it gets them, and which ACL lets them in.
 * The schemes are those of a server as it comes: world, auth, digest, ip, super.
 */
import { createHash } from "node:crypto";
import type { ACL, Id } from "../../proto/acl.ts";
import { Rc } from "../../proto/constants.ts";
import { liesIn, parseRange } from "./addresses.ts";

/** A connection begins as the address it comes from. */
export function identityOf(address: string): Id {
  return { scheme: "ip", id: address };
}

/**
 * What an authentication adds to a connection's identities; null when it is refused.
 *
 * @param superDigest The digest identity that may do anything.
 */
export function authenticate(
  scheme: string | null,
  auth: Uint8Array | null,
  address: string,
  superDigest: string | null,
): Id[] | null {
  if (scheme === "ip") return [identityOf(address)];
  if (scheme !== "digest" || auth === null) return null;
  const id = digestOf(new TextDecoder().decode(auth));
  const mine = { scheme, id };
  return id === superDigest ? [{ scheme: "super", id: "" }, mine] : [mine];
}

/** "user:base64(sha1(user:password))" of "user:password". */
export function digestOf(userPassword: string): string {
  const hash = createHash("sha1").update(userPassword).digest("base64");
  return `${userPassword.split(":", 1)[0]}:${hash}`;
}

/** Adds identities, each once. */
export function addIdentities(to: Id[], added: readonly Id[]): void {
  for (const one of added) if (!to.some((other) => isSame(other, one))) to.push(one);
}

/** Whether one of the identities has one of the permissions. */
export function allows(acl: readonly ACL[], perms: number, who: readonly Id[]): boolean {
  if (acl.length === 0 || who.some(({ scheme }) => scheme === "super")) return true;
  return acl.some((entry) => {
    if ((entry.perms & perms) === 0) return false;
    if (isAnyone(entry.id)) return true;
    return who.some((one) => one.scheme === entry.id.scheme && matches(one, entry.id.id));
  });
}

/** An ACL as a client sends it: what a string or the whole is missing is null. */
export interface RawACL {
  readonly perms: number;
  readonly id: { readonly scheme: string | null; readonly id: string | null };
}

/** An ACL as it is kept, with "auth" replaced by who is meant; or the code that refuses it. */
export function resolveACL(
  acl: readonly RawACL[],
  who: readonly Id[],
  version: "3.8" | "3.9",
): readonly ACL[] | number {
  const kept: ACL[] = [];
  const given = acl.filter((entry, i) => acl.findIndex((other) => isSameEntry(other, entry)) === i);
  if (given.length === 0) return Rc.INVALIDACL;
  for (const { perms, id: { scheme, id } } of given) {
    if (scheme === "auth") {
      const mine = who.filter((one) => one.scheme === "digest");
      if (mine.length === 0) return Rc.INVALIDACL;
      kept.push(...mine.map((id) => ({ perms, id })));
    } else {
      if (scheme === null || id === null || !isValid({ scheme, id }, version)) return Rc.INVALIDACL;
      kept.push({ perms, id: { scheme, id } });
    }
  }
  return intern(kept);
}

/** An ACL as it is shown to those who may read it and not change it. */
export function hideDigests(acl: readonly ACL[]): ACL[] {
  return acl.map(({ perms, id: { scheme, id } }) => ({
    perms,
    id: { scheme, id: scheme === "digest" ? id.replace(/:.*/, ":x") : id },
  }));
}

/** The user's name in an identity, for whoAmI. */
export function userOf({ scheme, id }: Id): string {
  return scheme === "digest" ? id.split(":", 1)[0]! : id;
}

function isAnyone({ scheme, id }: Id): boolean {
  return scheme === "world" && id === "anyone";
}

function isValid(given: Id, version: "3.8" | "3.9"): boolean {
  if (isAnyone(given)) return true;
  // As Java splits: what is empty at the end does not count.
  if (given.scheme === "digest") return /^[^:]*:[^:]+:*$/.test(given.id);
  if (given.scheme !== "ip" || version === "3.8" && given.id.includes(":")) return false;
  return parseRange(given.id) !== null;
}

function matches(one: Id, pattern: string): boolean {
  if (one.scheme !== "ip") return one.id === pattern;
  const range = parseRange(pattern);
  return range !== null && liesIn(one.id, range);
}

function isSame(a: Id, b: Id): boolean {
  return a.scheme === b.scheme && a.id === b.id;
}

function isSameEntry(a: RawACL, b: RawACL): boolean {
  return a.perms === b.perms && a.id.scheme === b.id.scheme && a.id.id === b.id.id;
}

/** Most znodes have one of very few ACLs: each is kept once (ReferenceCountedACLCache.java). */
function intern(acl: readonly ACL[]): readonly ACL[] {
  const key = acl.map(({ perms, id }) => `${perms} ${id.scheme} ${id.id}`).join("\n");
  const known = interned.get(key);
  if (known !== undefined) return known;
  if (interned.size < internedMax) interned.set(key, acl);
  return acl;
}

const interned = new Map<string, readonly ACL[]>();
/** Whoever makes an ACL of its own for each znode must not grow it without end. */
const internedMax = 10_000;
