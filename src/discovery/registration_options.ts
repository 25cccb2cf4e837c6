/** How an instance is to be registered. */
import type { ACL } from "../values.ts";
import { checkKeys } from "./complete.ts";
import type { HealthCheck } from "./health.ts";

/** Options of a registration. */
export interface RegistrationOptions {
  /** Who may do what with its znode; OPEN_ACL_UNSAFE unless given. */
  acl?: readonly ACL[];
  /**
   * Whether a znode of the same name that another session owns is exchanged at once. false: it is
   * waited for until it goes.
   */
  takeOver?: boolean;
  /**
   * How long another session's znode is waited for until that counts as an error, ms; it is waited
   * for all the same. Twice the session timeout.
   */
  ownerTimeout?: number;
  /** It is registered only while this says that it is well. */
  health?: HealthCheck;
  /** How often `report()` writes at most, ms. 10,000. */
  reportInterval?: number;
}

/**
 * Refuses what is misspelt or out of range.
 *
 * @throws {TypeError} for an option that there is not.
 * @throws {RangeError} for a time that is negative or endless.
 */
export function checkOptions(options: RegistrationOptions): void {
  checkKeys(options, optionNames);
  checkKeys(options.health ?? {}, healthNames);
  const { ownerTimeout, reportInterval } = options;
  for (const [name, value] of Object.entries({ ownerTimeout, reportInterval })) {
    if (value === undefined || value >= 0 && value < Infinity) continue;
    throw new RangeError(`The option "${name}" must be 0 ms or more, not ${value}`);
  }
}

const healthNames: readonly (keyof HealthCheck)[] = ["check", "interval", "rise", "fall"];

const optionNames: readonly (keyof RegistrationOptions)[] = [
  "acl",
  "takeOver",
  "ownerTimeout",
  "health",
  "reportInterval",
];
