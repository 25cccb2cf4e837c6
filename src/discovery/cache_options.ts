/** How a service is to be kept up to date. */
import { checkKeys } from "./complete.ts";
import type { HoldDownOptions } from "./hold_down.ts";
import type { ServiceInstance } from "./instance.ts";
import type { ServiceEvent } from "./snapshot.ts";

/** Options of a cache. */
export interface CacheOptions<P = unknown> {
  /** Closes the cache. */
  signal?: AbortSignal;
  /** How long changes are gathered before they are read, ms, give or take a fifth. 50. */
  window?: number;
  /** Over how long many caches spread what they all read again after an outage, ms. 500. */
  spread?: number;
  /** Instances kept at most; what is beyond is left out and reported. 100,000. */
  maxInstances?: number;
  /** When many that vanish at once are held for a while; see {@link HoldDownOptions}. */
  holdDown?: HoldDownOptions;
  /** Whether of several instances at one address the newest counts alone; as the layout has it. */
  uniqueAddress?: boolean;
  /** Told what happens to the service, from the first read on. */
  listener?: (event: ServiceEvent<P>) => void;
  /** What is known before ZooKeeper can be asked: the first snapshot, which is stale. */
  initial?: readonly ServiceInstance<P>[];
}

/**
 * Refuses what is misspelt or out of range.
 *
 * @throws {TypeError} for an option that there is not, or of the wrong kind.
 * @throws {RangeError} for a number that is negative or endless.
 */
export function checkOptions<P>(options: CacheOptions<P>): void {
  checkKeys(options, optionNames);
  checkKeys(options.holdDown ?? {}, holdDownNames);
  const { window, spread, maxInstances, listener, signal } = options;
  if (listener !== undefined && typeof listener !== "function") {
    throw new TypeError(`The option "listener" must be a function, not ${typeof listener}`);
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`The option "signal" must be an AbortSignal`);
  }
  for (const [name, value] of Object.entries({ window, spread, maxInstances })) {
    if (value === undefined || value >= 0 && value < Infinity) continue;
    throw new RangeError(`The option "${name}" must be a number of 0 or more, not ${value}`);
  }
}

const holdDownNames: readonly (keyof HoldDownOptions)[] = ["share", "atLeast", "time"];

const optionNames: readonly (keyof CacheOptions)[] = [
  "signal",
  "window",
  "spread",
  "maxInstances",
  "holdDown",
  "uniqueAddress",
  "listener",
  "initial",
];
