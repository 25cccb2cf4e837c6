/**
 * How services stand in ZooKeeper: which znodes there are, and what is in them. A layout is pure; it
 * asks ZooKeeper nothing. Registrations and caches do, in the same way for all layouts.
 */
import { pathProblem } from "../proto/paths.ts";
import type { Stat } from "../values.ts";
import type { Decoded, Registered } from "./instance.ts";

/** The name of an instance's znode. */
export interface Leaf {
  /** The whole name, or what stands before the number that the server adds. */
  readonly name: string;
  /** Whether the server adds a number. */
  readonly sequential: boolean;
}

/** A further znode that belongs to an instance and comes and goes with it. */
export interface Companion {
  /** The znode. */
  readonly path: string;
  /** What is in it. */
  readonly data: Uint8Array | string;
}

/** How services stand in ZooKeeper: paths and data. */
export interface Layout {
  /** What it is called in messages. */
  readonly name: string;

  /**
   * The znode whose children are the instances of a service.
   *
   * @throws {TypeError} for a name that cannot stand in a path.
   */
  servicePath(basePath: string, service: string): string;

  /**
   * Where the names of services are found: so many levels below a znode; null where they cannot be
   * listed.
   */
  names(basePath: string): { readonly path: string; readonly depth: number } | null;

  /** The service that a znode found there stands for, by its path below; null for none. */
  nameOf(below: string): string | null;

  /**
   * The name of an instance's znode.
   *
   * @throws {TypeError} for an id that cannot stand in a path.
   */
  leaf(instance: Registered): Leaf;

  /**
   * What an instance's znode holds. `path` is the znode itself; of a sequential one that is yet to
   * be created it is what stands before the number.
   *
   * @throws {TypeError} for what cannot be written.
   */
  encode(instance: Registered, path: string): Uint8Array | string;

  /**
   * Reads what a znode below the service's holds. null: one that is no instance, and is none of the
   * layout's business.
   *
   * @throws {InvalidEntry} for what should be an instance and is not one.
   */
  decode(service: string, leaf: string, data: Uint8Array | null, stat: Stat): Decoded | null;

  /** A further ephemeral znode that an instance keeps up to date, where the layout has one. */
  companion?(basePath: string, instance: Registered, path: string): Companion;

  /** Whether of several instances at one address and port the one created last is alone true. */
  readonly uniqueAddress?: boolean;

  /** Whether the znodes above are PERSISTENT even where the server has containers. */
  readonly persistentParents?: boolean;
}

/** What a layout says of data that is no instance; others skip it and report it. */
export class InvalidEntry extends Error {
  /** "InvalidEntry". */
  override readonly name = "InvalidEntry";
}

/**
 * Checks what is to be one name in a path.
 *
 * @throws {TypeError} for one that cannot be.
 */
export function checkName(what: string, name: string): void {
  if (typeof name !== "string") {
    throw new TypeError(`The ${what} must be a string, not ${name === null ? null : typeof name}`);
  }
  const shown = JSON.stringify(name);
  if (name === "") throw new TypeError(`The ${what} must not be empty`);
  if (name.includes("/")) throw new TypeError(`The ${what} ${shown} must not have "/" in it`);
  const problem = pathProblem(`/${name}`);
  if (problem !== null) throw new TypeError(`The ${what} ${shown} is not valid: ${problem}`);
}

/** "/services" and "user" as one path; "/" is a base, too. */
export function join(base: string, ...names: string[]): string {
  return [base === "/" ? "" : base, ...names].join("/");
}
