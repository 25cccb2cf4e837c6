/**
 * The names that protection gives, as Curator's ProtectedUtils has them: "_c_", a UUID, "-", and
 * then the name that was asked for. Recipes of both recognise each other's.
 */

/** What stands before a protected name. */
export function protectionOf(uuid: string): string {
  return `_c_${uuid}-`;
}

/**
 * A name, or the last name of a path, without what `protect` has put before it; others stay as they
 * are. It is what recipes compare: numbers stand at the end of the names, and UUIDs in no order.
 *
 * @example
 * ```ts
 * import { stripProtection } from "@zkst/zookeeper";
 *
 * const path = "/locks/_c_53345f98-9423-4e0c-a7b5-9f819e3ec2e1-read-0000000007";
 * console.log(stripProtection(path)); // /locks/read-0000000007
 * ```
 */
export function stripProtection(path: string): string {
  const name = path.lastIndexOf("/") + 1;
  return path.slice(0, name) + path.slice(name).replace(protection, "");
}

/** Something has to be left of the name. */
const protection = /^_c_[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}-(?=.)/i;

/** A UUID of version 4, of random numbers in [0, 1). */
export function uuidOf(random: () => number): string {
  const quads = Array.from({ length: 8 }, () => Math.floor(random() * 0x10000));
  quads[3] = quads[3]! & 0x0fff | 0x4000;
  quads[4] = quads[4]! & 0x3fff | 0x8000;
  const digits = quads.map((quad) => quad.toString(16).padStart(4, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
