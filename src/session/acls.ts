/**
 * What an access control list may be: what a server would answer with INVALIDACL, or would take and
 * never match, is found at the call. Of schemes that are not ZooKeeper's own nothing is known, for a
 * server may have plug-ins. No message quotes an id: by mistake it may be a password.
 */
import { type ACL, type Id, OPEN_ACL_UNSAFE } from "../proto/acl.ts";
import { checkInt, kindOf, wrong } from "./checks.ts";
import type { Refusal } from "./handle.ts";

/** The first problem of a list. */
export function checkACL(acl: readonly ACL[]): Refusal | null {
  if (acl === OPEN_ACL_UNSAFE) return null;
  if (!Array.isArray(acl)) return wrong(`An ACL must be an array, not ${kindOf(acl)}`);
  if (acl.length === 0) {
    return wrong("An ACL must have at least one entry; OPEN_ACL_UNSAFE lets anyone do anything");
  }
  for (const entry of acl) {
    const problem = checkEntry(entry);
    if (problem !== null) return problem;
  }
  return null;
}

export function checkPerms(perms: unknown): Refusal | null {
  return checkInt(perms, "The perms of an ACL entry, a sum of Perms,", 0, 31);
}

export function checkId({ scheme, id }: Id): Refusal | null {
  switch (scheme) {
    case "":
      return wrong("The scheme of an ACL entry must not be empty");
    case "world":
      return id === "anyone" ? null : wrong('The one id of the scheme "world" is "anyone"');
    case "digest":
      return digestPattern.test(id) ? null : wrong(
        'An id of the scheme "digest" must be "user:base64(sha1(user:password))", ' +
          "as digestId(user, password) makes it",
      );
    case "ip":
      return checkIp(id);
    case "sasl":
    case "x509":
      return id === "" ? wrong(`An id of the scheme "${scheme}" must not be empty`) : null;
    default:
      return null;
  }
}

/** An IP address, with or without "/" and the number of bits that count. */
export function checkIp(id: string): Refusal | null {
  const [, address, prefix] = /^([^/]*)(?:\/(.*))?$/s.exec(id)!;
  const bits = isIpv4(address!) ? 32 : isIpv6(address!) ? 128 : 0;
  if (bits === 0) {
    return wrong(
      'An id of the scheme "ip" must be an IPv4 or IPv6 address, ' +
        'or one with the bits that count, as "192.0.2.0/24"',
    );
  }
  if (prefix === undefined || /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits) return null;
  const family = bits === 32 ? "IPv4" : "IPv6";
  const message = `The bits that count of an ${family} address must be 0 to ${bits}`;
  return { message, range: true };
}

/** SHA-1 or another hash that servers can be set to (digestAlg), MD5 being the shortest. */
const digestPattern =
  /^[^:]+:(?=.{24,}$)(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function checkEntry(entry: ACL): Refusal | null {
  if (typeof entry?.id?.scheme !== "string" || typeof entry.id.id !== "string") {
    return wrong("Each entry of an ACL must be { perms, id: { scheme, id } } with strings in id");
  }
  return checkPerms(entry.perms) ?? checkId(entry.id);
}

function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256);
}

/** As servers read it: no zone, and no IPv4 address at the end. */
function isIpv6(text: string): boolean {
  const halves = text.split("::");
  const groups = halves.flatMap((half) => half === "" ? [] : half.split(":"));
  const isWhole = halves.length === 1 ? groups.length === 8 : groups.length < 8;
  return halves.length <= 2 && isWhole && groups.every((part) => /^[0-9a-fA-F]{1,4}$/.test(part));
}
